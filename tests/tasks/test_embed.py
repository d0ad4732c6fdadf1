import numpy as np
import pytest
import torch
from transformers import AutoModel, T5Config, T5Model

from dataset_cartography.errors import InputError, MissingFileError
from dataset_cartography.tasks import embed
from dataset_cartography.tasks.embed import embed_texts
from tiny import tiny_qa_model, tiny_tokenizer

TEXTS = [
    "the dose of aspirin",
    "who",
    "the cities of rome and the dose of rain in the cities",
    "who was the king of rome",
    "aspirin and rain",
]
QUESTIONS = ["who was", "the king of rome and rain", "aspirin", "the cities", "rome"]


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(embed, "_BATCH", 2)


@pytest.fixture
def folder(tmp_path):
    tokenizer = tiny_tokenizer(TEXTS)
    tiny_qa_model(len(tokenizer)).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    return tmp_path


def alone(folder, *texts):
    """One example's embedding, by a loop over its tokens."""
    network = AutoModel.from_pretrained(folder).eval()
    inputs = tiny_tokenizer(TEXTS)(*texts, return_tensors="pt")
    states = network(**inputs).last_hidden_state[0]
    return (sum(states[token] for token in range(len(states))) / len(states)).detach().numpy()


def test_each_text_is_the_mean_of_its_own_tokens_whatever_it_is_padded_with(folder, caplog):
    found = embed_texts([TEXTS], str(folder))
    assert caplog.messages == []  # the span head and the pooler are not asked
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [alone(folder, text) for text in TEXTS], atol=1e-6)


def test_a_pair_is_one_text(folder):
    expected = [alone(folder, *pair) for pair in zip(TEXTS, QUESTIONS, strict=True)]
    np.testing.assert_allclose(embed_texts([TEXTS, QUESTIONS], str(folder)), expected, atol=1e-6)
    assert np.abs(embed_texts([QUESTIONS, TEXTS], str(folder)) - expected).max() > 0.01


def test_of_a_long_text_the_beginning_counts(folder, monkeypatch):
    monkeypatch.setattr(embed, "_LONGEST", 6)
    found = embed_texts([["the dose of aspirin and rain", "the dose of aspirin"]], str(folder))
    np.testing.assert_array_equal(found[0], found[1])


def test_no_gradients_and_no_dropout(folder):
    with torch.enable_grad():
        np.testing.assert_array_equal(embed_texts([TEXTS], str(folder)), embed_texts([TEXTS], str(folder)))


def test_of_a_model_that_translates_it_is_the_encoder(tmp_path):
    tokenizer = tiny_tokenizer(TEXTS)
    tokenizer.model_input_names = ["input_ids", "attention_mask"]
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=16,
        d_kv=8,
        d_ff=32,
        num_layers=1,
        num_heads=2,
        decoder_start_token_id=0,
    )
    T5Model(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    assert embed_texts([TEXTS], str(tmp_path)).shape == (5, 16)


def test_a_model_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(MissingFileError) as missing:
        embed_texts([TEXTS], "./nowhere")
    assert str(missing.value) == (
        "No model folder at './nowhere'. Give a folder with a config.json, a name on the hub, or 'demo'."
    )
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(InputError) as empty:
        embed_texts([TEXTS], str(tmp_path))
    assert str(empty.value) == (
        f"Cannot load the model of '{tmp_path}' for embedding texts: Error no file named model.safetensors, or "
        f"pytorch_model.bin, found in directory {tmp_path}."
    )


def test_weights_that_are_missing_or_do_not_fit_are_told(folder, caplog):
    network = tiny_qa_model(len(tiny_tokenizer(TEXTS)))
    weights = network.state_dict()
    del weights["bert.encoder.layer.0.intermediate.dense.bias"]
    network.save_pretrained(folder, state_dict=weights)
    embed_texts([TEXTS], str(folder))
    said = caplog.messages[-1].replace(str(folder), "FOLDER")
    assert said == (
        "The model 'FOLDER' lacks weights, which were drawn at random: "
        "encoder.layer.0.intermediate.dense.bias, pooler.dense.bias, pooler.dense.weight"
    )
    network.config.update({"intermediate_size": 60})
    network.config.save_pretrained(folder)
    with pytest.raises(InputError) as unfit:
        embed_texts([TEXTS], str(folder))
    assert str(unfit.value).startswith(
        f"Cannot load the model of '{folder}' for embedding texts: its weights do not fit its config.json: "
        "encoder.layer.0.intermediate.dense"
    )
