"""Boosted trees: each round's row equals the library's own answer after that round, asked anew."""

import subprocess
import sys
import warnings

import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn import ensemble

from dataset_cartography.dynamics import load_dynamics
from dataset_cartography.errors import InputError, OutputExistsError
from dataset_cartography.integrations.boosting import record_boosting
from dataset_cartography.integrations.shared import exports
from dataset_cartography.log import LogReader

ROUNDS = 6


@pytest.fixture(autouse=True)
def no_map(monkeypatch):
    monkeypatch.setattr(exports, "export_map", lambda df, root: [])


def data(kind):
    """Fifty examples: of two labels, three that have names, or values above 0."""
    draw = np.random.default_rng(0)
    features = draw.normal(size=(50, 4))
    score = features[:, 0] + 0.5 * features[:, 1] + 0.3 * draw.normal(size=50)
    if kind == "two":
        return features, (score > 0).astype(int)
    if kind == "three":
        return features, np.array(["ant", "bee", "cat"])[np.digitize(score, [-0.5, 0.5])]
    return features, np.exp(score)


def sklearn_staged(model, features, number):
    if hasattr(model, "staged_predict_proba"):
        return list(model.staged_predict_proba(features))[number - 1]
    return list(model.staged_predict(features))[number - 1]


def xgboost_staged(model, features, number):
    ask = getattr(model, "predict_proba", model.predict)
    return ask(features, iteration_range=(0, number))


def lightgbm_staged(model, features, number):
    return getattr(model, "predict_proba", model.predict)(features, num_iteration=number)


XGB, LGB = (
    {"n_estimators": ROUNDS, "max_depth": 2},
    {"n_estimators": ROUNDS, "verbose": -1, "min_child_samples": 2},
)
MODELS = {
    "GradientBoosting, two": (
        "two",
        ensemble.GradientBoostingClassifier(n_estimators=ROUNDS),
        sklearn_staged,
    ),
    "GradientBoosting, exponential loss": (
        "two",
        ensemble.GradientBoostingClassifier(n_estimators=ROUNDS, loss="exponential"),
        sklearn_staged,
    ),
    "GradientBoosting, three": (
        "three",
        ensemble.GradientBoostingClassifier(n_estimators=ROUNDS),
        sklearn_staged,
    ),
    "GradientBoosting, values": (
        "values",
        ensemble.GradientBoostingRegressor(n_estimators=ROUNDS),
        sklearn_staged,
    ),
    "HistGradientBoosting, two": (
        "two",
        ensemble.HistGradientBoostingClassifier(max_iter=ROUNDS),
        sklearn_staged,
    ),
    "HistGradientBoosting, three": (
        "three",
        ensemble.HistGradientBoostingClassifier(max_iter=ROUNDS),
        sklearn_staged,
    ),
    "HistGradientBoosting, Poisson": (
        "values",
        ensemble.HistGradientBoostingRegressor(max_iter=ROUNDS, loss="poisson"),
        sklearn_staged,
    ),
    "XGBoost, two": ("two", xgboost.XGBClassifier(**XGB), xgboost_staged),
    "XGBoost, three": ("three", xgboost.XGBClassifier(**XGB), xgboost_staged),
    "XGBoost, values": ("values", xgboost.XGBRegressor(**XGB), xgboost_staged),
    "XGBoost, gamma": ("values", xgboost.XGBRegressor(objective="reg:gamma", **XGB), xgboost_staged),
    "LightGBM, two": ("two", lightgbm.LGBMClassifier(**LGB), lightgbm_staged),
    "LightGBM, two, steep": ("two", lightgbm.LGBMClassifier(sigmoid=2.0, **LGB), lightgbm_staged),
    "LightGBM, three": ("three", lightgbm.LGBMClassifier(**LGB), lightgbm_staged),
    "LightGBM, values": ("values", lightgbm.LGBMRegressor(**LGB), lightgbm_staged),
    "LightGBM, Tweedie": ("values", lightgbm.LGBMRegressor(objective="tweedie", **LGB), lightgbm_staged),
}


def fitted(name):
    kind, model, staged = MODELS[name]
    features, targets = data(kind)
    numbered = np.unique(targets, return_inverse=True)[1] if "XGBoost, three" in name else targets
    return features, numbered, model.fit(features, numbered), staged


@pytest.mark.parametrize("name", MODELS)
def test_each_round_is_the_models_own_answer(name, tmp_path):
    features, targets, model, staged = fitted(name)
    record_boosting(model, features, targets, tmp_path / "map")
    log = LogReader(tmp_path / "map")
    assert log.epochs == list(range(1, ROUNDS + 1))
    assert log.manifest.mode == "boosting"
    for number in log.epochs:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # LightGBM's, of names that features do not have
            expected = np.asarray(staged(model, features, number), float)
        if log.manifest.task == "regression":
            found = log.read(number, ["prediction"]).columns["prediction"]
            np.testing.assert_allclose(found, expected, rtol=1e-5)
        else:
            gold = np.searchsorted(model.classes_, targets)
            rows = log.read(number, ["gold_logprob", "prediction"]).columns
            np.testing.assert_allclose(np.exp(rows["gold_logprob"]), expected[np.arange(50), gold], atol=1e-5)
            np.testing.assert_array_equal(rows["prediction"], expected.argmax(1))


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_a_booster_by_itself(library, tmp_path):
    features, targets = data("two")
    model = MODELS["XGBoost, two" if library == "xgboost" else "LightGBM, two"][1].fit(features, targets)
    booster = model.get_booster() if library == "xgboost" else model.booster_
    record_boosting(model, features, targets, tmp_path / "model")
    record_boosting(booster, features, targets, tmp_path / "booster")
    here, there = (load_dynamics(LogReader(tmp_path / name)).signals for name in ("model", "booster"))
    np.testing.assert_array_equal(here["gold_probability"], there["gold_probability"])


def test_ids_labels_and_thinned_rounds(tmp_path):
    features, targets = data("three")
    frame = pd.DataFrame(features, columns=list("abcd"), index=[f"row {number}" for number in range(50)])
    model = ensemble.GradientBoostingClassifier(n_estimators=ROUNDS).fit(frame, targets)
    root = record_boosting(model, frame, targets, tmp_path / "map", every=4)
    log = LogReader(root)
    assert log.epochs == [4, 6]
    assert log.ids.tolist() == frame.index.tolist()
    assert log.manifest.provenance["labels"] == ["ant", "bee", "cat"]
    assert log.manifest.provenance["boosting"] == {"rounds": ROUNDS, "every": 4}
    assert {path.name for path in root.iterdir()} == {"manifest.json", "examples.parquet", "dynamics"}
    with pytest.raises(OutputExistsError):
        record_boosting(model, frame, targets, root)


def boosted(**arguments):
    features, targets = data("two")
    return lightgbm.LGBMClassifier(**LGB, **arguments).fit(features, targets)


REFUSED = {
    "a forest": (
        lambda: ensemble.RandomForestClassifier(),
        (
            "record_boosting knows scikit-learn's GradientBoosting… and HistGradientBoosting… models, and this is a "
            "RandomForestClassifier."
        ),
    ),
    "no model": (
        lambda: "model",
        "record_boosting knows the gradient-boosted trees of scikit-learn, XGBoost and LightGBM, and this is a str.",
    ),
    "one that is not fitted": (
        lambda: xgboost.XGBClassifier(),
        "This XGBClassifier is not fitted: call its fit first.",
    ),
    "dropped trees": (
        lambda: boosted(boosting_type="dart"),
        (
            "record_boosting records boosted trees whose sum is the model's answer, and the boosting of this LightGBM "
            "model is dart."
        ),
    ),
    "dropped trees of XGBoost": (
        lambda: xgboost.XGBClassifier(booster="dart", **XGB).fit(*data("two")),
        "record_boosting records boosted trees of XGBoost, and the booster of this model is dart.",
    ),
    "a ranking": (
        lambda: lightgbm.LGBMRanker(**LGB).fit(*data("two"), group=[25, 25]),
        (
            "record_boosting knows no gold probability for the objective 'lambdarank'; it knows binary, multiclass, "
            "regression, regression_l1, huber, fair, quantile, mape, poisson, gamma, tweedie."
        ),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_other_models_are_refused(what, tmp_path):
    make, message = REFUSED[what]
    with pytest.raises(InputError) as caught:
        record_boosting(make(), *data("two"), tmp_path / "map")
    assert str(caught.value) == message
    assert not (tmp_path / "map").exists()


def test_what_does_not_fit_the_model(tmp_path):
    features, targets = data("two")
    model = ensemble.GradientBoostingClassifier(n_estimators=ROUNDS).fit(features, targets)
    for arguments, options, message in (
        ((features, targets), {"every": 0}, "every must be 1 or more; got 0."),
        (
            (features, targets + 1),
            {},
            "The labels hold 2, which is none of those that the model tells apart: 0, 1.",
        ),
        (
            (features, targets),
            {"ids": ["a"]},
            "There are 1 ids for 50 examples: give one each, or none.",
        ),
    ):
        with pytest.raises(InputError) as caught:
            record_boosting(model, *arguments, tmp_path / "map", **options)
        assert str(caught.value) == message


def test_trees_need_no_torch():
    code = "import sys, dataset_cartography.integrations.boosting; print('torch' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


def test_examples_in_a_list(tmp_path):
    features, labels = data("two")
    model = ensemble.GradientBoostingClassifier(n_estimators=2).fit(features.tolist(), labels)
    root = record_boosting(model, features.tolist(), labels, tmp_path / "map")
    assert LogReader(root).ids.tolist() == list(range(50))


def test_labels_and_features_that_do_not_fit(tmp_path):
    features, labels = data("two")
    model = xgboost.XGBClassifier(n_estimators=2).fit(features, labels)
    booster = model.get_booster()
    for arguments, message in (
        (
            (model, features[:, :3], labels),
            "The model was trained on 4 features, and the examples have 3.",
        ),
        (
            (model, features, np.stack([labels, labels], axis=1)),
            "One label or value an example can be recorded, and those given are of shape (50, 2).",
        ),
        (
            (booster, features, np.array(["a", "b"])[labels]),
            f"The model numbers its labels from 0, and was given '{'ab'[labels[0]]}' as one: give their numbers.",
        ),
        (
            (booster, features, 2 * labels),
            "The model's answers, of shape (50,), tell no 3 labels apart.",
        ),
    ):
        with pytest.raises(InputError) as caught:
            record_boosting(*arguments, tmp_path / "map")
        assert str(caught.value) == message
