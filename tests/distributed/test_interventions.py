"""Two processes train on the documented loss, and in the documented order, of both together."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from dataset_cartography.datamap import compute_metrics
from steps import assert_documented, drawn, load_steps, one_label, one_span

pytestmark = pytest.mark.slow


def trained(launch, name, folder=None):
    """What both processes did: the examples by content, each one's steps, and the log of the first."""
    assert launch.outcomes(name) == [None] * 2, launch.errors[-3000:]
    folder = launch.root / (folder or name)
    examples = json.loads((folder / "examples.json").read_text())
    known = {tuple(token for token in example["input_ids"] if token): example for example in examples}
    return known, [load_steps(folder / f"steps-{rank}.npz") for rank in range(2)], folder


def name_of(example):
    return example.get("example_id", example.get("id"))


def names_of(recorded, known):
    """The ids of every step, of both processes together."""
    return [
        [name_of(known[tokens]) for step in steps for batch in step.batches for tokens in batch.contents]
        for steps in zip(*recorded, strict=True)
    ]


@pytest.mark.parametrize("name", ["loss", "loss-accumulated", "loss-averaged", "loss-qa"])
def test_the_loss_of_both(name, steered):
    known, recorded, folder = trained(steered, name)
    names = [name_of(example) for example in known.values()]
    weights, smoothing = drawn(names, seed=1, low=0.2, high=1.8), drawn(names, seed=2, low=0.0, high=0.3)
    losses = json.loads((folder / "losses.json").read_text())
    one_row = one_span if "qa" in name else one_label
    assert_documented(recorded, losses, known, one_row, weights, smoothing)
    for step in zip(*recorded, strict=True):
        assert np.array_equal(step[0].after, step[1].after)


def test_the_order_of_both(steered):
    known, recorded, _ = trained(steered, "easy_first")
    hard = drawn([name_of(example) for example in known.values()], seed=3, low=0.0, high=1.0)
    steps, wanted = names_of(recorded, known), hard.sort_values().index.tolist()
    assert len(steps) == 10
    for epoch in (steps[:5], steps[5:]):
        for place, names in enumerate(epoch):
            # 29 rows in batches of 6: the last is filled up with the epoch's first.
            assert sorted(names) == sorted((wanted + wanted[:1])[place * 6 : place * 6 + 6])


def test_the_competence_of_both(steered):
    known, recorded, _ = trained(steered, "competence")
    hard = drawn([name_of(example) for example in known.values()], seed=3, low=0.0, high=1.0)
    easiest = hard.sort_values().index.tolist()
    steps = names_of(recorded, known)
    assert len(steps) == 20
    for step, names in enumerate(steps[:10]):
        competence = min(1, math.sqrt(step * (1 - 0.1**2) / 10 + 0.1**2))
        pool = set(easiest[: max(6, math.ceil(competence * 29))])
        if step % 5 < 4:
            assert set(names) <= pool
            assert len(set(names)) == 6
        else:  # 5 rows, filled up with the epoch's first
            assert set(names) <= pool | set(steps[step - 4])
    for epoch in (steps[10:15], steps[15:]):
        assert {name for names in epoch for name in names} == set(easiest)


def test_a_resumed_order_is_that_of_a_run_that_never_stopped(steered):
    known, whole, _ = trained(steered, "competence")
    _, rest, folder = trained(steered, "resumed", "broken")
    assert len(rest[0]) == 14, "from step 6 of 20, the second of the second epoch"
    assert names_of(rest, known) == names_of([steps[6:] for steps in whole], known)
    maps = [compute_metrics(path / "map") for path in (folder.with_name("competence"), folder)]
    pd.testing.assert_frame_equal(*maps)
