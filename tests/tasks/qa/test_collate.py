import datasets
import pytest
import torch

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.qa import normalize, prepare_eval_features, prepare_train_features, qa_collator
from tiny import tiny_qa_model, tiny_tokenizer

CONTEXT = "Ann met Bob in the park"
TOKENIZER = tiny_tokenizer([CONTEXT])


@pytest.fixture
def features():
    datasets.disable_progress_bars()
    rows = [
        {"id": "a", "question": "Ann", "context": CONTEXT, "answers": {"text": ["Bob"], "answer_start": [8]}},
        {"id": "b", "question": "Bob", "context": "Ann", "answers": {"text": ["Ann"], "answer_start": [0]}},
    ]
    return prepare_train_features(normalize(datasets.Dataset.from_list(rows)), TOKENIZER)


def test_pads_to_the_longest_of_the_batch(features):
    batch = qa_collator(TOKENIZER)(list(features))
    assert set(batch) == {"input_ids", "token_type_ids", "attention_mask", "start_positions", "end_positions"}
    assert batch["input_ids"].shape == (2, 10)
    assert batch["attention_mask"].sum(dim=1).tolist() == [10, 5]
    assert batch["start_positions"].tolist() == [5, 3]
    assert {tensor.dtype for tensor in batch.values()} == {torch.int64}


def test_pads_to_a_length(features):
    assert qa_collator(TOKENIZER, 32)(list(features))["input_ids"].shape == (2, 32)


def test_a_batch_of_one(features):
    assert qa_collator(TOKENIZER)([features[1]])["input_ids"].shape == (1, 5)


def test_padding_is_on_the_right_whatever_the_tokenizer_likes(features):
    tokenizer = tiny_tokenizer([CONTEXT])
    tokenizer.padding_side = "left"
    batch = qa_collator(tokenizer)(list(features))
    assert batch["attention_mask"][1].tolist() == [1] * 5 + [0] * 5


def test_evaluation_has_no_labels(features):
    rows = normalize(
        datasets.Dataset.from_list(
            [{"id": 1, "question": "q", "context": "Ann", "answers": {"text": [], "answer_start": []}}]
        )
    )
    batch = qa_collator(TOKENIZER)(list(prepare_eval_features(rows, TOKENIZER)))
    assert set(batch) == {"input_ids", "token_type_ids", "attention_mask"}


def test_a_model_takes_the_batch(features):
    outputs = tiny_qa_model(len(TOKENIZER)).eval()(**qa_collator(TOKENIZER)(list(features)))
    assert torch.isfinite(outputs.loss)
    assert outputs.start_logits.shape == (2, 10)


def test_a_tokenizer_without_padding():
    tokenizer = tiny_tokenizer([CONTEXT])
    tokenizer.pad_token = None
    with pytest.raises(InputError) as caught:
        qa_collator(tokenizer)
    assert str(caught.value) == (
        "The tokenizer has no padding token, which batches of windows need: set tokenizer.pad_token."
    )
