import numpy as np
import pytest

from dataset_cartography.comparison import compare_runs
from dataset_cartography.plotting import plot_runs


@pytest.fixture
def found(make_map):
    def run(seed):
        df = make_map(60)
        noise = np.random.default_rng(seed).normal(0, 0.05, 60)
        return df.assign(confidence=np.clip(df["confidence"] + noise, 0, 1))

    return compare_runs({"a1": run(1), "a2": run(2)}, {"$b$": run(3)}, names=("A", "$b$"))


def test_every_pair_of_runs_is_a_point_in_the_row_of_its_kind(found):
    ax = plot_runs(found)
    assert len(ax.child_axes) == 4
    panel = ax.child_axes[2]
    drawn = np.concatenate([points.get_offsets() for points in panel.collections])
    expected = found.pairs.assign(row=(found.pairs["kind"] == "between").astype(int))
    assert sorted(map(tuple, drawn.tolist())) == sorted(zip(expected["kappa"], expected["row"], strict=True))
    assert [label.get_text() for label in ax.child_axes[0].get_yticklabels()] == ["within A", "between"]


def test_names_are_plain_and_counts_told(found):
    texts = {text.get_text() for text in plot_runs(found, title="$t$").texts}
    assert r"\$t\$" in texts
    assert any(
        r"60 examples · A: 2 runs · \$b\$: 1 run · a point is a pair of runs" in text for text in texts
    )


def test_given_axes_are_returned(found):
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    assert plot_runs(found, ax) is ax
