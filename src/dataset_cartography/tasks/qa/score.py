"""Exact match and F1 of answers, example by example, as SQuAD's official scripts (v1.1, v2.0) have them."""

import logging
import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import datasets
import numpy as np
import numpy.typing as npt

log = logging.getLogger(__name__)

ARTICLES = re.compile(r"\b(a|an|the)\b")
PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalize_answer(text: str) -> str:
    """Lower case, without ASCII punctuation, English articles and surplus white space."""
    return " ".join(ARTICLES.sub(" ", text.lower().translate(PUNCTUATION)).split())


def exact_match(prediction: str, golds: Sequence[str]) -> float:
    """1.0 if the prediction equals any gold answer after normalisation, else 0.0.

    Args:
        prediction: The answer given; empty for "unanswerable".
        golds: The right answers; none of them (or only such as normalise to nothing) means unanswerable, and
            only an empty prediction is right.

    Source: Rajpurkar et al. 2016 and 2018, evaluate-v1.1.py and evaluate-v2.0.py.
    """
    given = normalize_answer(prediction)
    return float(any(given == gold for gold in _normalized(golds)))


def f1(prediction: str, golds: Sequence[str]) -> float:
    """The best token F1 of the prediction against any gold answer, from 0.0 to 1.0.

    Precision and recall count tokens after normalisation, with their multiplicity. Where either side has no
    token, it is 1.0 if neither has, else 0.0 (v2.0's rule). Arguments and source as for `exact_match`.
    """
    given = normalize_answer(prediction).split()
    return max(_token_f1(given, gold.split()) for gold in _normalized(golds))


class Scores(NamedTuple):
    """What `score_predictions` returns.

    Attributes:
        metrics: ``exact_match`` and ``f1`` in percent, ``n`` examples; where some examples are unanswerable
            also ``has_answer_…`` and ``no_answer_…`` of each, for those that have examples.
        per_example: ``exact_match`` and ``f1`` from 0 to 1, (examples,) each, in the order of the examples.
    """

    metrics: dict[str, float]
    per_example: dict[str, npt.NDArray[np.float64]]


def score_predictions(predictions: Mapping[Any, Any], examples: datasets.Dataset) -> Scores:
    """Score a set of predictions, overall and example by example.

    Args:
        predictions: Example id to its answer: text, or anything with a ``text``, such as `decode.Prediction`.
        examples: With columns ``id`` and ``answers``; one without a prediction scores 0.
    """
    ids, golds = examples["id"][:], [answers["text"] for answers in examples["answers"][:]]
    texts = [_text(predictions[id_]) if id_ in predictions else None for id_ in ids]
    scores = {
        name: np.array(
            [0.0 if text is None else score(text, gold) for text, gold in zip(texts, golds, strict=True)],
            dtype=np.float64,
        )
        for name, score in (("exact_match", exact_match), ("f1", f1))
    }
    if missing := texts.count(None):
        log.warning("%d of %d examples have no prediction and score 0", missing, len(texts))
    metrics = _means(scores, np.ones(len(golds), dtype=bool), "")
    answerable = np.array([bool(gold) for gold in golds], dtype=bool)
    if not answerable.all():
        metrics |= _means(scores, answerable, "has_answer_") | _means(scores, ~answerable, "no_answer_")
    return Scores(metrics, scores)


def _means(
    scores: Mapping[str, npt.NDArray[np.float64]], chosen: npt.NDArray[np.bool_], prefix: str
) -> dict[str, float]:
    if not chosen.any():
        return {}
    means = {f"{prefix}{name}": 100.0 * float(values[chosen].mean()) for name, values in scores.items()}
    return {**means, f"{prefix}n": int(chosen.sum())}


def _normalized(golds: Sequence[str]) -> list[str]:
    return [gold for gold in map(normalize_answer, golds) if gold] or [""]


def _token_f1(given: list[str], gold: list[str]) -> float:
    if not given or not gold:
        return float(given == gold)
    same = sum((Counter(given) & Counter(gold)).values())
    return 2 * same / (len(given) + len(gold))


def _text(prediction: Any) -> str:
    return prediction if isinstance(prediction, str) else str(prediction.text)
