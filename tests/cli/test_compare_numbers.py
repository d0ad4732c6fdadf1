"""What `datamap compare` prints, made again by SciPy, scikit-learn and NumPy of the columns of the CSV files."""

import json
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import cohen_kappa_score

from dataset_cartography.cli.datamap import main as datamap
from recorded_runs import record_labels

COUNT = 300
REGIONS = ["easy", "ambiguous", "hard"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two seeds of a model and one of another, of which probabilities are rounded so that there are many ties."""
    root = tmp_path_factory.mktemp("runs")
    difficulty = np.random.default_rng(9).normal(0, 1.5, COUNT)
    for name, seed, turn, digits in (("a1", 1, 1, 1), ("a2", 2, 1, 1), ("b1", 3, -0.5, 3)):
        rng = np.random.default_rng(seed)
        epochs = []
        for epoch in range(4):
            logit = turn * difficulty + epoch / 2 + rng.normal(0, 0.7, COUNT)
            probability = np.clip(np.round(1 / (1 + np.exp(-logit)), digits), 0.01, 0.99)
            margin = np.log(probability / (1 - probability))
            rows = zip(np.log(probability), margin, rng.integers(0, 3, COUNT), strict=True)
            seen = rng.random(COUNT) < (0.9 if name == "a2" else 1)
            epochs.append([row if there else None for row, there in zip(rows, seen, strict=True)])
        record_labels(root / name, [f"e{k:03}" for k in range(COUNT)], epochs, model=name[0])
        assert datamap(["metrics", str(root / name)]) == 0
    return root


def columns(root, name):
    df = pd.read_csv(root / name / "cartography_metrics.csv").set_index("example_id")
    return df.replace({"True": 1, "False": 0, True: 1, False: 0}).apply(pd.to_numeric)


def regions(df):
    names = np.where(df["variability"] >= 0.2, "ambiguous", np.where(df["confidence"] >= 0.5, "easy", "hard"))
    return pd.Series(names, index=df.index)


def told(capsys, *argv):
    capsys.readouterr()
    assert datamap(["compare", *argv, "--json", "--suspects", "0"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(("first", "second"), [("a1", "a2"), ("a1", "b1")])
def test_of_two_seeds_and_of_two_models(runs, capsys, first, second):
    one, two = columns(runs, first), columns(runs, second)
    printed = told(capsys, str(runs / first), str(runs / second), "--n", str(COUNT))
    figures = printed["figures"]
    compared = 0
    for name in one:
        if f"spearman_{name}" not in figures:
            continue
        both = one[name].notna() & two[name].notna()
        x, y = one.loc[both, name].to_numpy(float), two.loc[both, name].to_numpy(float)
        if np.ptp(x) == 0 or np.ptp(y) == 0:
            assert figures[f"spearman_{name}"] is None
            continue
        assert figures[f"spearman_{name}"] == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)
        assert figures[f"pearson_{name}"] == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-12)
        assert figures[f"change_{name}"] == pytest.approx(y.mean() - x.mean(), abs=1e-12)
        compared += 1
    assert compared >= 10
    crossed = pd.crosstab(regions(one), regions(two)).reindex(index=REGIONS, columns=REGIONS, fill_value=0)
    assert printed["transitions"] == crossed.T.to_dict()
    assert figures["moved"] == (regions(one) != regions(two)).sum() == COUNT - np.trace(crossed)
    assert figures["kappa"] == pytest.approx(cohen_kappa_score(regions(one), regions(two)), abs=1e-12)
    lengths = np.sqrt(
        ((two["variability"] - one["variability"]) / 0.5) ** 2 + (two["confidence"] - one["confidence"]) ** 2
    )
    assert figures["median_shift"] == pytest.approx(np.median(lengths), abs=1e-12)
    movers = pd.DataFrame(printed["movers"]).set_index("id")
    assert len(movers) == COUNT
    np.testing.assert_allclose(movers["shift"], lengths[movers.index], atol=1e-12)
    assert movers["shift"].is_monotonic_decreasing
    assert movers["category_second"].tolist() == regions(two)[movers.index].tolist()


def test_of_several_runs(runs, capsys):
    printed = told(capsys, f"{runs / 'a1'},{runs / 'a2'}", str(runs / "b1"))
    maps = {name: columns(runs, name) for name in ("a1", "a2", "b1")}
    pairs = {(pair["first"], pair["second"]): pair for pair in printed["pairs"]}
    assert list(pairs) == list(combinations(maps, 2))
    for (first, second), pair in pairs.items():
        one, two = maps[first], maps[second]
        rho = stats.spearmanr(one["confidence"], two["confidence"]).statistic
        assert pair["spearman_confidence"] == pytest.approx(rho, abs=1e-12)
        assert pair["moved_share"] == pytest.approx(np.mean(regions(one) != regions(two)), abs=1e-12)
    between = [pairs[first, "b1"]["spearman_confidence"] for first in ("a1", "a2")]
    assert printed["figures"]["between_spearman_confidence"] == pytest.approx(np.mean(between), abs=1e-12)
    assert printed["figures"]["within_spearman_confidence"] == pairs["a1", "a2"]["spearman_confidence"]
