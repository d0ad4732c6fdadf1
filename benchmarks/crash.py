"""Runs killed by SIGKILL at random, resumed, and held against the same runs left alone.

    python benchmarks/crash.py [--runs 100] [--seed 0]

Run number n of a seed draws with seed + n: in training or clean passes, saved by steps or epochs, with a validation
split, loader workers, gradient accumulation, a stream, two processes; and one to three kills in a row: at the n-th
file operation or call of the model, at a named point (a part half written, inside a checkpoint, before the map, …),
or from outside after a random time. Equal means: metrics, coverage and every exported file, byte for byte.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tqdm import trange

# In place of this script's own folder, in which `crash` would be this script.
sys.path[0] = str(Path(__file__).resolve().parents[1] / "tests")

from crash.runs import KILLED, Runs, draw_kills  # noqa: E402 - found by the line above


def main() -> int:
    """Run and print; 1 if a map differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    kills, unequal = 0, []
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(Path(folder))
        for seed in trange(arguments.seed, arguments.seed + arguments.runs, disable=None):
            try:
                kills += runs.check(*draw_kills(seed, runs)).count(KILLED)
            except Exception as error:  # noqa: BLE001 - a file that cannot be read is a failure too
                unequal.append(seed)
                print(f"--seed {seed} --runs 1: {error}", *getattr(error, "__notes__", ()), sep="\n")
        runs.close()
    equal = arguments.runs - len(unequal)
    print(
        f"kill -9, then resume: {equal} of {arguments.runs} runs, killed {kills} times, have the map of the run that "
        "was left alone (bar: every)"
    )
    return 1 if unequal else 0


if __name__ == "__main__":
    sys.exit(main())
