"""Examples to look at as plain tables: CSV for spreadsheets, JSON Lines for programs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from dataset_cartography.formats.review import SCORE, Review, refuse_existing
from dataset_cartography.log import write_atomically
from dataset_cartography.pages import NO_ANSWER
from dataset_cartography.pages.tables import write_table


def export_csv(review: Review, directory: str | Path) -> list[Path]:
    """Write `examples.csv`: id, texts, choices, gold, prediction with its probability, category and metrics.

    Several gold answers or choices stand in one cell, between " | ". Text that a spreadsheet would run as a formula
    gets an apostrophe in front; `examples.jsonl` has it as it is.

    Args:
        review: The examples.
        directory: Where to write; an existing file is not overwritten.

    Raises:
        OutputExistsError: It is there already.
    """
    rows = [{**row, "gold": " | ".join(row["gold"])} for row in _rows(review)]
    for row in rows:
        if "choices" in row:
            row["choices"] = " | ".join(row["choices"])
    path = _free(Path(directory) / "examples.csv")
    write_atomically(path, lambda to: write_table(pd.DataFrame(rows), to, index=False))
    return [path]


def export_jsonl(review: Review, directory: str | Path) -> list[Path]:
    """Write `examples.jsonl`: what `export_csv` writes, as it is; `gold` and `choices` are lists.

    Args:
        review: The examples.
        directory: Where to write; an existing file is not overwritten.

    Raises:
        OutputExistsError: It is there already.
    """
    path = _free(Path(directory) / "examples.jsonl")
    lines = [json.dumps(row, ensure_ascii=False) for row in _rows(review)]
    write_atomically(path, lambda to: to.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8"))
    return [path]


def _free(path: Path) -> Path:
    refuse_existing(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _rows(review: Review) -> Iterator[dict[str, Any]]:
    unanswerable = [NO_ANSWER] if "answers" in review.kind.gold else []
    for item in review.items:
        choices = {"choices": item.choices} if item.choices else {}
        gold = list(dict.fromkeys(item.gold)) or unanswerable
        told = {"gold": gold, "prediction": item.prediction, SCORE: item.score}
        yield {"id": item.id, **item.texts, **choices, **told, **item.metrics}
