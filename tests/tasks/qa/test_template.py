import datasets
import numpy as np
import pytest

from dataset_cartography.tasks.qa.template import (
    postprocess_qa_predictions,
    prepare_train_dataset_qa,
    prepare_validation_dataset_qa,
)
from tiny import tiny_tokenizer

CONTEXT = " ".join(f"w{number}" for number in range(30))
TOKENIZER = tiny_tokenizer([CONTEXT, "which word"], model_max_length=16)


@pytest.fixture
def examples():
    datasets.disable_progress_bars()
    start = CONTEXT.index("w7")
    return datasets.Dataset.from_list(
        [
            {
                "id": "a",
                "question": " which word",
                "context": CONTEXT,
                "answers": {"text": ["w7 w8"], "answer_start": [start]},
            }
        ]
    )


def mapped(examples, function, **options):
    return examples.map(
        lambda batch: function(batch, TOKENIZER, **options),
        batched=True,
        remove_columns=examples.column_names,
    )


def test_training_windows(examples):
    features = mapped(examples, prepare_train_dataset_qa)
    assert max(len(ids) for ids in features["input_ids"]) == 16
    words = [TOKENIZER.convert_ids_to_tokens(row["input_ids"])[row["start_positions"]] for row in features]
    assert words[:3] == ["w7"] * 3
    assert set(words[3:]) == {"[CLS]"}


def test_the_length_may_be_given(examples):
    features = mapped(examples, prepare_train_dataset_qa, max_seq_length=40)
    assert len(features) == 1


def test_validation_and_its_answers(examples):
    features = mapped(examples, prepare_validation_dataset_qa)
    outside = [token for token, pair in enumerate(features[0]["offset_mapping"]) if pair is None]
    assert outside == [0, 1, 2, 3, 15]
    starts, ends = np.zeros((2, len(features), 16))
    starts[0, 11], ends[0, 12] = 5.0, 5.0
    assert postprocess_qa_predictions(examples, features, (starts, ends)) == {"a": "w7 w8"}


def test_no_valid_span_is_called_empty(examples):
    features = mapped(examples, prepare_validation_dataset_qa)
    logits = np.zeros((len(features), 16))
    logits[:, 0] = 9.0
    assert postprocess_qa_predictions(examples, features, (logits, logits), n_best_size=1) == {"a": "empty"}


def test_there_must_be_two_arrays(examples):
    with pytest.raises(ValueError) as caught:
        postprocess_qa_predictions(examples, [], (np.zeros((1, 1)),))
    assert str(caught.value) == (
        "`predictions` should be a tuple with two elements (start_logits, end_logits)."
    )
