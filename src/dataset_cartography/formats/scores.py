"""How sure a model was of what it predicted."""

from pathlib import Path

import numpy as np
import pandas as pd

from dataset_cartography.datamap import FACTS
from dataset_cartography.dynamics import load_dynamics
from dataset_cartography.log import LogPaths, LogReader


def last_scores(directory: str | Path, df: pd.DataFrame) -> "pd.Series[float] | None":
    """The probability that the model gave to its own prediction in a map's last epoch.

    Of classes and choices p(gold) · exp(max(0, −margin)), since the margin is the gold logit less the largest other
    one. Of answers P(start)·P(end) of the predicted span in the window it was found in; of "no answer" the least
    P(null) of the windows, as they must agree on it.

    Args:
        directory: The cartography directory.
        df: Its map.

    Returns:
        0 to 1 by id, NaN where the last epoch did not see an example; None without a log, and of tasks whose examples
        have no one prediction among some.
    """
    facts = df.attrs.get(FACTS, {})
    if not facts or not LogPaths(Path(directory)).manifest.is_file():
        return None
    log = LogReader(directory)
    epoch, schema = facts["epochs"][-1], log.manifest.schema
    if schema.pooled or schema.task == "regression":
        return None
    if log.manifest.schema.windowed:
        return _span_scores(log, epoch, df)
    signals = load_dynamics(log, epochs=[epoch]).signals
    gold, margin = signals["gold_probability"][:, 0], signals["margin"][:, 0]
    return pd.Series(np.minimum(1.0, gold * np.exp(np.maximum(0.0, -margin))), index=pd.Index(log.ids))


def _span_scores(log: LogReader, epoch: int, df: pd.DataFrame) -> "pd.Series[float]":
    names = ["example", "prediction_logprob", "null_logprob", "start_lse", "end_lse"]
    windows = pd.DataFrame(log.read(epoch, names).columns)
    # Windows are compared by logits, which the log-sum-exps give back.
    windows["logit"] = windows["prediction_logprob"] + windows["start_lse"] + windows["end_lse"]
    best = windows.sort_values("logit", na_position="first", kind="stable").drop_duplicates(
        "example", keep="last"
    )
    ids = pd.Index(log.ids)
    span = pd.Series(np.exp(best["prediction_logprob"].to_numpy()), index=ids[best["example"]]).reindex(
        df.index
    )
    null = windows.groupby("example")["null_logprob"].min()
    nothing = pd.Series(np.exp(null.to_numpy()), index=ids[null.index]).reindex(df.index)
    return span.where(df["prediction_start"] != -1, nothing)
