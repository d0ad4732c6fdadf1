import pandas as pd

from dataset_cartography.pages import join_ranking, show
from dataset_cartography.pages.answers import suggestions
from rankings import ranking

CONTEXT = "Ann 🦉 met Bob.\u202e"


def test_suggested_answers_are_spans_of_the_context():
    examples = pd.DataFrame(
        {
            "question": "Who?",
            "context": CONTEXT,
            "answers": [{"text": ["Bob"], "answer_start": [10]}] * 5,
        },
        index=list("abcde"),
    )
    spans = {
        "suggested_start": pd.array([0, -1, pd.NA, 5, 10], "Int32"),
        "suggested_end": pd.array([3, -1, pd.NA, 500, 15], "Int32"),
    }
    rows = join_ranking(pd.DataFrame(index=list("abcde")), ranking("abcde", None, **spans))
    assert suggestions(rows, examples) == ["Ann", "(no answer)", None, None, "Bob.⟨U+202E⟩"]
    notes = [shown["notes"] for shown in show(rows, examples)]
    assert len(notes[0]) == 1
    assert "Suggested instead: “Ann”, predicted in 50% of the epochs" in notes[0][0]
    assert notes[1][0].startswith("Looks ambiguous (")
    assert notes[2] == []


def test_suggested_labels_go_by_name():
    examples = pd.DataFrame(
        {"text": "t", "label": pd.Categorical(["no", "yes", "no"], categories=["no", "yes"])}, index=[1, 2, 3]
    )
    df = pd.DataFrame(index=[1, 2, 3])
    named = join_ranking(df, ranking([1, 2, 3], ["yes", None, "\x1bm"]))
    assert suggestions(named, examples) == ["yes", None, "⟨U+001B⟩m"]
    numbers = join_ranking(df, ranking([1, 2, 3], pd.array([1, pd.NA, 5], "Int32")))
    assert suggestions(numbers, examples) == ["yes", None, "5"]
    assert suggestions(numbers, examples, labels=["yes", "no"]) == ["no", None, "5"]  # the model's own order
    # The dataset has had another label since the run.
    assert suggestions(numbers, examples, labels=["yes", "never"]) == ["never", None, "5"]
    assert suggestions(df, examples) == [None] * 3


def test_suggested_choices_are_their_texts():
    examples = pd.DataFrame(
        {"question": "Which?", "choices": [["red", "green"]] * 3, "label": [0, 1, 0]}, index=[1, 2, 3]
    )
    rows = join_ranking(pd.DataFrame(index=[1, 2, 3]), ranking([1, 2, 3], pd.array([1, pd.NA, 4], "Int32")))
    assert suggestions(rows, examples) == ["green", None, "(choice 4)"]
