import json
import logging

import pytest

from dataset_cartography.errors import InputError, MissingFileError
from dataset_cartography.tasks.models import load_qa_model_and_tokenizer, resolve_model
from tiny import tiny_qa_model, tiny_tokenizer


def refused(folder):
    with pytest.raises(InputError) as caught:
        load_qa_model_and_tokenizer(str(folder))
    return str(caught.value).replace(str(folder), "FOLDER")


def test_a_local_folder(tmp_path, caplog):
    tokenizer = tiny_tokenizer(["the dose of aspirin"])
    tiny_qa_model(len(tokenizer)).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    with caplog.at_level(logging.INFO, "dataset_cartography"):
        model, loaded = load_qa_model_and_tokenizer(str(tmp_path))
    assert model.qa_outputs.out_features == 2
    assert loaded("the dose")["input_ids"] == tokenizer("the dose")["input_ids"]
    assert caplog.messages == []


def test_an_encoder_without_a_span_head_says_so(tmp_path, caplog):
    tokenizer = tiny_tokenizer(["the dose of aspirin"])
    tiny_qa_model(len(tokenizer)).bert.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    with caplog.at_level(logging.INFO, "dataset_cartography"):
        load_qa_model_and_tokenizer(str(tmp_path))
    assert caplog.messages == [f"The model '{tmp_path}' has no span head yet: a new one was drawn at random"]


def test_a_folder_that_is_no_model(tmp_path):
    assert refused(tmp_path) == (
        "The model folder FOLDER has no config.json; give a folder that `save_pretrained` wrote, such as a "
        "run's output directory or one of its checkpoint-N folders."
    )


def test_a_model_without_weights(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    assert refused(tmp_path) == (
        "Cannot load the model of 'FOLDER' for question answering: Error no file named model.safetensors, or "
        "pytorch_model.bin, found in directory FOLDER."
    )


def test_a_model_without_a_tokenizer(tmp_path):
    tiny_qa_model(50).save_pretrained(tmp_path)
    assert refused(tmp_path) == (
        "The model 'FOLDER' comes without a tokenizer; add its tokenizer.json to the folder."
    )


def test_a_broken_config(tmp_path):
    (tmp_path / "config.json").write_text("{")
    assert refused(tmp_path) == (
        "Cannot load the model of 'FOLDER' for question answering: It looks like the config file at "
        "'FOLDER/config.json' is not a valid JSON file."
    )


def test_an_unknown_model_type(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "nonsense"}))
    assert refused(tmp_path).startswith(
        "Cannot load the model of 'FOLDER' for question answering: The checkpoint you are trying to load has "
        "model type `nonsense` but Transformers does not recognize this architecture."
    )


def test_a_model_that_has_no_span_head(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "vit"}))
    assert refused(tmp_path).startswith(
        "Cannot load the model of 'FOLDER' for question answering: Unrecognized configuration class "
    )


def test_a_file_is_no_model(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_text("")
    with pytest.raises(InputError) as caught:
        resolve_model(str(path))
    assert str(caught.value) == (
        f"The model {path} is a file; give the folder that holds its config.json and weights."
    )


@pytest.mark.parametrize("name", ["./trained/run", "/no/such/model", "a/b/c"])
def test_no_such_folder(name):
    with pytest.raises(MissingFileError) as caught:
        resolve_model(name)
    assert str(caught.value) == (
        f"No model folder at '{name}'. Give a folder with a config.json, a name on the hub, or 'demo'."
    )


def test_no_name():
    with pytest.raises(InputError) as caught:
        resolve_model("")
    assert str(caught.value) == "The name of the model is empty. Give a folder, a name on the hub, or 'demo'."
