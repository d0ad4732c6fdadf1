import numpy as np
import pandas as pd
import pytest

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.plotting import plot_movers
from dataset_cartography.regions import categorize_examples


@pytest.fixture
def small():
    """A function that makes a categorized map of (variability, confidence) by id."""

    def make(places, index=None):
        df = pd.DataFrame(list(places.values()), columns=["variability", "confidence"])
        df.index = pd.Index(index or list(places), name="example_id")
        return categorize_examples(df.assign(correctness=0.5))

    return make


FIRST = {"stays": (0.1, 0.9), "far": (0.1, 0.1), "near": (0.3, 0.4), "only first": (0.1, 0.8)}
SECOND = {"near": (0.4, 0.5), "far": (0.1, 0.9), "only second": (0.0, 1.0), "stays": (0.1, 0.9)}


def texts(ax):
    return {text.get_text() for text in ax.texts}


def points(panel):
    return sorted(map(tuple, panel.collections[0].get_offsets().tolist()))


def test_both_maps_have_the_shared_examples_on_the_same_axes(small):
    ax = plot_movers(small(FIRST), small(SECOND))
    left, right = ax.child_axes[:2]
    assert points(left) == [(0.1, 0.1), (0.1, 0.9), (0.3, 0.4)]
    assert points(right) == [(0.1, 0.9), (0.1, 0.9), (0.4, 0.5)]
    assert (left.get_xlim(), left.get_ylim()) == (right.get_xlim(), right.get_ylim())
    assert [panel.get_title(loc="left") for panel in (left, right)] == ["first run", "second run"]
    assert left.get_ylabel()
    assert not right.get_ylabel()


def test_arrows_lead_from_the_old_place_to_the_new_the_furthest_first(small):
    arrows = plot_movers(small(FIRST), small(SECOND)).child_axes[1].collections[-1]
    # In shares of the axes "far" moved 0.8, "near" the root of 0.2 squared and 0.1 squared.
    assert arrows.get_offsets().tolist() == [[0.1, 0.1], [0.3, 0.4]]
    np.testing.assert_allclose(np.c_[arrows.U, arrows.V], [[0, 0.8], [0.1, 0.1]], atol=1e-12)
    from matplotlib.colors import to_hex

    assert [to_hex(color) for color in arrows.get_facecolor()] == ["#1f6cab", "#1c1c1c"]
    fewer = plot_movers(small(FIRST), small(SECOND), most=1).child_axes[1].collections[-1]
    assert fewer.get_offsets().tolist() == [[0.1, 0.1]]


def test_changes_of_region_and_what_is_on_one_map_only_are_counted(small):
    ax = plot_movers(small(FIRST), small(SECOND), names=("A", "B"))
    table = ax.child_axes[2]
    cells = np.array([int(text.get_text()) for text in table.texts]).reshape(3, 3)
    assert cells.tolist() == [[1, 0, 0], [0, 1, 0], [1, 0, 0]]
    assert table.get_title(loc="left") == "1 changed region"
    assert "far: hard → easy\nnear: ambiguous still" in texts(ax)
    (subtitle,) = (text for text in texts(ax) if " on both maps" in text)
    assert subtitle.replace("\n", " · ") == (
        "3 examples on both maps · 1 only in “A” · 1 only in “B” · median shift 0.22 · "
        "arrows: the 2 examples that moved furthest, from the old place to the new · "
        "ambiguous: variability ≥ 0.2; of the rest, easy: confidence ≥ 0.5"
    )
    assert "Data maps: A → B" in texts(ax)


def test_different_rules_are_said(small):
    second = categorize_examples(small(SECOND), "quantile")
    (subtitle,) = (text for text in texts(plot_movers(small(FIRST), second)) if " on both maps" in text)
    assert "first run: ambiguous: variability ≥ 0.2" in subtitle
    assert "second run: ambiguous: the 33% of highest variability" in subtitle


def test_without_categories_there_are_arrows_but_no_table(small):
    first, second = (small(places).drop(columns="category") for places in (FIRST, SECOND))
    ax = plot_movers(first, second)
    assert len(ax.child_axes) == 2
    assert "far\nnear" in texts(ax)


def test_examples_that_never_were_seen_are_left_out_and_counted(small):
    second = small(SECOND)
    second.loc["far", ["variability", "confidence"]] = np.nan
    ax = plot_movers(small(FIRST), second)
    assert points(ax.child_axes[0]) == [(0.1, 0.9), (0.3, 0.4)]
    assert any("1 without a place on one of them" in text for text in texts(ax))


def test_the_same_map_twice_has_no_arrows(small):
    ax = plot_movers(small(FIRST), small(FIRST))
    assert any("no arrows" in text for text in texts(ax))


def test_large_maps_are_binned_and_hostile_words_plain(make_map, tmp_path):
    first, second = make_map(60_000), make_map(60_000)
    second["confidence"] = first["confidence"].to_numpy()[::-1]
    ax = plot_movers(first, second, names=("$a$", "b\u202e"), title="$t$")
    assert [len(panel.images) for panel in ax.child_axes[:2]] == [1, 1]
    assert ax.child_axes[0].get_title(loc="left") == r"\$a\$"
    assert r"\$t\$" in texts(ax)


def test_given_axes_are_returned(small):
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    assert plot_movers(small(FIRST), small(SECOND), ax) is ax


def test_errors(small):
    first, second = small(FIRST), small(SECOND)
    messages = {
        "The two maps have no id in common: 'first run' has ids such as 'stays', 'second run' such as 1. "
        "Compare maps of the same dataset.": (first, small(SECOND, [1, 2, 3, 4])),
        "The map 'second run' has the id 'a' more than once; ids must be unique.": (
            first,
            small(SECOND, ["a", "a", "stays", "b"]),
        ),
        "No example has a place on both maps, so there is nothing to compare.": (
            first.assign(confidence=[0.1, np.nan, np.nan, np.nan]),
            second.assign(confidence=[0.1, 0.1, 0.1, np.nan]),
        ),
    }
    for message, maps in messages.items():
        with pytest.raises(InputError) as caught:
            plot_movers(*maps)
        assert str(caught.value) == message
    with pytest.raises(InputError) as caught:
        plot_movers(first, second, most=-1)
    assert str(caught.value) == "most is -1; give how many movers to draw, 0 or more."
    with pytest.raises(MissingColumnError):
        plot_movers(first, second[["confidence"]])
