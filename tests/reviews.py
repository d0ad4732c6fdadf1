"""Small reviews for tests: a map, its examples, and what people are given to look at."""

import pandas as pd

from dataset_cartography.datamap import FACTS
from dataset_cartography.formats.review import make_review
from dataset_cartography.pages import align

HOSTILE = '<b>=1+1 & "it\'s" ]]>'
CONTEXT = "Ann 🦉 met Bob. Bob met Cy."


def text_review(labels=("no", HOSTILE, "yes"), ids=(7, 8, 9), predictions=(1, 2, pd.NA), gold=(0, 2, 1)):
    texts = [f"text {place} {HOSTILE}" for place in range(len(ids))]
    examples = pd.DataFrame(
        {"text": texts, "label": pd.Categorical.from_codes(list(gold), list(labels))}, index=list(ids)
    )
    columns = {"prediction": pd.array(list(predictions), "Int32")}
    return review_of(examples, columns, {"labels": list(labels), "model": "m"})


def question_review():
    answers = [
        {"text": ["Bob", "Ann"], "answer_start": [10, 0]},
        {"text": [], "answer_start": []},
        {"text": ["Cy"], "answer_start": [23]},
    ]
    examples = pd.DataFrame(
        {"question": ["Who?"] * 3, "context": [CONTEXT] * 3, "answers": answers}, index=["a", "b", "c"]
    )
    columns = {
        "prediction_start": pd.array([15, -1, pd.NA], "Int32"),
        "prediction_end": pd.array([18, -1, pd.NA], "Int32"),
    }
    return review_of(examples, columns, {"model": "m"})


def choice_review():
    examples = pd.DataFrame(
        {"question": ["Which?"] * 2, "choices": [["red", "green"], ["blue", "=1+1"]], "label": [0, 1]},
        index=["a", "b"],
    )
    return review_of(examples, {"prediction": pd.array([1, 1], "Int32")}, {"model": "m"})


def review_of(examples, columns, facts):
    n = len(examples)
    df = pd.DataFrame(
        {
            "confidence": [0.25] * n,
            "first_learned_epoch": pd.array([2] + [pd.NA] * (n - 1), "Int64"),
            **columns,
        },
        index=examples.index,
    )
    df["category"] = "hard"
    df.attrs[FACTS] = facts
    scores = pd.Series([0.5, float("nan"), 0.75][:n], index=examples.index)
    return make_review(align(df, examples), scores)
