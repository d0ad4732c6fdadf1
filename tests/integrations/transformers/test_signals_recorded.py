"""What is recorded is what the model said: compared with a forward hook of the test's own."""

import numpy as np
import pytest
import torch

from dataset_cartography.integrations.transformers import track
from dataset_cartography.integrations.transformers.batches import BATCH_KEY
from dataset_cartography.schema import FINE
from dataset_cartography.tasks import qa
from questions import features_of, generate, make_trainer, tokenizer
from witness import Witness, assert_same_rows, expected_windows, recorded_windows

pytestmark = pytest.mark.usefixtures("no_map")


@pytest.fixture(scope="module")
def train():
    return features_of(generate(13))


@pytest.mark.parametrize("part", ["whole", "slice", "shuffled"])
@pytest.mark.parametrize("mode", ["in_training", "epoch_end"])
def test_every_window_equals_an_independent_hook(mode, part, train, tmp_path):
    data = {
        "whole": train,
        "slice": train.select(range(3, len(train))),
        "shuffled": train.shuffle(seed=1).flatten_indices(),
    }[part]
    trainer = make_trainer(tmp_path, data, num_train_epochs=1)
    witness = Witness(trainer)
    track(trainer, tmp_path / "map", mode=mode)
    trainer.train()
    expected = expected_windows(witness, data, training=mode == "in_training")
    recorded = recorded_windows(tmp_path / "map")
    if part != "shuffled":
        assert_same_rows(recorded, expected)
    else:  # windows are numbered in the order in which they come
        assert {key[1] for key in expected} == {key[1] for key in recorded}
        np.testing.assert_allclose(sorted(recorded.values()), sorted(expected.values()), atol=1e-5)


def test_a_clean_pass_equals_an_evaluation(train, tmp_path):
    trainer = make_trainer(tmp_path, train)
    track(trainer, tmp_path / "map", mode="epoch_end")
    trainer.train()
    model, collate = trainer.model.eval(), qa.qa_collator(tokenizer())
    witness = Witness(trainer)
    witness.epoch = 2
    size = trainer.args.eval_batch_size  # padding takes part in the softmax, so batches must be alike
    for start in range(0, len(train), size):
        with torch.no_grad():
            model(**collate(list(train.select(range(start, min(start + size, len(train)))))))
    expected = expected_windows(witness, train, training=False)
    recorded = recorded_windows(tmp_path / "map")
    assert expected.keys() == {key for key in recorded if key[0] == 2}
    difference = np.array([recorded[key] for key in expected]) - np.array(list(expected.values()))
    tolerance = [1e-6, 1e-6, FINE, 1e-6 + FINE, 0, 0]  # some columns are stored to a resolution
    assert (np.abs(difference) <= tolerance).all()


def test_a_clean_pass_restores_flags_and_random_states(train, tmp_path):
    import random

    trainer = make_trainer(tmp_path, train, num_train_epochs=1)
    trainer.model.bert.encoder.layer[0].eval()  # a user's own choice, which model.train() undoes
    states = []

    def state():
        return (
            random.getstate(),
            np.random.get_state()[1].tolist(),  # noqa: NPY002
            torch.get_rng_state().tolist(),
            [module.training for module in trainer.model.modules()],
        )

    tracker = track(trainer, tmp_path / "map", mode="epoch_end")
    clean_pass = tracker.on_epoch_end

    def watched(*args, **kwargs):
        trainer.model.bert.encoder.layer[0].eval()
        states.append(state())
        clean_pass(*args, **kwargs)
        states.append(state())

    tracker.on_epoch_end = watched
    trainer.train()
    assert len(states) == 2
    assert states[0] == states[1]
    assert False in states[0][3]
    assert True in states[0][3]


@pytest.mark.parametrize("bf16", [False, True])
def test_the_model_never_receives_our_key(train, tmp_path, bf16):
    for mode in ("in_training", "epoch_end"):
        trainer = make_trainer(tmp_path, train, bf16=bf16, remove_unused_columns=False, num_train_epochs=1)
        given = []
        trainer.model.register_forward_pre_hook(
            lambda module, args, kwargs, given=given: given.append(set(kwargs)), with_kwargs=True
        )
        track(trainer, tmp_path / mode, mode=mode)
        trainer.train()
        assert given
        assert all(BATCH_KEY not in names for names in given)


def test_bf16_rows_are_those_of_float32_within_its_precision(train, tmp_path):
    for name, bf16 in (("float32", False), ("bfloat16", True)):
        trainer = make_trainer(tmp_path, train, bf16=bf16, num_train_epochs=1, learning_rate=0.0)
        track(trainer, tmp_path / name, mode="epoch_end")
        trainer.train()
    exact, coarse = (recorded_windows(tmp_path / name) for name in ("float32", "bfloat16"))
    assert exact.keys() == coarse.keys()
    difference = np.array([exact[key][:4] for key in exact]) - np.array([coarse[key][:4] for key in exact])
    assert 0 < np.abs(difference).max() < 0.05
