"""Preference pairs in TRL's own trainer: margins equal TRL's and a hook's, and training is never changed."""

import numpy as np
import pytest
import torch
from transformers import LlamaForCausalLM

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.transformers import track
from dataset_cartography.log import LogReader
from labels import as_dataset, generate, make_trainer
from pairs import generate_pairs, make_pair_trainer, save_tiny_decoder

pytest.importorskip("trl")
pytestmark = [
    pytest.mark.usefixtures("no_map"),
    # TRL asks transformers by names that are about to go.
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

NAMES = ("gold_logprob", "margin", "chosen_logratio", "rejected_logratio", "correct", "prediction")
SETTINGS = {
    "copied reference": {},
    "precomputed": {"precompute_ref_log_probs": True},
    "adapter": {"adapter": True},
    "another reference": {"other": True},
    "length-desensitised": {"ld_alpha": 0.3},
    "cut": {"max_length": 6},
    "accumulated": {"gradient_accumulation_steps": 2, "gradient_checkpointing": True},
    "ipo": {"loss_type": ["ipo"]},
}


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return save_tiny_decoder(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return save_tiny_decoder(tmp_path_factory.mktemp("other"), seed=5)


def make(folder, base, other_base, pairs, adapter=False, other=False, **settings):
    if adapter:
        peft = pytest.importorskip("peft")
        settings["peft_config"] = peft.LoraConfig(r=4, target_modules=["q_proj", "v_proj"])
    if other:
        settings["ref_model"] = LlamaForCausalLM.from_pretrained(other_base)
    return make_pair_trainer(folder, base, pairs, **settings)


def trained(trainer):
    trainer.train()
    logs = [
        {name: value for name, value in log.items() if "runtime" not in name and "second" not in name}
        for log in trainer.state.log_history
    ]
    return logs, {name: value.clone() for name, value in trainer.model.state_dict().items()}


def assert_same(one, other):
    assert one[0] == other[0]
    assert one[1].keys() == other[1].keys()
    assert all(torch.equal(one[1][name], other[1][name]) for name in one[1])


def steps(root):
    """Mean margins by epoch and step."""
    log = LogReader(root)
    found = {}
    for epoch in log.epochs:
        columns = log.read(epoch, ["global_step", *NAMES]).columns
        for step in np.unique(columns["global_step"]):
            rows = columns["global_step"] == step
            found[int(step)] = {name: float(columns[name][rows].mean()) for name in NAMES}
    return found


def test_margins_are_those_that_trl_logs_and_a_twin_trains_the_same(base, other, tmp_path):
    pairs = generate_pairs(11)
    plain = trained(make(tmp_path / "plain", base, other, pairs))
    trainer = make(tmp_path, base, other, pairs)
    track(trainer, tmp_path / "map")
    tracked = trained(trainer)
    assert_same(plain, tracked)
    found = steps(tmp_path / "map")
    for log in tracked[0]:
        if "rewards/margins" in log:
            row = found[log["step"] - 1]
            assert row["margin"] == pytest.approx(log["rewards/margins"], abs=1e-5)
            assert -row["gold_logprob"] == pytest.approx(log["loss"], abs=1e-4)  # rounded in the log
            assert row["correct"] == pytest.approx(log["rewards/accuracies"], abs=1e-5)
            assert 0.5 * row["chosen_logratio"] == pytest.approx(log["rewards/chosen"], abs=1e-5)
    assert len(found) == 6
    log = LogReader(tmp_path / "map")
    assert log.manifest.task == "dpo"
    assert log.manifest.options == {"beta": 0.5, "loss_type": ["sigmoid"]}


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["in_training", "epoch_end"])
@pytest.mark.parametrize("name", SETTINGS)
def test_every_way_to_ask_the_reference(name, mode, base, other, tmp_path):
    pairs, settings = generate_pairs(11), SETTINGS[name]
    evaluated = {"eval_pairs": generate_pairs(5, seed=3), "eval_strategy": "epoch"}
    plain = trained(make(tmp_path / "plain", base, other, pairs, **settings, **evaluated))
    trainer = make(tmp_path, base, other, pairs, **settings, **evaluated)
    track(trainer, tmp_path / "map", mode=mode, splits=("train", "validation"))
    tracked = trained(trainer)
    assert_same(plain, tracked)
    log = LogReader(tmp_path / "map")
    assert [len(log.read(epoch, ["margin"]).columns["margin"]) for epoch in log.epochs] == [11, 11]
    margins = [entry["eval_rewards/margins"] for entry in tracked[0] if "eval_rewards/margins" in entry]
    validation = LogReader(tmp_path / "map" / "validation")
    if "max_length" not in settings:
        assert len(validation.ids) == 5
    for epoch, margin in zip(validation.epochs, margins, strict=True):
        # Its batch holds all; two processes would average over batches.
        assert validation.read(epoch, ["margin"]).columns["margin"].mean() == pytest.approx(margin, abs=1e-5)
    if mode == "in_training" and "gradient_accumulation_steps" not in settings:
        found = steps(tmp_path / "map")
        for entry in tracked[0]:
            if "rewards/margins" in entry:
                row = found[entry["step"] - 1]
                assert row["margin"] == pytest.approx(entry["rewards/margins"], abs=1e-5)


def test_log_ratios_equal_an_independent_computation(base, other, tmp_path):
    pairs = generate_pairs(7)
    trainer = make(tmp_path, base, other, pairs, other=True, learning_rate=0.0, num_train_epochs=1)
    track(trainer, tmp_path / "map", mode="epoch_end")
    trainer.train()
    log = LogReader(tmp_path / "map")
    columns = log.read(1, NAMES).columns
    models = [LlamaForCausalLM.from_pretrained(folder).eval() for folder in (base, other)]
    for place, pair in enumerate(trainer.train_dataset):
        ratios = []
        for answer in ("chosen_ids", "rejected_ids"):
            tokens = torch.tensor([pair["prompt_ids"] + pair[answer]])
            with torch.no_grad():
                logprobs = [model(input_ids=tokens).logits.double().log_softmax(-1) for model in models]
            begin = len(pair["prompt_ids"])
            sums = [
                sum(float(each[0, at - 1, tokens[0, at]]) for at in range(begin, tokens.shape[1]))
                for each in logprobs
            ]
            ratios.append(sums[0] - sums[1])
        row = {name: float(columns[name][place]) for name in NAMES}
        assert [row["chosen_logratio"], row["rejected_logratio"]] == pytest.approx(ratios, abs=1e-5)
        assert row["margin"] == pytest.approx(0.5 * (ratios[0] - ratios[1]), abs=1e-5)
        assert row["gold_logprob"] == pytest.approx(-np.log1p(np.exp(-row["margin"])), abs=1e-6)
    assert log.ids[columns["example"]].tolist() == [pair["id"] for pair in pairs]


def test_another_trainer_is_refused(tmp_path):
    trainer = make_trainer(tmp_path, as_dataset(generate(4)))
    with pytest.raises(InputError) as error:
        track(trainer, tmp_path / "map", task="dpo")
    assert str(error.value) == "track records the task 'dpo' of TRL's DPOTrainer, and this is a Trainer."
