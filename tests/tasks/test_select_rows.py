"""Rows of chosen examples: the dataset's own, in its order and form."""

import json

import datasets
import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.registry import TASKS
from dataset_cartography.tasks.select_rows import select_rows, write_selected

CONTEXT = "Ann met Bob. Bob met Cy, and Cy met Ann."
TEXTS = [{"id": n, "text": f"text {n}", "label": "ab"[n % 2], "more": {"n": [n]}} for n in range(6)]


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path_factory.getbasetemp() / "datasets")


@pytest.fixture
def write(tmp_path):
    """Write rows, or a whole document, to a file; its name."""

    def call(content, name="rows.jsonl"):
        path = tmp_path / name
        lines = (
            (json.dumps(row) + "\n" for row in content)
            if isinstance(content, list)
            else [json.dumps(content)]
        )
        path.write_text("".join(lines))
        return str(path)

    return call


def test_rows_stand_in_the_datasets_order_and_as_they_are(write):
    rows = select_rows(write(TEXTS), [4, 0, 3], task="classification")
    assert rows.to_list() == [TEXTS[0], TEXTS[3], TEXTS[4]]
    # Ids that came from lines of text.
    assert select_rows(write(TEXTS), ["4", "0"], task="classification")["id"][:] == [0, 4]


def test_a_dataset_without_ids_gets_them(write):
    path = write([{"text": row["text"], "label": row["label"]} for row in TEXTS])
    ids = TASKS["classification"].load(path, "train").kept["id"][:]
    rows = select_rows(path, [ids[5], ids[1]], task="classification")
    assert rows.to_list() == [{"id": ids[n], "text": f"text {n}", "label": "b"} for n in (1, 5)]


def test_rows_that_a_run_leaves_out_do_not_move_the_others(write):
    faulty = {"id": 9, "text": None, "label": "a", "more": {"n": [9]}}
    rows = select_rows(write([TEXTS[0], faulty, *TEXTS[1:]]), [1], task="classification")
    assert rows.to_list() == [TEXTS[1]]


def test_nested_questions_become_a_row_each(write):
    answers = [{"text": "Bob", "answer_start": 8}]
    asked = [{"id": f"q{n}", "question": f"Who {n}?", "answers": answers} for n in range(3)]
    document = {"data": [{"title": "Ann", "paragraphs": [{"context": CONTEXT, "qas": asked}]}]}
    rows = select_rows(write(document, "squad.json"), ["q2"], task="qa")
    assert rows.to_list() == [{"title": "Ann", "context": CONTEXT, **asked[2]}]


def test_files_and_folders_are_written_whole_or_not_at_all(write, tmp_path, monkeypatch):
    rows = select_rows(write(TEXTS), [1, 2], task="classification")
    write_selected(rows, tmp_path / "two.jsonl")
    lines = (tmp_path / "two.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == TEXTS[1:3]
    write_selected(rows, tmp_path / "two")
    assert datasets.load_from_disk(str(tmp_path / "two")).to_list() == TEXTS[1:3]

    def fails(self, path):
        path.mkdir()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(datasets.Dataset, "save_to_disk", fails)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(OSError, match="No space left on device"):
        write_selected(rows, tmp_path / "more")
    assert sorted(tmp_path.iterdir()) == before


def test_ids_that_are_not_there_are_told(write):
    path = write(TEXTS)
    with pytest.raises(InputError) as some:
        select_rows(path, [1, 70, 71], task="classification")
    assert str(some.value) == (
        f"2 of the 3 ids that were chosen, such as 70, are not in the dataset '{path}': give the dataset and split "
        "that the map was recorded on."
    )
    with pytest.raises(InputError) as none:
        select_rows(path, ["x"], task="classification")
    assert str(none.value) == (
        f"None of the 1 ids that were chosen, such as 'x', is in the dataset '{path}', where the first is 0."
    )
    with pytest.raises(InputError) as task:
        select_rows(path, [1], task="translation")
    assert str(task.value) == (
        "Rows of the task 'translation' cannot be read here; tasks are qa, classification, nli, multiple-choice, "
        "multi-label, regression, token-classification, seq2seq, causal-lm, dpo."
    )
