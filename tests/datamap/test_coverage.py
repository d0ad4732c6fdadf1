"""What the epochs saw, counted from a log and said in words."""

from dataclasses import replace

import numpy as np
import pytest

from dataset_cartography.datamap import (
    compute_metrics,
    coverage_of,
    coverage_sentences,
    mode_words,
    summarize_map,
)
from dataset_cartography.datamap.coverage import EpochCoverage, incomplete_sentences
from dataset_cartography.log import Epoch, LogWriter, Manifest
from dataset_cartography.regions import assign_categories
from logs import make_log, rows

WORDS = mode_words("in_training")
EVALUATION = mode_words("evaluation")


def coverage(root, **options):
    return coverage_of(compute_metrics(root, **options).attrs["cartography"])


def test_seen_missing_and_presented_twice_are_counted(tmp_path):
    writer = make_log(tmp_path, 4)
    writer.write_part(1, rows([0, 1, 2, 3], 0))
    writer.close_epoch(1, 1)
    writer.write_part(2, rows([3, 0], 1))
    writer.write_part(2, rows([0, 1], 2))
    writer.write_part(2, rows([0], 3))
    writer.close_epoch(2, 4, complete=False)
    assert coverage(tmp_path) == (
        EpochCoverage(1, seen=4, missing=0),
        EpochCoverage(2, seen=3, missing=1, repeated=1, complete=False),
    )


def test_an_epoch_of_which_nothing_could_be_written_is_told(tmp_path):
    writer = make_log(tmp_path, 2)
    for epoch in (1, 2, 3):
        if epoch != 2:
            writer.write_part(epoch, rows([0, 1], epoch))
        writer.close_epoch(epoch, epoch, complete=epoch != 2)
    lost = "2 rows could not be recorded: No space left on device"
    writer.manifest = replace(
        writer.manifest,
        epochs=tuple(
            replace(epoch, note=lost) if epoch.number == 2 else epoch for epoch in writer.manifest.epochs
        ),
    )
    writer.save_manifest()
    df = compute_metrics(tmp_path)
    assert df.attrs["cartography"]["epochs"] == [1, 3]
    assert coverage(tmp_path)[1] == EpochCoverage(2, seen=0, missing=2, complete=False, note=lost)
    assert summarize_map(assign_categories(df)).warnings[1] == f"epoch 2 is incomplete: {lost}"
    assert [epoch.epoch for epoch in coverage(tmp_path, burn_out=1)] == [1]
    assert [epoch.epoch for epoch in coverage(tmp_path, burn_in=1)] == [2, 3]


def test_windows_seen_in_part_are_missing(tmp_path):
    writer = make_log(tmp_path, 3, task="qa", windows=[2, 2, 1])
    signals = {column.name: np.ones(3, column.dtype) for column in writer.manifest.schema.signals}
    keys = {"example": np.array([0, 0, 1]), "window": np.array([0, 1, 1]), "global_step": np.zeros(3, int)}
    writer.write_part(1, keys | signals)
    writer.close_epoch(1, 1)
    assert coverage(tmp_path) == (EpochCoverage(1, seen=1, missing=2, in_part=1),)
    summary = summarize_map(assign_categories(compute_metrics(tmp_path)))
    assert summary.warnings[1] == (
        "examples of which only some windows were seen count as not seen, in epoch 1 (1)"
    )


def all_seen(count, **changes):
    return tuple(EpochCoverage(number, seen=6, missing=0, **changes) for number in range(1, count + 1))


PADDED = (
    "presented twice or more, as samplers do to fill the last batch of several processes, or a curriculum by "
    "competence; the first presentation counts."
)


@pytest.mark.parametrize(
    ("coverage", "words", "said"),
    [
        ((), WORDS, []),
        (all_seen(5), WORDS, ["Every example was seen once in each of 5 epochs."]),
        (all_seen(1), WORDS, ["Every example was seen once in the one epoch."]),
        (all_seen(2), EVALUATION, ["Every example was seen once in each of 2 evaluation passes."]),
        (
            all_seen(3, repeated=2),
            WORDS,
            ["Every example was seen in each of 3 epochs.", f"In each of 3 epochs, 2 examples were {PADDED}"],
        ),
        (
            (*all_seen(2), EpochCoverage(3, 6, 0, repeated=1), EpochCoverage(4, 6, 0, repeated=3)),
            WORDS,
            [
                "Every example was seen in each of 4 epochs.",
                f"In each of 2 epochs, 1 to 3 examples were {PADDED}",
            ],
        ),
        (
            (*all_seen(2), EpochCoverage(3, 6, 0, repeated=1)),
            EVALUATION,
            [
                "Every example was seen in each of 3 evaluation passes.",
                f"In one evaluation pass, 1 example was {PADDED}",
            ],
        ),
        (
            (*all_seen(1), EpochCoverage(2, 5, 1), EpochCoverage(3, 0, 6)),
            WORDS,
            ["Note that not every example was seen in epoch 2, 3."],
        ),
        (
            tuple(EpochCoverage(number, 5, 1) for number in range(1, 41)),
            EVALUATION,
            ["In 40 of 40 evaluation passes not every example was seen."],
        ),
    ],
)
def test_coverage_in_words(coverage, words, said):
    assert coverage_sentences(coverage, words) == said


def test_incomplete_epochs_of_one_reason_stand_together():
    told = [EpochCoverage(1, 1, 0, complete=False), EpochCoverage(2, 1, 0)]
    told += [EpochCoverage(number, 0, 1, complete=False, note="the disk is full") for number in (3, 4)]
    assert incomplete_sentences(told, WORDS) == [
        "epoch 1 is incomplete: cut short, or not all of it could be written",
        "epoch 3, 4 is incomplete: the disk is full",
    ]
    assert Epoch(1, 1).note == ""


def test_a_map_of_evaluation_passes_says_so(tmp_path):
    writer = make_log(tmp_path, 2, task="nli", mode="evaluation")
    for epoch in (1, 2):
        writer.write_part(epoch, rows([0, 1], epoch))
        writer.close_epoch(epoch, epoch)
    summary = summarize_map(assign_categories(compute_metrics(tmp_path)))
    assert summary.words == EVALUATION
    assert summary.warnings[0] == (
        "not enough evaluation passes for meaningful variability: 2 recorded, 3 or more are needed"
    )


def test_a_stream_misses_what_another_epoch_saw(tmp_path):
    manifest = Manifest(task="classification", mode="in_training", id_type="string", examples=None)
    writer = LogWriter.create(tmp_path, manifest, None, {})
    keys = np.array([70, 30, 50])
    writer.write_ids(keys, ["seventy", "thirty", "fifty"])
    for epoch, presented in enumerate(([70, 30], [30, 50, 70], [50, 50]), 1):
        writer.write_part(epoch, rows(presented, epoch, 1.0))
        writer.close_epoch(epoch, epoch)
    df = compute_metrics(tmp_path)
    assert df["presentations"].to_dict() == {"fifty": 3, "seventy": 2, "thirty": 2}
    assert coverage(tmp_path) == (
        EpochCoverage(1, seen=2, missing=1),
        EpochCoverage(2, seen=3, missing=0),
        EpochCoverage(3, seen=1, missing=2, repeated=1),
    )
