import json
import logging
from pathlib import Path

import pytest

from dataset_cartography.errors import InputError, MissingFileError
from dataset_cartography.tasks.models import (
    CHOICES,
    CLASSES,
    SPANS,
    label_names,
    load_model_and_tokenizer,
    resolve_model,
)
from tiny import tiny_classifier, tiny_qa_model, tiny_tokenizer


def refused(folder):
    with pytest.raises(InputError) as caught:
        load_model_and_tokenizer(str(folder), SPANS)
    return str(caught.value).replace(str(folder), "FOLDER")


def test_a_local_folder(tmp_path, caplog):
    tokenizer = tiny_tokenizer(["the dose of aspirin"])
    tiny_qa_model(len(tokenizer)).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    with caplog.at_level(logging.INFO, "dataset_cartography"):
        model, loaded = load_model_and_tokenizer(str(tmp_path), SPANS)
    assert model.qa_outputs.out_features == 2
    assert loaded("the dose")["input_ids"] == tokenizer("the dose")["input_ids"]
    assert caplog.messages == []


def test_an_encoder_without_a_span_head_says_so(tmp_path, caplog):
    tokenizer = tiny_tokenizer(["the dose of aspirin"])
    tiny_qa_model(len(tokenizer)).bert.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    with caplog.at_level(logging.INFO, "dataset_cartography"):
        load_model_and_tokenizer(str(tmp_path), SPANS)
    assert caplog.messages == [f"The model '{tmp_path}' has no span head yet: a new one was drawn at random"]


@pytest.fixture
def classifier(tmp_path):
    """The folder of a model that tells "no" from "yes"."""
    tokenizer = tiny_tokenizer(["the dose of aspirin"])
    tiny_classifier(len(tokenizer), ["yes", "no"]).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    return str(tmp_path)


def loaded(folder, labels, caplog):
    caplog.clear()
    with caplog.at_level(logging.INFO, "dataset_cartography"):
        model, _ = load_model_and_tokenizer(folder, CLASSES, labels)
    said = [message.replace(folder, "FOLDER") for message in caplog.messages]
    return model, said


def test_a_classifier_keeps_its_order_of_the_same_labels(classifier, caplog):
    model, said = loaded(classifier, ["no", "yes"], caplog)
    assert label_names(model.config) == ["yes", "no"]
    assert model.config.label2id == {"yes": 0, "no": 1}
    assert said == []


def test_a_classifier_of_other_labels_gets_a_new_head(classifier, caplog):
    model, said = loaded(classifier, ["a", "b", "c"], caplog)
    assert label_names(model.config) == ["a", "b", "c"]
    assert model.classifier.out_features == 3
    assert said == ["The model 'FOLDER' has a head for something else: a new one was drawn at random"]


def test_an_encoder_gets_a_classification_head(classifier, tmp_path, caplog):
    folder = tmp_path / "encoder"
    tokenizer = tiny_tokenizer(["the dose of aspirin"])
    tiny_qa_model(len(tokenizer)).bert.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    model, said = loaded(str(folder), ["a", "b"], caplog)
    assert label_names(model.config) == ["a", "b"]
    assert said == ["The model 'FOLDER' has no classification head yet: a new one was drawn at random"]


def test_the_head_of_another_task_is_replaced(classifier, caplog):
    with caplog.at_level(logging.INFO, "dataset_cartography"):
        model, _ = load_model_and_tokenizer(classifier, CHOICES)
    assert model.classifier.out_features == 1
    assert caplog.messages == [
        f"The model '{classifier}' has a head for something else: a new one was drawn at random"
    ]


def test_an_encoder_that_does_not_fit_its_configuration(classifier):
    path = Path(classifier) / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"intermediate_size": 60}))
    assert refused(classifier) == (
        "Cannot load the model of 'FOLDER' for question answering: its weights do not fit its config.json: "
        "bert.encoder.layer.0.intermediate.dense.bias, bert.encoder.layer.0.intermediate.dense.weight, "
        "bert.encoder.layer.0.output.dense.weight, bert.encoder.layer.1.intermediate.dense.bias, "
        "bert.encoder.layer.1.intermediate.dense.weight."
    )


def test_labels_that_nobody_named():
    assert label_names(tiny_qa_model(50).config) is None


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
