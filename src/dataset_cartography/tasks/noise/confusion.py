"""Which labels are taken for which: estimated from the texts without a model, or counted in a recorded run."""

import logging
import zlib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dataset_cartography.errors import InputError
from dataset_cartography.log import LogReader
from dataset_cartography.slices.words import fold

if TYPE_CHECKING:
    import datasets

logger = logging.getLogger(__name__)

Array = npt.NDArray[Any]

_MOST_PLACES, _FEWEST_PLACES, _HELD = 2**16, 2**10, 2**24
_CHUNK = 2_000_000  # products held at once


def estimate_confusion(columns: Sequence[Sequence[str]], labels: Array, count: int) -> Array:
    """Count which other label's texts each label's texts are most alike.

    Each example is a vector of its words and pairs of neighbouring words, hashed to 65,536 places (fewer with more than
    256 labels), weighted by tf · log(n / df) and brought to length 1; a label is the mean of its examples. An example
    counts for the label that has, of all others, the mean with the largest cosine to it (Rocchio's rule, without the
    right answer).

    Args:
        columns: Texts, one sequence per column, each (examples,).
        labels: (examples,) numbers of the labels, from 0.
        count: How many labels there are.

    Returns:
        (count, count) examples of the row's label that are most like the column's; the diagonal is 0.
    """
    places = max(_FEWEST_PLACES, min(_MOST_PLACES, 2 ** ((_HELD // count).bit_length() - 1)))
    place, owner = _hashed(columns, places)
    # One entry for each place of an example, with how often the example has it.
    key, times = np.unique(owner * places + place, return_counts=True)
    owner, place = key // places, key % places
    weight = times * np.log(len(labels) / np.bincount(place, minlength=places)[place])
    norm = np.sqrt(np.bincount(owner, weight**2, minlength=len(labels)))
    weight /= np.maximum(norm, 1e-12)[owner]
    means = np.bincount(labels[owner] * places + place, weight, minlength=count * places).reshape(
        count, places
    )
    means = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    nearest = _nearest(means, owner, place, weight, labels)
    confusion = np.zeros((count, count))
    alike = nearest >= 0
    np.add.at(confusion, (labels[alike], nearest[alike]), 1)
    return confusion


def _hashed(columns: Sequence[Sequence[str]], places: int) -> tuple[Array, Array]:
    """The place of every word and pair of words, and the position of the example that it belongs to."""
    found: list[int] = []
    ends = []
    known: dict[str, int] = {}
    for texts in zip(*columns, strict=True):
        for number, text in enumerate(texts):
            words = fold(text).split()
            terms = [*words, *(f"{one} {two}" for one, two in pairwise(words))]
            for term in terms:
                named = f"{number} {term}"
                place = known.get(named)
                if place is None:
                    place = known[named] = zlib.crc32(named.encode()) % places
                found.append(place)
        ends.append(len(found))
    lengths = np.diff(ends, prepend=0)
    return np.array(found, dtype=np.int64), np.repeat(np.arange(len(ends)), lengths)


def _nearest(means: Array, owner: Array, place: Array, weight: Array, label: Array) -> Array:
    """(examples,) the other label whose mean is most like the example; -1 where nothing is shared."""
    nearest = np.full(len(label), -1)
    bounds = np.searchsorted(owner, np.arange(len(label) + 1))
    begin = 0
    while begin < len(label):
        end = int(np.searchsorted(bounds, bounds[begin] + _CHUNK // len(means), side="right")) - 1
        end = min(max(end, begin + 1), len(label))
        part = slice(bounds[begin], bounds[end])
        likeness = np.zeros((end - begin, len(means)))
        np.add.at(likeness, owner[part] - begin, (means[:, place[part]] * weight[part]).T)
        likeness[np.arange(end - begin), label[begin:end]] = 0
        best = likeness.argmax(axis=1)
        nearest[begin:end] = np.where(likeness.max(axis=1) > 0, best, -1)
        begin = end
    return nearest


def confusion_of_run(directory: Path, examples: "datasets.Dataset") -> Array:
    """Count a recorded run's predictions, of all its epochs, by the examples' labels.

    Args:
        directory: The cartography directory.
        examples: With columns `id` and `label`; those that the run did not have do not count, nor do predictions of
            labels that they do not know.

    Returns:
        (labels, labels) predictions of the column's label for examples of the row's.

    Raises:
        MissingFileError: There is no run.
        InputError: It predicted no labels, or has none of the examples.
    """
    log = LogReader(directory)
    if log.manifest.task not in ("classification", "nli"):
        raise InputError(
            f"'{directory}' was recorded for the task '{log.manifest.task}', which has no labels to confuse: give a "
            "run of the task classification or nli."
        )
    names: list[str] = examples.features["label"].names
    numbers = {name: number for number, name in enumerate(names)}
    # A run whose labels have no names has them in the dataset's order.
    predicted = np.array([numbers.get(name, -1) for name in log.manifest.provenance.get("labels", names)])
    rows = pd.Index(examples["id"][:]).get_indexer(pd.Index(log.ids))
    if (rows < 0).all():
        raise InputError(
            f"The run in '{directory}' has none of the {len(examples)} examples: give one that was recorded on the "
            "same dataset."
        )
    label = examples.with_format("arrow")["label"][:].fill_null(-1).to_numpy()
    confusion = np.zeros((len(names), len(names)))
    for epoch in log.epochs:
        columns = log.read(epoch, ["prediction"]).columns
        row, prediction = rows[columns["example"]], columns["prediction"].astype(np.int64)
        sound = (row >= 0) & (prediction >= 0) & (prediction < len(predicted))
        gold, taken_for = label[row[sound]], predicted[prediction[sound]]
        both = (gold >= 0) & (taken_for >= 0)
        np.add.at(confusion, (gold[both], taken_for[both]), 1)
    if not (confusion - np.diag(np.diag(confusion))).any():
        logger.warning(
            "The run in '%s' took no label for another one: wrong labels are drawn alike.", directory
        )
    return confusion
