"""How well methods find wrong labels that were planted: average precision, and precision at their true number.

    python benchmarks/label_errors --data FOLDER [--folder cells] [--quick]

FOLDER holds squad/dev-v1.1.json, snli/validation.jsonl, trec/TREC.train.all and banking77/train.csv; digits and demo
need none. A cell is one dataset, kind of noise, share and seed; it is trained once, and only its log and the hidden
truth are kept, so a run that was cut short goes on where it ended, several runs with one `--folder` and other `--sets`
can share the work, and `--evaluate` alone reads what is there. When all cells are trained, those that are no question
answering are cross-fitted: three more models each, that say what they make of a third that they were not trained on.
"""

import argparse
import json
import logging
from importlib.resources import files
from pathlib import Path

import datasets
import torch
from calibrating import fit_all, hold_out
from cells import Cell, all_cells
from choosing import choose, leave_one_out, mean_score, precisions
from methods import METHODS, Array, Trained, with_neighbours
from neighbours import embed_sets
from sets import RECIPES
from tables import (
    OURS,
    OURS_NEAR,
    print_cross_fitted,
    print_differences,
    print_held,
    print_suggestions,
    print_tables,
    score_cells,
)

from dataset_cartography.errors import OutputExistsError
from dataset_cartography.label_errors.ranking import COMBINED

SHARES = (0.1, 0.05)
SEEDS = 3
NEEDS_DATA = tuple(name for name in RECIPES if name not in ("digits", "demo"))


def main() -> None:
    """Parse, train what is missing, evaluate, print."""
    parser = argparse.ArgumentParser(
        prog="python benchmarks/label_errors",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data", type=Path, help="the folder with the datasets; without it, digits and demo alone"
    )
    parser.add_argument(
        "--folder", type=Path, default=Path("label_error_cells"), help="where the cells are kept"
    )
    parser.add_argument("--sets", nargs="+", choices=list(RECIPES), help="only these datasets")
    parser.add_argument("--shares", nargs="+", type=float, default=list(SHARES))
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument(
        "--threads", type=int, default=1, help="of torch; two runs of one thread beat one of two"
    )
    parser.add_argument(
        "--bf16", action="store_true", help="train in bfloat16: half the time where the machine multiplies it"
    )
    parser.add_argument("--quick", action="store_true", help="one dataset (digits), one seed: a minute")
    parser.add_argument(
        "--cross_fit", action="store_true", help="train no cell, but cross-fit those that are trained by now"
    )
    parser.add_argument("--evaluate", action="store_true", help="train nothing")
    parser.add_argument(
        "--fit",
        action="store_true",
        help="fit the package's probabilities to the cells that are there, and write them",
    )
    arguments = parser.parse_args()
    names = arguments.sets or [name for name in RECIPES if arguments.data or name not in NEEDS_DATA]
    if missing := [name for name in names if name in NEEDS_DATA and not arguments.data]:
        parser.error(f"--data is needed for {', '.join(missing)}")
    if arguments.quick:
        names, arguments.seeds = (arguments.sets or ["digits"])[:1], 1
    cells = list(all_cells(names, arguments.shares, arguments.seeds))
    if not (arguments.evaluate or arguments.fit):
        torch.set_num_threads(arguments.threads)
        datasets.disable_progress_bars()
        logging.getLogger("dataset_cartography").setLevel(logging.ERROR)
        for cell in [] if arguments.cross_fit else cells:
            if not cell.is_done(arguments.folder):
                seconds = cell.train(arguments.folder, arguments.data, bf16=arguments.bf16)
                print(f"{cell.name}: trained in {seconds:.0f} s", flush=True)
        cross_fit(cells, arguments.folder, arguments.data)
        embed_sets(names, arguments.folder, arguments.data)
    if arguments.cross_fit:
        return
    done = [Trained(arguments.folder / cell.name) for cell in cells if cell.is_done(arguments.folder)]
    print(f"{len(done)} of {len(cells)} cells are there.")
    if arguments.fit:
        path = Path(str(files("dataset_cartography.label_errors") / "calibration.json"))
        calibration = fit_all(done, arguments.folder, COMBINED)
        path.write_text(json.dumps(calibration.to_json(), indent=1) + "\n", encoding="utf-8")
        print(f"Wrote {path}")
    elif done:
        evaluate(done, arguments.folder)


def cross_fit(cells: list[Cell], folder: Path, data: Path) -> None:
    """Cross-fit the cells that are trained, where it is about labels."""
    for cell in cells:
        # Looked up as late as possible: another run may be at the same cells.
        if RECIPES[cell.dataset].task != "qa" and cell.is_done(folder) and not cell.is_cross_fitted(folder):
            try:
                seconds = cell.cross_fit(folder, data)
            except OutputExistsError:
                continue  # another run is at it
            print(f"{cell.name}: cross-fitted in {seconds:.0f} s", flush=True)


def evaluate(cells: list[Trained], folder: Path) -> None:
    """Choose the combination without each dataset in turn, and compare it with every single method."""
    table = precisions(cells)
    chosen = leave_one_out(table)

    def ours(cell: Trained) -> Array:
        return mean_score(cell.evidence, chosen[cell.facts["dataset"]].signals)

    both = {OURS: ours, OURS_NEAR: lambda cell: with_neighbours(cell, ours(cell))}
    methods = {**both, **METHODS} if chosen else METHODS
    scores = score_cells(cells, methods)
    print_tables(scores)
    print_cross_fitted(scores)
    if chosen:
        print("\nours is the mean standard score of signals chosen on the other datasets")
        for name, choice in chosen.items():
            print(f"  for {name}: {', '.join(choice.signals)}")
        print(
            f"  on all: {', '.join(choose(table).signals)}; what the package combines: {', '.join(COMBINED)}"
        )
        print_differences(scores)
        print_held(hold_out(cells, folder, {name: choice.signals for name, choice in chosen.items()}))
    print_suggestions(cells, methods, OURS if chosen else "AUM")


if __name__ == "__main__":
    main()
