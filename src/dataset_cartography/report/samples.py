"""Samples of each region: the most typical examples as they are shown, with their values and their curve."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dataset_cartography.datamap import FACTS
from dataset_cartography.metrics import METRICS
from dataset_cartography.pages import Alignment, Shown, ShownText, show
from dataset_cartography.pages.answers import model_labels
from dataset_cartography.regions import get_examples_by_category
from dataset_cartography.slices import Kind

_GOLD = {"answers": "gold_answers", "tags": "gold_tags", "labels": "gold_labels", "target": "target"}
_GOLD |= {"completion": "completion", "chosen": "preferred"}
"""What a table calls the column with what is right, by the dataset's own; of other kinds `gold_label`."""


@dataclass(frozen=True)
class Sample:
    """One example as the page and the table show it.

    Attributes:
        shown: its texts and answers.
        metrics: values by metric name; NaN where there is none.
        probabilities: gold probability by epoch, NaN where unseen; empty if not given.
    """

    shown: Shown
    metrics: dict[str, float]
    probabilities: tuple[tuple[int, float], ...]


def collect_samples(
    alignment: Alignment, category: str, n: int, probabilities: pd.DataFrame | None = None
) -> list[Sample]:
    """The n most typical examples of a region that have a text, most typical first."""
    return take_samples(alignment, get_examples_by_category(alignment.map_df, category, n), probabilities)


def take_samples(
    alignment: Alignment, ids: list[Any], probabilities: pd.DataFrame | None = None
) -> list[Sample]:
    """The examples with these ids, which must be in the alignment."""
    chosen = alignment.take(alignment.map_df.index.get_indexer(pd.Index(ids)))
    labels = model_labels(alignment.map_df.attrs.get(FACTS, {}))
    shown = show(chosen.map_df, chosen.examples, labels=labels, pieces=chosen.pieces)
    names = metric_names(alignment.map_df)
    return [
        Sample(
            shown=record,
            metrics={name: _number(row[name]) for name in names},
            probabilities=_by_epoch(example_id, probabilities),
        )
        for example_id, record, row in zip(ids, shown, chosen.map_df.to_dict("records"), strict=True)
    ]


def metric_names(map_df: pd.DataFrame) -> list[str]:
    """The metrics of a map, in registry order."""
    return [name for name in METRICS if name in map_df.columns]


def samples_table(samples: Sequence[Sample], kind: Kind) -> pd.DataFrame:
    """The samples as a table, one row each, most typical first."""
    gold = _GOLD.get(kind.gold[0], "gold_label")
    rows = []
    for sample in samples:
        shown = sample.shown
        more = [f"+{shown['more_gold']} more"] if shown["more_gold"] else []
        choices = " | ".join(run[0] for run in shown["choices"])
        rows.append(
            {
                "id": shown["id"],
                **({} if shown["question"] is None else {"question": shown["question"]}),
                gold: " | ".join([*shown["gold"], *more]),
                "prediction": shown["prediction"],
                **{f"{text['name']}_excerpt": excerpt(text) for text in shown["texts"]},
                **({"choices": choices} if choices else {}),
                **sample.metrics,
            }
        )
    question = ["question"] if "question" in kind.texts else []
    passages = [f"{name}_excerpt" for name in kind.readable if name != "question"]
    return pd.DataFrame(rows, columns=None if rows else ["id", *question, gold, "prediction", *passages])


def excerpt(text: ShownText) -> str:
    """A shown text without marks, with dots where it goes on."""
    inside = "".join(run[0] for run in text["segments"])
    return ("… " if text["before"] else "") + inside + (" …" if text["after"] else "")


def _by_epoch(example_id: Any, probabilities: pd.DataFrame | None) -> tuple[tuple[int, float], ...]:
    if probabilities is None or example_id not in probabilities.index:
        return ()
    values = probabilities.loc[example_id]
    return tuple((int(epoch), _number(value)) for epoch, value in values.items())


def _number(value: Any) -> float:
    return math.nan if pd.isna(value) else float(value)
