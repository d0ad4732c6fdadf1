"""Bytes a window-epoch of a question-answering log, at the part size that long runs write.

    python benchmarks/log_size.py [--windows 65536]

Signals come from random logits, whose float bits compress no better than a real model's; examples are shuffled as in
training. Small runs add the fixed 1 to 2 kB of each part file.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import torch

from dataset_cartography.log import LogReader, LogWriter, Manifest
from dataset_cartography.recorder import Recorder
from dataset_cartography.signals import span_signals

BAR = 32
BATCH, LENGTH, QUESTION = 256, 384, 20


def write_epoch(root: Path, windows: int, spans: int) -> None:
    """Record one epoch of windows that hold so many distinct gold spans each."""
    rng = np.random.default_rng(0)
    generator = torch.Generator().manual_seed(0)
    yes = np.ones(windows, bool)
    facts = {"answerable": yes, "has_answer_window": yes, "windows": yes.astype(np.int32)}
    manifest = Manifest(task="qa", mode="in_training", id_type="integer", examples=windows)
    writer = LogWriter.create(root, manifest, np.arange(windows), facts)

    def translate(columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        columns["example"] = columns.pop("row")
        columns["window"] = np.zeros(len(columns["example"]), np.int16)
        # Five characters a token, as English has them.
        columns["prediction_start"] = columns["prediction_start"] * 5
        columns["prediction_end"] = columns["prediction_end"] * 5 + 4
        return columns

    recorder = Recorder(writer, translate=translate)
    recorder.begin_epoch(1)
    order = rng.permutation(windows)
    for step, begin in enumerate(range(0, windows, BATCH)):
        rows = torch.from_numpy(order[begin : begin + BATCH])
        start = torch.randint(QUESTION, LENGTH - 6, (len(rows),), generator=generator)
        gold = torch.stack([torch.stack([start, start + extent], -1) for extent in range(spans)], 1)
        logits = [3 * torch.randn(len(rows), LENGTH, generator=generator) for _ in range(2)]
        # A model that has learned something prefers the gold span, in places.
        logits[0].scatter_add_(1, start[:, None], 8 * torch.rand(len(rows), 1, generator=generator))
        signals = span_signals(
            *logits,
            start,
            start,
            context_start=torch.full_like(start, QUESTION),
            context_end=torch.full_like(start, LENGTH - 1),
            gold_spans=gold,
        )
        recorder.record(rows, signals, step * BATCH // 16)
    recorder.end_epoch(windows // 16)
    recorder.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--windows", type=int, default=65_536)
    windows = parser.parse_args().windows
    for spans in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            write_epoch(root, windows, spans)
            size = sum(part.stat().st_size for part in LogReader(root).parts(1)) / windows
            print(
                f"log, {windows:,} windows with {spans} gold span(s) each: {size:.1f} bytes a window-epoch (bar {BAR})"
            )


if __name__ == "__main__":
    main()
