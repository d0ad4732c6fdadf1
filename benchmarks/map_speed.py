"""Time the map of 1M examples × 5 epochs from disk, beside a bare scan and a loop over examples.

    python benchmarks/map_speed.py [--examples 1000000] [--epochs 5] [--repeat 7]

Each measurement is a fresh process with a warm file cache; the median of the repeats is printed with its range.
"Training order" parts are what a run writes; "compacted" is the same rows sorted by example.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

BARS = {"compacted": 3.0, "training order": 5.0}
LOOP_EXAMPLES = 10_000


def write_log(root: Path, task: str, examples: int, epochs: int, *, compacted: bool) -> None:
    """Write a log as a training run would, with values that do not compress better than real ones."""
    from dataset_cartography.log import LogWriter, Manifest
    from dataset_cartography.schema import SCHEMAS

    rng = np.random.default_rng(0)
    ids = np.arange(examples)
    yes = np.ones(examples, bool)
    facts = {"answerable": yes, "has_answer_window": yes, "windows": yes.astype(np.int32)}
    manifest = Manifest(task=task, mode="in_training", id_type="integer", examples=examples)
    writer = LogWriter.create(root, manifest, ids, facts)
    for epoch in range(1, epochs + 1):
        order = ids if compacted else rng.permutation(examples)
        for start in range(0, examples, 131_072):
            example = order[start : start + 131_072]
            rows = {
                "example": example,
                "window": np.zeros(len(example), int),
                "global_step": (epoch - 1) * (examples // 16) + (start + np.arange(len(example))) // 16,
            }
            for column in SCHEMAS[task].signals:
                if column.dtype == "float32":
                    rows[column.name] = -rng.exponential(1.0, len(example)).astype(np.float32)
                elif column.dtype == "bool":
                    rows[column.name] = rng.random(len(example)) < 0.7
                else:
                    rows[column.name] = rng.integers(0, 800, len(example))
            writer.write_part(epoch, rows)
        writer.close_epoch(epoch, epoch * (examples // 16))


def time_scan(root: Path) -> float:
    """Read the columns the map needs, and do nothing with them."""
    import pyarrow.parquet as pq

    from dataset_cartography.dynamics import question_answering as qa
    from dataset_cartography.log import LogReader

    log = LogReader(root)
    qa_names = ["window", *qa.COLUMNS]
    names = ["example", "attempt", "rank", "global_step"]
    names += qa_names if log.manifest.task == "qa" else ["gold_logprob", "correct", "margin", "el2n"]
    begin = time.perf_counter()
    for epoch in log.epochs:
        for part in log.parts(epoch):
            pq.read_table(part, columns=names, partitioning=None)
    return time.perf_counter() - begin


def time_map(root: Path) -> float:
    """Compute the map with all metrics."""
    from dataset_cartography import compute_metrics

    begin = time.perf_counter()
    compute_metrics(root)
    return time.perf_counter() - begin


def time_write(root: Path) -> float:
    """Compute the map and write its Parquet file."""
    from dataset_cartography import compute_metrics

    begin = time.perf_counter()
    compute_metrics(root).to_parquet(root / "map.parquet")
    return time.perf_counter() - begin


def time_loop(root: Path) -> float:
    """Seconds an example-epoch of the paper's computation, one example at a time, on logits already in memory."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
    from _reference import paper_metrics_of_logits
    from dataset_cartography.log import LogReader

    epochs = len(LogReader(root).epochs)
    logits = np.random.default_rng(0).normal(size=(LOOP_EXAMPLES, epochs, 3)).tolist()
    paper_metrics_of_logits(logits[0], 0)  # loads torch
    begin = time.perf_counter()
    for rows in logits:
        paper_metrics_of_logits(rows, 0)
    return (time.perf_counter() - begin) / (LOOP_EXAMPLES * epochs)


TIMERS = {"scan": time_scan, "map": time_map, "write": time_write, "loop": time_loop}


def measure(kind: str, root: Path, repeat: int) -> list[float]:
    """Run one timer in fresh processes."""
    command = [sys.executable, __file__, "--one", kind, str(root)]
    return [
        float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        for _ in range(repeat)
    ]


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--examples", type=int, default=1_000_000)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--one", nargs=2, metavar=("TIMER", "DIR"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(TIMERS[arguments.one[0]](Path(arguments.one[1])))
        return
    print(
        f"Map of {arguments.examples:,} examples × {arguments.epochs} epochs, median of {arguments.repeat} (range)"
    )
    for task in ("classification", "qa"):
        for order, bar in BARS.items():
            with tempfile.TemporaryDirectory() as folder:
                root = Path(folder)
                write_log(root, task, arguments.examples, arguments.epochs, compacted=order == "compacted")
                size = sum(path.stat().st_size for path in root.rglob("*.parquet"))
                rows = arguments.examples * arguments.epochs
                times = {kind: measure(kind, root, arguments.repeat) for kind in ("scan", "map", "write")}
                middle = {kind: statistics.median(values) for kind, values in times.items()}
                spread = {kind: f"{min(values):.2f}-{max(values):.2f}" for kind, values in times.items()}
                print(
                    f"{task}, {order}: {size / rows:.1f} bytes a row; scan {middle['scan']:.2f} s ({spread['scan']}); "
                    f"map {middle['map']:.2f} s ({spread['map']}) = {middle['map'] / middle['scan']:.1f}x the scan "
                    f"(bar {bar:g}x; 1 s); map and Parquet {middle['write']:.2f} s ({spread['write']})"
                )
                if order == "training order" and task == "classification":
                    each = statistics.median(measure("loop", root, arguments.repeat))
                    ours = middle["map"] / rows
                    print(
                        f"the paper's computation, example by example: {each * 1e6:.1f} µs an example-epoch without "
                        f"reading; ours {ours * 1e6:.2f} µs with reading = {each / ours:.0f}x (bar 100x)"
                    )


if __name__ == "__main__":
    main()
