"""What is told of examples whose target is a number, a text to be written, or the better one of two."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.pages.answers import longest_answer, number_words, plain_text, whole_numbers
from dataset_cartography.pages.excerpt import make_excerpt, shortened
from dataset_cartography.pages.pieces import Piece, Pieces
from dataset_cartography.pages.runs import SHADE, SHADES, Run, ShownText, of_excerpt, of_runs, shade
from dataset_cartography.pages.token_texts import TokenTexts
from dataset_cartography.pages.told import Told, plain_texts
from dataset_cartography.slices import Kind

CHOSEN, REJECTED = "chosen", "rejected"
_LEAST_LIKELY = 3  # tokens that are named
_LONGEST_TOKEN = 30


def tell_values(rows: pd.DataFrame, examples: list[dict[Any, Any]], width: int) -> Iterator[Told]:
    """Texts with the value that the dataset gives, and the one predicted."""
    predicted = _column(rows, "prediction")
    right = _column(rows, "last_correct")
    for example, value, correct in zip(examples, predicted, right, strict=True):
        target, known = example["label"], not pd.isna(value)
        off = float(value) - float(target) if known else np.nan
        notes = [f"The prediction is {number_words(abs(off))} {'above' if off > 0 else 'below'} the target."]
        yield Told(
            texts=plain_texts(("text",), example, width),
            choices=[],
            gold=["(no value)" if pd.isna(target) else number_words(target)],
            more_gold=0,
            prediction=number_words(value) if known else None,
            agrees=bool(correct) if known and not pd.isna(correct) else None,
            correction=number_words(value) if known and correct != 1 else None,
            notes=notes if off == off and off else [],
        )


def tell_written(
    kind: Kind, examples: list[dict[Any, Any]], pieces: Pieces | None, width: int
) -> Iterator[Told]:
    """Texts and the one that is to be written, its tokens shaded by their probability where they were recorded."""
    target = str(kind.target)
    texts = None if pieces is None else pieces.texts
    for place, example in enumerate(examples):
        written = plain_text(example[target])
        shown = of_excerpt(target, make_excerpt(written, None, None, 2 * width))
        notes: list[str] = []
        if pieces is not None and texts is not None and len((piece := pieces[place]).unit):
            shown, notes = _shaded(target, piece, texts, width)
        yield Told(
            texts=[*plain_texts(kind.texts, example, width), shown],
            choices=[],
            gold=[shortened(written, longest_answer(width))],
            more_gold=0,
            prediction=None,
            agrees=None,
            correction=None,
            notes=notes,
        )


def _shaded(name: str, piece: Piece, read: TokenTexts, width: int) -> tuple[ShownText, list[str]]:
    """The tokens of a target as runs, and which of them are the least likely."""
    texts = read(piece.gold.tolist())
    probabilities = np.nan_to_num(piece.probability, nan=1.0).tolist()
    runs: list[Run] = []
    for place, (text, probability) in enumerate(zip(texts, probabilities, strict=True)):
        if not text and place + 1 < len(texts):  # a part of a character, which the next token ends
            probabilities[place + 1] = min(probability, probabilities[place + 1])
            continue
        space = text[: len(text) - len(text.lstrip())]
        marks = SHADE * shade(probability)
        if space and (not runs or runs[-1][1] != marks):  # it stands between two tokens, in neither
            runs.append((space, 0))
            text = text[len(space) :]
        runs.append((text, marks))
    order = np.argsort(probabilities, kind="stable")[:_LEAST_LIKELY].tolist()
    named = [
        f"“{shortened(texts[place].strip(), _LONGEST_TOKEN)}” {_probability_words(probabilities[place])}"
        for place in order
        if probabilities[place] < SHADES[0] and texts[place].strip()
    ]
    notes = [f"Least likely on average over the epochs: {', '.join(named)}."] if named else []
    return of_runs(name, runs, 2 * width), notes


def _probability_words(value: float) -> str:
    if value < 0.001:
        return "below 0.001"
    return f"{value:.2f}" if value >= 0.01 else f"{value:.3f}"


def tell_preferences(rows: pd.DataFrame, examples: list[dict[Any, Any]], width: int) -> Iterator[Told]:
    """Prompts with the answer that is to be preferred and the other one, and which of them the model preferred."""
    for example, number in zip(examples, whole_numbers(rows, "prediction"), strict=True):
        yield Told(
            texts=plain_texts(("prompt", "chosen", "rejected"), example, width),
            choices=[],
            gold=[CHOSEN],
            more_gold=0,
            prediction=None if number is None else (CHOSEN, REJECTED)[number != 0],
            agrees=None if number is None else number == 0,
            correction=REJECTED,
            notes=[],
        )


def _column(rows: pd.DataFrame, name: str) -> list[Any]:
    return rows[name].tolist() if name in rows.columns else [None] * len(rows)
