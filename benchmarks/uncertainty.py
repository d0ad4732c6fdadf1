"""Do the probabilities of regions hold for a run that was held out, and is the jackknife what runs differ by?

    python benchmarks/uncertainty.py                                  on simulated runs
    python benchmarks/uncertainty.py seed1 seed2 seed3 seed4          on recorded runs of the same examples
    python benchmarks/uncertainty.py SCRATCH/trec-uniform-0.05-*/cartography

The last are cells of benchmarks/label_errors; examples whose label was made wrong in any of them are left out, so
that the others were learnt with the same labels. Each run is held out in turn, and its regions are predicted from
1, 2, 3, … of the others: by the share of these in each region, by that share with half a run added to each region, and
by `merge_runs` (of one run `jackknife_epochs`). Printed as Markdown.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.datamap import compute_map
from dataset_cartography.dynamics import Dynamics
from dataset_cartography.metrics import compute
from dataset_cartography.regions import CATEGORIES, METHODS, assign_categories
from dataset_cartography.regions.rules import Method
from dataset_cartography.tasks.noise.truth import planted_path, read_planted
from dataset_cartography.uncertainty import (
    jackknife,
    jackknife_epochs,
    merge_runs,
    pooled,
    reliability_table,
    spearman_brown,
)

Run = tuple[pd.DataFrame, Dynamics]
MEASURES = ("confidence", "variability", "correctness")
FLOOR = 1e-3  # of a probability, so that the share of the runs has a log-loss at all


def simulated(runs: int, examples: int = 2000, epochs: int = 5, seed: int = 0) -> list[Run]:
    """Runs in which examples are learnt at a pace of their own, that each run changes a little."""
    rng = np.random.default_rng(seed)
    pace, start = rng.normal(1.0, 0.8, examples), rng.normal(-1.5, 0.7, examples)
    made = []
    for _ in range(runs):
        own = pace + rng.normal(0, 0.3, examples)
        logits = start[:, None] + own[:, None] * np.arange(epochs) + rng.normal(0, 0.3, (examples, epochs))
        probability = 1 / (1 + np.exp(-logits))
        signals = {"gold_probability": probability, "correct": (probability > 0.5).astype(float)}
        numbers = range(1, epochs + 1)
        df = pd.DataFrame(compute(MEASURES, signals, list(numbers)), index=pd.RangeIndex(examples))
        made.append((df, Dynamics(tuple(numbers), signals, {}, {}, (0,) * epochs)))
    return made


def recorded(directories: Sequence[Path]) -> list[Run]:
    """Recorded runs, of the examples whose label no run was given wrong, in one order."""
    runs = [compute_map(directory) for directory in directories]
    planted: set[Any] = set()
    for directory in directories:
        for file in (planted_path(directory), planted_path(directory.parent)):
            if file.is_file():
                planted |= set(read_planted(file)["id"])
    ids = runs[0][0].index
    ids = ids[~ids.isin(list(planted))]
    kept = []
    for df, dynamics in runs:
        places = df.index.get_indexer(ids)
        signals = {name: values[places] for name, values in dynamics.signals.items()}
        kept.append((df.iloc[places], Dynamics(dynamics.epochs, signals, {}, {}, dynamics.seen_in_part)))
    return kept


def held_out(runs: list[Run], method: Method) -> pd.DataFrame:
    """How well each way predicts the regions of a run that it has not seen, by number of runs that it has."""
    maps = [assign_categories(df, method) for df, _ in runs]
    codes = np.stack([df["category"].cat.codes.to_numpy() for df in maps])
    rows = []
    for count in range(1, min(len(runs), 6)):
        for out in range(len(runs)):
            others = [(out + step) % len(runs) for step in range(1, count + 1)]
            if count > 1:
                found = merge_runs([runs[other][0] for other in others], method)
            else:
                found = jackknife_epochs(maps[others[0]], runs[others[0]][1])
            known = (codes[[out, *others]] >= 0).all(axis=0)
            votes = np.stack([(codes[others] == code).sum(axis=0) for code in range(3)], axis=1)[known]
            ours = found[[f"{name}_probability" for name in CATEGORIES]].to_numpy()[known]
            truth = np.eye(3)[codes[out][known]]
            ways = {
                "share of the runs": votes / count,
                "half a run added": (votes + 0.5) / (count + 1.5),
                "this package": ours,
            }
            stable = found["stable"].to_numpy()[known]
            repeated = (found["category"] == maps[out]["category"]).to_numpy()[known]
            for way, probabilities in ways.items():
                floored = np.clip(probabilities, FLOOR, 1)
                floored /= floored.sum(axis=1, keepdims=True)
                row = {
                    "runs": count,
                    "way": way,
                    "log-loss": -np.log((floored * truth).sum(axis=1)).mean(),
                    "Brier": ((floored - truth) ** 2).sum(axis=1).mean(),
                }
                if way == "this package":
                    own = found["category"].cat.codes.to_numpy()[known]
                    row |= {
                        "expected to be repeated": ours[np.arange(len(own)), own].mean(),
                        "repeated": repeated.mean(),
                        "stable": stable.mean(),
                        "stable and repeated": repeated[stable].mean() if stable.any() else np.nan,
                    }
                rows.append(row)
    return pd.DataFrame(rows).groupby(["runs", "way"], sort=False).mean().reset_index()


def spreads(runs: list[Run]) -> pd.DataFrame:
    """The jackknife of single runs beside what runs differ by, and reliabilities foretold beside those found."""
    merged = merge_runs([df for df, _ in runs])
    errors = [jackknife(run.signals["gold_probability"], run.signals["correct"]) for _, run in runs]
    table = reliability_table(merged)
    half = len(runs) // 2
    rows = []
    for name in MEASURES:
        each = np.stack([df[name].to_numpy("float64") for df, _ in runs])
        said = np.stack([error[f"{name}_se"] for error in errors])
        ranks = [
            pd.Series(said[run]).corr(pd.Series(np.delete(each, run, 0).std(axis=0, ddof=1)), "spearman")
            for run in range(len(runs))
        ]
        one, between = (float(table[column].to_dict()[name]) for column in ("one_run", "between"))
        halves = [
            np.corrcoef(each[order[:half]].mean(axis=0), each[order[half : 2 * half]].mean(axis=0))[0, 1]
            for order in (np.random.default_rng(seed).permutation(len(runs)) for seed in range(20))
        ]
        rows.append(
            {
                "measure": name,
                "SD between runs": between,
                "SE by epochs": pooled(said),
                "ratio": pooled(said) / between,
                "rank correlation of the two": float(np.mean(ranks)),
                "reliability of 1 run": one,
                f"of {half}, foretold": spearman_brown(one, half),
                f"of {half}, correlation found": float(np.mean(halves)),
            }
        )
    return pd.DataFrame(rows)


def markdown(table: pd.DataFrame) -> str:
    """A table with three digits."""
    lines = [list(table.columns), ["---"] * len(table.columns)]
    lines += [
        ["" if pd.isna(cell) else f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row]
        for row in table.to_numpy(dtype=object).tolist()
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main() -> None:
    """Read or simulate, predict, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="*", type=Path, help="cartography directories, three or more")
    parser.add_argument("--method", default="threshold", choices=METHODS, help="how regions are told apart")
    arguments = parser.parse_args()
    if 0 < len(arguments.runs) < 3:
        parser.error("give three runs or more")
    runs = recorded(arguments.runs) if arguments.runs else simulated(6)
    print(
        f"{len(runs)} runs, {len(runs[0][0]):,} examples, {len(runs[0][1].epochs)} epochs, {arguments.method}\n"
    )
    print(markdown(held_out(runs, arguments.method)) + "\n")
    print(markdown(spreads(runs)))


if __name__ == "__main__":
    main()
