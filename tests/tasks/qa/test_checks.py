import logging

import datasets
import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.checked import LeftOut, Repaired
from dataset_cartography.tasks.qa import check_rows, normalize
from dataset_cartography.tasks.qa.checks import check_row

CONTEXT = "Aspirin 81 mg daily. Later aspirin 325 mg, then 81 mg again."
NONE = {"text": [], "answer_start": []}


@pytest.fixture(autouse=True)
def _quiet():
    datasets.disable_progress_bars()


def answers(text, start):
    return {"text": [text], "answer_start": [start]}


@pytest.mark.parametrize("given", [answers("81 mg", 8), answers("81 mg", 48), answers("Aspirin", 0), NONE])
def test_sound_rows_stay_as_they_are(given):
    assert check_row("How much?", CONTEXT, given) == (given, None, None)


@pytest.mark.parametrize(
    ("context", "text", "start", "found", "place"),
    [
        (CONTEXT, "325 mg", 30, "325 mg", 35),  # once nearby
        (CONTEXT, "81 mg", 1000, None, None),  # twice, neither near
        (CONTEXT + " " * 200, "325 mg", 250, "325 mg", 35),  # far, but once in all
        ("81 mg" + " " * 100 + "81 mg", "81 mg", 100, "81 mg", 105),  # twice, one of them near
        (CONTEXT, " daily", 13, "daily", 14),  # white space around it
        (CONTEXT, "daily. ", 14, "daily.", 14),
        ("a cafe\u0301 here", "caf\u00e9", 2, "cafe\u0301", 2),  # composed in the answer alone
        ("a caf\u00e9 here", "cafe\u0301", 2, "caf\u00e9", 2),  # decomposed in the answer alone
        ("\U0001f600 yes", "yes", 3, "yes", 2),  # offsets in UTF-16 units
    ],
)
def test_answers_are_repaired_where_no_doubt_is_left(context, text, start, found, place):
    checked, fault, repair = check_row("Q", context, answers(text, start))
    if found is None:
        assert (checked, repair) == (NONE, None)
        assert fault == "answer '81 mg' is not at its offset 1000 and occurs 2 times, not just once nearby"
    else:
        assert (checked, fault) == (answers(found, place), None)
        assert repair == f"answer {text!r} at {start} now {found!r} at {place}"


def test_an_answer_without_offset_goes_to_its_only_place_and_is_no_repair():
    assert check_row("Q", CONTEXT, answers("325 mg", -1)) == (answers("325 mg", 35), None, None)


@pytest.mark.parametrize(
    ("question", "context", "given", "fault"),
    [
        ("Q", CONTEXT, answers("81 mg", -1), "answer_start missing and answer '81 mg' occurs 2 times"),
        ("Q", CONTEXT, answers("500 mg", 3), "answer '500 mg' is not in the context"),
        ("Q", CONTEXT, answers("x" * 50, 3), f"answer '{'x' * 39}…' is not in the context"),
        ("Q", CONTEXT, answers("\n", 3), "the answer is white space"),
        ("", CONTEXT, NONE, "the question is empty"),
        ("Q", " \n", NONE, "the context is empty"),
        (" ", "", NONE, "the question and the context are empty"),
    ],
)
def test_what_cannot_be_repaired(question, context, given, fault):
    assert check_row(question, context, given)[1] == fault


def test_one_of_two_answers_is_lost():
    given = {"text": ["500 mg", "Aspirin"], "answer_start": [3, 0]}
    assert check_row("Q", CONTEXT, given) == (
        answers("Aspirin", 0),
        None,
        "answer dropped: answer '500 mg' is not in the context",
    )


def rows():
    cells = [answers("81 mg", 8), answers("no such", 8), answers("325 mg", 36), answers("81 mg", -1)]
    return normalize(
        datasets.Dataset.from_list(
            [
                {"id": f"r{row}", "question": "Q", "context": CONTEXT, "answers": cell, "section": row}
                for row, cell in enumerate(cells)
            ]
        )
    )


def test_faulty_rows_are_left_out_and_listed(caplog):
    kept, left_out, repaired = check_rows(rows())
    assert kept["id"][:] == ["r0", "r2"]
    assert kept["answers"][:] == [answers("81 mg", 8), answers("325 mg", 35)]
    assert kept["section"][:] == [0, 2]
    assert left_out == [
        LeftOut("r1", 1, "answer 'no such' is not in the context"),
        LeftOut("r3", 3, "answer_start missing and answer '81 mg' occurs 2 times"),
    ]
    assert repaired == [Repaired("r2", 2, "answer '325 mg' at 36 now '325 mg' at 35")]
    assert caplog.record_tuples == [
        ("dataset_cartography.tasks.checked", logging.WARNING, "2 of 4 rows left out as faulty"),
        ("dataset_cartography.tasks.checked", logging.WARNING, "1 of 4 rows repaired"),
    ]


def test_sound_examples_are_not_copied():
    examples = rows().select([0])
    assert check_rows(examples).kept is examples


def test_integer_ids_stay_integers():
    examples = rows().remove_columns("id").add_column("id", [10, 11, 12, 13])
    checked = check_rows(examples)
    assert (checked.kept["id"][:], checked.left_out[0].id) == ([10, 12], 11)


def test_nothing_usable_left():
    with pytest.raises(InputError) as caught:
        check_rows(rows().select([1, 3]))
    assert str(caught.value) == (
        "Nothing usable is left: all 2 rows are faulty. The first: answer 'no such' is not in the context."
    )
