"""Edge (extra: train): what people decided about examples, done to their dataset: a new one, and what changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import datasets
import numpy as np
import numpy.typing as npt
import pandas as pd

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.base import DEFAULTS, Options
from dataset_cartography.tasks.raw_labels import RawLabels, UnreadableLabelError
from dataset_cartography.tasks.raw_rows import load_rows
from dataset_cartography.tasks.registry import TASKS

CHANGES = ("id", "what", "old", "new", "by", "time")
_LONGEST, _EXPLAINED, _LISTED = 60, 3, 20  # characters of a label in a message; labels explained, ids listed


@dataclass(frozen=True)
class Applied:
    """A corrected dataset.

    Attributes:
        rows: The dataset's own rows in their order and form, those to be dropped gone, others relabelled. A dataset
            without ids has the column `id` in front: made ids come from the content and would be others next time.
        changes: A row a change, in the dataset's order: `id`, `what` ("relabel" or "drop"), the `old` label and the
            `new` one (None if dropped), `by` whom and the `time` it was decided.
        left: How many examples each decision left as they were: "ok", "wrong_label", "ambiguous", and "relabel" where
            the label was the new one already.
        unknown: Ids with a decision that are not in the dataset.
    """

    rows: datasets.Dataset
    changes: pd.DataFrame
    left: dict[str, int]
    unknown: list[Any]


def apply_decisions(
    dataset: str,
    decisions: pd.DataFrame,
    *,
    task: str,
    split: str = "train",
    options: Options = DEFAULTS,
    allow_new_labels: bool = False,
    drop_wrong_labels: bool = False,
) -> Applied:
    """Make a corrected dataset of decisions about its examples.

    "drop" takes a row out. "relabel" gives it another label: a class by its name; a choice by its text, or as the
    dataset writes its labels; an answer by its text, at the place in the context that is nearest to the first answer
    of before, or by its characters `[start, end]`, or "(no answer)"; tags of some tokens as "3: B-location, 4: O";
    several labels by their names, with commas between them. A new answer stands for all that were there.
    Everything else stays, faulty rows that a run leaves out among it.

    Args:
        dataset: As `tasks.loading.load_raw` takes it: the one that the decisions are about.
        decisions: As `decisions.read_decisions` gives them.
        task: As in run.py's `--task`.
        split: The dataset's split.
        options: How its columns are called, if not by the usual names.
        allow_new_labels: Whether a class may be one that no row has yet.
        drop_wrong_labels: Whether rows marked "wrong_label", without a correction, are dropped.

    Raises:
        InputError: There is no such task, none of the ids is in the dataset, no row would be left, or new labels cannot
            be used; the sentence lists them.
        CartographyError: The dataset cannot be read; one sentence.
    """
    if task not in TASKS:
        raise InputError(f"Labels of the task '{task}' cannot be changed here; tasks are {', '.join(TASKS)}.")
    where = f"the dataset '{dataset}'"
    raw, ids = load_rows(dataset, split, TASKS[task], options)
    labels = TASKS[task].raw_labels(raw, options, where=where, new_labels=allow_new_labels)
    rows, unknown = _locate(decisions.index, ids, where)
    dropping = {"drop", "wrong_label"} if drop_wrong_labels else {"drop"}
    left = dict.fromkeys(("ok", "wrong_label", "ambiguous", "relabel"), 0)
    changes: dict[int, dict[str, Any]] = {}
    refused: dict[Any, str] = {}
    for row, decision in zip(rows.tolist(), decisions.to_dict("records"), strict=True):
        if row < 0:
            continue
        try:
            change = _change(labels, row, decision, dropping)
        except UnreadableLabelError as error:
            refused[ids[row]] = f"'{_shortened(decision['relabel'])}' {error}"
            continue
        if change is None:
            left[decision["decision"]] += 1
        else:
            changes[row] = {"id": ids[row], **change, "by": decision["by"], "time": decision["time"]}
    if refused:
        raise InputError(_refusal(refused))
    dropped = [row for row, change in changes.items() if change["what"] == "drop"]
    if len(dropped) == len(raw):
        raise InputError(f"All {len(raw)} rows of {where} are to be dropped: nothing would be left.")
    corrected = labels.written(
        {row: each["new"] for row, each in changes.items() if each["what"] == "relabel"}
    )
    if dropped:
        corrected = corrected.select(np.setdiff1d(np.arange(len(raw)), dropped))
    in_order = [changes[row] for row in sorted(changes)]
    return Applied(corrected, pd.DataFrame(in_order, columns=list(CHANGES), dtype=object), left, unknown)


def _change(
    labels: RawLabels, row: int, decision: Mapping[Any, Any], dropping: set[str]
) -> dict[str, Any] | None:
    """What a decision changes, None if nothing."""
    old = labels.at(row)
    if decision["decision"] in dropping:
        return {"what": "drop", "old": old, "new": None}
    if decision["decision"] != "relabel":
        return None
    new = labels.read(row, decision["relabel"])
    return None if new == old else {"what": "relabel", "old": old, "new": new}


def _locate(wanted: pd.Index, ids: list[Any], where: str) -> tuple[npt.NDArray[np.intp], list[Any]]:
    """The row of each id, -1 if there is none, and the ids without one; as text only if none is there as it is."""
    if not len(wanted):
        return np.empty(0, np.intp), []
    rows = pd.Index(ids).get_indexer(wanted)
    if (rows < 0).all():
        rows = pd.Index([str(value) for value in ids]).get_indexer(wanted.map(str))
    if (rows < 0).all():
        first = wanted.tolist()[0]
        raise InputError(
            f"None of the {len(wanted)} ids that were decided about is in {where}: decided was about {first!r}, "
            f"the dataset has {ids[0]!r}. Give the dataset and split that the map was recorded on."
        )
    return rows, wanted[rows < 0].tolist()


def _refusal(refused: dict[Any, str]) -> str:
    told = [f"{example_id!r}: {why}" for example_id, why in list(refused.items())[:_EXPLAINED]]
    others = [repr(example_id) for example_id in list(refused)[_EXPLAINED:_LISTED]]
    more = f", and {len(refused) - _LISTED} more" if len(refused) > _LISTED else ""
    also = f"; also {', '.join(others)}{more}" if others else ""
    count = f"{len(refused)} new label{'s' if len(refused) > 1 else ''}"
    return (
        f"Nothing is written, since {count} cannot be used: {'; '.join(told)}{also}. Decide about them anew."
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
