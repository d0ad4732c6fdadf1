"""Whether what the model would put in a wrong label's place is the label that was there."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from cells import PLANTED
from methods import Array, Trained

from dataset_cartography.tasks.noise import read_planted

SAME = 0.5
"""F1 of the characters from which a span counts as the original answer."""


def share_restored(cell: Trained, score: Array) -> float:
    """Of the wrong labels among as many first ones as there are: the share whose suggestion is the original label."""
    planted = read_planted(cell.folder / PLANTED).set_index("id")["original"]
    first = np.argsort(-np.where(np.isnan(score), -np.inf, score), kind="stable")[: cell.wrong.sum()]
    found = first[cell.wrong[first]]
    rivals = [cell.evidence.alternatives.take(each) for each in cell.evidence.dynamics.predictions.values()]
    names = cell.log.manifest.provenance.get("labels")
    ids = cell.log.ids.tolist()
    restored = [
        _is_original([values[place] for values in rivals], planted[ids[place]], names)
        for place in found.tolist()
    ]
    return float(np.mean(restored)) if restored else float("nan")


def _is_original(rival: list[float], original: Any, names: list[str] | None) -> bool:
    if np.isnan(rival[0]):
        return False
    if isinstance(original, Mapping):
        ends = zip(original["answer_start"], original["text"], strict=True)
        return any(_f1(rival, (start, start + len(text))) >= SAME for start, text in ends)
    return names is not None and names[int(rival[0])] == original


def _f1(one: list[float], two: tuple[int, int]) -> float:
    shared = min(one[1], two[1]) - max(one[0], two[0])
    return 2 * max(shared, 0) / max((one[1] - one[0]) + (two[1] - two[0]), 1)
