"""Examples come in the documented order, step by step, also when the run is broken off and goes on."""

import math

import numpy as np
import pandas as pd
import pytest
from transformers import TrainerCallback

from dataset_cartography.datamap import compute_metrics
from dataset_cartography.integrations.transformers import track
from dataset_cartography.integrations.transformers.interventions import order_examples, weigh_loss
from labels import as_dataset, content, generate, make_trainer
from questions import features_of
from questions import generate as generate_questions
from questions import make_trainer as make_qa_trainer
from steps import PLAIN, Steps

pytestmark = pytest.mark.usefixtures("no_map")

COUNT = 23
HARD = pd.Series(
    np.round(np.random.default_rng(5).uniform(0, 1, COUNT), 1), index=[f"e{row}" for row in range(COUNT)]
)
"""Difficulties, of which some are the same."""


def steps_of(trainer, rows, head="classifier"):
    """The rows' names (by content) of every step of a training, epoch by epoch: [epoch][step][row]."""
    noted = Steps(trainer, head)
    trainer.train()
    epochs = []
    for step in noted.steps:
        while len(epochs) < step.epoch:
            epochs.append([])
        epochs[-1].append([rows[tokens] for batch in step.batches for tokens in batch.contents])
    return epochs


def flat(steps):
    return [name for step in steps for name in step]


@pytest.fixture(scope="module")
def examples():
    return generate(COUNT)


@pytest.fixture(scope="module")
def rows(examples):
    return {content(example): example["id"] for example in examples}


@pytest.mark.parametrize("order", ["easy_first", "hard_first"])
@pytest.mark.parametrize("accumulated", [1, 3])
def test_from_one_end_to_the_other(order, accumulated, tmp_path, examples, rows):
    trainer = make_trainer(tmp_path, as_dataset(examples), gradient_accumulation_steps=accumulated)
    order_examples(trainer, HARD, order)
    epochs = [flat(steps) for steps in steps_of(trainer, rows)]
    assert len(epochs) == 2
    for names in epochs:
        assert sorted(names) == sorted(HARD.index)
        assert (
            HARD[names].is_monotonic_increasing
            if order == "easy_first"
            else HARD[names].is_monotonic_decreasing
        )
    assert epochs[0] != epochs[1], "what is equally hard comes in another order"


def test_windows_go_with_their_example(tmp_path):
    features = features_of(generate_questions(11))
    rows = {content(feature): (feature["example_id"], feature["window"]) for feature in features}
    hard = pd.Series([0.5, 0.1] * 5 + [0.9], index=[f"q{number}" for number in range(11)])
    trainer = make_qa_trainer(tmp_path, features)
    order_examples(trainer, hard, "hard_first")
    for steps in steps_of(trainer, rows, "qa_outputs"):
        names = flat(steps)
        assert sorted(names) == sorted(rows.values())
        examples = list(dict.fromkeys(name for name, _ in names))
        assert names == [
            (name, window) for name in examples for window in range(sum(n == name for n, _ in names))
        ]
        assert hard[examples].is_monotonic_decreasing


def allowed(step, total, start, growing, hard):
    """The documented pool: the easiest ceil(c(t) n) examples, all that are as easy as the hardest of them included."""
    duration = round(growing * total)
    c = 1.0 if not duration else min(1.0, math.sqrt(step * (1 - start**2) / duration + start**2))
    size = math.ceil(c * len(hard) - 1e-9)
    return size, set(hard.index[hard <= np.sort(hard)[size - 1]])


@pytest.mark.parametrize("accumulated", [1, 2])
def test_competence(accumulated, tmp_path, examples, rows):
    settings = {
        "gradient_accumulation_steps": accumulated,
        "num_train_epochs": 6,
        "per_device_train_batch_size": 2,
    }
    trainer = make_trainer(tmp_path, as_dataset(examples), **settings)
    order_examples(trainer, HARD, "competence", start=0.2, growing=0.5)
    epochs = steps_of(trainer, rows)
    total, step, grown, every = sum(map(len, epochs)), 0, [], set()
    for number, steps in enumerate(epochs):
        names = flat(steps)
        assert len(names) == COUNT
        for chosen in steps:
            size, pool = allowed(step, total, 0.2, 0.5, HARD)
            grown.append(size)
            every |= set(chosen)
            assert set(chosen) <= pool
            assert len(set(chosen)) == len(chosen)
            step += 1
        if number >= 3:  # half of the training is over
            assert sorted(names) == sorted(HARD.index)
    assert grown[0] == 5
    assert grown == sorted(grown)
    assert sorted(flat(epochs[0])) != sorted(HARD.index)
    assert every == set(HARD.index)


def test_with_track_presentations_are_counted(tmp_path, examples, rows):
    trainer = make_trainer(tmp_path, as_dataset(examples), num_train_epochs=4)
    order_examples(trainer, HARD, "competence", start=0.1)
    tracker = track(trainer, tmp_path / "map")
    epochs = [flat(steps) for steps in steps_of(trainer, rows)]
    df = compute_metrics(tracker.root)
    seen = [sum(name in names for names in epochs) for name in df.index]
    presented = [flat(epochs).count(name) for name in df.index]
    assert df["epochs_seen"].tolist() == seen
    assert df["presentations"].tolist() == presented
    assert min(seen) < 4
    assert max(presented) > 4


class Stop(TrainerCallback):
    def __init__(self, step):
        self.step = step

    def on_step_begin(self, args, state, control, **kwargs):
        if state.global_step == self.step:
            raise InterruptedError


@pytest.mark.parametrize("order", ["easy_first", "competence"])
def test_resumed_in_mid_epoch(order, tmp_path, examples, rows):
    settings = PLAIN | {
        "num_train_epochs": 4,
        "save_strategy": "steps",
        "save_steps": 4,
        "gradient_accumulation_steps": 2,
    }
    weights = pd.Series(np.linspace(0.5, 1.5, COUNT), index=HARD.index)

    def trainer_in(folder, *callbacks):
        trainer = make_trainer(tmp_path / folder, as_dataset(examples), callbacks=list(callbacks), **settings)
        weigh_loss(trainer, weights)
        order_examples(trainer, HARD, order, start=0.1)
        track(trainer, tmp_path / folder / "map")
        return trainer

    whole = flat(steps_of(trainer_in("whole"), rows))
    with pytest.raises(InterruptedError):
        trainer_in("broken", Stop(6)).train()
    trainer = trainer_in("broken")
    noted = Steps(trainer, "classifier")
    trainer.train(resume_from_checkpoint=True)
    rest = [[rows[tokens] for batch in step.batches for tokens in batch.contents] for step in noted.steps]
    assert len(rest) == 8, "from step 4 of 12, the second of the second epoch"
    assert rest == whole[4:]
    maps = [compute_metrics(tmp_path / folder / "map") for folder in ("whole", "broken")]
    pd.testing.assert_frame_equal(*maps)


def test_workers_and_the_last_batch_dropped(tmp_path, examples, rows):
    trainer = make_trainer(
        tmp_path, as_dataset(examples), dataloader_num_workers=2, dataloader_drop_last=True
    )
    order_examples(trainer, HARD, "easy_first")
    for steps in steps_of(trainer, rows):
        names = flat(steps)
        assert len(names) == 20
        assert HARD[names].is_monotonic_increasing
        assert HARD[names].max() <= HARD.drop(names).min()


def test_an_example_without_a_difficulty_is_in_the_middle(tmp_path, examples, rows, caplog):
    hard = pd.Series(np.arange(COUNT, dtype=float), index=HARD.index).drop("e22")
    trainer = make_trainer(tmp_path, as_dataset(examples))
    order_examples(trainer, hard)
    assert caplog.messages == ["1 of the 23 training examples have no difficulty, and are put in the middle."]
    for steps in steps_of(trainer, rows):
        assert flat(steps) == [
            *(f"e{row}" for row in range(11)),
            "e22",
            *(f"e{row}" for row in range(11, 22)),
        ]


def test_the_seed_decides(tmp_path, examples, rows):
    def first(**settings):
        seed = settings.pop("order_seed", None)
        trainer = make_trainer(tmp_path, as_dataset(examples), num_train_epochs=1, **settings)
        order_examples(trainer, HARD, "competence", seed=seed)
        return flat(steps_of(trainer, rows))

    assert first() == first()
    assert first() != first(seed=1)
    assert first(seed=1) == first(data_seed=1) == first(order_seed=1)
