import datasets
import pytest
import torch

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.multiple_choice import MultipleChoiceCollator, prepare_features
from dataset_cartography.tasks.multiple_choice.rows import read_rows
from tiny import tiny_choice_model, tiny_tokenizer

ROWS = [
    {"question": "what", "choices": ["wet", "dry day", "sky"], "label": 0},
    {"question": "what then", "choices": ["wet sky day", "day", "dry"], "label": 2},
]
TOKENIZER = tiny_tokenizer(["what then wet dry day sky"])


@pytest.fixture
def features():
    datasets.disable_progress_bars()
    return list(prepare_features(read_rows(datasets.Dataset.from_list(ROWS)).kept, TOKENIZER))


def test_pads_to_the_longest_choice_of_the_batch(features):
    batch = MultipleChoiceCollator(TOKENIZER)(features)
    assert set(batch) == {"input_ids", "token_type_ids", "attention_mask", "labels"}
    assert batch["input_ids"].shape == (2, 3, 8)
    assert batch["attention_mask"].sum(dim=2).tolist() == [[5, 6, 5], [8, 6, 6]]
    assert batch["input_ids"][0, 1, :6].tolist() == features[0]["input_ids"][1]
    assert batch["labels"].tolist() == [0, 2]
    assert {tensor.dtype for tensor in batch.values()} == {torch.int64}


def test_pads_to_a_length(features):
    assert MultipleChoiceCollator(TOKENIZER, 20)(features)["input_ids"].shape == (2, 3, 20)


def test_a_batch_of_one_without_labels(features):
    (one,) = [{name: value for name, value in features[0].items() if name != "labels"}]
    batch = MultipleChoiceCollator(TOKENIZER)([one])
    assert batch["input_ids"].shape == (1, 3, 6)
    assert "labels" not in batch


def test_padding_changes_no_choices_logits(features):
    model = tiny_choice_model(len(TOKENIZER)).eval()
    collate = MultipleChoiceCollator(TOKENIZER)
    with torch.no_grad():
        together = model(**collate(features))
        alone = torch.cat([model(**collate([feature])).logits for feature in features])
    torch.testing.assert_close(together.logits, alone)
    assert torch.isfinite(together.loss)


def test_different_numbers_of_choices(features):
    fewer = {**features[1], "input_ids": features[1]["input_ids"][:2]}
    with pytest.raises(InputError) as caught:
        MultipleChoiceCollator(TOKENIZER)([features[0], fewer])
    assert str(caught.value) == (
        "Examples of one batch have different numbers of choices (2, 3); a model needs the same number of each, "
        "such as `load_examples` keeps."
    )
