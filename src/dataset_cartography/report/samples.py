"""Samples of each region with their text: what was asked, what is right, what the model said."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dataset_cartography.datamap import FACTS
from dataset_cartography.regions import get_examples_by_category
from dataset_cartography.report.alignment import Alignment
from dataset_cartography.report.excerpt import Excerpt, Segment, Span, make_excerpt, shortened
from dataset_cartography.report.tables import metric_names
from dataset_cartography.slices import Kind, answer_spans, kind_of, label_positions

NO_ANSWER = "(no answer)"
_LONGEST_QUESTION, _LONGEST_ANSWER, _MOST_ANSWERS = 500, 300, 3
_LONG_EXCERPT = 480  # characters of a text in which nothing is marked


@dataclass(frozen=True)
class Sample:
    """One example as the page and the table show it.

    Attributes:
        example_id: its id.
        question: the question, cut if very long; None for tasks without one.
        passages: its other texts by the name of their column; cut around the answer if that is a span.
        spans: whether answers are spans of the one passage.
        choices: what there was to choose from, if anything, the gold and the predicted one marked.
        gold: what is right: a label, a choice, or the distinct gold answers that are shown; NO_ANSWER alone if
            the question is unanswerable.
        more_gold: gold answers not shown.
        prediction: what the last epoch predicted; NO_ANSWER; None if unknown.
        agrees: whether the prediction is right; None if unknown.
        elsewhere: whether the prediction stands in a part of the context that is not shown.
        misplaced: whether the first gold answer does not stand where the dataset says.
        metrics: values by metric name; NaN where there is none.
        probabilities: gold probability by epoch, NaN where unseen; empty if not given.
    """

    example_id: Any
    question: str | None
    passages: dict[str, Excerpt]
    spans: bool
    choices: tuple[Segment, ...]
    gold: tuple[str, ...]
    more_gold: int
    prediction: str | None
    agrees: bool | None
    elsewhere: bool
    misplaced: bool
    metrics: dict[str, float]
    probabilities: tuple[tuple[int, float], ...]


def collect_samples(
    alignment: Alignment, category: str, n: int, probabilities: pd.DataFrame | None = None
) -> list[Sample]:
    """The n most typical examples of a region that have a text, most typical first."""
    kind = kind_of(alignment.examples.columns)
    chosen = get_examples_by_category(alignment.map_df, category, n)
    rows, examples = alignment.map_df.loc[chosen], alignment.examples.loc[chosen]
    if "answers" in kind.gold:
        told = [_tell_spans(*pair) for pair in zip(_records(rows), _records(examples), strict=True)]
    else:
        told = _tell_labels(kind, rows, examples)
    names = metric_names(alignment.map_df)
    return [
        Sample(
            example_id=example_id,
            spans="answers" in kind.gold,
            question=shortened(_text(example["question"]), _LONGEST_QUESTION)
            if "question" in example
            else None,
            metrics={name: _number(row[name]) for name in names},
            probabilities=_by_epoch(example_id, probabilities),
            **facts,
        )
        for example_id, row, example, facts in zip(
            chosen, _records(rows), _records(examples[_present(kind, examples)]), told, strict=True
        )
    ]


def samples_table(samples: Sequence[Sample], kind: Kind) -> pd.DataFrame:
    """The samples as a table, one row each, most typical first."""
    gold = "gold_answers" if "answers" in kind.gold else "gold_label"
    rows = [
        {
            "id": sample.example_id,
            **({} if sample.question is None else {"question": sample.question}),
            gold: " | ".join(sample.gold) + (f" | +{sample.more_gold} more" if sample.more_gold else ""),
            "prediction": sample.prediction,
            **{f"{name}_excerpt": excerpt.text for name, excerpt in sample.passages.items()},
            **({"choices": " | ".join(part.text for part in sample.choices)} if sample.choices else {}),
            **sample.metrics,
        }
        for sample in samples
    ]
    question = ["question"] if "question" in kind.texts else []
    passages = [f"{name}_excerpt" for name in kind.texts if name != "question"]
    return pd.DataFrame(rows, columns=None if rows else ["id", *question, gold, "prediction", *passages])


def _tell_spans(row: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    """What a question's context shows, and its gold and predicted answers."""
    context = _text(example["context"])
    answers = answer_spans(example["answers"])
    texts = list(dict.fromkeys(text for text, _ in answers))
    gold = _gold_span(context, answers)
    predicted_text, predicted = _predicted_span(row, context)
    agrees = None if predicted_text is None else predicted_text in (texts or [NO_ANSWER])
    excerpt = make_excerpt(context, gold, predicted)
    return {
        "passages": {"context": excerpt},
        "choices": (),
        "gold": tuple(shortened(text, _LONGEST_ANSWER) for text in texts[:_MOST_ANSWERS]) or (NO_ANSWER,),
        "more_gold": max(0, len(texts) - _MOST_ANSWERS),
        "prediction": None if predicted_text is None else shortened(predicted_text, _LONGEST_ANSWER),
        "agrees": agrees,
        "elsewhere": predicted is not None and not agrees and not excerpt.marks_prediction,
        "misplaced": bool(answers) and gold is None,
    }


def _tell_labels(kind: Kind, rows: pd.DataFrame, examples: pd.DataFrame) -> list[dict[str, Any]]:
    """What examples with a label show: their texts and choices, the gold label and the predicted one."""
    names = _label_names(rows, examples["label"])
    places = label_positions(examples["label"]).tolist()
    passages = [name for name in _present(kind, examples) if name != "question"]
    told = []
    for row, example, place in zip(_records(rows), _records(examples), places, strict=True):
        number = row.get("prediction")
        predicted = None if number is None or pd.isna(number) else int(number)
        if "choices" in kind.gold:
            options = [_text(choice) for choice in example["choices"]]
            gold, prediction = _item(options, place), None if predicted is None else _item(options, predicted)
            agrees = None if predicted is None else predicted == place
        else:
            options = []
            gold = "(no label)" if pd.isna(example["label"]) else str(example["label"])
            prediction = None if predicted is None else names.get(predicted, str(predicted))
            agrees = None if prediction is None else prediction == gold
        told.append(
            {
                "passages": {
                    name: make_excerpt(text, None, None, _LONG_EXCERPT)
                    for name in passages
                    if (text := _text(example[name]))
                },
                "choices": tuple(
                    Segment(shortened(option, _LONGEST_ANSWER), number == place, number == predicted)
                    for number, option in enumerate(options)
                ),
                "gold": (shortened(gold, _LONGEST_ANSWER),),
                "more_gold": 0,
                "prediction": None if prediction is None else shortened(prediction, _LONGEST_ANSWER),
                "agrees": agrees,
                "elsewhere": False,
                "misplaced": False,
            }
        )
    return told


def _label_names(map_df: pd.DataFrame, labels: "pd.Series[Any]") -> dict[int, str]:
    """Names of labels by the number that the map's predictions have.

    A model may number the labels of the dataset in an order of its own, which the map's facts then tell.
    """
    if not isinstance(labels.dtype, pd.CategoricalDtype):
        return {}
    names = [str(name) for name in labels.cat.categories]
    of_model = [str(name) for name in map_df.attrs.get(FACTS, {}).get("labels", ())]
    return dict(enumerate(of_model if set(of_model) >= set(names) else names))


def _item(options: Sequence[str], place: int) -> str:
    """A choice, or its number where there is no such choice."""
    return options[place] if 0 <= place < len(options) else f"(choice {place})"


def _gold_span(context: str, answers: list[tuple[str, int]]) -> Span | None:
    """Where the first gold answer stands, if it does stand there."""
    if not answers:
        return None
    text, start = answers[0]
    end = start + len(text)
    return (start, end) if text and start >= 0 and context[start:end] == text else None


def _predicted_span(row: dict[str, Any], context: str) -> tuple[str | None, Span | None]:
    start, end = row.get("prediction_start"), row.get("prediction_end")
    if start is None or end is None or pd.isna(start) or pd.isna(end):
        return None, None
    if start == -1 and end == -1:
        return NO_ANSWER, None
    span = int(start), int(end)
    if not 0 <= span[0] <= span[1] <= len(context):
        return None, None
    return context[slice(*span)], span


def _present(kind: Kind, examples: pd.DataFrame) -> list[str]:
    """Those of the kind's texts that the examples have."""
    return [name for name in kind.texts if name in examples.columns]


def _records(df: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in df.to_dict("records")]


def _by_epoch(example_id: Any, probabilities: pd.DataFrame | None) -> tuple[tuple[int, float], ...]:
    if probabilities is None or example_id not in probabilities.index:
        return ()
    values = probabilities.loc[example_id]
    return tuple((int(epoch), _number(value)) for epoch, value in values.items())


def _number(value: Any) -> float:
    return math.nan if pd.isna(value) else float(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
