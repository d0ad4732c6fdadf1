"""Memory that recording a stream takes: peak of a fresh process at 1M and 5M distinct ids, one epoch.

    python benchmarks/stream_memory.py [--examples 1000000 5000000] [--read]

The stream goes through a Trainer with a one-layer model and through the bare Recorder, with string ids
("example-0001234") and with integer ids. The growth from the smallest to the largest stands beside its bar.
--read also computes the map of the largest log, in a process of its own.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BAR_MB = 64
BATCH = 8192
FEATURES, LABELS = 4, 3
KINDS = ("string", "integer")
THROUGH = ("Trainer", "Recorder")


def name_of(number: int, kind: str) -> Any:
    """An example's id."""
    return f"example-{number:07d}" if kind == "string" else number


def through_trainer(root: Path, examples: int, kind: str) -> None:
    """Train a linear model for one epoch on a stream that is never in memory."""
    import torch
    from transformers import Trainer, TrainingArguments

    from dataset_cartography.integrations.transformers import track

    module = sys.modules[track.__module__]
    # As above a million examples, at every size.
    module.export_closed_epoch = module.export_whole_map = lambda *_, **__: None

    class Stream(torch.utils.data.IterableDataset[dict[str, Any]]):
        def __len__(self) -> int:
            return examples

        def __iter__(self) -> Iterator[dict[str, Any]]:
            return ({"id": name_of(number, kind), "labels": number % LABELS} for number in range(examples))

    class Linear(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(FEATURES, LABELS)

        def forward(self, inputs: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
            logits = self.layer(inputs)
            return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}

    def collate(features: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        labels = torch.tensor([feature["labels"] for feature in features])
        return {"inputs": torch.rand(len(features), FEATURES), "labels": labels}

    trainer = Trainer(
        model=Linear(),
        args=TrainingArguments(
            str(root / "model"),
            num_train_epochs=1,
            per_device_train_batch_size=BATCH,
            save_strategy="no",
            logging_strategy="no",
            report_to="none",
            disable_tqdm=True,
            use_cpu=True,
            dataloader_pin_memory=False,
            remove_unused_columns=False,
        ),
        train_dataset=Stream(),
        data_collator=collate,
    )
    track(trainer, root / "map", task="classification")
    trainer.train()


def through_recorder(root: Path, examples: int, kind: str) -> None:
    """Give the recorder batches of random logits' signals."""
    import torch

    from dataset_cartography.integrations.shared.keys import hash_ids
    from dataset_cartography.log import LogWriter, Manifest
    from dataset_cartography.recorder import Recorder
    from dataset_cartography.signals import classification_signals

    manifest = Manifest(task="classification", mode="in_training", id_type="string", examples=None)

    def translate(columns: dict[str, Any]) -> dict[str, Any]:
        columns["example"] = columns.pop("row")
        return columns

    recorder = Recorder(LogWriter.create(root / "map", manifest, None, {}), translate=translate)
    recorder.begin_epoch(1)
    for step, begin in enumerate(range(0, examples, BATCH)):
        numbers = torch.arange(begin, min(begin + BATCH, examples))
        signals = classification_signals(torch.randn(len(numbers), LABELS), numbers % LABELS)
        if kind == "integer":
            recorder.record(numbers, signals, step)
        else:
            ids = [name_of(number, kind) for number in numbers.tolist()]
            recorder.record(torch.from_numpy(hash_ids(ids)), signals, step, ids)
    recorder.end_epoch(-(-examples // BATCH))
    recorder.close()


def read(root: Path) -> None:
    """Compute the map."""
    from dataset_cartography import compute_metrics

    compute_metrics(root / "map")


WORK = {"Trainer": through_trainer, "Recorder": through_recorder}


def measure(what: str, root: Path, examples: int, kind: str) -> tuple[float, float]:
    """Do one piece of work in a fresh process; seconds, and the process's peak in MB."""
    command = [sys.executable, __file__, "--one", what, str(root), str(examples), kind]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, kilobytes = json.loads(run.stdout.splitlines()[-1])
    return seconds, kilobytes / 1024


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--examples", type=int, nargs="+", default=[1_000_000, 5_000_000])
    parser.add_argument("--read", action="store_true")
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        what, root, examples, kind = arguments.one
        begin = time.perf_counter()
        if what == "read":
            read(Path(root))
        else:
            WORK[what](Path(root), int(examples), kind)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps([time.perf_counter() - begin, peak]))
        return
    sizes = sorted(arguments.examples)
    print(f"Peak memory of recording a stream of distinct ids, batches of {BATCH:,}, one epoch")
    for through in THROUGH:
        for kind in KINDS:
            peaks = []
            for examples in sizes:
                with tempfile.TemporaryDirectory() as folder:
                    root = Path(folder)
                    seconds, peak = measure(through, root, examples, kind)
                    peaks.append(peak)
                    size = sum(path.stat().st_size for path in (root / "map").rglob("*.parquet")) / examples
                    line = f"{through}, {kind} ids, {examples:,}: {peak:,.0f} MB, {seconds:.0f} s"
                    line += f", {size:.1f} bytes each"
                    if arguments.read and through == "Recorder" and examples == sizes[-1]:
                        seconds, reading = measure("read", root, examples, kind)
                        line += f"; its map: {seconds:.1f} s, {reading:,.0f} MB"
                    print(line, flush=True)
            print(
                f"{through}, {kind} ids: {peaks[-1] - peaks[0]:.0f} MB more for {sizes[-1] / sizes[0]:g} times as many "
                f"(bar {BAR_MB} MB)"
            )


if __name__ == "__main__":
    main()
