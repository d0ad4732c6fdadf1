import numpy as np
import pandas as pd
import pytest

from dataset_cartography.errors import MissingColumnError
from dataset_cartography.slices import answer_spans, describe_examples, kind_of, label_positions

CONTEXT = "She has asthma. The dose of albuterol is two puffs daily. She was seen on Monday."


def examples(**columns):
    rows = {"question": ["q"], "context": [CONTEXT], "answers": [{"text": [], "answer_start": []}]} | columns
    return pd.DataFrame(rows, index=pd.Index(range(len(rows["question"])), name="example_id"))


def answer(*spans):
    return {"text": [text for text, _ in spans], "answer_start": [start for _, start in spans]}


def test_features_of_one_example():
    start = CONTEXT.index("two puffs")
    df = examples(
        question=["What is the dose of albuterol and fever?"],
        answers=[answer(("two puffs", start), ("two puffs", start), ("two", start))],
    )
    row = describe_examples(df).iloc[0].to_dict()
    assert row == {
        "question_type": "what",
        "question_subject": "dose",
        "answer_type": "dose or quantity",
        "answer_length": 2,
        "answer_position": start / len(CONTEXT),
        "question_context_overlap": 2 / 3,
        "question_sentence_overlap": 2 / 3,
        "context_length": 16,
        "n_answers": 2,
        "near_duplicates": 0,
        "near_duplicate_gold": "no near-duplicate",
    }


def test_the_sentence_is_the_one_around_the_answer():
    df = examples(question=["What about asthma?"], answers=[answer(("Monday", CONTEXT.index("Monday")))])
    row = describe_examples(df).iloc[0]
    assert row["question_context_overlap"] == 1.0
    assert row["question_sentence_overlap"] == 0.0


def test_unanswerable_and_empty_texts_have_no_position():
    df = examples(
        question=["What dose?", "", "What dose?"],
        context=[CONTEXT, "", CONTEXT],
        answers=[answer(), answer(("x", 0)), answer(("late", 10_000))],
    )
    features = describe_examples(df)
    assert features["answer_length"].tolist() == [0, 1, 1]
    assert features["n_answers"].tolist() == [0, 1, 1]
    assert features["context_length"].tolist() == [16, 0, 16]
    assert features["answer_position"].isna().all()
    assert features["question_sentence_overlap"].isna().all()
    assert np.isnan(features["question_context_overlap"].iloc[1])


def test_composed_and_decomposed_letters_are_the_same_word():
    df = examples(question=["What of caf\u00e9?"], context=["The cafe\u0301 is shut."])
    assert describe_examples(df)["question_context_overlap"].tolist() == [1.0]


def test_windows_come_from_the_map_by_id():
    df = examples(question=["a", "b"], context=[CONTEXT] * 2, answers=[answer()] * 2)
    windows = describe_examples(df, pd.DataFrame({"windows": [3]}, index=[1]))["windows"]
    assert windows.dtype == "Int64"
    assert windows.isna().tolist() == [True, False]
    assert windows.iloc[1] == 3


def test_answers_may_be_arrays_or_missing():
    assert answer_spans({"text": np.array(["a"]), "answer_start": np.array([3])}) == [("a", 3)]
    assert answer_spans(None) == []
    assert answer_spans({"text": ["a"]}) == []


def test_examples_of_no_known_kind():
    with pytest.raises(MissingColumnError) as caught:
        describe_examples(pd.DataFrame({"question": [], "answers": []}))
    assert str(caught.value) == (
        "The examples' columns tell of no task that is known here: 'question', 'answers'. Needed are, by task: "
        "question answering: question, context, answers; multiple choice: question, choices, label; "
        "nli: premise, hypothesis, label; token classification: tokens, tags; multi-label classification: text, "
        "labels; classification: text, label; preferences: prompt, chosen, rejected; sequence to sequence: source, "
        "target; language modelling: completion."
    )


def test_classification():
    df = pd.DataFrame({"text": ["How far is it?", "", None], "label": [1, 0, 1]})
    features = describe_examples(df)
    assert features["label"].tolist() == [1, 0, 1]
    assert features["text_length"].tolist() == [4, 0, 0]
    assert list(features) == ["label", "text_length", "near_duplicates", "near_duplicate_gold"]
    assert list(describe_examples(df, near_duplicates=False)) == ["label", "text_length"]


def test_natural_language_inference():
    label = pd.Categorical.from_codes([2, 0], ["entailment", "neutral", "contradiction"])
    df = pd.DataFrame(
        {
            "premise": ["A man rides a horse.", "A dog"],
            "hypothesis": ["A man sleeps.", "It is"],
            "label": label,
        }
    )
    features = describe_examples(df)
    assert features["label"].tolist() == ["contradiction", "entailment"]
    assert features["premise_length"].tolist() == [5, 2]
    assert features["hypothesis_length"].tolist() == [3, 2]
    assert features["premise_hypothesis_overlap"].iloc[0] == 0.5
    assert np.isnan(features["premise_hypothesis_overlap"].iloc[1])


def test_multiple_choice():
    df = pd.DataFrame(
        {
            "question": ["Which?", "Who is it", "When?", "Where?", "Why?"],
            "choices": [["a", "b c"], ["a b", "b", "c d"], ["x y z", "y"], np.array(["x", "y z"]), []],
            "label": [1, 0, 1, 7, 0],
        }
    )
    features = describe_examples(df, near_duplicates=False)
    assert list(features) == [
        "label",
        "question_type",
        "question_subject",
        "choice_length",
        "choice_length_rank",
        "n_choices",
    ]
    assert features["choice_length"].tolist() == [2, 2, 1, pd.NA, pd.NA]
    assert features["choice_length_rank"].fillna("").tolist() == [
        "the longest",
        "neither",
        "the shortest",
        "",
        "",
    ]
    assert features["n_choices"].tolist() == [2, 3, 2, 2, 0]
    with_context = describe_examples(
        df.assign(context="some words here", label=pd.Categorical(list("BABAA")))
    )
    assert {"context_length", "question_context_overlap"} <= set(with_context)
    assert with_context["choice_length"].tolist() == [2, 2, 1, 1, pd.NA]
    assert "n_choices" not in describe_examples(df.iloc[[0, 2]])


def test_near_duplicates_and_their_gold():
    context = "The patient was admitted on Monday with chest pain and a fever of three days."
    df = examples(
        question=["What dose of aspirin does she take?"] * 3
        + ["What dose of  Aspirin does she take", "Who is it?"],
        context=[CONTEXT, CONTEXT, context, CONTEXT, CONTEXT],
        answers=[
            answer(("two puffs", 39)),
            answer(("Two  puffs", 39)),
            answer(),
            answer(("daily", 49)),
            answer(),
        ],
    )
    features = describe_examples(df)
    assert features["near_duplicates"].tolist() == [2, 2, 0, 2, 0]
    assert features["near_duplicate_gold"].tolist() == [
        "another one",
        "another one",
        "no near-duplicate",
        "another one",
        "no near-duplicate",
    ]
    alike = describe_examples(df.iloc[:2])["near_duplicate_gold"]
    assert alike.tolist() == ["the same", "the same"]


def test_near_duplicates_of_labelled_texts_and_of_choices():
    text = ["Where can I see my balance?", "where can i see my balance", "Where can I see the weather?"]
    features = describe_examples(pd.DataFrame({"text": text, "label": ["a", "b", "a"]}))
    assert features["near_duplicates"].tolist() == [1, 1, 0]
    assert features["near_duplicate_gold"].tolist() == ["another one", "another one", "no near-duplicate"]
    df = pd.DataFrame(
        {
            "question": ["Which of these is a colour?"] * 3,
            "choices": [["blue", "a large horse"], ["a large horse", "blue"], ["seven", "green"]],
            "label": [0, 1, 1],
        }
    )
    features = describe_examples(df)
    assert features["near_duplicates"].tolist() == [1, 1, 0]
    assert features["near_duplicate_gold"].tolist() == ["the same", "the same", "no near-duplicate"]


def test_the_first_kind_that_fits_counts():
    columns = ["premise", "hypothesis", "text", "label"]
    assert [kind_of(columns).name, kind_of([*columns, "question", "choices"]).name] == [
        "nli",
        "multiple choice",
    ]
    assert kind_of(["label", "text", "context"]).name == "classification"


def test_labels_as_positions():
    assert label_positions(pd.Series([3, 1])).tolist() == [3, 1]
    assert label_positions(pd.Series(pd.Categorical(["b", None, "a"]))).tolist() == [1, -1, 0]
    assert label_positions(pd.Series(["b", "a"])).tolist() == [-1, -1]
