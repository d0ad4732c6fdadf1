"""The map of saved checkpoints is the one that the run would have recorded, had it been tracked."""

import shutil

import numpy as np
import pytest
import torch

from dataset_cartography.dynamics import load_dynamics
from dataset_cartography.errors import InputError, MissingFileError, OutputExistsError
from dataset_cartography.integrations.transformers import from_checkpoints, track
from dataset_cartography.log import LogReader
from labels import VOCABULARY, as_dataset, generate, make_trainer
from tiny import tiny_classifier

pytestmark = pytest.mark.usefixtures("no_map")


@pytest.fixture(scope="module")
def train():
    return as_dataset(generate(11))


@pytest.fixture(scope="module")
def run(train, tmp_path_factory):
    """A run that saved its weights after each of three epochs, and was recorded too."""
    folder = tmp_path_factory.mktemp("run")
    trainer = make_trainer(folder, train, num_train_epochs=3, save_strategy="epoch", save_only_model=True)
    track(trainer, folder / "map", mode="epoch_end")
    trainer.train()
    return folder


def assert_same_rows(root, other):
    """Bit for bit."""
    here, there = (load_dynamics(LogReader(path)) for path in (root, other))
    assert here.epochs == there.epochs
    for name, values in here.signals.items():
        np.testing.assert_array_equal(values, there.signals[name])


def test_the_map_is_that_of_the_tracked_run(train, run, tmp_path):
    trainer = make_trainer(tmp_path, train)
    root = from_checkpoints(run / "model", trainer, tmp_path / "map", provenance={"dataset": "made here"})
    assert_same_rows(root, run / "map")
    manifest, tracked = LogReader(root).manifest, LogReader(run / "map").manifest
    assert [epoch.global_step for epoch in manifest.epochs] == [epoch.global_step for epoch in tracked.epochs]
    assert (manifest.mode, tracked.mode) == ("checkpoints", "epoch_end")
    assert manifest.provenance["checkpoints"] == ["checkpoint-3", "checkpoint-6", "checkpoint-9"]
    assert manifest.provenance["dataset"] == "made here"
    assert (root / "training_dynamics_epoch_3.json").is_file()
    with pytest.raises(OutputExistsError):
        from_checkpoints(run / "model", trainer, root)


def test_some_of_the_checkpoints_in_any_order(train, run, tmp_path):
    folders = [run / "model" / f"checkpoint-{step}" for step in (9, 3)]
    root = from_checkpoints(folders, make_trainer(tmp_path, train), tmp_path / "map")
    assert [epoch.global_step for epoch in LogReader(root).manifest.epochs] == [3, 9]
    whole = load_dynamics(LogReader(run / "map"), epochs=[3]).signals["margin"]
    np.testing.assert_array_equal(load_dynamics(LogReader(root), epochs=[2]).signals["margin"], whole)


def test_shards(train, run, tmp_path):
    shutil.copytree(run / "model", tmp_path / "model")
    for folder in (tmp_path / "model").glob("checkpoint-*"):
        model = tiny_classifier(VOCABULARY, ("a", "b", "c")).from_pretrained(folder)
        (folder / "model.safetensors").unlink()
        model.save_pretrained(folder, max_shard_size="20KB")
        assert len(list(folder.glob("model-*.safetensors"))) > 1
    root = from_checkpoints(tmp_path / "model", make_trainer(tmp_path, train), tmp_path / "map")
    assert_same_rows(root, run / "map")


def adapted(folder, train, *, alpha=8, **settings):
    from peft import LoraConfig, get_peft_model

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = get_peft_model(
            tiny_classifier(VOCABULARY, ("a", "b", "c")),
            LoraConfig(task_type="SEQ_CLS", r=2, lora_alpha=alpha, target_modules=["query"]),
        )
    return make_trainer(folder, train, model=model, label_names=["labels"], **settings)


@pytest.mark.filterwarnings(
    "ignore:`is_gradient_checkpointing` is deprecated:FutureWarning"
)  # peft asks for it
def test_adapters(train, tmp_path):
    trainer = adapted(tmp_path, train, save_strategy="epoch")
    track(trainer, tmp_path / "tracked", mode="epoch_end")
    trainer.train()
    root = from_checkpoints(tmp_path / "model", adapted(tmp_path, train), tmp_path / "map")
    assert_same_rows(root, tmp_path / "tracked")
    first = tmp_path / "model" / "checkpoint-3"
    other = adapted(tmp_path, train, alpha=16)
    assert refused(InputError, tmp_path / "model", other, tmp_path / "other") == (
        f"The adapter of the checkpoint '{first}' has lora_alpha 8, and that of the trainer's model 16: give it one as "
        "the run did."
    )
    assert refused(InputError, tmp_path / "model", make_trainer(tmp_path, train), tmp_path / "none") == (
        f"The checkpoint '{first}' holds an adapter, and the trainer's model has none: give it one as the run did "
        "(peft's get_peft_model; run.py: --lora_r)."
    )


def test_a_damaged_checkpoint_is_passed_over(train, run, tmp_path, caplog):
    shutil.copytree(run / "model", tmp_path / "model")
    weights = tmp_path / "model" / "checkpoint-6" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    (tmp_path / "model" / "checkpoint-12").mkdir()
    root = from_checkpoints(tmp_path / "model", make_trainer(tmp_path, train), tmp_path / "map")
    assert LogReader(root).manifest.provenance["checkpoints"] == ["checkpoint-3", "checkpoint-9"]
    told = [message for message in caplog.messages if "passed over" in message]
    assert told == [
        f"The checkpoint '{weights.parent}' is passed over: model.safetensors is cut short (1.0 kB).",
        f"The checkpoint '{tmp_path / 'model' / 'checkpoint-12'}' is passed over: the model's weights are missing.",
    ]


def refused(error, *arguments):
    with pytest.raises(error) as caught:
        from_checkpoints(*arguments)
    return str(caught.value)


def test_what_cannot_be_used(train, run, tmp_path):
    trainer = make_trainer(tmp_path, train)
    how = "Save them with save_strategy='epoch' and without save_total_limit."
    looked = "looked for folders checkpoint-N, as Trainer saves them"
    assert refused(MissingFileError, tmp_path / "no", trainer, tmp_path / "map") == (
        f"No checkpoint in '{tmp_path / 'no'}' has whole weights: {looked}. {how}"
    )
    (tmp_path / "saved" / "checkpoint-3").mkdir(parents=True)
    assert refused(MissingFileError, tmp_path / "saved", trainer, tmp_path / "map") == (
        f"No checkpoint in '{tmp_path / 'saved'}' has whole weights: {looked} (checkpoint-3: the model's weights are "
        f"missing). {how}"
    )
    first = run / "model" / "checkpoint-3"
    assert refused(InputError, [first, first], trainer, tmp_path / "map") == (
        f"'{first}' and '{first}' were both saved after step 3: give one of them."
    )
    assert refused(InputError, [tmp_path], trainer, tmp_path / "map") == (
        f"'{tmp_path}' does not tell after how many steps it was saved: name it checkpoint-N, or keep its "
        "trainer_state.json."
    )
    other = make_trainer(tmp_path, train, model=tiny_classifier(VOCABULARY, ("a", "b")))
    assert refused(InputError, run / "model", other, tmp_path / "map") == (
        f"The weights of the checkpoint '{first}' do not fit the trainer's BertForSequenceClassification: size "
        "mismatch for classifier.weight: copying a param with shape torch.Size([3, 32]) from checkpoint, the shape in "
        "current model is torch.Size([2, 32]). Give the trainer the kind of model that the run trained."
    )


def test_names_that_the_model_does_not_have(train, run, tmp_path):
    from tiny import tiny_choice_model

    other = make_trainer(tmp_path, train, model=tiny_choice_model(VOCABULARY))
    other.model.classifier = torch.nn.Sequential(other.model.classifier)
    assert refused(
        InputError,
        run / "model",
        other,
        tmp_path / "map",
    ).endswith("it has no 'classifier.bias'. Give the trainer the kind of model that the run trained.")


def test_weights_that_the_checkpoint_does_not_have(train, run, tmp_path):
    """Trainer would leave them as they are, and only say so."""
    model = tiny_classifier(VOCABULARY, ("a", "b", "c"))
    model.bert.pooler.extra = torch.nn.Linear(2, 2)
    assert refused(
        InputError, run / "model", make_trainer(tmp_path, train, model=model), tmp_path / "map"
    ).endswith(
        "its 'bert.pooler.extra.weight' is not among them. Give the trainer the kind of model that the run trained."
    )
