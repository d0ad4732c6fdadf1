import numpy as np
import pandas as pd
import pytest

from dataset_cartography.errors import MissingColumnError
from dataset_cartography.pages.filters import make_filters, other_columns


def test_a_filter_of_every_column_that_tells_examples_apart():
    slices = pd.DataFrame(
        {
            "label": ["b", "a", "b", None],
            "text_length": [1, 2, 3, 4],
            "column_flag": [True, False, True, True],
            "column_same": 1,
        }
    )
    label, length, flag = make_filters(slices, {"column_flag": "flag"})
    assert (label.name, label.title, label.labels) == ("label", "Gold label", ("b", "(unknown)", "a"))
    assert label.codes.tolist() == [0, 2, 0, 1]
    assert label.counts == [2, 1, 1]
    assert (length.title, length.labels) == ("Text length", ("1 word", "2 words", "3 words", "4 words"))
    assert (flag.title, flag.labels) == ("flag", ("True", "False"))


def test_rare_values_go_together_and_long_ones_are_cut():
    values = [f"v{k:03}" for k in range(100)] + ["often" * 30, "\u202e"] * 2
    (found,) = make_filters(pd.DataFrame({"column_x": values}))
    assert found.title == "column_x"
    assert len(found.labels) == 60
    assert found.labels[0] == "often" * 12 + "… (90 more characters)"
    assert found.labels[1] == "\u27e8U+202E\u27e9"
    assert found.labels[-1] == "(43 other values)"
    assert found.counts[:3] == [2, 2, 1]
    assert found.counts[-1] == 43
    assert found.codes.dtype == np.int16


def test_other_columns_have_few_values_or_are_named():
    examples = pd.DataFrame(
        {
            "text": "t",
            "label": ["a", "b"] * 50,
            "id": range(100),
            "source": ["web", "book"] * 50,
            "constant": 1,
            "number": range(100),
            "lists": [[1]] * 100,
        }
    )
    assert other_columns(examples) == ["source"]
    assert other_columns(examples, ["number", "label", "number"]) == ["number", "label"]
    with pytest.raises(MissingColumnError) as caught:
        other_columns(examples[["text", "label"]], ["source"])
    assert str(caught.value) == (
        "Column 'source' not found in the examples; its columns are: 'text', 'label'. Name one of these."
    )


def test_a_filter_of_several_values():
    values = pd.Series([("a", "b"), (), ("b",), ("b", "a"), ("b",)])
    (found,) = make_filters(pd.DataFrame({"labels": values}))
    assert (found.title, found.labels) == ("Gold labels", ("b", "a", "(no label)"))
    assert found.counts == [4, 2, 1]
    chosen = [np.isin(found.codes, found.codes_of(places)).tolist() for places in ([0], [1], [1, 2], [])]
    assert chosen == [
        [True, False, True, True, True],
        [True, False, False, True, False],
        [True, True, False, True, False],
        [False] * 5,
    ]


def test_of_very_many_values_and_sets_the_rarest_go_together():
    rng = np.random.default_rng(0)
    values = [tuple(f"v{one}" for one in rng.choice(90, 4, replace=False)) for _ in range(40_000)]
    (found,) = make_filters(pd.DataFrame({"labels": pd.Series(values)}))
    assert len(found.sets) <= 32_000
    assert found.labels[-1].endswith(" other values)")
    assert found.codes.max() == len(found.sets) - 1
    first = found.labels[0]
    assert found.counts[0] == sum(first in value for value in values)
