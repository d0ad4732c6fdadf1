import datasets
import pytest
from tokenizers import ByteLevelBPETokenizer
from transformers import PreTrainedTokenizerFast

from dataset_cartography.tasks.qa import check_rows, normalize, prepare_train_features
from dataset_cartography.tasks.qa.features import examples_without_answer_window
from tiny import tiny_tokenizer


@pytest.fixture(autouse=True)
def _quiet():
    datasets.disable_progress_bars()


def byte_level(texts):
    backend = ByteLevelBPETokenizer()
    backend.train_from_iterator(texts, vocab_size=300, special_tokens=["<s>", "</s>", "<pad>"])
    return PreTrainedTokenizerFast(
        tokenizer_object=backend._tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    )


def covered(context, answer, tokenizer, start=None):
    """The characters under the gold span of an answer, or None where it lies in no window."""
    begin = context.index(answer) if start is None else start
    row = {"id": "a", "question": "which", "context": context}
    row["answers"] = {"text": [answer], "answer_start": [begin]}
    kept, left_out, repaired = check_rows(normalize(datasets.Dataset.from_list([row])))
    assert (left_out, repaired) == ([], [])
    (window,) = prepare_train_features(kept, tokenizer, max_length=200, doc_stride=20)
    if not window["has_answer"]:
        return None
    first, last = window["start_positions"], window["end_positions"]
    return context[window["offset_mapping"][first][0] : window["offset_mapping"][last][1]]


CASES = [
    ("the cafe\u0301 opened in 1999", "cafe\u0301"),  # a combining accent, which BERT strips
    ("the caf\u00e9 opened in 1999", "1999"),
    ("n\u0303o a\u0308\u0301b then plain", "plain"),
    (
        "\U0001f600\U0001f469\u200d\U0001f52c said hello \U0001f600",
        "hello",
    ),  # emoji, joined by a zero-width joiner
    ("she has \U0001f469\u200d\U0001f52c today", "\U0001f469\u200d\U0001f52c"),
    ("\u60a3\u8005\u670d\u7528\u963f\u53f8\u5339\u6797\u6bcf\u65e5", "\u963f\u53f8\u5339\u6797"),  # no spaces
    (
        "\u0645\u0631\u064a\u0636 \u0628\u0627\u0644\u0633\u0643\u0631\u064a",
        "\u0628\u0627\u0644\u0633\u0643\u0631\u064a",
    ),
    ("dose\u00a081\u2009mg\tdaily", "81\u2009mg"),
    ("\ufb01rst and \ufb01nal", "\ufb01nal"),  # a ligature
    ("STRASSE and stra\u00dfe \u0130zmir end", "end"),  # letters whose case changes their length
]


@pytest.mark.parametrize("make", [tiny_tokenizer, byte_level])
@pytest.mark.parametrize(("context", "answer"), CASES)
def test_gold_spans_cover_the_answer(context, answer, make):
    found = covered(context, answer, make([context, "which"]))
    assert found.strip() == answer


@pytest.mark.parametrize("answer", ["\u200bstart", "end\u200b"])
def test_dropped_characters_at_the_edge_of_an_answer(answer):
    context = answer if answer.startswith("\u200b") else f"the {answer}"
    assert covered(context, answer, tiny_tokenizer([context])) == answer.strip("\u200b")


def test_an_answer_of_nothing_but_dropped_characters_lies_in_no_window():
    context = "one \u200b\u200b two"
    tokenizer = tiny_tokenizer([context, "one", "two"])
    assert covered(context, "\u200b\u200b", tokenizer) is None
    row = {"id": 3, "question": "which", "context": context}
    row["answers"] = {"text": ["\u200b\u200b"], "answer_start": [4]}
    rows = normalize(datasets.Dataset.from_list([row]))
    assert examples_without_answer_window(prepare_train_features(rows, tokenizer)) == [3]


def test_a_context_that_is_nothing_to_the_tokenizer():
    row = {"id": "a", "question": "which", "context": "\u200b\u200b"}
    row["answers"] = {"text": ["\u200b"], "answer_start": [0]}
    rows = normalize(datasets.Dataset.from_list([row]))
    (window,) = prepare_train_features(rows, tiny_tokenizer(["which"]))
    assert (window["context_start"], window["context_end"], window["has_answer"]) == (0, -1, False)


def test_both_bytes_of_a_character_are_in_the_span():
    context = "x \U0001f600 y"
    tokenizer = byte_level(["plain text"])
    row = {"id": "a", "question": "q", "context": context}
    row["answers"] = {"text": ["\U0001f600"], "answer_start": [2]}
    rows = normalize(datasets.Dataset.from_list([row]))
    (window,) = prepare_train_features(rows, tokenizer)
    assert window["end_positions"] - window["start_positions"] == 3  # four bytes, a token each
