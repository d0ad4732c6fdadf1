"""The demo's language models: random, small, always the same, and made only once."""

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

from dataset_cartography.tasks.demo import language_models
from dataset_cartography.tasks.demo.language_models import demo_decoder_path, demo_encoder_decoder_path

MODELS = {
    "decoder": (demo_decoder_path, AutoModelForCausalLM),
    "encoder-decoder": (demo_encoder_decoder_path, AutoModelForSeq2SeqLM),
}


@pytest.mark.parametrize("kind", MODELS)
def test_a_model_is_made_once_and_the_same_everywhere(kind, tmp_path, monkeypatch):
    find, loader = MODELS[kind]
    monkeypatch.setattr(language_models, "HF_HOME", str(tmp_path / "one"))
    state = torch.get_rng_state()
    first = find()
    assert torch.equal(torch.get_rng_state(), state)
    assert first.is_relative_to(tmp_path / "one")
    written = (first / "model.safetensors").stat().st_mtime_ns
    assert find() == first
    assert (first / "model.safetensors").stat().st_mtime_ns == written
    monkeypatch.setattr(language_models, "HF_HOME", str(tmp_path / "two"))
    models = [loader.from_pretrained(folder) for folder in (first, find())]
    for name, value in models[0].state_dict().items():
        assert torch.equal(value, models[1].state_dict()[name]), name
    tokenizer = AutoTokenizer.from_pretrained(first)
    assert models[0].config.vocab_size == len(tokenizer)
    assert tokenizer.eos_token == "[SEP]"
    assert sum(value.numel() for value in models[0].parameters()) < 6e6
    assert [path.name for path in (tmp_path / "one" / "dataset-cartography").iterdir()] == [first.name]


def test_a_cache_that_cannot_be_written_to(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(language_models, "HF_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(language_models.tempfile, "tempdir", str(tmp_path))
    assert demo_decoder_path().parent == tmp_path
