"""The benchmarks run, small, and print a figure beside each bar."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"
SMALL = {
    "versions.py": ([], r"Python 3"),
    "import_time.py": ([], r"x \(bar 1\.6x\)"),
    "log_size.py": (["--windows", "2048"], r"2 gold span\(s\) each: [\d.]+ bytes a window-epoch \(bar 32\)"),
    "map_speed.py": (["--examples", "2000", "--repeat", "1"], r"qa, training order: .* \(bar 5x; 1 s\)"),
    "recording_cost.py": (
        ["--steps", "3", "--pairs", "1", "--batch", "2", "--length", "64"],
        r"inside the recording path: [\d.]+% of a step \(95% .*; bar 1%\)",
    ),
}


def test_every_benchmark_is_run_here():
    assert {path.name for path in FOLDER.glob("*.py")} == set(SMALL)


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_a_benchmark_prints_its_figures(name):
    arguments, printed = SMALL[name]
    command = [sys.executable, str(FOLDER / name), *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert re.search(printed, run.stdout)
