"""Trains a tiny model with `track`, and dies of SIGKILL where it is told to.

    python worker.py              jobs from standard input, one JSON line each, every one in a forked process
    torchrun … worker.py JOB      one job, in this process

A job is `{"setting": a key of SETTINGS, "folder": where, "resume": whether as one does after a kill, "kill": …}`, and
a kill one of

    {"point": a key of POINTS, "call": n}   when it is reached for the n-th time
    {"moment": n}                           when a file below the folder is touched or the model called, the n-th time
    {"seconds": s}                          from outside, s seconds after the fork

with `"rank"` the process of several that dies.
"""

import functools
import itertools
import json
import os
import re
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import datasets
import matplotlib.pyplot  # noqa: F401 - imported once, for all processes that are forked
import pyarrow.parquet as pq
import torch
from torch.utils.data import IterableDataset
from transformers import Trainer, TrainerState, default_data_collator
from transformers.trainer_callback import CallbackHandler

from dataset_cartography.integrations.shared import recording
from dataset_cartography.integrations.transformers import track
from dataset_cartography.integrations.transformers.checkpoints import newest_complete
from dataset_cartography.recorder import Recorder
from questions import features_of, generate, make_trainer
from tiny import tiny_classifier

EPOCHS = 3
SECONDS = 180  # which no job needs


@dataclass(frozen=True)
class Setting:
    """What is trained, and how it is saved and recorded."""

    arguments: dict[str, Any]
    mode: Literal["in_training", "epoch_end"] = "in_training"
    data: Literal["questions", "classes", "stream"] = "questions"
    splits: tuple[str, ...] = ("train",)
    processes: int = 1


STEPS = {"save_strategy": "steps", "save_steps": 3}  # six steps are an epoch: every second save meets its end
EPOCH = {"save_strategy": "epoch", "save_total_limit": 1}
VALIDATED = ("train", "validation")
SETTINGS = {
    "in training, saved by steps": Setting(STEPS),
    "in training, saved by epochs": Setting(EPOCH),
    "epoch end, saved by steps": Setting(STEPS, "epoch_end"),
    "epoch end, saved by epochs": Setting(EPOCH, "epoch_end"),
    "validation by epochs": Setting({**EPOCH, "eval_strategy": "epoch"}, splits=VALIDATED),
    "validation by steps": Setting(
        {"save_strategy": "steps", "save_steps": 4, "eval_strategy": "steps", "eval_steps": 4},
        "epoch_end",
        splits=VALIDATED,
    ),
    "loader workers": Setting({"save_strategy": "steps", "save_steps": 4, "dataloader_num_workers": 2}),
    "accumulation": Setting(
        {"save_strategy": "steps", "save_steps": 2, "gradient_accumulation_steps": 2}, data="classes"
    ),
    "a stream": Setting(STEPS, data="stream"),
    "two processes": Setting({**STEPS, "per_device_train_batch_size": 2}, processes=2),
    "two processes, epoch end": Setting(
        {**STEPS, "per_device_train_batch_size": 2}, "epoch_end", processes=2
    ),
}


class Point(NamedTuple):
    """A call at which the process dies: before it, after it, or with the file it writes cut in half."""

    owner: Any
    name: str
    die: Literal["before", "after", "half"]
    path: str = ""  # a pattern of its second argument

    def arm(self, call: int) -> None:
        """Die at the n-th call."""
        original, calls = getattr(self.owner, self.name), itertools.count(1)

        @functools.wraps(original)
        def struck(*args: Any, **kwargs: Any) -> Any:
            if (self.path and not re.search(self.path, str(args[1]))) or next(calls) != call:
                return original(*args, **kwargs)
            if self.die != "before":
                original(*args, **kwargs)
            if self.die == "half":
                os.truncate(args[1], Path(args[1]).stat().st_size // 2)
            return die()

        setattr(self.owner, self.name, struck)


POINTS = {
    "before any checkpoint": Point(CallbackHandler, "on_step_end", "before"),
    "a batch recorded": Point(recording.Recording, "record", "after"),
    "a part half written": Point(pq, "write_table", "half", r"/dynamics/"),
    "a part without its name": Point(Path, "replace", "before", r"/dynamics/"),
    "a part, not in the manifest": Point(Path, "replace", "after", r"/dynamics/"),
    "a stream's ids half written": Point(pq, "write_table", "half", r"/ids/"),
    "the manifest half written": Point(Path, "replace", "before", r"manifest\.json$"),
    "the manifest written, nothing after": Point(Path, "replace", "after", r"manifest\.json$"),
    "inside an epoch's JSON": Point(Path, "replace", "before", r"training_dynamics_epoch_\d+\.json$"),
    "inside the checkpoint": Point(Trainer, "_save_optimizer_and_scheduler", "before"),
    "a checkpoint's last file half written": Point(TrainerState, "save_to_json", "half"),
    "after the checkpoint, before on_save": Point(CallbackHandler, "on_save", "before"),
    "the last step of an epoch, before on_epoch_end": Point(CallbackHandler, "on_epoch_end", "before"),
    "inside an evaluation": Point(Trainer, "prediction_step", "after"),
    "after an evaluation": Point(CallbackHandler, "on_evaluate", "after"),
    "after the last checkpoint, before the map": Point(CallbackHandler, "on_train_end", "before"),
    "inside the map's tables": Point(Path, "replace", "before", r"cartography_metrics\.csv$"),
    "before the map's picture": Point(Path, "replace", "after", r"cartography_metrics\.parquet$"),
}


def die() -> None:
    """As if the power had gone."""
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)  # a signal to oneself may come a moment later


@dataclass
class Moments:
    """Counts what happens, to die at a moment that can be come back to."""

    folder: str
    last: int | None
    count: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def passes(self, *_: Any) -> None:
        """One more moment."""
        if next(self.count) == self.last:
            die()

    def watch(self, model: torch.nn.Module) -> None:
        """Count calls of the model, and every opening, renaming, making and removing of files below the folder."""

        def on_event(event: str, args: tuple[Any, ...]) -> None:
            if event in ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir") and str(
                args[0]
            ).startswith(self.folder):
                self.passes()

        sys.addaudithook(on_event)
        model.register_forward_hook(self.passes)


class Stream(IterableDataset[dict[str, Any]]):
    """The rows in another order, one by one; their number is known."""

    def __init__(self, rows: datasets.Dataset) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self.rows[place * 7 % len(self.rows)] for place in range(len(self.rows)))


def classes() -> datasets.Dataset:
    """23 short texts of two classes."""
    rows = [
        {"id": f"c{number}", "input_ids": [2, 5 + number, 6 + number % 7, 3], "label": number % 2}
        for number in range(23)
    ]
    return datasets.Dataset.from_list(rows)


def make(setting: Setting, folder: Path) -> Trainer:
    """The setting's trainer, tracked."""
    arguments = {"trainer_class": Trainer, "num_train_epochs": EPOCHS, "logging_steps": 50}
    if setting.data == "questions":
        arguments |= {"train": features_of(generate(13))}
    else:
        rows = classes()
        # The rows' text is for people; the tokens suffice for the model.
        arguments |= {
            "train": Stream(rows) if setting.data == "stream" else rows,
            "collator": default_data_collator,
            "model": tiny_classifier(64, ["no", "yes"]),
        }
    if "validation" in setting.splits:
        arguments["eval_dataset"] = features_of(generate(5, seed=1))
    return make_trainer(folder, **(arguments | setting.arguments))


def train(job: dict[str, Any]) -> None:
    """Train from the beginning, or from where the last process was killed."""
    setting, folder, kill = SETTINGS[job["setting"]], Path(job["folder"]), job.get("kill") or {}
    # Small rings and parts, so that the writer thread writes beside the training as it does in long ones.
    Recorder.__init__.__kwdefaults__.update(ring_rows=6, part_rows=10)
    if int(os.environ.get("RANK", 0)) == kill.get("rank", 0) and "point" in kill:
        POINTS[kill["point"]].arm(kill["call"])
    trainer = make(setting, folder)
    moments = Moments(job["folder"], kill.get("moment"))
    moments.watch(trainer.model)
    tracker = track(trainer, folder / "map", mode=setting.mode, splits=setting.splits)
    checkpoint = None
    if job["resume"]:
        checkpoint, _ = newest_complete(folder / "model")
        tracker.start_over = checkpoint is None
    trainer.train(resume_from_checkpoint=checkpoint and str(checkpoint))
    if int(os.environ.get("RANK", 0)) == 0:
        (folder / "moments").write_text(str(next(moments.count)))


def fork(job: dict[str, Any], rank: int, port: int) -> int:
    """Begin a job in a process of its own: its number."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        signal.alarm(SECONDS)
        log = os.open(Path(job["folder"], "log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        processes = SETTINGS[job["setting"]].processes
        if processes > 1:  # as torchrun would start it
            several = {
                "RANK": rank,
                "LOCAL_RANK": rank,
                "WORLD_SIZE": processes,
                "LOCAL_WORLD_SIZE": processes,
            }
            place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
            os.environ.update({name: str(value) for name, value in (several | place).items()})
        train(job)
        status = 0
    except BaseException:  # noqa: BLE001 - told in the log; nothing of the parent may run in the child
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def run(job: dict[str, Any]) -> int:
    """Run a job to its end: the exit code of the process that ended badly first, or 0."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    pids = {fork(job, rank, port) for rank in range(SETTINGS[job["setting"]].processes)}
    timer = None
    if "seconds" in (job.get("kill") or {}):
        timer = threading.Timer(job["kill"]["seconds"], os.kill, (min(pids), signal.SIGKILL))
        timer.start()
    code = 0
    while pids:
        pid, status = os.wait()
        pids.remove(pid)
        if timer is not None:
            timer.cancel()  # before another process may be given the number
            timer.join()
        if status and not code:
            code = os.waitstatus_to_exitcode(status)
            for other in pids:
                os.kill(other, signal.SIGKILL)
    return code


def main() -> None:
    """Run the job given as argument, or the jobs that come."""
    torch.set_num_threads(1)
    if len(sys.argv) > 1:
        train(json.loads(sys.argv[1]))
        return
    for line in sys.stdin:
        sys.stdout.write(f"{run(json.loads(line))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
