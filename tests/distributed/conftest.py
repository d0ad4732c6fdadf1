"""Launches: several trainings each, since every process of one takes seconds to import what it needs.

They follow each other (`first` of two processes, `four`, `second` of two): a later one resumes what an earlier
one broke off.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dataset_cartography.datamap import compute_metrics
from dataset_cartography.log import LogReader
from steps import PLAIN

EQUAL = {
    "classification": {"task": "classification", "count": 32},
    "classification-clean": {"task": "classification", "count": 32, "mode": "epoch_end"},
    "qa": {"task": "qa", "count": 14},
    "qa-clean": {"task": "qa", "count": 14, "mode": "epoch_end"},
    "tags": {"task": "token-classification", "count": 32},
}
"""Sizes that two processes with batches of 4 share evenly."""

UNEVEN = {"count": 29, "dropout": 0.1, "splits": ["train", "validation"], "eval_strategy": "epoch"}
MOVED = {"save_strategy": "steps", "save_steps": 3}
SHARDED = {"fsdp": True, "fsdp_config": {"transformer_layer_cls_to_wrap": ["BertLayer"]}}
OTHER_BATCH = {**EQUAL["classification"], **MOVED, "batch": 4, "resume": True, "folder": "grown"}
TIMEOUT = 240


@dataclass
class RecordedMap:
    """A cartography directory that several processes wrote."""

    root: Path

    @property
    def log(self):
        return LogReader(self.root)

    def probabilities(self, epoch):
        """Gold probabilities in the order of examples and windows, and how often each was presented."""
        rows = self.log.read(epoch, ["gold_logprob"])
        keys = [rows.columns[name] for name in ("unit", "window", "example") if name in rows.columns]
        order = np.lexsort(keys)
        assert len(set(zip(*(key.tolist() for key in keys), strict=True))) == len(order), "a piece twice"
        return np.exp(rows.columns["gold_logprob"][order].astype(float)), rows.presentations[order]

    def assert_whole(self, *, examples, presented, processes, epochs=2):
        """Every example in every epoch, of which all are closed; every process wrote."""
        log = self.log
        assert log.manifest.attempt.processes == processes
        assert [(epoch.number, epoch.complete, epoch.note) for epoch in log.manifest.epochs] == [
            (number, True, "") for number in range(1, epochs + 1)
        ]
        assert log.size == examples
        for epoch in range(1, epochs + 1):
            assert len(np.unique(log.read(epoch, []).columns["example"])) == examples
            values, presentations = self.probabilities(epoch)
            assert presentations.sum() == presented
            assert ((values > 0) & (values < 1)).all()
        # An attempt that was broken off leaves rows that do not count.
        last = f"attempt{log.manifest.attempt.number:02d}"
        ranks = {path.name.split("-")[1] for path in log.parts(epochs) if path.name.startswith(last)}
        assert ranks == {f"rank{rank}" for rank in range(processes)}
        assert compute_metrics(self.root)["epochs_seen"].tolist() == [epochs] * examples

    def assert_exported(self, ids, *, epochs=2):
        """The contract's files hold every example, by its id."""
        for epoch in range(1, epochs + 1):
            path = self.root / f"training_dynamics_epoch_{epoch}.json"
            assert json.loads(path.read_text()).keys() == ids
        assert json.loads((self.root / "cartography_metrics.json").read_text()).keys() == ids
        assert (self.root / "cartography_map.png").is_file()

    def assert_equals(self, other, *, epochs=2):
        """The same windows with the same probabilities within 1e-5, and so the same map."""
        for epoch in range(1, epochs + 1):
            here, there = self.probabilities(epoch)[0], other.probabilities(epoch)[0]
            np.testing.assert_allclose(here, there, rtol=0, atol=1e-5)
        columns = ["confidence", "variability", "correctness"]
        here, there = (compute_metrics(recorded.root)[columns] for recorded in (self, other))
        pd.testing.assert_frame_equal(here, there, rtol=0, atol=1e-5)


@dataclass
class Launch:
    """What a launch left behind: maps below `root`, notes of how each job ended in `notes`."""

    root: Path
    notes: Path
    processes: int
    exit_code: int
    errors: str

    def map(self, name, folder=None):
        """A job's cartography directory, once it is sure that no process had an error."""
        assert self.outcomes(name) == [None] * self.processes, self.errors[-3000:]
        return RecordedMap(self.root / (folder or f"{name}/map"))

    def outcomes(self, name):
        """How a job ended in each process: None, or the error's class and message."""
        notes = [self.notes / f"{name}-{rank}.json" for rank in range(self.processes)]
        assert all(note.is_file() for note in notes), self.errors[-3000:]
        return [json.loads(note.read_text()) for note in notes]


def launch(root, processes, jobs):
    """Run jobs in processes that train together; each in the folder of its name, or the one it gives."""
    notes = root / f"launch-{len(list(root.glob('launch-*')))}"
    notes.mkdir()
    listed = [
        {"name": name, **job, "folder": str(root / job.get("folder", name))} for name, job in jobs.items()
    ]
    file = notes / "jobs.json"
    file.write_text(json.dumps(listed))
    together = ["-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}"]
    with subprocess.Popen(
        [sys.executable, *(together if processes > 1 else ()), Path(__file__).with_name("worker.py"), file],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            errors = running.communicate(timeout=TIMEOUT)[1]
        finally:
            running.terminate()  # torchrun then ends its processes; killed, it would leave them behind
    return Launch(root, notes, processes, running.returncode, errors)


@pytest.fixture(scope="session")
def alone(tmp_path_factory):
    """One process, with the batches of two."""
    jobs = {name: {**job, "batch": 8} for name, job in EQUAL.items()}
    return launch(tmp_path_factory.mktemp("alone"), 1, jobs)


@pytest.fixture(scope="session")
def first(tmp_path_factory):
    """Two processes; at its end one is killed while it makes its rows durable for a checkpoint."""
    jobs = {
        **EQUAL,
        "uneven": {**UNEVEN, **MOVED, "batch": 3, "disk_of_last": "slow"},
        "uneven-qa": {"task": "qa", "count": 15, "dropout": 0.1, "mode": "epoch_end", "num_train_epochs": 1},
        "stream": {"stream": "integer", "count": 26},
        "stream-over": {"stream": "integer", "count": 26},
        "stream-text": {"stream": "text", "count": 26, "accelerator_config": {"dispatch_batches": False}},
        "sharded": {**EQUAL["classification"], **SHARDED, **MOVED, "stop": 5},
        "sharded-clean": {**EQUAL["classification-clean"], **SHARDED},
        "sharded-uneven": {**EQUAL["classification-clean"], **SHARDED, "count": 33, "num_train_epochs": 1},
        "grown": {**EQUAL["classification"], **MOVED, "stop": 5},
        "grown-clean": {**EQUAL["classification-clean"], **MOVED, "stop": 5},
        "disk-full": {**EQUAL["classification"], "disk_of_last": "full"},
        "killed": {**UNEVEN, **MOVED, "batch": 3, "disk_of_last": "killed", "fatal": True},
    }
    return launch(tmp_path_factory.mktemp("together"), 2, jobs)


@pytest.fixture(scope="session")
def four(first):
    """Four processes, which go on with what two began; at its end all refuse to."""
    jobs = {
        "grown": {**EQUAL["classification"], **MOVED, "batch": 2, "resume": True},
        "grown-clean": {**EQUAL["classification-clean"], **MOVED, "batch": 2, "resume": True},
        "shrunk": {**EQUAL["classification"], **MOVED, "batch": 2, "stop": 5},
        "uneven-four": {**UNEVEN, "batch": 2},
        "uneven-four-clean": {**UNEVEN, "batch": 2, "mode": "epoch_end"},
        "other-batch": OTHER_BATCH,
        "other-batch-for-good": {**OTHER_BATCH, "fatal": True},
    }
    return launch(first.root, 4, jobs)


@pytest.fixture(scope="session")
def second(four):
    """Two processes again; at its end a training is to stop where one cannot write."""
    jobs = {
        "killed": {**UNEVEN, **MOVED, "batch": 3, "resume": True},
        "shrunk": {**EQUAL["classification"], **MOVED, "resume": True},
        "sharded": {**EQUAL["classification"], **SHARDED, **MOVED, "resume": True},
        "again": {**EQUAL["qa"], "folder": "qa"},
        "each-alone": {**EQUAL["classification"], "use_cpu": False},
        "over": {"stream": "integer", "count": 26, "start_over": True, "folder": "stream-over"},
        "stopped": {**EQUAL["classification"], "disk_of_last": "full", "on_failure": "stop", "fatal": True},
    }
    return launch(four.root, 2, jobs)


@pytest.fixture(scope="session")
def steered(tmp_path_factory):
    """Two processes whose losses and orders are steered; the last breaks off, and goes on."""
    weighed = {**PLAIN, "steered": {"loss": True}, "num_train_epochs": 1}
    broken = {**MOVED, "count": 29, "batch": 3, "num_train_epochs": 4, "steered": {"order": "competence"}}
    broken |= {"folder": "broken", "dropout": 0.1}
    jobs = {
        "loss": {**weighed, "count": 32},
        "loss-accumulated": {**weighed, "count": 29, "batch": 3, "gradient_accumulation_steps": 2},
        "loss-averaged": {**weighed, "count": 30, "average_tokens_across_devices": True},
        "loss-qa": {**weighed, "task": "qa", "count": 15, "gradient_accumulation_steps": 2},
        "easy_first": {"count": 29, "batch": 3, "steered": {"order": "easy_first"}},
        "competence": {**broken, "folder": "competence"},
        "broken": {**broken, "stop": 7},
        "resumed": {**broken, "resume": True},
    }
    return launch(tmp_path_factory.mktemp("steered"), 2, jobs)


@pytest.fixture(scope="session")
def strings_sent(tmp_path_factory):
    """Two processes and a stream of string ids whose batches one sends to the other."""
    jobs = {"stream": {"stream": "text", "count": 26, "fatal": True}}
    return launch(tmp_path_factory.mktemp("strings"), 2, jobs)
