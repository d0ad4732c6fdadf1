"""Confusion: estimated from texts as a slow twin does it, or counted in a recorded run."""

import math
import zlib
from collections import Counter

import numpy as np
import pytest

from dataset_cartography.errors import InputError, MissingFileError
from dataset_cartography.log import LogWriter, Manifest
from dataset_cartography.tasks.noise import Planting
from dataset_cartography.tasks.noise.confusion import confusion_of_run, estimate_confusion


def slow(columns, labels, count):
    vectors = []
    for row in range(len(labels)):
        vector = Counter()
        for number, texts in enumerate(columns):
            words = texts[row].lower().split()
            for term in [*words, *(f"{words[i]} {words[i + 1]}" for i in range(len(words) - 1))]:
                vector[zlib.crc32(f"{number} {term}".encode()) % 2**16] += 1
        vectors.append(vector)
    holding = Counter(place for vector in vectors for place in vector)
    scaled = []
    for vector in vectors:
        weights = {place: times * math.log(len(labels) / holding[place]) for place, times in vector.items()}
        norm = math.sqrt(sum(weight**2 for weight in weights.values()))
        scaled.append({place: weight / norm for place, weight in weights.items()} if norm else {})
    means = [Counter() for _ in range(count)]
    for label, vector in zip(labels, scaled, strict=True):
        for place, weight in vector.items():
            means[label][place] += weight
    norms = [math.sqrt(sum(weight**2 for weight in mean.values())) or 1 for mean in means]
    confusion = np.zeros((count, count))
    for label, vector in zip(labels, scaled, strict=True):
        likeness = [
            sum(weight * means[other][place] for place, weight in vector.items()) / norms[other]
            if other != label
            else 0
            for other in range(count)
        ]
        if max(likeness) > 0:
            confusion[label, likeness.index(max(likeness))] += 1
    return confusion


def test_the_estimate_is_the_slow_twins():
    rng = np.random.default_rng(0)
    vocabulary = [f"word{number}" for number in range(60)]
    labels = rng.integers(0, 4, 80)
    texts = [" ".join(rng.choice(vocabulary[label * 10 : label * 10 + 25], 6)) for label in labels]
    more = [" ".join(rng.choice(vocabulary, 3)) for _ in labels]
    for columns in ([texts], [texts, more]):
        np.testing.assert_array_equal(estimate_confusion(columns, labels, 4), slow(columns, labels, 4))


def test_texts_without_words_count_for_nothing():
    assert estimate_confusion([["?", "!", ""]], np.array([0, 1, 0]), 2).sum() == 0


def test_many_labels_take_no_more_memory():
    labels = np.arange(3000) % 1500
    texts = [f"topic{label} words" for label in labels]
    assert estimate_confusion([texts], labels, 1500).shape == (1500, 1500)


def record(folder, ids, predictions, *, labels=None, task="classification"):
    provenance = {"labels": labels} if labels else {}
    manifest = Manifest(task, "in_training", "string", len(ids), provenance=provenance)
    writer = LogWriter.create(folder, manifest, np.array(ids, dtype=object), {})
    for epoch, predicted in enumerate(predictions, start=1):
        columns = {name: np.zeros(len(ids)) for name in ("gold_logprob", "margin", "el2n", "correct")}
        rows = {"example": np.arange(len(ids)), "global_step": np.full(len(ids), epoch)}
        writer.write_part(epoch, {**rows, **columns, "prediction": np.array(predicted)})
        writer.close_epoch(epoch, epoch)
    return folder


def test_a_runs_predictions_are_counted_by_their_names_over_all_epochs(texts, tmp_path):
    ids = ["t0-cat", "t1-cat", "t0-stock", "elsewhere"]
    names = ["stock", "cat", "kitten", "strange"]  # in an order of the model's own
    folder = record(tmp_path / "run", ids, [[2, 2, 0, 1], [1, 3, 0, 1]], labels=names)
    confusion = confusion_of_run(folder, texts)
    assert confusion.tolist() == [[1, 2, 0, 0], [0, 0, 0, 0], [0, 0, 2, 0], [0, 0, 0, 0]]


def test_labels_without_names_are_in_the_datasets_order(texts, tmp_path):
    folder = record(tmp_path / "run", ["t0-cat", "t0-stock"], [[1, 0]])
    confusion = confusion_of_run(folder, texts)
    assert (confusion[0, 1], confusion[2, 0], confusion.sum()) == (1, 1, 2)
    _, planted = Planting(0.5, confusion_from=str(folder)).plant(texts, "classification")
    pairs = set(zip(planted["original"], planted["planted"], strict=True))
    assert pairs == {("cat", "kitten"), ("kitten", "cat"), ("kitten", "stock"), ("stock", "cat")}
    assert planted.attrs["confusion_from"] == str(folder)


def test_a_run_that_confused_nothing_is_told(texts, tmp_path, caplog):
    folder = record(tmp_path / "run", ["t0-cat"], [[0]])
    confusion_of_run(folder, texts)
    assert caplog.messages == [
        f"The run in '{folder}' took no label for another one: wrong labels are drawn alike."
    ]


def test_runs_that_say_nothing_of_these_labels_are_refused(texts, tmp_path):
    with pytest.raises(InputError) as error:
        confusion_of_run(record(tmp_path / "other", ["x"], [[0]]), texts)
    assert str(error.value) == (
        f"The run in '{tmp_path / 'other'}' has none of the 120 examples: give one that was recorded on the "
        "same dataset."
    )
    with pytest.raises(InputError) as error:
        confusion_of_run(record(tmp_path / "mc", ["t0-cat"], [[0]], task="multiple-choice"), texts)
    assert str(error.value) == (
        f"'{tmp_path / 'mc'}' was recorded for the task 'multiple-choice', which has no labels to confuse: give a "
        "run of the task classification or nli."
    )
    with pytest.raises(MissingFileError):
        confusion_of_run(tmp_path / "nothing", texts)
