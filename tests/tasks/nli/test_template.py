import importlib.util
from pathlib import Path

import datasets
import numpy as np
from transformers import EvalPrediction

from tiny import tiny_tokenizer

ROOT = Path(__file__).parents[3]


def helpers():
    spec = importlib.util.spec_from_file_location("helpers", ROOT / "helpers.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_templates_functions_as_its_script_calls_them():
    datasets.disable_progress_bars()
    tokenizer = tiny_tokenizer(["a man sleeps"])
    rows = datasets.Dataset.from_dict(
        {"id": ["x"], "premise": ["a man sleeps"], "hypothesis": ["a man"], "label": [2]}
    )
    features = rows.map(
        lambda examples: helpers().prepare_dataset_nli(examples, tokenizer, 6),
        batched=True,
        remove_columns=rows.column_names,
    )
    assert tokenizer.decode(features["input_ids"][0]) == "[CLS] a man [SEP] a [SEP]"
    assert (features["label"][:], features["example_id"][:]) == ([2], ["x"])


def test_the_tokenizers_own_limit_holds_without_another():
    tokenizer = tiny_tokenizer(["a man sleeps"], model_max_length=8)
    batch = {"premise": ["a man sleeps " * 5], "hypothesis": ["a"], "label": [0]}
    assert [len(ids) for ids in helpers().prepare_dataset_nli(batch, tokenizer)["input_ids"]] == [8]


def test_accuracy_is_a_fraction():
    predictions = EvalPrediction(np.array([[1.0, 2.0], [3.0, 0.0], [0.0, 1.0]]), np.array([1, 0, 0]))
    assert helpers().compute_accuracy(predictions) == {"accuracy": 2 / 3}
