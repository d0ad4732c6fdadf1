"""Examples as they are given to people to look at: whole texts, what is right, what the model said and how surely."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.datamap import FACTS
from dataset_cartography.errors import InputError, OutputExistsError
from dataset_cartography.formats.judged import judge_answers, judge_choice, judge_label, judge_written
from dataset_cartography.metrics import METRICS
from dataset_cartography.pages import Alignment, join_ranking, show_all
from dataset_cartography.pages.answers import label_names, model_labels
from dataset_cartography.pages.told_texts import CHOSEN, REJECTED
from dataset_cartography.pages.told_units import predicted_labels
from dataset_cartography.pages.wrong_labels import PROBABILITY, RANK, suggested_number
from dataset_cartography.regions import get_examples_by_category
from dataset_cartography.schema import SCHEMAS
from dataset_cartography.slices import Kind, as_text, kind_of, label_positions

SCORE = "prediction_probability"
SUSPICION = (RANK, PROBABILITY, "looks_like", "reason", "suggested")
"""What is told of an example that a ranking of labels chose."""
Span = tuple[int, int]


@dataclass(frozen=True)
class ReviewItem:
    """One example to be looked at.

    Attributes:
        id: Its id, exactly as in the dataset.
        texts: Its texts by column, whole.
        choices: What there is to choose from, where that belongs to the example.
        gold: What is right, by the dataset: a label's name, or several; a choice's text; the gold answers, none if
            unanswerable; the entities; a value; the target.
        gold_places: Where that is: the characters of each answer, or the choice's position; empty for labels.
        prediction: What the model predicted last, or suggests: a label, a choice, an answer, or `NO_ANSWER`; None if
            unknown.
        predicted_place: Its characters, or the choice's position; None where there is none.
        score: The probability that the model gave to it, 0 to 1; None if unknown.
        metrics: Its category, what a ranking of labels says of it, and its metrics; None where there is no value.
        correction: What the model predicted, as a person would write it in the place of what is there; None where
            labels, choices or answers are marked instead, and where it is no other.
        labels: Where an example has several: those that the model predicted.
    """

    id: int | str
    texts: dict[str, str]
    choices: list[str]
    gold: list[str]
    gold_places: list[Span] | list[int]
    prediction: str | None
    predicted_place: Span | int | None
    score: float | None
    metrics: dict[str, Any]
    correction: str | None = None
    labels: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Review:
    """Examples to be looked at.

    Attributes:
        kind: What they are.
        labels: All labels that there are to choose from, in the dataset's order; empty where there are none.
        model: What the model is called.
        items: The examples.
    """

    kind: Kind
    labels: list[str]
    model: str
    items: list[ReviewItem]

    @cached_property
    def passages(self) -> list[str]:
        """The columns of text, without the question, that the examples have."""
        names = [name for name in self.kind.readable if name != "question"]
        return [name for name in names if any(item.texts.get(name) for item in self.items)]


def choose(
    df: pd.DataFrame,
    *,
    category: str | None = None,
    ids: Sequence[int | str] | None = None,
    n: int | None = None,
) -> pd.DataFrame:
    """Choose rows of a map, in the order in which they are worth looking at.

    Args:
        df: The map, with the column `category` if that is asked for.
        category: Only this region, the most typical first.
        ids: Only these, in this order (beside a category: in its order). Ids are compared as they are; if none is
            found, as text.
        n: At most so many.

    Raises:
        InputError: None of the ids is on the map, or nothing is left to choose.
    """
    if n is not None and n < 1:
        raise InputError(f"The number of examples must be 1 or more, not {n}.")
    chosen = df if category is None else df.loc[get_examples_by_category(df, category)]
    if ids is not None:
        wanted = pd.Index(list(dict.fromkeys(ids)), dtype=object)
        places = df.index.get_indexer(wanted)
        if (places < 0).all():
            places = df.index.map(str).get_indexer(wanted.map(str))
        if (places < 0).all():
            shown = f", such as {wanted[0]!r}," if len(wanted) else ""
            raise InputError(
                f"None of the {len(wanted)} ids{shown} is on the map, whose first id is {df.index.tolist()[0]!r}."
            )
        asked = df.index[places[places >= 0]]
        chosen = df.loc[asked] if category is None else chosen[chosen.index.isin(asked)]
    if not len(chosen):
        raise InputError(
            f"There is no {category or ''} example to export among those asked for.".replace("  ", " ")
        )
    return chosen if n is None else chosen.head(n)


def make_review(alignment: Alignment, scores: "pd.Series[float] | None" = None) -> Review:
    """Gather what people need to judge examples.

    Args:
        alignment: The chosen rows of the map and their examples.
        scores: As `last_scores` gives them.

    Raises:
        MissingColumnError: The examples are of no known kind.
    """
    df, examples = alignment.map_df, alignment.examples
    facts = df.attrs.get(FACTS, {})
    kind = kind_of(examples)
    of_model = model_labels(facts)
    single = kind.gold == ("label",) and not kind.measured
    several, pieces = "labels" in kind.gold, alignment.pieces
    names = label_names(examples["label"], of_model) if single else []
    own = _categories(examples) if single else []
    marked = single or "answers" in kind.gold or "choices" in kind.gold
    # What else is right is written, and the log may tell of its parts.
    told = [] if marked else list(show_all(df, examples, pieces=alignment.pieces))
    found = scores.reindex(df.index) if scores is not None else pd.Series(np.nan, index=df.index)
    shown = [name for name in ("category", *SUSPICION, *METRICS) if name in df.columns]
    items = []
    rows = zip(
        df.index.tolist(),
        df.to_dict("records"),
        examples.to_dict("records"),
        label_positions(examples["label"]).tolist() if "label" in examples else [0] * len(df),
        found.tolist(),
        strict=True,
    )
    for number, (example_id, row, example, place, score) in enumerate(rows):
        choices: list[str] = []
        if not marked:
            judged = judge_written(kind, example, told[number])
        elif "answers" in kind.gold:
            judged = judge_answers(row, example)
        elif "choices" in kind.gold:
            choices = [str(choice) for choice in example["choices"]]
            judged = judge_choice(row, choices, place)
        else:
            judged = judge_label(row, example, names)
        metrics = {name: _plain(row[name]) for name in shown}
        if metrics.get("suggested") is not None and marked:
            metrics["suggested"] = judged[2]  # that it stands as the prediction is `put_suggestions`' doing
        items.append(
            ReviewItem(
                id=example_id,
                texts={name: as_text(example[name]) for name in kind.readable if name in example},
                choices=choices,
                gold=judged[0],
                gold_places=judged[1],
                prediction=judged[2],
                predicted_place=judged[3],
                score=None if judged[2] is None else _plain(score),
                metrics=metrics,
                correction=None if marked else told[number]["correction"],
                labels=predicted_labels(pieces[number], of_model) if several and pieces is not None else [],
            )
        )
    labels = list(dict.fromkeys([*own, *names])) if single else []
    if several:
        labels = list(dict.fromkeys([*of_model, *(name for item in items for name in item.gold)]))
    elif kind.written and kind.target is None:
        labels = [CHOSEN, REJECTED]
    return Review(kind, labels, str(facts.get("model") or "model"), items)


def put_suggestions(
    df: pd.DataFrame, ranking: pd.DataFrame, scores: "pd.Series[float] | None" = None
) -> "tuple[pd.DataFrame, pd.Series[float]]":
    """Let a ranking's suggestions stand for the model's last predictions, where there are any.

    Args:
        df: Rows of a map.
        ranking: As `find_label_errors` makes it, with a row for each.
        scores: How sure the last predictions were, as `last_scores` gives them.

    Returns:
        The rows with the ranking's columns, and how sure what stands there as prediction is: of a suggestion its mean
        probability over the epochs.
    """
    rows = join_ranking(df, ranking)
    found = scores.reindex(df.index) if scores is not None else pd.Series(np.nan, index=df.index)
    facts = df.attrs.get(FACTS, {})
    labels = model_labels(facts)
    schema = SCHEMAS.get(str(facts.get("task")))
    if schema is not None and (schema.pooled or schema.task == "regression"):
        new = {}  # the suggestion is in words, and stays so
    elif "suggested_start" in rows:
        new = {f"prediction_{end}": rows[f"suggested_{end}"] for end in ("start", "end")}
    elif "suggested" in rows:
        numbers = [suggested_number(value, labels) for value in rows["suggested"].tolist()]
        new = {"prediction": pd.Series(pd.array(numbers, "Int32"), index=df.index)}
    else:
        new = {}
    suggested = pd.Series(False, index=df.index)
    for name, values in new.items():
        suggested = values.notna()
        old = rows[name] if name in rows else pd.Series(pd.NA, index=df.index, dtype="Int32")
        rows[name] = values.where(suggested, old)
    return rows, rows["suggested_probability"].where(suggested, found)


def refuse_existing(path: Path) -> None:
    """Refuse to overwrite a file.

    Raises:
        OutputExistsError: It is there.
    """
    if path.exists():
        raise OutputExistsError(
            f"'{path}' exists already, and is not overwritten: choose another destination."
        )


def _categories(examples: pd.DataFrame) -> list[str]:
    labels = examples["label"]
    if isinstance(labels.dtype, pd.CategoricalDtype):
        return [str(name) for name in labels.cat.categories]
    return sorted({str(value) for value in labels.dropna()})


def _plain(value: Any) -> Any:
    """A value as JSON can say it, None where it is not known."""
    if value is None or pd.isna(value):
        return None
    value = value.item() if isinstance(value, np.generic) else value
    return value if not isinstance(value, float) or np.isfinite(value) else None
