"""`run.py --cross_fit` killed in mid-fold and between folds, and called again."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from dataset_cartography.dynamics import load_dynamics
from dataset_cartography.log import LogReader, read_probabilities
from questions import WORDS, tokenizer
from tiny import tiny_qa_model

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture
def start(tmp_path):
    words = tokenizer()
    tiny_qa_model(len(words)).save_pretrained(tmp_path / "tiny")
    words.save_pretrained(tmp_path / "tiny")
    rows = [
        {"id": f"r{number}", "text": f"{WORDS[number % 3]} {WORDS[number % 40]}", "label": "abc"[number % 3]}
        for number in range(60)
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    environment = {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT / "src"),
    }
    environment["HF_DATASETS_CACHE"] = str(tmp_path / "cache")

    def call(name, *more):
        (tmp_path / name).mkdir(exist_ok=True)
        argv = ["--do_train", "--task", "classification", "--dataset", tmp_path / "rows.jsonl", "--model"]
        argv += [tmp_path / "tiny", "--output_dir", "model", "--num_train_epochs", 6, "--use_cpu", "True"]
        argv += ["--per_device_train_batch_size", 4, "--max_length", 16, "--enable_cartography"]
        argv += ["--cartography_output_dir", "map", "--cross_fit", 3, "--report_to", "none", *more]
        with (tmp_path / name / "log").open("a") as log:
            return subprocess.Popen(
                [sys.executable, str(ROOT / "run.py"), *map(str, argv)],
                cwd=tmp_path / name,
                env=environment,
                stdout=log,
                stderr=log,
            )

    return call


def wait_for(process, there):
    """Look until something is there; the process must not have ended before."""
    until = time.monotonic() + 180
    while not there():
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < until
        time.sleep(0.005)


def test_killed_at_any_point_it_comes_to_the_same(start, tmp_path):
    assert start("whole").wait() == 0
    work = tmp_path / "killed" / "map" / "out_of_fold.unfinished"
    resume = ()
    for there in (
        lambda: any(work.glob("unfinished-*/log/dynamics/epoch=0002/*.parquet")),  # in the first fold
        lambda: any(work.glob("fold-1")),  # at its end
        lambda: any(work.glob("fold-2")) and any(work.glob("unfinished-*/log/dynamics/epoch=0003")),
    ):
        process = start("killed", *resume)
        wait_for(process, there)
        process.send_signal(signal.SIGKILL)
        process.wait()
        resume = ("--resume_from_checkpoint", "last")
    assert start("killed", *resume).wait() == 0, (tmp_path / "killed" / "log").read_text()[-2000:]
    assert not work.exists()
    for below in ("", "out_of_fold"):
        first, second = (
            load_dynamics(LogReader(tmp_path / name / "map" / below), predictions=True)
            for name in ("killed", "whole")
        )
        for name, values in first.signals.items():
            np.testing.assert_array_equal(values, second.signals[name])
    np.testing.assert_array_equal(
        *(read_probabilities(tmp_path / name / "map").matrix for name in ("killed", "whole"))
    )
    folders = [
        sorted(path.name for path in (tmp_path / name / "map" / "out_of_fold").iterdir())
        for name in ("killed", "whole")
    ]
    assert folders[0] == folders[1]
