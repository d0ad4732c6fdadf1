"""What the finished cells of an experiment say, as frames."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from dataset_cartography.experiment.cells import SCORES, CellFolder

Scores = Mapping[str, Mapping[str, "pd.Series[float]"]]


def results_frame(results: Sequence[Mapping[str, Any]], metric: str) -> pd.DataFrame:
    """A row per finished cell, in their order.

    Args:
        results: What came of each, as `write_results` gives them.
        metric: The plan's.

    Returns:
        Columns `cell`, `arm`, `fraction` (NaN where the arm has one size), `seed`, `examples`, `steps`, `seconds`, and
        by the evaluations' names the metric, in percent.
    """
    rows = [
        {name: value[metric] if isinstance(value, dict) else value for name, value in result.items()}
        for result in results
    ]
    columns = ["cell", "arm", "fraction", "seed", "examples", "steps", "seconds"]
    df = pd.DataFrame(rows) if rows else pd.DataFrame(columns=columns)
    return df.astype({"fraction": float})


def read_scores(folders: Sequence[CellFolder]) -> dict[str, dict[str, "pd.Series[float]"]]:
    """By finished cell and evaluation, every example's score of the metric, 0 to 1, indexed by its id."""
    scores = {}
    for folder in folders:
        if folder.finished:
            table = pq.read_table(folder.path / SCORES).to_pandas()
            scores[folder.cell.name] = {
                str(name): group.set_index("id")["score"]
                for name, group in table.groupby("evaluation", sort=False)
            }
    return scores
