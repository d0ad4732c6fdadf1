"""The benchmarks run, small, and print a figure beside each bar."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"
ELSEWHERE = {
    "label_errors",  # trains for hours; its own --quick takes a minute
    "label_studio.py",  # needs a Label Studio in an environment of its own
}
SMALL = {
    "versions.py": ([], r"Python 3"),
    "import_time.py": ([], r"x \(bar 1\.6x\)"),
    "explorer.py": (
        ["--examples", "3000", "--repeat", "2"],
        r"decisions still there: 50 of 50 \(bar 50\)",
    ),
    "crash.py": (["--runs", "1"], r"1 of 1 runs, killed \d times?, have the map .* \(bar: every\)"),
    "experiments": (["--quick"], r"(?s)8 of 8  .*This was a rehearsal: nothing can be concluded"),
    "hook_parity.py": (
        ["--examples", "16", "--epochs", "1", "--max_length", "64"],
        r"a stand-in for SQuAD: \d+ rows of 1 epochs, largest difference .* \(bar 1e-05\)",
    ),
    "looks_like.py": ([], r"mean of the four \d+% \(by chance 25%\)"),
    "log_size.py": (["--windows", "2048"], r"2 gold span\(s\) each: [\d.]+ bytes a window-epoch \(bar 32\)"),
    "map_speed.py": (["--examples", "2000", "--repeat", "1"], r"qa, training order: .* \(bar 5x; 1 s\)"),
    "planted_in_other_tasks.py": (
        ["--only", "regression", "--examples", "60"],
        r"Average precision .*\n(?s:.*)this package +[\d.]+\n1 - confidence",
    ),
    "pooling.py": (
        ["--examples", "40", "--epochs", "2"],
        r"geometric \| .*\nmin \| [\d%, ]+ \| -?[\d.]+ \| \d+% \| [\d.]+\nproduct",
    ),
    "recording_cost.py": (
        ["--steps", "3", "--pairs", "1", "--batch", "2", "--length", "64"],
        r"token-classification: .*\n  inside the recording path: [\d.]+% of a step \(95% .*; bar 1%\)",
    ),
    "report_size.py": (
        ["--examples", "300", "--repeat", "1"],
        r"300 questions, contexts of [\d,]+ characters: [\d.]+ MB, opened in [\d.]+ s, written in \d+ s",
    ),
    "slice_errors.py": (
        ["--sets", "20", "--examples", "400", "--time", "5000"],
        r"shuffled: a rule is named in \d+ of 20 = .* \(bar 5%\)",
    ),
    "stream_memory.py": (
        ["--examples", "2000", "4000"],
        r"Recorder, integer ids: -?\d+ MB more for 2 times as many \(bar 64 MB\)",
    ),
    "uncertainty.py": ([], r"\| 5 \| this package \| 0\.\d+ \|"),
}


def test_every_benchmark_is_run_here():
    programs = {path.name for path in FOLDER.glob("*.py")}
    folders = {path.parent.name for path in FOLDER.glob("*/__main__.py")}
    assert (programs | folders) - ELSEWHERE == set(SMALL)


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_a_benchmark_prints_its_figures(name, tmp_path):
    arguments, printed = SMALL[name]
    command = [sys.executable, str(FOLDER / name), *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert re.search(printed, run.stdout)
