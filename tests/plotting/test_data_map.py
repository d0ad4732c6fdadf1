import warnings
from itertools import combinations

import numpy as np
import pytest

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.plotting import plot_data_map, save_figure
from dataset_cartography.plotting.cloud import SCATTER_LIMIT
from dataset_cartography.regions import CATEGORIES


def region_labels(ax):
    return [text for text in ax.texts if text.get_text().split("\n")[0] in CATEGORIES]


def words(ax):
    return {text.get_text() for text in ax.texts}


@pytest.mark.parametrize("n", [10, 500, SCATTER_LIMIT + 1])
@pytest.mark.parametrize("method", ["threshold", "quantile"])
@pytest.mark.parametrize("scale", [1.0, 0.02])
@pytest.mark.parametrize("marginals", [True, False])
def test_labels_tell_the_counts_and_overlap_nothing(make_map, n, method, scale, marginals):
    df = make_map(n, scale, method)
    ax = plot_data_map(df, marginals=marginals)
    counts = df["category"].value_counts()
    labels = region_labels(ax)
    assert {label.get_text() for label in labels} == {
        f"{name}\n{count:,} ({count / n:.1%})" for name, count in counts.items() if count
    }
    ax.figure.draw_without_rendering()
    boxes = [label.get_bbox_patch().get_window_extent() for label in labels]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    inside = ax.get_window_extent()
    assert all(inside.x0 <= box.x0 and box.x1 <= inside.x1 for box in boxes)
    assert all(inside.y0 <= box.y0 and box.y1 <= inside.y1 for box in boxes)


def test_axes_subtitle_and_color_bar_say_what_was_recorded(make_map):
    df = make_map(300)
    df.attrs["cartography"] |= {
        "gold_probability": "P(start)·P(end)",
        "correct": "exact position",
        "model": "tiny",
        "dataset": "it costs $5 or $6",
    }
    df.loc[0, ["confidence", "variability"]] = np.nan
    ax = plot_data_map(df)
    assert ax.get_xlabel().replace("\n", " ") == (
        "variability: standard deviation over epochs of P(start)·P(end)"
    )
    assert ax.get_ylabel().replace("\n", " ") == "confidence: mean over epochs of P(start)·P(end)"
    assert r"Data map: tiny on it costs \$5 or \$6" in words(ax)
    assert any(
        text.startswith("299 examples · 1 more never seen · 5 epochs · recorded in training")
        for text in words(ax)
    )
    assert "correctness, share of epochs: exact position" in [
        child.get_ylabel().replace("\n", " ") for child in ax.child_axes
    ]


def test_evaluation_passes_are_called_so(make_map):
    df = make_map(300)
    df.attrs["cartography"] |= {"mode": "evaluation", "gold_probability": "P(gold label)"}
    ax = plot_data_map(df)
    assert ax.get_xlabel().replace("\n", " ") == (
        "variability: standard deviation over evaluation passes of P(gold label)"
    )
    assert ax.get_ylabel().replace("\n", " ") == "confidence: mean over evaluation passes of P(gold label)"
    assert any(
        text.startswith("300 examples · 5 evaluation passes · recorded in evaluation passes")
        for text in words(ax)
    )
    assert "correctness, share of evaluation passes" in [child.get_ylabel() for child in ax.child_axes]


def test_threshold_lines_are_drawn_only_for_the_rule_that_made_the_categories(make_map):
    df = make_map(300)
    x, y = (line.get_xydata().T.tolist() for line in plot_data_map(df).lines)
    assert x[0] == [0.2, 0.2]
    assert y[1] == [0.5, 0.5]
    df.loc[0, "category"] = "hard" if df.loc[0, "category"] == "easy" else "easy"
    assert not plot_data_map(df).lines
    assert not plot_data_map(make_map(300, method="quantile")).lines


def test_small_maps_use_the_whole_axes_and_corners_are_enlarged(make_map):
    full, corner = plot_data_map(make_map(200)), plot_data_map(make_map(200, 0.02))
    assert full.get_ylim()[1] > 1.0
    assert corner.get_ylim()[1] < 0.03
    assert any("axes enlarged" in text for text in words(corner))
    assert not any("axes enlarged" in text for text in words(full))


def test_one_point_and_one_region(make_map):
    df = make_map(20)
    df[["confidence", "variability"]] = 0.9, 0.0
    df["category"] = "easy"
    ax = plot_data_map(df)
    assert [label.get_text() for label in region_labels(ax)] == ["easy\n20 (100.0%)"]
    assert any("none ambiguous · none hard" in text.replace("\n", " · ") for text in words(ax))


def test_only_the_two_axes_are_needed(make_map):
    ax = plot_data_map(make_map(5)[["confidence", "variability"]], title="Mine: $a$")
    assert r"Mine: \$a\$" in words(ax)
    assert not region_labels(ax)


def test_the_same_map_gives_the_same_bytes_whatever_the_order_of_calls(make_map, tmp_path):
    df = make_map(300)
    for suffix in ("png", "svg", "pdf"):
        first = save_figure(plot_data_map(df).figure, tmp_path / f"first.{suffix}")
        np.random.default_rng().random()
        second = save_figure(plot_data_map(df).figure, tmp_path / f"second.{suffix}")
        assert first.read_bytes() == second.read_bytes()


def test_drawing_into_given_axes(make_map):
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    assert plot_data_map(make_map(5), ax, marginals=False) is ax


def test_drawing_warns_of_nothing(make_map, tmp_path):
    df = make_map(5)
    df.attrs["cartography"]["dataset"] = "\u836f\u7269 \u0645\u0631\u064a\u0636 \u202e\x07"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save_figure(plot_data_map(df).figure, tmp_path / "map.png")
    assert (tmp_path / "map.png").stat().st_size > 10_000


def test_errors(make_map):
    df = make_map(5)
    with pytest.raises(MissingColumnError) as caught:
        plot_data_map(df[["confidence"]])
    assert str(caught.value) == (
        "Column 'variability' not found in the map; its columns are: 'confidence'. "
        "A data map needs both of its axes."
    )
    df["confidence"] = np.nan
    with pytest.raises(InputError) as caught:
        plot_data_map(df)
    assert str(caught.value) == (
        "None of the map's 5 examples has a confidence and a variability, so there is nothing to draw; "
        "was any example seen in training?"
    )
