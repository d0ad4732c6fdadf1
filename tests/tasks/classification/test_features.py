import datasets
import pytest
import torch

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.classification import LabelledCollator, normalize
from dataset_cartography.tasks.classification.task import Classification
from dataset_cartography.tasks.nli.task import NaturalLanguageInference
from tiny import tiny_tokenizer

TOKENIZER = tiny_tokenizer(["a man sleeps nobody is awake very much"])
NLI = NaturalLanguageInference()
PAIRS = {
    "id": ["x", "y"],
    "premise": ["a man sleeps", "nobody is awake very much"],
    "hypothesis": ["a man", "nobody"],
    "label": ["no", "yes"],
}


@pytest.fixture(autouse=True)
def _quiet():
    datasets.disable_progress_bars()


def features(task=NLI, columns=PAIRS, **options):
    chosen = Options(**options)
    examples = normalize(datasets.Dataset.from_dict(columns), task.texts, chosen)
    return task.features(examples, TOKENIZER, chosen, labelled=True)


def test_a_pair_is_read_together():
    found = features()
    assert found.column_names == ["input_ids", "attention_mask", "token_type_ids", "example_id", "labels"]
    assert (found["example_id"][:], found["labels"][:]) == (["x", "y"], [0, 1])
    assert found.features["labels"].names == ["no", "yes"]
    assert TOKENIZER.batch_decode(found["input_ids"][:]) == [
        "[CLS] a man sleeps [SEP] a man [SEP]",
        "[CLS] nobody is awake very much [SEP] nobody [SEP]",
    ]
    assert found["token_type_ids"][0] == [0] * 5 + [1] * 3


@pytest.mark.parametrize(
    ("ablation", "read"),
    [
        ("hypothesis-only", "[CLS] [SEP] a man [SEP]"),
        ("premise-only", "[CLS] a man sleeps [SEP] [SEP]"),
    ],
)
def test_ablations_withhold_a_text(ablation, read):
    assert ablation in NLI.ablations
    assert TOKENIZER.decode(features(ablation=ablation)["input_ids"][0]) == read


def test_the_longer_text_is_cut():
    assert TOKENIZER.decode(features(max_length=6)["input_ids"][1]) == "[CLS] nobody is [SEP] nobody [SEP]"


def test_one_text():
    found = features(Classification(), {"id": [3], "text": ["a man sleeps"], "label": [1]}, max_length=4)
    assert TOKENIZER.decode(found["input_ids"][0]) == "[CLS] a man [SEP]"
    assert (found["example_id"][:], found["labels"][:]) == ([3], [1])


def test_batches_are_padded_and_ids_stay_behind():
    batch = LabelledCollator(TOKENIZER)(list(features()))
    assert set(batch) == {"input_ids", "attention_mask", "token_type_ids", "labels"}
    assert batch["input_ids"].shape == (2, 9)
    assert batch["attention_mask"].sum(-1).tolist() == [8, 9]
    assert torch.equal(batch["labels"], torch.tensor([0, 1]))


@pytest.mark.parametrize("length", [0, 1, 4])
def test_a_length_without_room(length):
    with pytest.raises(InputError) as caught:
        features(max_length=length)
    assert str(caught.value) == (
        f"max_length {length} leaves no room: 3 special tokens and one of each text need 5. Give --max_length 5 or "
        "more."
    )


def test_the_least_length():
    assert TOKENIZER.batch_decode(features(max_length=5)["input_ids"][:])[0] == "[CLS] a [SEP] a [SEP]"
    with pytest.raises(InputError) as caught:
        features(Classification(), {"text": ["a"], "label": ["b"]}, max_length=2)
    assert str(caught.value) == (
        "max_length 2 leaves no room: 2 special tokens and one of the text need 3. Give --max_length 3 or more."
    )
