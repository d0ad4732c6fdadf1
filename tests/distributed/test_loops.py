"""Loops by Accelerate and by Lightning make the map that Transformers' Trainer makes, in several processes too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dataset_cartography.log import LogReader
from labels import generate
from loops import assert_same_dynamics, trained_by_transformers

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def by_transformers(tmp_path_factory):
    return trained_by_transformers(tmp_path_factory.mktemp("transformers"), generate(16))


def launch(name, folder, processes, *arguments):
    script = str(Path(__file__).with_name(name))
    together = ["-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}"]
    command = [sys.executable, *(together if processes > 1 else ()), script, str(folder), *arguments]
    done = subprocess.run(
        command, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "map"


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("stopped", [False, True])
def test_accelerate(processes, stopped, by_transformers, tmp_path):
    if stopped:
        launch("loop.py", tmp_path, processes, "2")
    root = launch("loop.py", tmp_path, processes)
    assert_same_dynamics(root, by_transformers)
    log = LogReader(root)
    assert [(epoch.number, epoch.complete, epoch.note) for epoch in log.manifest.epochs] == [
        (1, True, ""),
        (2, True, ""),
    ]
    assert {path.name.split("-")[1] for path in log.parts(1)} == {f"rank{rank}" for rank in range(processes)}
    assert len(log.manifest.attempts) == 1 + stopped
    assert (root / "cartography_map.png").is_file()


@pytest.mark.parametrize("way", ["answered", "returned", "of a part"])
def test_lightning(way, by_transformers, tmp_path):
    """Under DDP the module is called for the step itself, too, whose answer is no logits."""
    root = launch("module.py", tmp_path, 2, way)
    assert_same_dynamics(root, by_transformers)
    assert len(LogReader(root).parts(2)) == 2
