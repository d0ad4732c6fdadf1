"""Question and note fit the demo model's 128 tokens, by its own tokenizer."""

import pytest

from dataset_cartography.tasks.demo import demo_model_path, generate_demo_examples


@pytest.mark.slow
def test_every_row_fits_with_room_to_spare():
    transformers = pytest.importorskip("transformers", reason="the tokenizer needs the train extra")
    tokenizer = transformers.AutoTokenizer.from_pretrained(demo_model_path(), local_files_only=True)
    rows = generate_demo_examples(3000, seed=1)
    encoded = tokenizer([row["question"] for row in rows], [row["context"] for row in rows])
    lengths = [len(ids) for ids in encoded["input_ids"]]
    assert max(lengths) <= 112
    assert sum(lengths) / len(lengths) < 80
