"""`datamap compare` of two versions of a dataset's labels: which changed, and how far these moved."""

import json

import pandas as pd
import pytest

from compared_runs import COUNT, compare, main, record
from dataset_cartography.cli.compare_examples import _gold


def write(path, labels):
    lines = [{"id": f"e{k}", "text": f"Text {k}.", "label": label} for k, label in labels.items()]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture
def versions(tmp_path):
    """Before cleaning, examples 0 to 9 are hard; after it 0 to 4 have another label and are easy, 39 is gone."""
    labels = {k: k % 3 for k in range(COUNT)}
    before = write(tmp_path / "before.jsonl", labels)
    corrected = labels | {k: (k + 1) % 3 for k in range(5)}
    after = write(tmp_path / "after.jsonl", {k: corrected[k] for k in range(COUNT - 1)})
    record(tmp_path / "before", 1, range(10), task="classification", dataset=str(before))
    record(tmp_path / "after", 2, range(5, 10), task="classification", dataset=str(after))
    return tmp_path


def test_which_labels_changed_is_said_and_how_far_they_moved(versions, capsys):
    printed = compare(capsys, versions / "before", versions / "after", "--n", 3)
    assert "\n5 of 39 examples have another label in after. Their median shift is 0.7" in printed
    assert "; 5 of them changed region.\n" in printed
    texts = printed.split("Their texts:\n")[1].split("\n\n")[0].splitlines()
    assert len(texts) == 3
    for line in texts:
        number = int(line.split("Text ")[1].split(".")[0])
        assert line == f"  e{number} [{number % 3} → {(number + 1) % 3}]: Text {number}."
    told = json.loads(compare(capsys, versions / "before", versions / "after", "--json"))
    assert sorted(told["relabelled"]) == [f"e{k}" for k in range(5)]
    assert (told["figures"]["labels"], told["figures"]["relabelled"]) == (39, 5)
    assert told["figures"]["same_label_median_shift"] < 0.2 < told["figures"]["relabelled_median_shift"]


def test_those_that_did_not_move_far_are_listed_too(versions, capsys):
    """Where others moved further, the changed labels stand below them."""
    others = write(versions / "others.jsonl", {k: k % 3 + (k == 30) for k in range(COUNT)})
    record(versions / "others", 2, range(15, 25), task="classification", dataset=str(others))
    printed = compare(capsys, versions / "before", versions / "others", "--n", 2)
    below = printed.split("Of those with another label, moved furthest and not listed above:\n")[1]
    assert "e30 [0 → 1]: Text 30." in below
    assert "1 of 40 examples have another label" in printed


def test_a_gate_on_changed_labels(versions, capsys):
    pair = [str(versions / "before"), str(versions / "after"), "--json", "--fail-if"]
    assert main([*pair, "relabelled > 5"]) == 0
    with pytest.raises(SystemExit) as caught:
        main([*pair, "relabelled == 5"])
    assert caught.value.code == 1


def test_runs_of_two_versions(versions, capsys):
    record(versions / "again", 3, range(10), task="classification", dataset=str(versions / "before.jsonl"))
    first = f"{versions / 'before'},{versions / 'again'}"
    printed = compare(capsys, first, versions / "after", "--n", 1, "--names", "old", "new")
    assert (
        "5 of 39 examples have another label in new. Their median shift beyond the spread of the runs is"
        in printed
    )
    told = json.loads(compare(capsys, first, versions / "after", "--json"))
    assert told["figures"]["relabelled"] == len(told["relabelled"]) == 5


def test_a_version_that_cannot_be_read_can_be_named(versions, capfd, refused):
    moved = (versions / "after.jsonl").rename(versions / "moved.jsonl")
    pair = versions / "before", versions / "after"
    printed = compare(capfd, *pair, "--n", 1)
    assert (
        "Note: Labels are not compared; name the second's dataset with --second_dataset. No dataset file at"
        in printed
    )
    assert "another label" not in printed
    assert "5 of 39 examples have another label" in compare(capfd, *pair, "--second_dataset", moved)
    assert refused(main, *pair, "--second_dataset", versions / "no.jsonl").startswith(
        "No dataset file at 'TMP/no.jsonl'"
    )
    (versions / "before.jsonl").unlink()
    told = json.loads(compare(capfd, *pair, "--json"))
    assert told["notes"][-1].startswith("Labels are not compared. The map was recorded on the dataset")
    assert "relabelled" not in told["figures"]


@pytest.mark.parametrize("planted", [{}, {"share": 0.1, "kind": "uniform", "seed": 0, "count": 4}])
def test_one_dataset_of_which_the_labels_changed_in_place(versions, capsys, planted):
    """The logs know that the labels differ; which, the file no longer tells. Labels that were planted are no riddle."""
    record(versions / "again", 2, range(5, 10), task="classification", dataset=str(versions / "before.jsonl"))
    for name, digest, facts in (
        ("before", "11", {}),
        ("again", "22", {"planted_labels": planted} if planted else {}),
    ):
        path = versions / name / "manifest.json"
        manifest = json.loads(path.read_text())
        manifest["provenance"] |= facts
        path.write_text(json.dumps({**manifest, "options": {"targets": digest}}))
    told = json.loads(compare(capsys, versions / "before", versions / "again", "--json"))
    sentence = (
        "The labels or answers that the two learnt are not the same, but both name one dataset: to see which, give the "
        "second's with --second_dataset."
    )
    assert (sentence in told["notes"]) is not bool(planted)


@pytest.mark.parametrize(
    ("columns", "values"),
    [
        ({"text": ["a", "b", "c"], "label": [1.0, float("nan"), 0.0]}, ["1", None, "0"]),
        ({"text": ["a", "b"], "label": pd.Categorical(["x", "y"])}, ["x", "y"]),
        ({"question": ["?"] * 3, "choices": [["a", "b"]] * 3, "label": [1, 0, -1]}, ["b", "a", None]),
        (
            {
                "question": ["?"] * 2,
                "context": ["aXb"] * 2,
                "answers": [
                    {"text": ["b", "a", "b"], "answer_start": [2, 0, 2]},
                    {"text": [], "answer_start": []},
                ],
            },
            [(("a", 0), ("b", 2)), ()],
        ),
    ],
)
def test_what_is_right_of_each_task(columns, values):
    found = _gold(pd.DataFrame(columns))
    assert [None if isinstance(value, float) else value for value in found.tolist()] == values


def test_a_number_that_changed_a_little_has_changed():
    labels = _gold(pd.DataFrame({"text": ["a", "b", "c"], "label": [2947.42, 2947.0, float("nan")]}))
    assert labels.tolist()[:2] == ["2947.42", "2947"]
    assert labels.isna().tolist() == [False, False, True]
