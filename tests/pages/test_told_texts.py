import numpy as np
import pandas as pd

from dataset_cartography.pages import Pieces, one_line, show
from dataset_cartography.pages.token_texts import TokenTexts

WORDS = ["They", "are", "73", "apples"]


def shown_of(examples, rows=None, **arguments):
    frame = pd.DataFrame([examples], index=["e"])
    (shown,) = show(pd.DataFrame([rows or {}], index=frame.index), frame, **arguments)
    return shown


def test_a_value_and_how_far_off_the_prediction_is():
    shown = shown_of({"text": "a review", "label": 2.5}, {"prediction": 4.25, "last_correct": False})
    assert (shown["gold"], shown["prediction"], shown["agrees"]) == (["2.5"], "4.25", False)
    assert shown["notes"] == ["The prediction is 1.75 above the target."]
    assert shown["correction"] == "4.25"
    right = shown_of({"text": "a review", "label": 2.5}, {"prediction": 2.25, "last_correct": True})
    assert (right["agrees"], right["correction"]) == (True, None)
    assert right["notes"] == ["The prediction is 0.25 below the target."]
    unknown = shown_of({"text": "a review", "label": np.nan}, {"prediction": np.nan})
    assert (unknown["gold"], unknown["prediction"]) == (["(no value)"], None)
    assert (unknown["agrees"], unknown["notes"]) == (None, [])


def tokens(probabilities):
    """The pieces of an example whose tokens are words."""

    def decode(numbers):
        return " ".join(WORDS[number] for number in numbers)

    count = np.arange(len(probabilities), dtype=np.int32)
    bounds = np.array([0]), np.array([len(count)])
    return Pieces(*bounds, count, count, count, np.array(probabilities, np.float32), TokenTexts(decode))


def test_tokens_are_shaded_by_their_probability():
    example = {"prompt": "How many?", "completion": "They are 73 apples"}
    shown = shown_of(example, pieces=tokens([0.9, 0.8, 0.004, 0.3]))
    assert [text["name"] for text in shown["texts"]] == ["prompt", "completion"]
    assert shown["texts"][1]["segments"] == [("They are ", 0), ("73", 16), (" ", 0), ("apples", 4)]
    assert shown["notes"] == ["Least likely on average over the epochs: “73” 0.004, “apples” 0.30."]
    assert (shown["gold"], shown["prediction"], shown["agrees"]) == (["They are 73 apples"], None, None)


def test_alike_neighbours_are_one_run_and_unseen_tokens_plain():
    example = {"source": "How many?", "target": "They are 73 apples"}
    shown = shown_of(example, pieces=tokens([0.1, 0.15, np.nan, 0.9]))
    assert shown["texts"][1]["segments"] == [("They are", 8), (" 73 apples", 0)]


def test_without_tokens_the_dataset_s_own_text_is_shown():
    example = {"prompt": "", "completion": "word " * 300}
    shown = shown_of(example, width=50)
    (text,) = shown["texts"]  # an empty prompt is none
    assert text["name"] == "completion"
    assert text["after"]
    assert shown["gold"][0].endswith("more characters)")
    assert shown["notes"] == []


def test_the_target_is_not_told_twice_in_a_line():
    shown = shown_of({"prompt": "How\nmany?", "completion": "73"})
    assert one_line(shown) == "How many? · 73"
    assert one_line(shown, "completion") == "How many?"
    assert one_line(shown_of({"prompt": "", "completion": "73"}), "completion") == "73"


def test_a_pair_of_answers():
    pair = {"prompt": "Why?", "chosen": "Because.", "rejected": "No idea."}
    shown = shown_of(pair, {"prediction": 1})
    assert [text["name"] for text in shown["texts"]] == ["prompt", "chosen", "rejected"]
    assert (shown["gold"], shown["prediction"], shown["agrees"]) == (["chosen"], "rejected", False)
    assert shown["correction"] == "rejected"
    assert shown_of(pair, {"prediction": 0})["agrees"] is True
    assert shown_of(pair)["prediction"] is None


def test_a_question_among_other_columns_stays_there():
    shown = shown_of({"prompt": "p", "completion": "c", "question": "another"})
    assert (shown["question"], shown["columns"]) == (None, {"question": "another"})


def test_large_numbers_keep_their_digits():
    rows = {"prediction": 251234.4, "last_correct": 0.0}
    shown = shown_of({"text": "a house", "label": 1_250_000.0}, rows)
    assert (shown["gold"], shown["prediction"], shown["correction"]) == (["1250000"], "251234", "251234")
    assert (
        shown_of({"text": "a house", "label": 1.0}, {"prediction": 1.0, "last_correct": 1.0})["correction"]
        is None
    )
