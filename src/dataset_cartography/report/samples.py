"""Samples of each region with their text: what was asked, what is right, what the model said."""

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dataset_cartography.regions import get_examples_by_category
from dataset_cartography.report.alignment import Alignment
from dataset_cartography.report.excerpt import Excerpt, Span, make_excerpt, shortened
from dataset_cartography.report.tables import metric_names
from dataset_cartography.slices import answer_spans

NO_ANSWER = "(no answer)"
_LONGEST_QUESTION, _LONGEST_ANSWER, _MOST_ANSWERS = 500, 300, 3


@dataclass(frozen=True)
class Sample:
    """One example as the page and the table show it.

    Attributes:
        example_id: its id.
        question: the question, cut if very long.
        gold: the distinct gold answers that are shown; NO_ANSWER alone if it is unanswerable.
        more_gold: gold answers not shown.
        prediction: the last epoch's answer; NO_ANSWER; None if unknown.
        agrees: whether the prediction is one of the gold answers; None if unknown.
        excerpt: the context around the answer.
        misplaced: whether the first gold answer does not stand where the dataset says.
        metrics: values by metric name; NaN where there is none.
        probabilities: gold probability by epoch, NaN where unseen; empty if not given.
    """

    example_id: Any
    question: str
    gold: tuple[str, ...]
    more_gold: int
    prediction: str | None
    agrees: bool | None
    excerpt: Excerpt
    misplaced: bool
    metrics: dict[str, float]
    probabilities: tuple[tuple[int, float], ...]


def collect_samples(
    alignment: Alignment, category: str, n: int, probabilities: pd.DataFrame | None = None
) -> list[Sample]:
    """The n most typical examples of a region that have a text, most typical first."""
    return [
        _sample(alignment, example_id, probabilities)
        for example_id in get_examples_by_category(alignment.map_df, category, n)
    ]


def samples_table(samples: list[Sample]) -> pd.DataFrame:
    """The samples as a table, one row each, most typical first."""
    rows = [
        {
            "id": sample.example_id,
            "question": sample.question,
            "gold_answers": " | ".join(sample.gold)
            + (f" | +{sample.more_gold} more" if sample.more_gold else ""),
            "prediction": sample.prediction,
            "context_excerpt": sample.excerpt.text,
            **sample.metrics,
        }
        for sample in samples
    ]
    texts = ["id", "question", "gold_answers", "prediction", "context_excerpt"]
    return pd.DataFrame(rows, columns=None if rows else texts)


def _sample(alignment: Alignment, example_id: Any, probabilities: pd.DataFrame | None) -> Sample:
    row, example = alignment.map_df.loc[example_id], alignment.examples.loc[example_id]
    question, context = _text(example["question"]), _text(example["context"])
    answers = answer_spans(example["answers"])
    texts = list(dict.fromkeys(text for text, _ in answers))
    gold = _gold_span(context, answers)
    predicted_text, predicted = _prediction(row, context)
    agrees = None if predicted_text is None else predicted_text in (texts or [NO_ANSWER])
    return Sample(
        example_id=example_id,
        question=shortened(question, _LONGEST_QUESTION),
        gold=tuple(shortened(text, _LONGEST_ANSWER) for text in texts[:_MOST_ANSWERS]) or (NO_ANSWER,),
        more_gold=max(0, len(texts) - _MOST_ANSWERS),
        prediction=None if predicted_text is None else shortened(predicted_text, _LONGEST_ANSWER),
        agrees=agrees,
        excerpt=make_excerpt(context, gold, predicted),
        misplaced=bool(answers) and gold is None,
        metrics={name: _number(row[name]) for name in metric_names(alignment.map_df)},
        probabilities=_by_epoch(example_id, probabilities),
    )


def _gold_span(context: str, answers: list[tuple[str, int]]) -> Span | None:
    """Where the first gold answer stands, if it does stand there."""
    if not answers:
        return None
    text, start = answers[0]
    end = start + len(text)
    return (start, end) if text and start >= 0 and context[start:end] == text else None


def _prediction(row: "pd.Series[Any]", context: str) -> tuple[str | None, Span | None]:
    if "prediction_start" not in row.index or "prediction_end" not in row.index:
        return None, None
    start, end = row["prediction_start"], row["prediction_end"]
    if pd.isna(start) or pd.isna(end):
        return None, None
    if start == -1 and end == -1:
        return NO_ANSWER, None
    span = int(start), int(end)
    if not 0 <= span[0] <= span[1] <= len(context):
        return None, None
    return context[slice(*span)], span


def _by_epoch(example_id: Any, probabilities: pd.DataFrame | None) -> tuple[tuple[int, float], ...]:
    if probabilities is None or example_id not in probabilities.index:
        return ()
    values = probabilities.loc[example_id]
    return tuple((int(epoch), _number(value)) for epoch, value in values.items())


def _number(value: Any) -> float:
    return math.nan if pd.isna(value) else float(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
