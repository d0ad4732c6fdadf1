import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from dataset_cartography.datamap import compute_map
from dataset_cartography.errors import MissingColumnError
from dataset_cartography.metrics import confidence, correctness, variability
from dataset_cartography.regions import ThresholdRule, assign_categories
from dataset_cartography.uncertainty import (
    jackknife,
    jackknife_epochs,
    merge_runs,
    pooled,
    pooled_errors,
    region_probabilities,
)
from dataset_cartography.uncertainty.jackknife import TO_ANOTHER_RUN
from seeds import record_seed


def twin(values, measure, fewest):
    """Standard error and bias of one example, from the measure made anew without each seen epoch."""
    seen = values[~np.isnan(values)]
    n = len(seen)
    if n < fewest:
        return np.nan, np.nan
    whole = measure(seen[None, :])[0]
    left = np.array([measure(np.delete(seen, i)[None, :])[0] for i in range(n)])
    error = np.sqrt((n - 1) / n * ((left - left.mean()) ** 2).sum())
    return error, (n - 1) * (left.mean() - whole)


@settings(derandomize=True, deadline=None)
@given(npst.arrays(np.int64, st.tuples(st.integers(1, 8), st.integers(1, 6)), elements=st.integers(-3, 16)))
def test_equals_the_formula_on_measures_made_anew(codes):
    values = np.where(codes < 0, np.nan, codes / 16)
    right = np.where(codes < 0, np.nan, (codes > 8).astype(float))
    found = jackknife(values, right)
    for name, signal, measure, fewest in (
        ("confidence", values, confidence, 2),
        ("variability", values, variability, 3),
        ("correctness", right, correctness, 2),
    ):
        errors, biases = zip(*(twin(row, measure, fewest) for row in signal), strict=True)
        np.testing.assert_allclose(found[f"{name}_se"], errors, atol=1e-7)
        if name == "variability":
            np.testing.assert_allclose(found["variability_bias"], biases, atol=1e-7)
        else:
            np.testing.assert_allclose(np.array(biases)[~np.isnan(biases)], 0, atol=1e-7)


def test_the_standard_error_of_a_mean_is_that_of_the_textbook():
    values = np.random.default_rng(0).random((20, 5))
    np.testing.assert_allclose(
        jackknife(values, values)["confidence_se"], values.std(axis=1, ddof=1) / np.sqrt(5)
    )


@pytest.fixture
def run(tmp_path):
    df, dynamics = compute_map(record_seed(tmp_path / "run", 1))
    return assign_categories(df), dynamics


def test_one_run_has_the_columns_of_a_merged_map(run):
    df, dynamics = run
    found = jackknife_epochs(df, dynamics)
    errors = jackknife(dynamics.signals["gold_probability"], dynamics.signals["correct"])
    for name, values in errors.items():
        np.testing.assert_array_equal(found[name], values)
    spread = [TO_ANOTHER_RUN * pooled(errors[f"{name}_se"]) for name in ("confidence", "variability")]
    probabilities = region_probabilities(
        df["confidence"].to_numpy()[None, :],
        df["variability"].to_numpy()[None, :],
        ThresholdRule(),
        tuple(spread),
    )
    columns = [f"{name}_probability" for name in ("easy", "ambiguous", "hard")]
    np.testing.assert_array_equal(found[columns], probabilities)
    own = found[columns].to_numpy()[np.arange(len(df)), df["category"].cat.codes]
    assert found["stable"].tolist() == (own >= 0.8).tolist()
    assert 0 < found["stable"].sum() < len(found)
    pd.testing.assert_frame_equal(found[df.columns], df)
    assert found.attrs == df.attrs
    assert "stable" not in df.columns


def test_too_few_epochs_tell_nothing(tmp_path):
    df, dynamics = compute_map(record_seed(tmp_path / "run", 1, epochs=2))
    found = jackknife_epochs(assign_categories(df), dynamics)
    assert found["variability_se"].isna().all()
    assert found["confidence_se"].notna().all()
    assert found["easy_probability"].isna().all()
    assert not found["stable"].any()


def test_a_map_without_regions_is_refused(run):
    df, dynamics = run
    with pytest.raises(MissingColumnError, match="Call categorize_examples"):
        jackknife_epochs(df.drop(columns="category"), dynamics)


def test_several_runs_in_one_number_each(tmp_path):
    both = [compute_map(record_seed(tmp_path / f"{seed}", seed)) for seed in (1, 2)]
    errors = [jackknife(run.signals["gold_probability"], run.signals["correct"]) for _, run in both]
    said = pooled_errors(run for _, run in both)
    every = np.concatenate([error["variability_se"] for error in errors])
    assert said["variability"] == pytest.approx(np.sqrt((every**2).mean()))
    assert list(said) == ["confidence", "variability", "correctness"]
    assert np.isfinite(merge_runs([df for df, _ in both])["confidence_between"]).all()
