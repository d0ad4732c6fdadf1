import datasets
import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.qa import prepare_eval_features, prepare_train_features
from tiny import tiny_tokenizer

CONTEXT = " ".join(f"w{number}" for number in range(20))
TOKENIZER = tiny_tokenizer([CONTEXT, "which word"])
SIZES = {"max_length": 15, "doc_stride": 4}
UNCHANGED = {
    "attention_mask",
    "token_type_ids",
    "offset_mapping",
    "context_start",
    "context_end",
    "cls_index",
}
UNCHANGED |= {"start_positions", "end_positions", "gold_starts", "gold_ends", "has_answer", "window"}


@pytest.fixture(autouse=True)
def _quiet():
    datasets.disable_progress_bars()


def rows():
    answers = {"text": ["w7 w8"], "answer_start": [CONTEXT.index("w7 w8")]}
    return datasets.Dataset.from_list(
        [{"id": "a", "question": "which word", "context": CONTEXT, "answers": answers}]
    )


def words(window, tokenizer=TOKENIZER):
    return tokenizer.convert_ids_to_tokens(window["input_ids"])


@pytest.mark.parametrize("side", ["right", "left"])
def test_question_only_hides_the_context_and_nothing_else(side):
    tokenizer = tiny_tokenizer([CONTEXT, "which word"])
    tokenizer.padding_side = side
    full = prepare_train_features(rows(), tokenizer, **SIZES)
    hidden = prepare_train_features(rows(), tokenizer, ablation="question-only", **SIZES)
    assert len(hidden) == len(full) > 1
    for before, after in zip(full, hidden, strict=True):
        assert {name: after[name] for name in UNCHANGED} == {name: before[name] for name in UNCHANGED}
        size = after["context_end"] - after["context_start"] + 1
        masks = ["[MASK]"] * size
        question = ["[CLS]", "which", "word", "[SEP]", *masks, "[SEP]"]
        question_last = ["[CLS]", *masks, "[SEP]", "which", "word", "[SEP]"]
        assert words(after, tokenizer) == (question if side == "right" else question_last)
        assert "[MASK]" not in words(before, tokenizer)


def test_question_only_without_a_mask_token():
    tokenizer = tiny_tokenizer([CONTEXT, "which word"])
    tokenizer.mask_token = None
    hidden = prepare_eval_features(rows(), tokenizer, ablation="question-only", **SIZES)
    assert set(words(hidden[0], tokenizer)) == {"[CLS]", "which", "word", "[SEP]", "[UNK]"}
    tokenizer.unk_token = None
    with pytest.raises(InputError) as caught:
        prepare_eval_features(rows(), tokenizer, ablation="question-only", **SIZES)
    assert str(caught.value) == (
        "The ablation 'question-only' hides the passage behind the mask token or the unknown token, and the "
        "tokenizer has neither: set tokenizer.mask_token."
    )


@pytest.mark.parametrize("side", ["right", "left"])
def test_passage_only_has_no_question(side):
    tokenizer = tiny_tokenizer([CONTEXT, "which word"])
    tokenizer.padding_side = side
    found = prepare_train_features(rows(), tokenizer, ablation="passage-only", **SIZES)
    first = [f"w{number}" for number in range(12)]  # two more than beside the question
    assert words(found[0], tokenizer) == (
        ["[CLS]", "[SEP]", *first, "[SEP]"] if side == "right" else ["[CLS]", *first, "[SEP]", "[SEP]"]
    )
    start, end = found[0]["start_positions"], found[0]["end_positions"]
    assert words(found[0], tokenizer)[start : end + 1] == ["w7", "w8"]
    assert found[0]["offset_mapping"][start][0] == CONTEXT.index("w7 w8")
    assert not any(found["question_cut"])


def test_training_and_evaluation_see_the_same():
    for ablation in (None, "question-only", "passage-only"):
        train = prepare_train_features(rows(), TOKENIZER, ablation=ablation, **SIZES)
        evaluation = prepare_eval_features(rows(), TOKENIZER, ablation=ablation, **SIZES)
        assert train["input_ids"][:] == evaluation["input_ids"][:]


def test_an_ablation_is_part_of_the_caches_key():
    other_mask = tiny_tokenizer([CONTEXT, "which word"])
    other_mask.mask_token = "[SEP]"
    keys = [
        prepare_train_features(rows(), tokenizer, ablation=ablation, **SIZES)._fingerprint
        for tokenizer, ablation in (
            (TOKENIZER, None),
            (TOKENIZER, "question-only"),
            (TOKENIZER, "passage-only"),
            (other_mask, "question-only"),
        )
    ]
    assert len(set(keys)) == 4


def test_an_unknown_ablation():
    with pytest.raises(InputError) as caught:
        prepare_train_features(rows(), TOKENIZER, ablation="hypothesis-only", **SIZES)
    assert str(caught.value) == (
        "No ablation 'hypothesis-only' of question answering; it has: question-only, passage-only."
    )
