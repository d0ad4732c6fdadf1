"""A map is a DataFrame, whatever is done with it; only a notebook sees more."""

import copy
import pickle
import sys

import numpy as np
import pandas as pd
import pytest

from dataset_cartography import categorize_examples, compute_metrics, load_cartography_metrics
from dataset_cartography.datamap import MapFrame, write_map
from logs import make_log, rows

PICTURE = "<img "


@pytest.fixture
def root(tmp_path):
    """A log of six examples over three epochs, one with an id that is markup."""
    ids = ["a", "b", "c", "d", "e", "<script>alert(1)</script>"]
    writer = make_log(tmp_path, 6, ids=ids)
    rng = np.random.default_rng(0)
    for epoch in (1, 2, 3):
        values = {"gold_logprob": np.log(rng.uniform(0.1, 1, 6)).astype(np.float32)}
        writer.write_part(epoch, rows(list(range(6)), epoch) | values)
        writer.close_epoch(epoch, epoch)
    return tmp_path


@pytest.fixture
def df(root):
    return compute_metrics(root)


def test_maps_show_themselves_wherever_they_come_from(root, df):
    write_map(df, root)
    loaded = [
        load_cartography_metrics(root / f"cartography_metrics.{end}") for end in ("parquet", "csv", "json")
    ]
    for one in (df, *loaded, load_cartography_metrics(root), categorize_examples(df), df.copy()):
        assert isinstance(one, pd.DataFrame)
        assert PICTURE in one._repr_html_()


def test_below_the_picture_stand_the_rows_as_pandas_shows_them(df):
    page, rows_alone = df._repr_html_(), pd.DataFrame(df)._repr_html_()
    assert page.endswith(rows_alone)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page
    assert repr(df) == repr(pd.DataFrame(df))


@pytest.mark.parametrize(
    "change",
    [
        lambda df: df.head(3),
        lambda df: df[df["confidence"] > df["confidence"].median()],
        lambda df: df[["confidence"]],
        lambda df: df.drop(columns="variability"),
        lambda df: df.describe(),
        lambda df: df.corr(numeric_only=True),
        lambda df: df.T,
        lambda df: df.rank(numeric_only=True),
        lambda df: df.isna(),
        lambda df: df.reset_index(),
        lambda df: df.groupby("correctness").mean(numeric_only=True),
        lambda df: df.astype({"confidence": object}),
        lambda df: pd.concat([df, df]),
        lambda df: pd.concat([df, df[["confidence"]]], axis=1),
        lambda df: df.iloc[:0],
    ],
)
def test_what_is_no_longer_the_whole_map_is_shown_as_pandas_shows_it(df, change):
    changed = change(categorize_examples(df))
    assert changed._repr_html_() == pd.DataFrame(changed)._repr_html_()


def test_sorting_and_further_columns_keep_the_picture(df):
    assert PICTURE in df.sort_values("confidence")._repr_html_()
    assert PICTURE in df.assign(mine=1)._repr_html_()
    df["mine"] = 2
    assert PICTURE in df._repr_html_()


def test_pandas_option_turns_it_off(df):
    with pd.option_context("display.notebook_repr_html", False):
        assert df._repr_html_() is None


def test_without_matplotlib_and_whatever_fails_the_rows_are_shown(df, monkeypatch):
    rows_alone = pd.DataFrame(df)._repr_html_()
    unseen = MapFrame.of(df.assign(confidence=np.nan))
    assert unseen._repr_html_() == pd.DataFrame(unseen)._repr_html_()
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert df._repr_html_() == rows_alone


def test_values_types_and_facts_are_those_of_a_frame(root, df):
    plain = pd.DataFrame(df)
    plain.attrs = dict(df.attrs)
    pd.testing.assert_frame_equal(df, plain)
    assert df.equals(plain)
    assert plain.equals(df)
    for other in (df.copy(), copy.deepcopy(df), pickle.loads(pickle.dumps(df)), df[list(df.columns)]):
        assert type(other) is MapFrame
        assert other.attrs == df.attrs
        pd.testing.assert_frame_equal(other, df)
    assert type(df["confidence"]) is pd.Series
    assert type(df.loc["a"]) is pd.Series
    write_map(df, root)
    again = load_cartography_metrics(root)
    assert again.attrs == df.attrs
    pd.testing.assert_frame_equal(again, df)


def test_combining_gives_what_frames_give(df):
    plain = pd.DataFrame(df)
    extra = pd.DataFrame({"text": list("uvwxyz")}, index=df.index)
    for combine in (
        lambda one: one.join(extra),
        lambda one: one.merge(extra, left_index=True, right_index=True),
        lambda one: pd.concat([one, one]),
        lambda one: one.groupby("correctness").agg({"confidence": "mean"}),
        lambda one: one.groupby("correctness")[["confidence"]].apply(lambda group: group.max()),
        lambda one: one.query("confidence > 0.5"),
        lambda one: one.melt(value_vars=["confidence"]),
    ):
        pd.testing.assert_frame_equal(pd.DataFrame(combine(df)), combine(plain))


def test_the_frame_shares_the_memory_of_what_it_was_made_from():
    plain = pd.DataFrame({"confidence": [0.5, 0.6]})
    assert np.shares_memory(MapFrame.of(plain)["confidence"].to_numpy(), plain["confidence"].to_numpy())
