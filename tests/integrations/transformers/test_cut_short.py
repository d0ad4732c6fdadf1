"""Passes that end early, answers that cannot be decoded, trackers put on twice."""

import numpy as np
import pytest

from dataset_cartography.datamap import compute_metrics, summarize_map
from dataset_cartography.errors import InputError
from dataset_cartography.integrations.transformers import track
from dataset_cartography.log import LogReader
from dataset_cartography.regions import assign_categories
from questions import WORDS, features_of, generate, make_trainer, row

LONG = " ".join(WORDS[:25])


def recorded(tmp_path, train, **options):
    trainer = make_trainer(tmp_path, train, **options)
    track(trainer, tmp_path / "map")
    trainer.train()
    return compute_metrics(tmp_path / "map")


def test_an_example_seen_only_in_part_counts_as_not_seen_and_is_said(tmp_path):
    rows = [row(f"q{i}", LONG, "word2", question="where is") for i in range(6)]
    train = features_of(rows, max_length=16, doc_stride=4)  # three windows each
    df = recorded(tmp_path, train, max_steps=3, per_device_train_batch_size=5)
    log = LogReader(tmp_path / "map")
    presented = log.read(1, ["margin"]).columns["example"]
    windows = np.bincount(presented, minlength=6)
    assert 0 < (windows == 3).sum() < 6, "the batch order has changed: choose another number of steps"
    np.testing.assert_array_equal(df["confidence"].notna(), windows == 3)
    np.testing.assert_array_equal(df["presentations"] > 0, windows == 3)
    partly = int(((windows > 0) & (windows < 3)).sum())
    warnings = summarize_map(assign_categories(df)).warnings
    assert "epoch 1 is incomplete: it was cut short at step 3" in warnings
    assert (
        f"examples of which only some windows were seen count as not seen, in epoch 1 ({partly})" in warnings
    )


def test_a_whole_epoch_is_complete_with_accumulation_too(tmp_path):
    train = features_of(generate(10))
    recorded(tmp_path, train, num_train_epochs=2, gradient_accumulation_steps=3)
    assert [epoch.complete for epoch in LogReader(tmp_path / "map").manifest.epochs] == [True, True]


def test_answers_too_long_to_be_decoded_are_never_correct_and_are_counted(tmp_path, caplog):
    train = features_of([row("long", LONG, " ".join(WORDS[:9]))])
    trainer = make_trainer(tmp_path, train, num_train_epochs=40, learning_rate=1e-2)
    trainer.max_answer_length = 4
    track(trainer, tmp_path / "map")
    trainer.train()
    df = compute_metrics(tmp_path / "map")
    assert df.loc["long", "correctness"] == 0
    assert df.loc["long", "last_gold_probability"] > 0.5, "the model should have learned the answer"
    assert (
        "1 of 1 examples have answers of more than 4 tokens only, which are never decoded, so that their "
        "predictions never count as correct; a larger --max_answer_length decodes them."
    ) in caplog.text


def test_outputs_that_are_no_numbers_are_not_called_cut_off(tmp_path):
    df = recorded(tmp_path, features_of(generate(8)), num_train_epochs=2, learning_rate=1e30)
    missing = int(df["confidence"].isna().sum())
    if not missing:
        pytest.skip("this build of torch survives the learning rate")
    warnings = summarize_map(assign_categories(df)).warnings
    assert any(
        warning.endswith("examples are not on the map: the model's output was not a number")
        for warning in warnings
    )


def test_a_trainer_is_tracked_once(tmp_path):
    trainer = make_trainer(tmp_path, features_of(generate(4)))
    track(trainer, tmp_path / "map")
    with pytest.raises(InputError) as error:
        track(trainer, tmp_path / "other")
    assert str(error.value) == "This trainer is tracked already; call track once, before trainer.train()."


def test_provenance_does_not_replace_the_maps_own_facts(tmp_path):
    trainer = make_trainer(tmp_path, features_of(generate(4)), num_train_epochs=1)
    track(trainer, tmp_path / "map").provenance = {"epochs": "five", "note": "mine"}
    trainer.train()
    facts = compute_metrics(tmp_path / "map").attrs["cartography"]
    assert (facts["epochs"], facts["note"]) == ([1], "mine")
