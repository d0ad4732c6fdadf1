import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from dataset_cartography.comparison import compare_suspects
from dataset_cartography.errors import InputError, MissingColumnError


def ranking(ids):
    n = len(ids)
    return pd.DataFrame(
        {"rank": range(1, n + 1), "probability": np.linspace(0.9, 0.1, n)},
        index=pd.Index(ids, name="example_id"),
    )


def test_the_first_of_both_are_compared():
    first, second = ranking(["a", "b", "c", "d", "e"]), ranking(["c", "x", "a", "e", "d", "b"])
    found = compare_suspects(first, second.iloc[::-1], 3)
    assert (found.examples, found.first, found.by_chance) == (5, 3, 9 / 5)
    # "x" is ranked by one of them alone, so that c, a, e are the other's first three.
    assert found.shared == ("a", "c")
    both = second["probability"].reindex(first.index)
    assert found.correlation.spearman == pytest.approx(spearmanr(first["probability"], both).statistic)


def test_no_more_than_there_are():
    found = compare_suspects(ranking([1, 2]), ranking([2, 1]), 100)
    assert (found.first, found.shared) == (2, (1, 2))


@pytest.mark.parametrize(("count", "first"), [(5, 1), (41, 5), (1000, 100), (3000, 100)])
def test_by_default_a_tenth_and_at_most_100(count, first):
    assert compare_suspects(ranking(range(count)), ranking(range(count))).first == first


def test_errors():
    one = ranking(["a", "b"])
    for message, arguments in {
        "The number of suspected labels to compare is 0; give 1 or more.": (one, one, 0),
        "The two rankings of suspected labels have no id in common.": (one, ranking(["c"]), 1),
    }.items():
        with pytest.raises(InputError) as caught:
            compare_suspects(*arguments)
        assert str(caught.value) == message
    with pytest.raises(MissingColumnError) as caught:
        compare_suspects(one, one[["rank"]], 1)
    assert str(caught.value) == (
        "Column 'probability' not found in a ranking; its columns are: 'rank'. Make it with find_label_errors."
    )
