"""An experiment's table in Markdown, and what its suspected errors were."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
from prepare import Files

from dataset_cartography.experiment.arms import CLEANED, FULL
from dataset_cartography.experiment.conclusions import arm_words, evaluation_words
from dataset_cartography.experiment.paths import CELLS, CORRECTED_ROWS
from dataset_cartography.tasks.qa.score import normalize_answer

HEADER = ("trained on", "examples", "steps", "score", "to as many at random", "to full")


def print_markdown(table: pd.DataFrame) -> None:
    """Mean ± standard deviation over seeds, and differences with 95% intervals; bold where they exclude zero."""
    for evaluation, rows in table.groupby("evaluation", sort=False):
        where, evaluated = evaluation_words(str(evaluation)), rows["evaluated"].iloc[0]
        print(f"\n{where}, {evaluated:,} examples:\n")
        print(f"| {' | '.join(HEADER)} |\n|{'---|' * len(HEADER)}")
        for _, row in rows.iterrows():
            cells = [
                arm_words(row["arm"], row["fraction"]),
                f"{row['examples']:,}",
                f"{row['steps']:,.0f}",
                f"{row['mean']:.1f}" + ("" if pd.isna(row["sd"]) else f" ± {row['sd']:.1f}"),
                _difference(row, "control"),
                _difference(row, "full"),
            ]
            print(f"| {' | '.join(cells)} |")


def _difference(row: "pd.Series[Any]", to: str) -> str:
    difference, low, high = (row[f"{to}_{end}"] for end in ("difference", "low", "high"))
    if pd.isna(difference):
        return ""
    text = f"{difference:+.1f} ({low:+.1f} to {high:+.1f})"
    return f"**{text}**" if row[f"{to}_verdict"] in ("better", "worse") else text


def print_suspects(files: Files, output_dir: Path) -> None:
    """How many of the suspected errors are wrong labels, and how many of those have the right answer after."""
    truth = {row["id"]: row["true_answer"] for row in _rows(files.truth)}
    given = {row["id"]: row["answers"]["text"] for row in _rows(files.train)}
    full, cleaned = (_ids(output_dir / CELLS, arm) for arm in (FULL, CLEANED))
    corrected = {row["id"]: row["answers"]["text"] for row in _rows(output_dir / CORRECTED_ROWS)}
    suspects = full - cleaned
    changed = {id_ for id_ in suspects if corrected[id_] != given[id_]}
    right = {
        id_
        for id_ in changed & truth.keys()
        if normalize_answer(truth[id_]) in map(normalize_answer, corrected[id_])
    }
    print(
        f"\n{len(suspects):,} of {len(full):,} labels were suspected, {len(suspects & truth.keys()):,} of the "
        f"{len(full & truth.keys()):,} wrong ones among them. {len(changed):,} were changed, {len(right):,} of "
        f"them to the right answer; {len(changed - truth.keys()):,} had been right or defensible before."
    )


def _ids(cells: Path, arm: str) -> set[str]:
    """What an arm was trained on; with every seed the same."""
    return set(json.loads(next(cells.glob(f"{arm}-*/ids.json")).read_text(encoding="utf-8")))


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)
