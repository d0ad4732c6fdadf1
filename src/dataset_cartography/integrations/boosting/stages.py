"""What a boosted model answered after each of its rounds, each tree asked once."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.shared.arrays import ArrayTask

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Stages:
    """A model's answers, round by round.

    Attributes:
        task: What it was trained for.
        labels: The labels it tells apart, in the order of its logits; None where they are numbered from 0.
        rounds: How many rounds it was trained for.
        after: Given rising numbers of rounds, yields each with the answers after it: logits of shape (examples,
            labels), or (examples,) of the second of two labels; for regression values, (examples,).
        versions: The library's.
    """

    task: ArrayTask
    labels: Any
    rounds: int
    after: Callable[[Sequence[int]], Iterator[tuple[int, Array]]]
    versions: dict[str, str]


def stages_of(model: Any, X: Any) -> Stages:  # noqa: N803
    """A model's answers to some examples.

    Args:
        model: As `record_boosting` takes it.
        X: The examples.

    Raises:
        InputError: The model is of another kind, not fitted, or its rounds do not add up to its answer.
    """
    library = next(
        (name for kind in type(model).__mro__ if (name := kind.__module__.split(".")[0]) in _LIBRARIES), None
    )
    if library is None:
        raise InputError(
            f"record_boosting knows the gradient-boosted trees of scikit-learn, XGBoost and LightGBM, and this is a "
            f"{type(model).__name__}."
        )
    return _LIBRARIES[library](model, X)


# scikit-learn


def _of_sklearn(model: Any, X: Any) -> Stages:  # noqa: N803
    name = type(model).__name__
    classifies = hasattr(model, "staged_decision_function") and "GradientBoosting" in name
    if not classifies and not (hasattr(model, "staged_predict") and "GradientBoosting" in name):
        raise InputError(
            f"record_boosting knows scikit-learn's GradientBoosting… and HistGradientBoosting… models, and this is a "
            f"{name}."
        )
    rounds = getattr(model, "n_estimators_", None) or getattr(model, "n_iter_", None)
    if rounds is None:
        raise _unfitted(model)
    # The exponential loss has its own link: P = sigmoid(2 · answer).
    factor = 2.0 if getattr(model, "loss", "") == "exponential" else 1.0

    def after(numbers: Sequence[int]) -> Iterator[tuple[int, Array]]:
        wanted = set(numbers)
        answers = model.staged_decision_function(X) if classifies else model.staged_predict(X)
        for number, answer in enumerate(answers, 1):
            if number in wanted:
                yield number, factor * np.asarray(answer) if classifies else np.asarray(answer)

    versions = {"scikit-learn": version("scikit-learn")}
    return Stages(
        "classification" if classifies else "regression",
        model.classes_ if classifies else None,
        int(rounds),
        after,
        versions,
    )


# XGBoost

_XGBOOST_LOGITS = ("binary:logistic", "binary:logitraw", "multi:softprob", "multi:softmax")
_XGBOOST_VALUES = ("reg:", "count:")


def _of_xgboost(model: Any, X: Any) -> Stages:  # noqa: N803
    import xgboost

    booster = model if isinstance(model, xgboost.Booster) else _fitted(model, model.get_booster)
    config = json.loads(booster.save_config())["learner"]
    objective, kind = config["objective"]["name"], config["gradient_booster"]["name"]
    if kind != "gbtree":
        raise InputError(
            f"record_boosting records boosted trees of XGBoost, and the booster of this model is {kind}."
        )
    task = _task_of(objective, _XGBOOST_LOGITS, _XGBOOST_VALUES)
    matrix = xgboost.DMatrix(
        X,
        missing=getattr(model, "missing", np.nan),
        enable_categorical=True,
        feature_names=booster.feature_names if not hasattr(X, "columns") else None,
    )
    if matrix.num_col() != booster.num_features():  # XGBoost would take those that lack as missing values
        raise InputError(
            f"The model was trained on {booster.num_features()} features, and the examples have {matrix.num_col()}."
        )

    def after(numbers: Sequence[int]) -> Iterator[tuple[int, Array]]:
        begin = 0
        for number in numbers:
            answer = booster.predict(matrix, output_margin=True, iteration_range=(begin, number))
            if task == "regression":  # in the target's own scale
                yield number, booster.predict(matrix, iteration_range=(begin, number))
            else:
                yield number, answer
            # What the trees so far answer is what the next ones are added to, as in training.
            matrix.set_base_margin(answer)
            begin = number

    labels = getattr(model, "classes_", None) if task == "classification" else None
    return Stages(task, labels, booster.num_boosted_rounds(), after, {"xgboost": xgboost.__version__})


# LightGBM

_LIGHTGBM_LOGITS = ("binary", "multiclass")
_LIGHTGBM_IDENTITY = ("regression", "regression_l1", "huber", "fair", "quantile", "mape")
_LIGHTGBM_EXPONENTIAL = ("poisson", "gamma", "tweedie")


def _of_lightgbm(model: Any, X: Any) -> Stages:  # noqa: N803
    import lightgbm

    booster = model if isinstance(model, lightgbm.Booster) else _fitted(model, lambda: model.booster_)
    dump = booster.dump_model(num_iteration=1)
    objective, *settings = str(dump.get("objective", "none")).split()
    # Written with its parameters; where trees are dropped, they are weighed anew later.
    other = next(
        (
            kind
            for kind in ("rf", "dart")
            if f"[boosting: {kind}]" in booster.model_to_string(num_iteration=1)
        ),
        "",
    )
    if other or dump.get("average_output"):
        raise InputError(
            "record_boosting records boosted trees whose sum is the model's answer, and the boosting of this LightGBM "
            f"model is {other or 'rf'}."
        )
    if "sqrt" in settings:
        objective += " sqrt"
    task = _task_of(objective, _LIGHTGBM_LOGITS, (*_LIGHTGBM_IDENTITY, *_LIGHTGBM_EXPONENTIAL), whole=True)
    # The binary objective may have a slope of its own: P = sigmoid(slope · answer).
    slope = next((float(text[8:]) for text in settings if text.startswith("sigmoid:")), 1.0)

    def after(numbers: Sequence[int]) -> Iterator[tuple[int, Array]]:
        begin, total = 0, np.zeros(())
        for number in numbers:
            total = total + booster.predict(
                X, raw_score=True, start_iteration=begin, num_iteration=number - begin
            )
            exponential = objective in _LIGHTGBM_EXPONENTIAL
            yield number, np.exp(total) if exponential else total if task == "regression" else slope * total
            begin = number

    labels = getattr(model, "classes_", None) if task == "classification" else None
    return Stages(task, labels, booster.current_iteration(), after, {"lightgbm": lightgbm.__version__})


_LIBRARIES = {"sklearn": _of_sklearn, "xgboost": _of_xgboost, "lightgbm": _of_lightgbm}


def _task_of(
    objective: str, logits: Sequence[str], values: tuple[str, ...], *, whole: bool = False
) -> ArrayTask:
    """What an objective trains for.

    Args:
        objective: Its name.
        logits: Names of those whose answers are logits.
        values: Those whose answers are values, by their beginnings.
        whole: Whether `values` are whole names.
    """
    if objective in logits:
        return "classification"
    if objective in values or (not whole and objective.startswith(values)):
        return "regression"
    raise InputError(
        f"record_boosting knows no gold probability for the objective '{objective}'; it knows "
        f"{', '.join((*logits, *(f'{name}…' if name.endswith(':') else name for name in values)))}."
    )


def _fitted(model: Any, booster: Callable[[], Any]) -> Any:
    try:
        return booster()
    except Exception as error:
        raise _unfitted(model) from error


def _unfitted(model: Any) -> InputError:
    return InputError(f"This {type(model).__name__} is not fitted: call its fit first.")
