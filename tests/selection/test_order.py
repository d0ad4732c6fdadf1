import numpy as np
import pandas as pd
import pytest

from dataset_cartography.metrics import METRICS
from dataset_cartography.selection.order import draw, order_of
from dataset_cartography.tasks.noise.draws import draw as draw_planted

ALL = np.zeros(4, dtype=np.intp)


def test_turns_within_groups_and_from_both_ends():
    df = pd.DataFrame({"confidence": [0.4, 0.1, 0.3, 0.2]}, index=list("abcd"))
    rows = np.arange(4)
    assert order_of(df, "confidence", "low", [], 0).turns(rows, ALL).tolist() == [3, 0, 2, 1]
    assert order_of(df, "confidence", "both", [], 0).turns(rows, ALL).tolist() == [1, 0, 3, 2]
    groups = np.array([0, 0, 1, 1])
    assert order_of(df, "confidence", "high", [], 0).turns(rows, groups).tolist() == [0, 1, 0, 1]
    some = np.array([0, 3])
    assert order_of(df, "confidence", "high", [], 0).taken(some).tolist() == [0, 3]


def test_what_is_drawn_is_a_ranking_by_name_and_seed():
    names = [f"id {n}" for n in range(50)]
    drawn = draw(names, 1)
    assert sorted(drawn.tolist()) == list(range(50))
    assert draw(names[::-1], 1)[::-1].tolist() == drawn.tolist()
    assert draw(names, 2).tolist() != drawn.tolist()
    assert draw([], 1).tolist() == []
    assert draw([7], 1).tolist() == draw(["7"], 1).tolist() == [0]
    assert draw(["\ud800"], 1).tolist() == [0]


def test_what_is_drawn_has_nothing_to_do_with_what_is_planted_by_the_same_seed():
    names = list(range(4000))
    first = set(np.flatnonzero(draw(names, 0) < 400))
    planted = set(draw_planted(names, 0).order[:400].tolist())
    # By chance 40, with a standard deviation of 5.7.
    assert 15 < len(first & planted) < 65


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_orders(name):
    metric = METRICS[name]
    values = pd.array([1, 0, None, 1], dtype="Float64").astype(
        "float64" if metric.dtype == "float64" else "boolean" if metric.dtype == "boolean" else "Int64"
    )
    df = pd.DataFrame({name: values}, index=list("abcd"))
    order = order_of(df, name, "low", [], 0)
    assert order.keys.tolist()[:2] == [1.0, 0.0]
    assert np.isnan(order.keys[2])
    if metric.hard_end is not None:
        assert order_of(df, name, None, [], 0).words == f"the {metric.hard_end}est {name} first"
