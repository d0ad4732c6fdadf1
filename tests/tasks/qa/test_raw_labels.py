"""Answers in every form that users write them in, changed in that form."""

import json

import pytest
from datasets import Dataset, Features, List, Value

from dataset_cartography.errors import MissingColumnError
from dataset_cartography.tasks.qa.raw_labels import AnswerLabels
from dataset_cartography.tasks.raw_labels import UnreadableLabelError

CONTEXT = "Ann met Bob. Bob met Cy, and Cy met Ann [1, 2] 🦉 Dee."
#          0   4   8    13  17  21      29     36
FORMS = {
    "lists": ({"text": ["Bob"], "answer_start": [8]}, {"text": ["Cy"], "answer_start": [21]}),
    "single": ({"text": "Bob", "answer_start": 8}, {"text": "Cy", "answer_start": 21}),
    "objects": ([{"text": "Bob", "answer_start": 8}], [{"text": "Cy", "answer_start": 21}]),
    "json": ('{"text": ["Bob"], "answer_start": [8]}', '{"text": ["Cy"], "answer_start": [21]}'),
    "python": ("{'text': ['Bob'], 'answer_start': [8]}", '{"text": ["Cy"], "answer_start": [21]}'),
    "json objects": ('[{"text": "Bob", "answer_start": 8}]', '[{"text": "Cy", "answer_start": 21}]'),
}


def labels(answers, like=None, **columns):
    row = {"id": "a", "question": "Who?", "context": CONTEXT, "answers": answers, "note": "n", **columns}
    rows = [row] if like is None else [row, {**row, "id": "b", "answers": like}]
    return AnswerLabels(Dataset.from_list(rows), where="the rows")


def changed(answers, text, **columns):
    answer_labels = labels(answers, **columns)
    rows = answer_labels.written({0: answer_labels.read(0, text)})
    assert rows.column_names == ["id", "question", "context", "answers", "note", *columns]
    assert (rows[0]["context"], rows[0]["note"]) == (CONTEXT, "n")
    return rows[0]


@pytest.mark.parametrize("form", FORMS)
def test_a_new_answer_is_written_in_the_form_of_the_old_one(form):
    before, after = FORMS[form]
    assert changed(before, "Cy")["answers"] == after


def test_a_text_alone_becomes_more_where_it_could_mean_two_places():
    assert changed("Dee", "and")["answers"] == "and"
    assert changed("Dee", "Cy")["answers"] == '{"text": ["Cy"], "answer_start": [29]}'


def test_the_place_nearest_to_the_old_answer_counts():
    answer_labels = labels({"text": ["met"], "answer_start": [32]})
    assert answer_labels.read(0, "Ann") == {"text": ["Ann"], "answer_start": [36]}
    assert answer_labels.read(0, " Cy\n") == {"text": ["Cy"], "answer_start": [29]}
    assert answer_labels.at(0) == {"text": ["met"], "answer_start": [32]}


def test_offsets_count_characters_and_leave_white_space_out():
    answer_labels = labels({"text": ["Bob"], "answer_start": [8]})
    start = CONTEXT.index("Dee")
    assert answer_labels.read(0, f"[{start - 1}, {start + 3}]") == {"text": ["Dee"], "answer_start": [start]}
    assert answer_labels.read(0, "[29,31]") == {"text": ["Cy"], "answer_start": [29]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bob", "does not stand in the context"),
        ("[1, 2]", "stands in the context, but could be meant as offsets; give its own offsets"),
        ("[50, 9999]", f"is not inside the context of {len(CONTEXT)} characters"),
        ("[3, 3]", f"is not inside the context of {len(CONTEXT)} characters"),
        ("[3, 4]", "is white space"),
        ("[true, 4]", "does not stand in the context"),
        ("[" * 5000, "does not stand in the context"),
    ],
)
def test_what_is_no_answer_is_refused(text, message):
    with pytest.raises(UnreadableLabelError) as error:
        labels({"text": ["Bob"], "answer_start": [8]}).read(0, text)
    assert str(error.value) == message


def test_an_unanswerable_question_gets_an_answer_where_there_is_one_place():
    answer_labels = labels({"text": [], "answer_start": []}, FORMS["lists"][0], is_impossible=True)
    assert answer_labels.at(0) == {"text": [], "answer_start": []}
    rows = answer_labels.written({0: answer_labels.read(0, "Dee")})
    assert rows[0]["answers"] == {"text": ["Dee"], "answer_start": [CONTEXT.index("Dee")]}
    assert rows[0]["is_impossible"] is False
    with pytest.raises(UnreadableLabelError) as error:
        answer_labels.read(0, "Bob")
    assert str(error.value) == "stands in the context 2 times; give [start, end]"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"text": ["Bob"], "answer_start": [8]}, {"text": [], "answer_start": []}),
        ([{"text": "Bob", "answer_start": 8}], []),
        ("Bob", ""),
        ('{"text": ["Bob"], "answer_start": [8]}', '{"text": [], "answer_start": []}'),
    ],
)
def test_a_question_can_become_unanswerable(before, after):
    assert changed(before, "(no answer)")["answers"] == after
    assert changed(before, "(no answer)", is_impossible="False")["is_impossible"] == "True"


@pytest.mark.parametrize(("start", "after"), [(8, 21), ("8", "21"), ([8], [21])])
def test_a_column_of_offsets_follows(start, after):
    row = changed("Bob", "Cy", answer_start=start)
    assert (row["answers"], row["answer_start"]) == ("Cy", after)


@pytest.mark.parametrize(("answers", "text"), [(["Dee"], "[29, 31]"), ([], "Dee")])
def test_a_form_without_room_for_the_answer_is_refused(answers, text):
    with pytest.raises(UnreadableLabelError) as error:
        labels(answers).read(0, text)
    assert str(error.value) == "cannot be written in column 'answers', which has no room for it"


def test_types_of_the_column_are_kept():
    features = Features(
        id=Value("string"),
        question=Value("string"),
        context=Value("string"),
        answers={"text": List(Value("large_string")), "answer_start": List(Value("int32"))},
    )
    rows = [
        {"id": str(number), "question": "Who?", "context": CONTEXT, "answers": FORMS["lists"][0]}
        for number in range(3)
    ]
    answer_labels = AnswerLabels(Dataset.from_list(rows, features=features), where="the rows")
    new = answer_labels.written({1: answer_labels.read(1, "Cy")})
    assert new.features == features
    assert [row["answers"] for row in new] == [FORMS["lists"][number == 1] for number in range(3)]


def test_a_faulty_answer_is_told_as_it_stands():
    lost = {"text": ["nowhere"], "answer_start": [3]}
    assert labels(lost).at(0) == lost
    assert json.dumps(labels(lost).read(0, "Dee")) == json.dumps(
        {"text": ["Dee"], "answer_start": [CONTEXT.index("Dee")]}
    )


def test_rows_without_answers_are_refused():
    with pytest.raises(MissingColumnError) as error:
        AnswerLabels(Dataset.from_list([{"question": "Who?", "context": CONTEXT}]), where="the rows")
    assert str(error.value) == (
        "Column 'answers' not found in the rows; its columns are: 'question', 'context'. Question answering needs "
        "'question', 'context' and 'answers'."
    )
