"""Runs that are killed and resumed, held against the same run left alone; for the tests and `benchmarks/crash.py`."""

import contextlib
import io
import itertools
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from crash.worker import POINTS, SETTINGS
from dataset_cartography.cli.datamap import main as datamap
from dataset_cartography.datamap import compute_metrics
from dataset_cartography.log import LogReader

WORKER = Path(__file__).with_name("worker.py")
ROOT = Path(__file__).parents[2]
KILLED = -9

Kill = dict[str, Any]


class Runs:
    """Trains in processes that can be killed.

    Args:
        folder: An empty folder, for everything.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment = {
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "TOKENIZERS_PARALLELISM": "false",
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")]),
        }
        self._worker: subprocess.Popen[str] | None = None
        self._whole: dict[str, tuple[Path, float]] = {}
        self._numbers = itertools.count(1)

    def close(self) -> None:
        """End the process that the others are forked from."""
        if self._worker is not None:
            self._worker.communicate()

    def start(
        self, setting: str, folder: Path, *, resume: bool, kill: Kill | None = None, torchrun: bool = False
    ) -> int:
        """Train, in a forked process or under torchrun; the exit code, negative for a signal."""
        folder.mkdir(exist_ok=True)
        job = json.dumps({"setting": setting, "folder": str(folder), "resume": resume, "kill": kill})
        if torchrun:
            launch = ["torch.distributed.run", "--standalone", "--nproc_per_node", "2", WORKER, job]
            with (folder / "log").open("a") as log:
                run = subprocess.run(
                    [sys.executable, "-m", *launch],
                    env=self._environment,
                    stdout=log,
                    stderr=log,
                    timeout=300,
                    check=False,
                )
            return KILLED if run.returncode and "exitcode  : -9" in _log(folder) else run.returncode
        if self._worker is None:
            self._worker = subprocess.Popen(
                [sys.executable, WORKER],
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._worker.stdin is not None
        assert self._worker.stdout is not None
        self._worker.stdin.write(job + "\n")
        self._worker.stdin.flush()
        return int(self._worker.stdout.readline())

    def uninterrupted(self, setting: str) -> Path:
        """The folder of the setting's run that nobody killed."""
        if setting not in self._whole:
            folder = self._folder / f"whole-{len(self._whole)}"
            began = time.monotonic()
            code = self.start(setting, folder, resume=False)
            assert code == 0, _log(folder)
            self._whole[setting] = folder, time.monotonic() - began
        return self._whole[setting][0]

    def extent(self, setting: str) -> tuple[int, float]:
        """How many moments the setting's run has, and seconds."""
        return int((self.uninterrupted(setting) / "moments").read_text()), self._whole[setting][1]

    def check(self, setting: str, kills: Sequence[Kill], *, torchrun: bool = False) -> list[int]:
        """Kill a run so many times, resume it each time, and compare it with the uninterrupted one.

        Returns:
            The exit codes; of a kill that is not reached 0, as the run ends before it.

        Raises:
            AssertionError: Something is lost, unreadable, or not equal.
        """
        whole = self.uninterrupted(setting)
        folder = self._folder / f"killed-{next(self._numbers)}"
        codes, safe = [], {}
        try:
            for number, kill in enumerate([*kills, None]):
                code = self.start(setting, folder, resume=number > 0, kill=kill, torchrun=torchrun)
                assert code in ((0, KILLED) if kill else (0,)), _log(folder)
                codes.append(code)
                assert {path: path.read_bytes() for path in safe} == safe
                safe |= read_what_is_there(folder)
            assert_same_maps(folder / "map", whole / "map")
        except Exception as error:
            error.add_note(f"Again: Runs(folder).check({setting!r}, {list(kills)}), which ended with {codes}")
            raise
        return codes[:-1]


def read_what_is_there(folder: Path) -> dict[Path, bytes]:
    """See that what a killed process leaves can be read; the part files, which nothing may touch from now on."""
    parts = {}
    for path in (folder / "map").rglob("*.parquet"):
        pq.read_table(path, partitioning=None)  # whatever has its name is whole
        if path.parent.name.startswith(("epoch=", "ids")):
            parts[path] = path.read_bytes()
    for root in (folder / "map", folder / "map" / "validation"):
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = datamap(
                ["metrics", str(root), "--metrics", "correctness", "--output_dir", str(folder / "look")]
            )
        errors = [line for line in said.getvalue().splitlines() if line.startswith("error: ")]
        assert (code, len(errors)) in ((0, 0), (2, 1)), said.getvalue()
        # A clear sentence is for what has no closed epoch yet; a log with one has a map.
        assert code == 0 or not (root / "manifest.json").exists() or not LogReader(root).epochs, (
            said.getvalue()
        )
    return parts


def assert_same_maps(map_a: Path, map_b: Path) -> None:
    """Metrics, coverage and every exported file are equal, byte for byte, and nothing half written is left."""
    files = {path.relative_to(map_b) for path in map_b.rglob("*") if _is_export(path)}
    assert {path.relative_to(map_a) for path in map_a.rglob("*") if _is_export(path)} == files
    for file in sorted(files):
        assert (map_a / file).read_bytes() == (map_b / file).read_bytes(), file
    for root in (map_a, *(path.parent for path in map_a.glob("*/manifest.json"))):
        other = map_b / root.relative_to(map_a)
        df, expected = compute_metrics(root), compute_metrics(other)
        pd.testing.assert_frame_equal(df, expected, check_exact=True)
        assert df.attrs == expected.attrs  # with the coverage: seen, missing, presented twice
        assert all(epoch["complete"] for epoch in df.attrs["cartography"]["coverage"])
    assert list(map_a.rglob(".*")) == []


def _is_export(path: Path) -> bool:
    return path.name.startswith(("cartography_", "training_dynamics_"))


def draw_kills(seed: int, runs: Runs) -> tuple[str, list[Kill]]:
    """A setting, and one to three kills in a row: at moments, at points, or from outside."""
    draw = random.Random(seed)
    setting = draw.choice(list(SETTINGS))
    points = [
        point
        for point in POINTS
        if ("stream" not in point or SETTINGS[setting].data == "stream")
        and ("evaluation" not in point or "validation" in SETTINGS[setting].splits)
    ]
    moments, seconds = runs.extent(setting)
    kills: list[Kill] = []
    for _ in range(draw.choice([1, 1, 2, 3])):
        kind = draw.choices(["moment", "point", "seconds"], [5, 3, 2])[0]
        if kind == "moment":
            kills.append({"moment": draw.randint(1, moments)})
        elif kind == "point":
            kills.append({"point": draw.choice(points), "call": draw.randint(1, 3)})
        else:
            kills.append({"seconds": round(draw.uniform(0, seconds), 3)})
    return setting, kills


def _log(folder: Path) -> str:
    return (folder / "log").read_text()[-6000:]
