import numpy as np
import pandas as pd
import pytest

from dataset_cartography.errors import InputError, MissingFileError
from dataset_cartography.plotting import plot_example, save_figure
from logs import make_log, rows

NAN = float("nan")


@pytest.fixture
def record(tmp_path):
    """A function that records gold probabilities by id: a number an epoch, NaN where it was not seen."""

    def record(curves, **facts):
        writer = make_log(tmp_path, len(curves), ids=list(curves), **facts)
        table = np.array(list(curves.values()), np.float32)
        for epoch, column in enumerate(table.T, start=1):
            seen = np.flatnonzero(~np.isnan(column)).tolist()
            signals = {"gold_logprob": np.log(column[seen]), "correct": column[seen] >= 0.5}
            writer.write_part(epoch, rows(seen, epoch) | signals)
            writer.close_epoch(epoch, epoch)
        return tmp_path

    return record


def words(ax):
    return {text.get_text() for text in ax.texts}


def marks(ax):
    """The points of the filled marks and of the hollow ones, of every line."""
    filled, hollow = ax.collections[0::2], ax.collections[1::2]
    return [
        [tuple(np.round(point, 3)) for one in several for point in one.get_offsets().tolist()]
        for several in (filled, hollow)
    ]


def test_one_example_shows_its_curve_its_marks_and_its_place_on_the_map(record):
    ax = plot_example(record({"a": [0.2, 0.4, 0.9], "b": [0.5, 0.5, 0.5]}), "a")
    dashed, line = ax.lines
    assert line.get_xdata().tolist() == [1, 2, 3]
    assert line.get_ydata() == pytest.approx([0.2, 0.4, 0.9])
    assert dashed.get_ydata() == pytest.approx([0.5, 0.5])
    band = ax.patches[0].get_bbox()
    assert (band.y0, band.y1) == pytest.approx((0.5 - 0.2944, 0.5 + 0.2944), abs=1e-4)
    assert marks(ax) == [[(3, 0.9)], [(1, 0.2), (2, 0.4)]]
    assert {"a", "confidence 0.50 (dashed) · variability 0.29 (band)"} == words(ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "P(gold label)")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "predicted right",
        "predicted wrong",
    ]


def test_an_epoch_that_did_not_see_it_breaks_the_line_and_is_named(record):
    ax = plot_example(record({"a": [0.25, NAN, 0.75], "b": [0.5, 0.5, 0.5]}), ["a"])
    assert np.isnan(ax.lines[1].get_ydata()).tolist() == [False, True, False]
    assert marks(ax) == [[(3, 0.75)], [(1, 0.25)]]
    assert "confidence 0.50 (dashed) · variability 0.25 (band) · not seen in epoch 2" in words(ax)


def test_several_examples_are_named_in_the_order_of_where_they_end(record):
    curves = {"low": [0.2, 0.1], "high": [0.2, 0.9], "_gone": [0.4, NAN]}
    ax = plot_example(record(curves), list(curves), title="Mine")
    assert [line.get_label() for line in ax.lines] == list(curves)
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["high", "_gone", "low", "predicted right", "predicted wrong"]
    assert words(ax) == {"Mine", "recorded in training · 1 line broken where the example was not seen"}


def test_passes_of_evaluation_are_called_so(record):
    ax = plot_example(record({"a": [NAN, 0.4], "b": [0.1, 0.1]}, mode="evaluation"), "a")
    assert ax.get_xlabel() == "evaluation pass"
    assert any(text.endswith("not seen in evaluation pass 1") for text in words(ax))


def test_integer_ids_and_given_axes(record, tmp_path):
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    assert plot_example(record({7: [0.2, 0.4], 8: [0.5, 0.5]}), [np.int64(7), 8], ax) is ax
    assert [line.get_label() for line in ax.lines] == ["7", "8"]
    again = plot_example(tmp_path, pd.Index([7, 8]))
    assert [line.get_label() for line in again.lines] == ["7", "8"]


def test_hostile_ids_are_drawn_as_text(record, tmp_path):
    name = "_<b>$x$\u202e\n" + "y" * 50
    ax = plot_example(record({name: [0.2, 0.4], "b": [0.5, 0.5]}), [name, "b"])
    assert ax.lines[0].get_label() == r"_<b>\$x\$ " + "y" * 23 + "…"
    save_figure(ax.figure, tmp_path / "curve.svg")
    assert "_&lt;b&gt;" in (tmp_path / "curve.svg").read_text(encoding="utf-8")


def test_errors(record, tmp_path):
    with pytest.raises(MissingFileError):
        plot_example(tmp_path, "a")
    root = record({"a": [0.2, 0.4], "gone": [NAN, NAN], "7": [0.5, 0.5]})
    messages = {
        "nobody": f"There is no example 'nobody' in '{root}'; its ids are text, such as 'a', 'gone', '7'.",
        7: f"There is no example 7 in '{root}'; its ids are text, such as 'a', 'gone', '7'.",
        "gone": "No epoch has a gold probability of 'gone': never seen, or without a usable answer; so there "
        "is nothing to draw.",
        (): "Give between 1 and 8 ids, which one picture can tell apart; got 0.",
        tuple("abcdefghi"): "Give between 1 and 8 ids, which one picture can tell apart; got 9.",
    }
    for ids, message in messages.items():
        with pytest.raises(InputError) as caught:
            plot_example(root, ids)
        assert str(caught.value) == message
