"""How well methods find wrong labels that were planted: average precision, and precision at their true number.

    python benchmarks/label_errors --data FOLDER [--folder cells] [--quick]

FOLDER holds squad/dev-v1.1.json, snli/validation.jsonl, trec/TREC.train.all and banking77/train.csv; digits and demo
need none. A cell is one dataset, kind of noise, share and seed; it is trained once, and only its log and the hidden
truth are kept, so a run that was cut short goes on where it ended, several runs with one `--folder` and other `--sets`
can share the work, and `--evaluate` alone reads what is there.
"""

import argparse
import logging
import statistics
from pathlib import Path

import datasets
import torch
from cells import all_cells
from choosing import choose, combined, leave_one_out, precisions
from methods import METHODS, Array, Trained
from sets import RECIPES
from suggestions import share_restored
from tables import OURS, by_dataset, print_tables, score_cells

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
    parser.add_argument("--evaluate", action="store_true", help="train nothing")
    arguments = parser.parse_args()
    names = arguments.sets or [name for name in RECIPES if arguments.data or name not in NEEDS_DATA]
    if missing := [name for name in names if name in NEEDS_DATA and not arguments.data]:
        parser.error(f"--data is needed for {', '.join(missing)}")
    if arguments.quick:
        names, arguments.seeds = (arguments.sets or ["digits"])[:1], 1
    cells = list(all_cells(names, arguments.shares, arguments.seeds))
    if not arguments.evaluate:
        torch.set_num_threads(arguments.threads)
        datasets.disable_progress_bars()
        logging.getLogger("dataset_cartography").setLevel(logging.ERROR)
        for cell in cells:
            if not cell.is_done(arguments.folder):
                seconds = cell.train(arguments.folder, arguments.data, bf16=arguments.bf16)
                print(f"{cell.name}: trained in {seconds:.0f} s", flush=True)
    done = [Trained(arguments.folder / cell.name) for cell in cells if cell.is_done(arguments.folder)]
    print(f"{len(done)} of {len(cells)} cells are there.")
    if done:
        evaluate(done)


def evaluate(cells: list[Trained]) -> None:
    """Choose the combination without each dataset in turn, and compare it with every single method."""
    table = precisions(cells)
    chosen = leave_one_out(table)

    def ours(cell: Trained) -> Array:
        return combined(cell, chosen[cell.facts["dataset"]].signals)

    methods = {OURS: ours, **METHODS} if chosen else METHODS
    scores = score_cells(cells, methods)
    print_tables(scores)
    if chosen:
        print("\nours is the mean standard score of signals chosen on the other datasets")
        for name, choice in chosen.items():
            print(f"  for {name}: {', '.join(choice.signals)}")
        print(f"  on all: {', '.join(choose(table).signals)}")
        print(
            "\nours against the best single method, average precision in 100 (bar: its standard error below, at most)"
        )
        for name, figures in by_dataset(scores, "average precision").groupby(level="dataset", sort=False):
            means, errors = (figures[column].droplevel("dataset") for column in ("mean", "sem"))
            best = means.drop(OURS).idxmax()
            print(f"  {name}: {100 * (means[OURS] - means[best]):+.1f} to {best} ± {100 * errors[best]:.1f}")
    ranked_by = OURS if chosen else "AUM"
    print(
        f"\nof the wrong labels found by {ranked_by}, suggestions that are the original label (bar: 60%, of spans 50%)"
    )
    for name in dict.fromkeys(cell.facts["dataset"] for cell in cells):
        scored = [(cell, methods[ranked_by](cell)) for cell in cells if cell.facts["dataset"] == name]
        restored = [share_restored(cell, score) for cell, score in scored if score is not None]
        print(f"  {name}: {statistics.mean(restored):.0%} ({min(restored):.0%} to {max(restored):.0%})")


if __name__ == "__main__":
    main()
