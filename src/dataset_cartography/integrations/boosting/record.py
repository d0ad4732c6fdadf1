"""`record_boosting`: a data map over boosting rounds."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.boosting.stages import stages_of
from dataset_cartography.integrations.shared.arrays import ArrayLog, numbered_labels, one_each

Array = npt.NDArray[Any]


def record_boosting(
    model: Any,
    X: Any,  # noqa: N803 - as scikit-learn has it
    y: Any,
    output_dir: str | Path,
    *,
    ids: Sequence[Any] | Array | None = None,
    every: int = 1,
) -> Path:
    """Record how a boosted model answers examples after each round, and write their map.

    A boosted model is a sum of trees, one (or one for each class) grown a round: what it answered after round r is
    the sum of the first r, so that a model that is trained already has all of its dynamics in it. An epoch of the log
    is a round, its number the round's. Each tree is asked once, however many rounds there are.

    Args:
        model: A fitted GradientBoostingClassifier or -Regressor or HistGradientBoostingClassifier or -Regressor of
            scikit-learn; an XGBClassifier, XGBRegressor or Booster of XGBoost; an LGBMClassifier, LGBMRegressor or
            Booster of LightGBM.
        X: The examples as the model is given them, shape (examples, features): as a rule what it was trained on.
        y: Shape (examples,): their labels (for a Booster, numbered from 0) or values.
        output_dir: The cartography directory, new or empty.
        ids: One an example; default the index of `X` where it is a DataFrame, else the rows' numbers.
        every: Record every so many rounds, and the last.

    Returns:
        The cartography directory.

    Raises:
        InputError: It is none of these models, or one whose rounds do not add up to its answer; or `y`, `ids` or
            `every` do not fit.
        OutputExistsError: The directory holds a run already.
        OutputNotWritableError: It cannot be written to.
    """
    if every < 1:
        raise InputError(f"every must be 1 or more; got {every}.")
    stages = stages_of(model, X)
    facts: dict[str, Any] = {
        "model": type(model).__name__,
        "versions": stages.versions,
        "boosting": {"rounds": stages.rounds, "every": every},
    }
    if stages.task == "classification":
        targets, facts["labels"] = numbered_labels(y, stages.labels)
    else:
        targets = one_each(y).astype(np.float64)
    log = ArrayLog(
        Path(output_dir),
        X.index.to_numpy() if ids is None and isinstance(X, pd.DataFrame) else ids,
        targets,
        task=stages.task,
        mode="boosting",
        provenance=facts,
    )
    recorded = sorted({*range(every, stages.rounds + 1, every), stages.rounds})
    for number, outputs in stages.after(recorded):
        log.write(number, outputs, number)
    log.close()
    return Path(output_dir)
