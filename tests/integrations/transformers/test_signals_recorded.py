"""What is recorded is what the model said: compared with a forward hook of the test's own."""

import numpy as np
import pytest
import torch

from dataset_cartography.integrations.transformers import track
from dataset_cartography.integrations.transformers.batches import BATCH_KEY
from dataset_cartography.log import LogReader
from dataset_cartography.schema import FINE
from dataset_cartography.tasks import qa
from questions import features_of, generate, make_trainer, tokenizer

NAMES = ["start_logprob", "end_logprob", "null_logprob", "gold_logprob", "prediction_start", "prediction_end"]


pytestmark = pytest.mark.usefixtures("no_map")


@pytest.fixture(scope="module")
def train():
    return features_of(generate(13))


class Witness:
    """Keeps every training batch as the model got it, and what it answered."""

    def __init__(self, model):
        self.batches = []
        model.register_forward_pre_hook(self.look, with_kwargs=True)
        model.register_forward_hook(self.note, with_kwargs=True)

    def look(self, module, args, kwargs):
        assert args == ()
        assert set(kwargs) <= {
            "input_ids",
            "attention_mask",
            "token_type_ids",
            "start_positions",
            "end_positions",
        }, "the model was given something of ours"

    def note(self, module, args, kwargs, output):
        logits = output.start_logits.detach().float(), output.end_logits.detach().float()
        self.batches.append((module.training, kwargs, *logits))


def expected_rows(train, batches):
    """Input tokens of a window -> its signals, the slow way."""
    features = {tuple(feature["input_ids"]): feature for feature in train}
    rows = {}
    for _, kwargs, start_logits, end_logits in batches:
        for tokens, mask, starts, ends in zip(
            kwargs["input_ids"], kwargs["attention_mask"], start_logits, end_logits, strict=True
        ):
            feature = features[tuple(tokens[mask.bool()].tolist())]
            start_logprob, end_logprob = starts.log_softmax(-1), ends.log_softmax(-1)
            begin, end = feature["context_start"], feature["context_end"]
            spans = [(s, e) for s in range(begin, end + 1) for e in range(s, min(s + 30, end + 1))]
            best = max(spans, key=lambda span: float(starts[span[0]] + ends[span[1]]))
            gold = list(zip(feature["gold_starts"], feature["gold_ends"], strict=True)) or [
                (feature["start_positions"], feature["end_positions"])
            ]
            rows[feature["example_id"], feature["window"]] = [
                float(start_logprob[feature["start_positions"]]),
                float(end_logprob[feature["end_positions"]]),
                float(start_logprob[0] + end_logprob[0]),
                float(torch.stack([start_logprob[s] + end_logprob[e] for s, e in gold]).logsumexp(0)),
                feature["offset_mapping"][best[0]][0],
                feature["offset_mapping"][best[1]][1],
            ]
    return rows


def recorded_rows(root, epoch):
    log = LogReader(root)
    columns = log.read(epoch, NAMES).columns
    keys = zip(log.ids[columns["example"]].tolist(), columns["window"].tolist(), strict=True)
    return dict(zip(keys, np.stack([columns[name] for name in NAMES], axis=1).tolist(), strict=True))


@pytest.mark.parametrize("part", ["whole", "slice", "shuffled"])
@pytest.mark.parametrize("mode", ["in_training", "epoch_end"])
def test_every_window_equals_an_independent_hook(mode, part, train, tmp_path):
    data = {
        "whole": train,
        "slice": train.select(range(3, len(train))),
        "shuffled": train.shuffle(seed=1).flatten_indices(),
    }[part]
    trainer = make_trainer(tmp_path, data, num_train_epochs=1)
    witness = Witness(trainer.model)
    track(trainer, tmp_path / "map", mode=mode)
    trainer.train()
    wanted = [batch for batch in witness.batches if batch[0] == (mode == "in_training")]
    expected, recorded = expected_rows(data, wanted), recorded_rows(tmp_path / "map", 1)
    if part != "shuffled":
        assert expected.keys() == recorded.keys()
        np.testing.assert_allclose(
            [recorded[key] for key in expected], [expected[key] for key in expected], atol=1e-5
        )
    else:  # windows are numbered in the order in which they come
        assert {key[0] for key in expected} == {key[0] for key in recorded}
        np.testing.assert_allclose(sorted(recorded.values()), sorted(expected.values()), atol=1e-5)


def test_a_clean_pass_equals_an_evaluation(train, tmp_path):
    trainer = make_trainer(tmp_path, train)
    track(trainer, tmp_path / "map", mode="epoch_end")
    trainer.train()
    model, collate = trainer.model.eval(), qa.qa_collator(tokenizer())
    witness = Witness(model)
    size = trainer.args.eval_batch_size  # padding takes part in the softmax, so batches must be alike
    for start in range(0, len(train), size):
        with torch.no_grad():
            model(**collate(list(train.select(range(start, min(start + size, len(train)))))))
    expected = expected_rows(train, witness.batches)
    recorded = recorded_rows(tmp_path / "map", 2)
    assert expected.keys() == recorded.keys()
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
    exact, coarse = (recorded_rows(tmp_path / name, 1) for name in ("float32", "bfloat16"))
    assert exact.keys() == coarse.keys()
    difference = np.array([exact[key][:4] for key in exact]) - np.array([coarse[key][:4] for key in exact])
    assert 0 < np.abs(difference).max() < 0.05
