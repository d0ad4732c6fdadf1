import pandas as pd
import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.formats.review import choose
from dataset_cartography.regions import categorize_examples
from reviews import CONTEXT, HOSTILE, choice_review, question_review, text_review


@pytest.fixture
def df():
    confidence = [0.9, 0.1, 0.2, 0.5, 0.3]
    frame = pd.DataFrame(
        {"confidence": confidence, "variability": [0.1, 0.1, 0.1, 0.4, 0.1]}, index=[10, 11, 12, 13, 14]
    )
    return categorize_examples(frame)


def test_rows_are_chosen_by_region_ids_and_number(df):
    assert choose(df).index.tolist() == [10, 11, 12, 13, 14]
    assert choose(df, n=2).index.tolist() == [10, 11]
    assert choose(df, category="hard").index.tolist() == [11, 12, 14]
    assert choose(df, ids=[14, 10, 99, 14]).index.tolist() == [14, 10]
    assert choose(df, ids=["14", "10"]).index.tolist() == [14, 10]
    assert choose(df, category="hard", ids=[14, 10, 11], n=1).index.tolist() == [11]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "The number of examples must be 1 or more, not 0."),
        ({"ids": ["x", "y"]}, "None of the 2 ids, such as 'x', is on the map, whose first id is 10."),
        ({"ids": []}, "None of the 0 ids is on the map, whose first id is 10."),
        ({"category": "easy", "ids": [11]}, "There is no easy example to export among those asked for."),
    ],
)
def test_what_cannot_be_chosen(df, options, message):
    with pytest.raises(InputError) as error:
        choose(df, **options)
    assert str(error.value) == message


def test_labels_go_by_their_names():
    review = text_review()
    assert review.labels == ["no", HOSTILE, "yes"]
    assert [(item.gold, item.prediction, item.score) for item in review.items] == [
        (["no"], HOSTILE, 0.5),
        (["yes"], "yes", None),
        ([HOSTILE], None, None),
    ]
    assert review.items[0].texts == {"text": f"text 0 {HOSTILE}"}
    assert review.items[0].metrics == {"category": "hard", "confidence": 0.25, "first_learned_epoch": 2}
    assert review.items[1].metrics["first_learned_epoch"] is None


def test_answers_are_whole_with_their_places():
    first, second, third = question_review().items
    assert (first.gold, first.gold_places) == (["Bob", "Ann"], [(10, 13), (0, 3)])
    assert (first.prediction, first.predicted_place) == ("Bob", (15, 18))
    assert CONTEXT[15:18] == "Bob"
    assert (second.gold, second.prediction, second.predicted_place) == ([], "(no answer)", None)
    assert (third.prediction, third.score) == (None, None)


def test_choices_come_with_their_positions():
    review = choice_review()
    assert review.passages == []
    assert [(item.gold, item.gold_places, item.prediction) for item in review.items] == [
        (["red"], [0], "green"),
        (["=1+1"], [1], "=1+1"),
    ]
