"""`run.py` killed from outside, looked at, and resumed from the command line."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crash.runs import assert_same_maps
from questions import generate, tokenizer
from tiny import tiny_qa_model

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Start python in a folder of its own, without a network."""
    folder = tmp_path_factory.mktemp("shared")
    words = tokenizer()
    tiny_qa_model(len(words)).save_pretrained(folder / "tiny")
    words.save_pretrained(folder / "tiny")
    (folder / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in generate(16)))
    env = {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(folder / "cache"),
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT / "src"),
    }
    env.pop("HF_DATASETS_CACHE", None)

    def call(cwd, *argv):
        cwd.mkdir(exist_ok=True)
        with (cwd / "log").open("a") as log:
            return subprocess.Popen(
                [sys.executable, *map(str, argv)], cwd=cwd, env=env, stdout=log, stderr=log
            )

    def run(cwd, *more):
        argv = [
            "--do_train",
            "--do_eval",
            "--dataset",
            folder / "questions.jsonl",
            "--model",
            folder / "tiny",
        ]
        argv += ["--output_dir", "model", "--num_train_epochs", 6, "--per_device_train_batch_size", 4]
        argv += ["--learning_rate", 5e-3, "--max_length", 32, "--doc_stride", 8, "--use_cpu", "True"]
        argv += ["--enable_cartography", "--cartography_output_dir", "map"]
        return call(cwd, ROOT / "run.py", *argv, "--cartography_splits", "train", "validation", *more)

    run.python = call
    return run


@pytest.fixture(scope="module")
def whole(start, tmp_path_factory):
    """The map of the run that nobody killed."""
    folder = tmp_path_factory.mktemp("whole")
    assert start(folder).wait(300) == 0, (folder / "log").read_text()
    return folder / "map"


@pytest.mark.parametrize("seed", range(2))
def test_killed_and_resumed(seed, start, whole, tmp_path):
    draw = random.Random(seed)
    epoch, delay = draw.randint(1, 4), draw.uniform(0, 0.3)
    folder = tmp_path / "run"
    process = start(folder)
    until = time.monotonic() + 300
    while not (folder / "map" / "dynamics" / f"epoch={epoch:04d}").is_dir() and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(delay)
    process.kill()
    assert process.wait() == -9, (folder / "log").read_text()

    look = "import sys; from dataset_cartography.cli.datamap import main; sys.exit(main())"
    code = start.python(folder, "-c", look, "metrics", "map").wait(300)
    log = (folder / "log").read_text()
    assert "Traceback" not in log
    assert code == 0 or (code == 2 and log.splitlines()[-1].startswith("error: No epoch")), log

    assert start(folder, "--resume_from_checkpoint", "last").wait(300) == 0, (folder / "log").read_text()
    assert_same_maps(folder / "map", whole)
