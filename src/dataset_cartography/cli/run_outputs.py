"""What `run.py` writes and says besides the model and the map."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dataset_cartography.cli.console import print_summary
from dataset_cartography.datamap import compute_map, summarize_map
from dataset_cartography.log import LogPaths
from dataset_cartography.regions import assign_categories
from dataset_cartography.tasks.base import Evaluation

_EVALUATIONS = {"eval": "Evaluation", "ood": "Out of domain"}


def write_evaluation(evaluation: Evaluation, output_dir: Path, name: str) -> None:
    """Write `NAME_metrics.json` and `NAME_predictions.jsonl`, and print the metrics.

    Args:
        evaluation: What was found.
        output_dir: Where the files go.
        name: "eval", or "ood" for the second dataset.
    """
    metrics_path, rows_path = output_dir / f"{name}_metrics.json", output_dir / f"{name}_predictions.jsonl"
    metrics_path.write_text(json.dumps(evaluation.metrics, indent=2) + "\n", encoding="utf-8")
    with rows_path.open("w", encoding="utf-8") as file:
        for row in evaluation.rows:
            known = {key: None if value != value else value for key, value in row.items()}  # NaN is no JSON
            file.write(json.dumps(known, ensure_ascii=False, default=str) + "\n")
    print(
        f"\n{_EVALUATIONS[name]}: "
        + ", ".join(f"{name} {value:g}" for name, value in evaluation.metrics.items())
    )
    print(f"  {metrics_path}\n  {rows_path}")


def list_faulty_rows(output_dir: Path, left_out: Sequence[Any], repaired: Sequence[Any]) -> None:
    """Say how many rows were repaired or left out, and list them in a file."""
    if not left_out and not repaired:
        return
    path = output_dir / "faulty_rows.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for action, rows in (("left out", left_out), ("repaired", repaired)):
            for row in rows:
                file.write(json.dumps({"action": action, **row._asdict()}, ensure_ascii=False) + "\n")
    print(f"Faulty rows: {len(repaired)} repaired, {len(left_out)} left out; listed in {path}")


def print_map(root: Path) -> None:
    """Print a recorded run's summary, and which files to open."""
    df, dynamics = compute_map(root)
    print_summary(summarize_map(assign_categories(df), dynamics))
    paths = LogPaths(root)
    print("Open:")
    for path in (paths.picture, paths.metrics_csv):
        if path.exists():
            print(f"  {path}")
