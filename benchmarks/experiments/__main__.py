"""Does a map help to choose what to train on? The paper's experiment on SQuAD and SNLI, and wrong labels in the demo.

    python benchmarks/experiments --data FOLDER [--scratch experiments] [--quick]

FOLDER holds squad/dev-v1.1.json, adversarial-squad/add-one-sent.json, snli/validation.jsonl and snli/test.jsonl; demo
needs none. Of each set a training is recorded, whose map chooses, and `datamap experiment` trains the rest. What is
finished is kept in the scratch folder: after a kill, the same command goes on.
"""

import argparse
import time
from pathlib import Path

import pandas as pd
from prepare import SETS, prepare
from printing import print_markdown, print_suspects
from recipes import experiment_flags, train_map

from dataset_cartography.cli.datamap import main as datamap
from dataset_cartography.experiment import EQUAL
from dataset_cartography.experiment.paths import RESULTS, TABLE

NEEDS_DATA = tuple(name for name in SETS if name != "demo")


def main() -> None:
    """Parse; for each set prepare, record, experiment, print."""
    parser = argparse.ArgumentParser(
        prog="python benchmarks/experiments",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, help="the folder with the datasets; without it, demo alone")
    parser.add_argument("--sets", nargs="+", choices=list(SETS), help="only these")
    parser.add_argument(
        "--scratch",
        type=Path,
        default=Path("experiments"),
        help="where all of it is kept (default %(default)s)",
    )
    parser.add_argument("--seeds", type=int, help="so many instead of a set's own number")
    parser.add_argument(
        "--equal", choices=EQUAL, help="what all trainings have in common, instead of a set's own"
    )
    parser.add_argument("--workers", type=int, default=2, help="trainings at a time (default %(default)s)")
    parser.add_argument(
        "--bf16", action="store_true", help="train in bfloat16: faster where the machine multiplies it"
    )
    parser.add_argument("--quick", action="store_true", help="a rehearsal: minutes, and no result")
    arguments = parser.parse_args()
    names = arguments.sets or [name for name in SETS if arguments.data or name not in NEEDS_DATA]
    if missing := [name for name in names if name in NEEDS_DATA and not arguments.data]:
        parser.error(f"--data is needed for {', '.join(missing)}")
    begin = time.perf_counter()
    for name in names:
        measure(name, arguments)
    print(f"\nAll of it, in this call: {(time.perf_counter() - begin) / 60:.0f} minutes.")


def measure(name: str, arguments: argparse.Namespace) -> None:
    """One set, from its files to its tables."""
    folder = arguments.scratch / (f"{name}_quick" if arguments.quick else name)
    files = prepare(name, arguments.data, folder / "data")
    print(f"\n## {name}", flush=True)
    seconds = train_map(name, files, folder / "map", bf16=arguments.bf16, quick=arguments.quick)
    if seconds is not None:
        print(f"Recorded the training whose map chooses in {seconds:.0f} s.", flush=True)
    results = folder / "results"
    command = ["experiment", str(folder / "map"), "--output_dir", str(results)]
    command += experiment_flags(
        name,
        files,
        seeds=arguments.seeds,
        equal=arguments.equal,
        bf16=arguments.bf16,
        quick=arguments.quick,
    )
    command += ["--workers", str(arguments.workers), *(["--quick"] if arguments.quick else [])]
    if code := datamap(command):
        raise SystemExit(code)
    if arguments.quick:
        return
    print_markdown(pd.read_csv(results / TABLE))
    if files.truth.is_file():
        print_suspects(files, results)
    cells = pd.read_json(results / RESULTS, lines=True)
    print(f"\n{len(cells)} trainings, {cells['seconds'].sum() / 3600:.1f} hours by their own clocks.")


if __name__ == "__main__":
    main()
