import numpy as np
import pandas as pd
import pytest

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.plotting import plot_breakdown, plot_correlations, plot_distributions
from dataset_cartography.slices import breakdown


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_distributions_has_a_panel_per_metric_that_varies_and_counts_every_example(make_map):
    df = make_map(200)
    df.loc[0, "forgetting_events"] = pd.NA
    ax = plot_distributions(df)
    panels = {panel.get_title(loc="left"): panel for panel in ax.child_axes}
    assert list(panels) == ["confidence", "variability", "correctness", "forgetting events"]
    heights = {name: sum(bar.get_height() for bar in panel.patches) for name, panel in panels.items()}
    assert heights == {"confidence": 200, "variability": 200, "correctness": 200, "forgetting events": 199}


def test_a_constant_column_can_be_drawn_when_asked_for(make_map):
    ax = plot_distributions(make_map(20), columns=["epochs_seen"])
    assert sum(bar.get_height() for bar in ax.child_axes[0].patches) == 20


def test_correlations_shows_numbers_and_a_dash_for_constant_columns(make_map):
    df = make_map(50)
    df["mirror"] = -df["confidence"]
    ax = plot_correlations(df, columns=["confidence", "mirror", "epochs_seen"])
    dash = "\N{EN DASH}"
    minus = "\N{MINUS SIGN}1.00"
    assert texts(ax)[:9] == ["1.00", minus, dash, minus, "1.00", dash, dash, dash, dash]


def test_breakdown_shows_shares_and_counts_and_no_mathtext(make_map):
    df = make_map(400)
    df["by"] = np.where(np.arange(400) < 100, "$x$ and $y", "_b\u202e\n" + "long " * 20)
    table = breakdown(df, "by")
    ax = plot_breakdown(table, title="cost in $ and $")
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == ["_b " + ("long " * 20)[:32] + "…", r"\$x\$ and \$y"]
    assert {"n = 300", "n = 100", r"cost in \$ and \$"} <= set(texts(ax))
    widths = [bar.get_width() for bar in ax.patches]
    assert sum(widths) == pytest.approx(2.0)


def test_breakdown_with_many_slices_says_how_many_are_left_out(make_map):
    df = make_map(400)
    df["by"] = [f"source {k % 45}" for k in range(400)]
    ax = plot_breakdown(breakdown(df, "by"))
    assert len(ax.get_yticklabels()) == 30
    assert ax.get_xlabel() == "share of the slice's examples (and 15 smaller slices)"


def test_errors(make_map):
    with pytest.raises(MissingColumnError) as caught:
        plot_correlations(make_map(3)[["confidence"]], columns=["aum"])
    assert str(caught.value) == (
        "Column 'aum' not found in the table to draw; its columns are: 'confidence'. Choose one of these."
    )
    with pytest.raises(InputError) as caught:
        plot_distributions(make_map(3)[["epochs_seen", "category"]])
    assert str(caught.value) == "The map has no column with values, so there is no distribution to draw."
