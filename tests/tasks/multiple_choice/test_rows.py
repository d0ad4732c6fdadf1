import json

import datasets
import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.multiple_choice.load import load_examples
from dataset_cartography.tasks.multiple_choice.rows import read_rows

NAMED = [{"text": "x", "label": "A"}, {"text": "y", "label": "B"}]


@pytest.fixture(autouse=True)
def _quiet():
    datasets.disable_progress_bars()


def read(*rows, **options):
    return read_rows(datasets.Dataset.from_list(list(rows)), **options)


def forms(checked):
    return [(row["context"], row["question"], row["choices"], row["label"]) for row in checked.kept]


def reasons(checked):
    return [(left.row, left.reason) for left in checked.left_out]


def plain(label=0, choices=("x", "y"), **columns):
    return {"question": "q", "choices": list(choices), "label": label, **columns}


def test_swag():
    row = {"sent1": "A man sits.", "sent2": "He", "label": 3, "video-id": "v", "fold-ind": "7"}
    checked = read(row | {f"ending{number}": f"end {number}" for number in range(4)})
    assert forms(checked) == [("A man sits.", "He", ["end 0", "end 1", "end 2", "end 3"], 3)]
    assert set(checked.kept.column_names) == {
        "id", "context", "question", "choices", "label", "video-id", "fold-ind"
    }  # fmt: skip


def test_race():
    row = {"example_id": "high1.txt", "article": "Text.", "question": "Why _ ?", "options": ["x", "y"]}
    checked = read({**row, "answer": "B"}, {**row, "question": "Who?", "answer": "A"})
    assert forms(checked) == [("Text.", "Why _ ?", ["x", "y"], 1), ("Text.", "Who?", ["x", "y"], 0)]
    assert checked.kept["article_id"][:] == ["high1.txt"] * 2
    assert len(set(checked.kept["id"][:])) == 2


def test_commonsenseqa_and_arc():
    checked = read(
        {"id": "a", "question": "q", "choices": {"text": ["x", "y"], "label": ["A", "B"]}, "answerKey": "B"},
        {"id": "b", "question": "q", "choices": {"text": ["x", "y"], "label": ["1", "2"]}, "answerKey": "1"},
    )
    assert forms(checked) == [("", "q", ["x", "y"], 1), ("", "q", ["x", "y"], 0)]
    assert checked.kept["id"][:] == ["a", "b"]


def test_copa():
    row = {"premise": "It rained.", "choice1": "x", "choice2": "y"}
    assert forms(
        read({**row, "question": "effect", "label": 1}, {**row, "question": "cause", "label": 0})
    ) == [
        ("It rained.", "What happened as a result?", ["x", "y"], 1),
        ("It rained.", "What was the cause of this?", ["x", "y"], 0),
    ]


@pytest.mark.parametrize(
    "cell",
    [
        ["x", "y"],
        {"text": ["x", "y"], "label": ["A", "B"]},
        {"A": "x", "B": "y", "C": None},
        NAMED,
        json.dumps(["x", "y"]),
        "['x', 'y']",
        json.dumps(NAMED),
    ],
)
def test_choices_in_one_column(cell):
    assert forms(read({"question": "q", "options": cell, "answer": "B"})) == [("", "q", ["x", "y"], 1)]


def test_choices_that_are_no_strings():
    assert forms(read({"question": "7 - 3", "choices": [3, 4], "answer": "4"})) == [
        ("", "7 - 3", ["3", "4"], 1)
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (plain(choices=["x"]), "it has 1 choices, and needs 2"),
        (plain(choices=[]), "it has no choices"),
        (plain(choices=["x", " "]), "choice 1 (counted from 0) is empty"),
        (plain(choices=["", "y", None]), "choice 0, 2 (counted from 0) is empty"),
        (plain(label=2), "the label 2 means none of the 2 choices"),
        (plain(label=None), "the label None means none of the 2 choices"),
        (plain(label=-1), "the label -1 means none of the 2 choices"),
        (plain(question=" "), "the context and the question are empty"),
        (plain(question=None), "the context and the question are empty"),
    ],
)
def test_faulty_rows(row, reason):
    checked = read(plain(), row, plain(1))
    assert reasons(checked) == [(1, reason)]
    assert [row[3] for row in forms(checked)] == [0, 1]


def test_another_number_of_choices():
    checked = read(plain(), plain(choices=["x", "y", "z"]), plain(1), plain(choices="abc", label=9))
    assert reasons(checked) == [
        (1, "it has 3 choices, where most examples have 2"),
        (3, "the label 9 means none of the 3 choices"),
    ]


def test_empty_columns_at_the_end_are_no_choices():
    row = {"question": "q", "choice0": "x", "choice1": "y", "choice2": "z", "label": 2}
    checked = read(row, {**row, "choice2": "", "label": 1}, {**row, "choice2": None}, {**row, "label": 0})
    assert reasons(checked) == [
        (1, "it has 2 choices, where most examples have 3"),
        (2, "the label 2 means none of the 2 choices"),
    ]


def test_nothing_left():
    with pytest.raises(InputError) as caught:
        read(plain(-1), plain(-1))
    assert str(caught.value) == (
        "Nothing usable is left: all 2 rows are faulty. The first: the label -1 means none of the 2 choices."
    )


def test_a_long_label_is_shown_in_part():
    checked = read(plain("A"), plain("B"), plain("a" * 99))
    assert reasons(checked) == [(2, f"the label '{'a' * 38}… means none of the 2 choices")]


def test_how_labels_are_written_is_learnt_from_rows_that_are_not_kept():
    rows = [plain(1), plain(1), plain(2)]
    assert forms(read(*rows, max_samples=2)) == [("", "q", ["x", "y"], 0)] * 2


def test_a_corrected_label_keeps_its_made_id():
    first, second = read(plain(0)).kept["id"][:], read(plain(1)).kept["id"][:]
    assert first == second


def test_integer_ids_stay():
    assert read(plain(id=7), plain(id=8)).kept["id"][:] == [7, 8]


def test_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    path = tmp_path / "rows.csv"
    path.write_text("id,question,choice1,choice2,label\na,q,x,y,1\nb,q,x,y,0\nc,q,x,y,\n")
    checked = load_examples(str(path))
    assert [row[3] for row in forms(checked)] == [1, 0]
    assert reasons(checked) == [(2, "the label '' means none of the 2 choices")]


def test_the_demo_has_no_choices():
    with pytest.raises(InputError) as caught:
        load_examples("demo:20")
    assert str(caught.value) == (
        "The dataset 'demo:20' holds questions without choices, which only --task qa reads. Give a local file "
        "with the columns question, choices and label, or a name on the hub."
    )
