import pytest

from dataset_cartography.errors import MissingColumnError
from dataset_cartography.tasks.multiple_choice.columns import HINT, Columns, find_columns

SETS = {
    "swag": (
        "video-id sent1 sent2 gold-source ending0 ending1 ending2 ending3 label",
        "sent1 sent2 label",
        4,
    ),
    "race": ("example_id article answer question options", "article question answer", 1),
    "commonsenseqa": ("id question question_concept choices answerKey", "- question answerKey", 1),
    "openbookqa": ("id question_stem choices answerKey", "- question_stem answerKey", 1),
    "copa": ("premise choice1 choice2 question idx label", "premise question label", 2),
    "hellaswag": ("ind ctx_a ctx_b ctx endings split label", "ctx - label", 1),
    "winogrande": ("sentence option1 option2 answer", "- sentence answer", 2),
    "social_iqa": ("context question answerA answerB answerC label", "context question label", 3),
    "piqa": ("goal sol1 sol2 label", "- goal label", 2),
    "letters": ("query option_a option_b option_c answer", "- query answer", 3),
    "a list before columns": ("question choices answer1 answer2 label", "- question label", 1),
}


@pytest.mark.parametrize("name", SETS)
def test_the_usual_sets(name):
    available, expected, choices = SETS[name]
    found = find_columns(available.split(), "x")
    assert f"{found.context or '-'} {found.question or '-'} {found.label}" == expected
    assert len(found.choices) == choices


def test_choices_stand_in_their_own_order():
    names = [f"ending{number}" for number in (3, 10, 1, 0, 2, 9, 8, 7, 6, 5, 4)]
    found = find_columns(["label", *names, "question"], "x")
    assert found.choices == tuple(f"ending{number}" for number in range(11))
    assert found.names == [str(number) for number in range(11)]
    assert Columns(None, "q", ("answerA", "answerB"), "label").names == ["A", "B"]
    assert Columns(None, "q", ("choices",), "label").names is None


def test_a_gap_ends_the_choices():
    assert find_columns(["choice0", "choice1", "choice3", "q", "question", "label"], "x").choices == (
        "choice0",
        "choice1",
    )


@pytest.mark.parametrize(
    ("available", "missing"),
    [
        (["question", "label", "ending0"], "choices"),
        (["question", "choices"], "label"),
        (["choices", "label"], "question"),
    ],
)
def test_missing_columns(available, missing):
    with pytest.raises(MissingColumnError) as caught:
        find_columns(available, "the dataset 'x'")
    shown = ", ".join(map(repr, available))
    assert str(caught.value) == (
        f"Column '{missing}' not found in the dataset 'x'; its columns are: {shown}. {HINT}"
    )
