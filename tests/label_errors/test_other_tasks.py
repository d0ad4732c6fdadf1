"""Rankings of tags, sets of labels, numbers, pairs and texts: the wrong ones first, in words, with their correction."""

import numpy as np
import pandas as pd
import pytest

from dataset_cartography import find_label_errors
from dataset_cartography.dynamics import Reading, load_units
from dataset_cartography.errors import InputError
from dataset_cartography.label_errors import REVIEW, label_error_signals
from dataset_cartography.label_errors.units import RankedUnits, label_list
from dataset_cartography.log import LogReader, LogWriter, Manifest
from dataset_cartography.pages.wrong_labels import review_words
from new_tasks import EPOCHS, NEW_TASKS, record_task

UNITS = ("multi-label", "token-classification")
TEXTS = ("seq2seq", "causal-lm")


@pytest.fixture(params=NEW_TASKS)
def recorded(request, tmp_path):
    return record_task(request.param, tmp_path, examples=72)


def test_the_wrong_ones_come_first(recorded):
    df = find_label_errors(recorded.directory, examples=recorded.examples)
    assert len(df) == len(recorded.examples)
    assert df["rank"].tolist() == list(range(1, len(df) + 1))
    assert df["score"].is_monotonic_decreasing
    count = len(recorded.wrong)
    # Numbers that are wrong are not all further off than the hard ones.
    found = set(df.index[:count]) & set(recorded.wrong)
    assert len(found) >= (count // 2 if recorded.task == "regression" else count)
    if recorded.task in TEXTS:
        assert df["probability"].isna().all()
        assert df["suggested"].isna().all()
        assert "correction" not in df
        assert np.isnan(df.attrs[REVIEW]["expected_wrong"])
        assert review_words(df) == (
            "How many are wrong is not estimated: a text has no rival that a model could stand by."
        )
    else:
        assert df["probability"].between(0, 1).all()
        assert df["probability"].is_monotonic_decreasing
        assert df["suggested"].iloc[0] is not None
        assert df["suggested_share"].iloc[0] == 1


def test_of_some_the_first_are_those_of_all(recorded):
    every = find_label_errors(recorded.directory, examples=recorded.examples)
    some = find_label_errors(recorded.directory, examples=recorded.examples, n=3)
    pd.testing.assert_frame_equal(some, every.head(3), check_dtype=False)
    assert str(some.attrs[REVIEW]) == str(every.attrs[REVIEW])


def test_the_evidence_has_a_row_for_each(recorded):
    df = label_error_signals(recorded.directory)
    if recorded.task in UNITS:
        units = load_units(LogReader(recorded.directory))
        assert df["unit"].tolist() == units.unit.tolist()
        assert len(df) == len(units.gold)
    else:
        assert df.index.tolist() == recorded.examples.index.tolist()
    assert df["unlikely"].between(0, 1).all()


def test_a_missing_tag_in_words(tmp_path):
    recorded = record_task("token-classification", tmp_path)
    first = find_label_errors(recorded.directory, examples=recorded.examples).iloc[0]
    example, unit = next(pair for pair in recorded.units if f"token-classification-{pair[0]}" == first.name)
    word = recorded.examples["tokens"].iloc[example][unit]
    assert first["suggested"] == f"token {unit} '{word}': O → B-location"
    assert first["correction"] == f"{unit}: B-location"
    assert first["reason"].startswith(
        f"token {unit}: never learned in {EPOCHS} epochs; 'B-location' was predicted in all"
    )
    untold = find_label_errors(recorded.directory).iloc[0]
    assert untold["suggested"] == f"token {unit}: O → B-location"


def test_a_missing_label_in_words(tmp_path):
    recorded = record_task("multi-label", tmp_path)
    first = find_label_errors(recorded.directory, examples=recorded.examples).iloc[0]
    example, unit = next(pair for pair in recorded.units if f"multi-label-{pair[0]}" == first.name)
    topics = ("sport", "money", "health", "music")
    assert first["suggested"] == f"missing label '{topics[unit]}'"
    right = {*recorded.examples["labels"].iloc[example], topics[unit]}
    assert first["correction"] == ", ".join(topic for topic in topics if topic in right)
    hard = find_label_errors(recorded.directory).query("suggested.str.startswith('needless').fillna(False)")
    assert len(hard)


def test_units_have_rows_of_their_own(tmp_path):
    recorded = record_task("token-classification", tmp_path)
    df = find_label_errors(recorded.directory, examples=recorded.examples, units=True)
    ids = recorded.examples.index.tolist()
    assert len(df) == recorded.examples["tokens"].str.len().sum()
    count = len(recorded.units)
    assert {
        (ids.index(name), unit) for name, unit in zip(df.index[:count], df["unit"][:count], strict=True)
    } == set(recorded.units)
    first = df.iloc[0]
    assert (first["given"], first["suggested"]) == ("O", "B-location")
    assert first["text"] == recorded.examples["tokens"][df.index[0]][first["unit"]]
    assert df["probability"].is_monotonic_decreasing
    # The worst of each example counts.
    assert df.attrs[REVIEW]["expected_wrong"] == pytest.approx(
        find_label_errors(recorded.directory).attrs[REVIEW]["expected_wrong"]
    )
    assert 0 < df.attrs[REVIEW]["to_catch_80"] <= len(df)


def test_labels_of_a_set_have_rows_of_their_own(tmp_path):
    recorded = record_task("multi-label", tmp_path)
    df = find_label_errors(recorded.directory, units=True)
    assert len(df) == 4 * len(recorded.examples)
    first = df.iloc[0]
    assert (first["given"], first["suggested"]) == ("absent", "present")
    assert first["text"] in ("sport", "money", "health", "music")


def test_an_example_is_as_suspicious_as_its_worst_unit(tmp_path):
    recorded = record_task("multi-label", tmp_path)
    ranked = RankedUnits.of(LogReader(recorded.directory))
    units, examples = (find_label_errors(recorded.directory, units=each) for each in (True, False))
    pd.testing.assert_series_equal(units.groupby(level=0)["score"].max(), examples["score"].sort_index())
    assert ranked.is_worst.sum() == len(examples)


def test_labels_without_names_go_by_their_numbers(tmp_path):
    recorded = record_task("token-classification", tmp_path)
    path = recorded.directory / "manifest.json"
    path.write_text(path.read_text().replace('"labels"', '"other"'))
    first = find_label_errors(recorded.directory).iloc[0]
    assert first["suggested"].endswith(": 0 → 1")


def test_a_number_that_is_off_says_by_how_much_and_what_it_should_be(tmp_path):
    recorded = record_task("regression", tmp_path)
    df = find_label_errors(recorded.directory)
    truth = dict(zip(recorded.examples.index, np.linspace(1, 5, len(df)), strict=True))
    for name in recorded.wrong:
        row = df.loc[name]
        assert row["suggested"] == pytest.approx(truth[name], abs=0.01)
        assert row["correction"] == f"{row['suggested']:.2f}"
        way = "high" if recorded.examples["label"][name] > truth[name] else "low"
        assert f"too {way} by " in row["reason"]
        assert (
            f"a {'lower' if way == 'high' else 'higher'} value was predicted in all {EPOCHS} epochs"
            in row["reason"]
        )
        assert row["reason"].endswith(" standard deviations)")


def test_a_pair_that_is_the_wrong_way_round_is_to_be_swapped(tmp_path):
    recorded = record_task("dpo", tmp_path)
    first = find_label_errors(recorded.directory).iloc[0]
    assert first["suggested"] == first["correction"] == "rejected"
    assert f"the rejected answer was preferred in all {EPOCHS} epochs" in first["reason"]


def test_the_least_likely_tokens_are_named_where_each_was_recorded(tmp_path):
    recorded = record_task("causal-lm", tmp_path, tokens=True)
    path = recorded.directory / "manifest.json"
    path.write_text(path.read_text().replace('"options": {}', '"options": {"tokens": true}'))
    assert LogReader(recorded.directory).manifest.options == {"tokens": True}
    first = find_label_errors(recorded.directory).iloc[0]
    words, _, least = first["reason"].partition("; least likely: ")
    assert words.startswith("the completion's probability was ")
    assert least.count("(0.0") == 3


def test_what_a_task_lacks_is_refused(tmp_path):
    recorded = record_task("regression", tmp_path)
    with pytest.raises(InputError) as error:
        find_label_errors(recorded.directory, units=True)
    assert (
        str(error.value)
        == "An example of the task 'regression' has one label: there are no units of it to rank."
    )
    with pytest.raises(InputError) as error:
        find_label_errors(recorded.directory, embeddings=np.ones((36, 2)))
    assert str(error.value) == (
        "Neighbours need labels that examples share; those of the task 'regression' do not, so its ranking takes no "
        "embeddings."
    )


def test_whole_targets_are_corrected_by_whole_numbers(tmp_path):
    stars = [*[5.0] * 6, *[1.0] * 6]
    predicted = np.array([4.9, 4.8, 1.2, 4.9, 5.1, 4.9, 1.1, 1.0, 4.8, 1.2, 0.9, 1.0])
    predicted[[3, 4, 10]] = [
        4.2,
        5.4,
        1.9,
    ]  # beyond the tolerance; the second is the target itself when rounded
    manifest = Manifest(task="regression", mode="in_training", id_type="integer", examples=12)
    writer = LogWriter.create(tmp_path, manifest, np.arange(12), {})
    for epoch in (1, 2):
        rows = {"example": np.arange(12), "target": stars, "prediction": predicted}
        rows |= {"squared_error": (predicted - stars) ** 2, "global_step": np.full(12, epoch)}
        writer.write_part(epoch, {name: np.asarray(values) for name, values in rows.items()})
        writer.close_epoch(epoch, epoch)
    df = find_label_errors(tmp_path, reading=Reading(tolerance=0.15))
    assert df["correction"].dropna().to_dict() == {2: "1", 8: "5", 3: "4", 10: "2"}
    assert "too high by 4 (2.0 standard deviations)" in df.loc[2, "reason"]


def test_labels_with_commas_are_corrected_as_a_list():
    assert label_list(["money", "sport"]) == "money, sport"
    assert label_list(["money", "art, fine"]) == '["money", "art, fine"]'
    assert label_list([]) == "(no label)"
