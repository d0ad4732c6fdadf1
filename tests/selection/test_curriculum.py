import math

import numpy as np
import pandas as pd
import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.selection import Curriculum, competence, difficulty

WINDOWS = np.array([0, 0, 1, 2, 2, 2, 3, 4])
"""Eight rows of five examples."""
HARD = np.array([0.5, 0.5, 0.1, 0.9, 0.9, 0.9, 0.5, 0.0])


def epoch(curriculum, number=0, step_rows=3, steps=3):
    return [rows.tolist() for rows in curriculum.epoch(number, step_rows, steps)]


@pytest.mark.parametrize("step", [0, 1, 7, 50, 99, 100, 101, 1000])
def test_competence_is_that_of_the_paper(step):
    assert competence(step, 100, 0.01) == pytest.approx(
        min(1, math.sqrt(step * (1 - 0.01**2) / 100 + 0.01**2))
    )
    assert competence(step, 0) == 1


@pytest.mark.parametrize("start", [0.01, 0.1, 0.3])
def test_competence_is_exactly_1_in_the_end(start):
    assert {competence(steps, steps, start) for steps in range(1, 500)} == {1.0}


def test_the_epoch_that_begins_with_all_has_every_row_once():
    curriculum = Curriculum("competence", HARD, WINDOWS, duration=6)
    assert sorted(row for rows in epoch(curriculum, 2) for row in rows) == list(range(8))


def test_difficulty_is_a_rank_from_the_easy_end():
    df = pd.DataFrame(
        {"confidence": [0.9, 0.1, 0.5, np.nan], "last_loss": [0.1, 3.0, 3.0, np.nan]}, index=list("abcd")
    )
    assert difficulty(df).to_dict() == {"a": 0.0, "b": 1.0, "c": 0.5, "d": 0.5}
    assert difficulty(df, "last_loss").to_dict() == {"a": 0.0, "b": 0.75, "c": 0.75, "d": 0.5}
    with pytest.raises(InputError) as caught:
        difficulty(df.assign(variability=0.1), "variability")
    assert str(caught.value) == (
        "Neither end of 'variability' is the hard one; an order can be made by: confidence, last_loss."
    )


def test_from_one_end_windows_follow_each_other():
    orders = {str(epoch(Curriculum("easy_first", HARD, WINDOWS, seed))) for seed in range(20)}
    equal = [[0, 1, 6], [6, 0, 1]]
    assert orders == {str([[7, 2, a], [b, c, 3], [4, 5]]) for a, b, c in equal}
    assert epoch(Curriculum("hard_first", HARD, WINDOWS, 1))[0] == [3, 4, 5]


def test_competence_counts_examples_and_fills_a_step():
    hard = np.where(
        HARD == 0.5, [0.5, 0.5, 0, 0, 0, 0, 0.6, 0], HARD
    )  # the rows' order: 7, 2, 0, 1, 6, 3, 4, 5
    second, third = set(), set()
    for seed in range(30):
        steps = epoch(Curriculum("competence", hard, WINDOWS, seed, duration=6, start=0.3))
        assert [len(set(rows)) for rows in steps] == [3, 3, 2]
        assert set(steps[0]) == {7, 2, 0}, (
            "ceil(0.3 x 5) = 2 examples have one row each: one more to fill the step"
        )
        second |= set(steps[1])
        third |= set(steps[2])
    assert second == {7, 2, 0, 1}, "c(1) = 0.49, of 3 examples"
    assert third == {7, 2, 0, 1, 6}, "c(2) = 0.63, of 4 examples"


def test_steps_go_on_over_epochs_and_end_in_plain_shuffles():
    curriculum = Curriculum("competence", HARD, WINDOWS, seed=3, duration=6, start=0.3)
    early = {tuple(map(tuple, epoch(curriculum, number))) for number in range(2)}
    assert len(early) == 2
    for number in (2, 3):
        assert sorted(row for rows in epoch(curriculum, number) for row in rows) == list(range(8))
    assert epoch(curriculum, 2) != epoch(curriculum, 3)
    assert epoch(curriculum, 2) == epoch(curriculum, 2)


def test_rows_are_drawn_evenly():
    hard, drawn = np.arange(50) / 50, np.zeros(50)
    for seed in range(400):
        curriculum = Curriculum("competence", hard, np.arange(50), seed, duration=1000, start=0.4)
        drawn[next(curriculum.epoch(0, 5, 10))] += 1
    assert drawn[20:].sum() == 0
    # 2,000 draws of 20 rows: 100 each, and a standard deviation of about 9.
    assert 65 < drawn[:20].min() <= drawn[:20].max() < 135
