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
    assert len(ax.child_axes) == 5
    panel = ax.child_axes[2]
    drawn = np.concatenate([points.get_offsets() for points in panel.collections])
    expected = found.pairs.assign(row=(found.pairs["kind"] == "between").astype(int))
    assert sorted(map(tuple, drawn.tolist())) == sorted(zip(expected["kappa"], expected["row"], strict=True))
    assert [label.get_text() for label in ax.child_axes[0].get_yticklabels()] == ["within A", "between"]


def test_names_are_plain_and_counts_told(found):
    texts = {text.get_text() for text in plot_runs(found, title="$t$").texts}
    assert r"\$t\$" in texts
    assert any(
        r"60 examples · A: 2 runs · \$b\$: 1 run · a point is a pair of runs, the band" in text
        for text in texts
    )


def test_given_axes_are_returned(found):
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    assert plot_runs(found, ax) is ax


def test_the_spread_is_a_band_and_what_lies_beyond_it_is_said(make_map):
    def run(seed, turned=False):
        df = make_map(60)
        confidence = df["confidence"] + np.random.default_rng(seed).normal(0, 0.02, 60)
        return df.assign(confidence=np.clip(1 - confidence if turned else confidence, 0, 1))

    first, second = ({f"{name}{k}": run(k, name == "b") for k in (1, 2)} for name in "ab")
    found = compare_runs(first, second)
    panels = plot_runs(found).child_axes
    words = [text.get_text() for text in panels[0].texts]
    assert words == ["beyond the spread"]
    within = found.pairs.loc[found.pairs["kind"] != "between", "spearman_confidence"]
    (band,) = panels[0].patches
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((within.min(), within.max()))
    # Variability is the same in all runs: the pairs are all alike, none less.
    assert [text.get_text() for text in panels[1].texts] == ["overlaps the spread"]
    assert [panel.get_xlabel() for panel in panels][3:] == ["← more alike"] * 2
    for panel, (least, most) in zip(panels, [(-1, 1)] * 3 + [(0, 1), (0, 2**0.5)], strict=True):
        low, high = panel.get_xlim()
        assert least <= low < high <= most


def test_a_figure_that_no_pair_has_is_said_to_be_unknown(make_map):
    def run(seed):
        noise = np.random.default_rng(seed).normal(0, 0.01, 60)
        return make_map(60).assign(confidence=0.1 + abs(noise), variability=0.1, category="hard")

    panels = plot_runs(compare_runs({"a1": run(1), "a2": run(2)}, {"b": run(3)})).child_axes
    kappa = panels[2]
    assert [text.get_text() for text in kappa.texts] == ["not known", "not judged"]
    assert len(kappa.get_xticks()) == 0
    assert panels[3].get_xlim()[0] == 0
