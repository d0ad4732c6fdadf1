"""The comparison of methods runs from end to end, small."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "label_errors"


@pytest.mark.slow
def test_it_trains_once_and_then_compares(tmp_path):
    pytest.importorskip("sklearn", reason="the digits come from scikit-learn, which is not installed")
    command = [sys.executable, str(BENCHMARK), "--quick", "--shares", "0.1", "--folder", str(tmp_path)]
    first = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert len(re.findall(r"^digits-\w+-0\.1-0: trained in \d+ s$", first, re.MULTILINE)) == 2
    assert len(re.findall(r"^digits-\w+-0\.1-0: cross-fitted in \d+ s$", first, re.MULTILINE)) == 2
    found = {
        line.split()[0]: float(line.split()[-1])
        for line in first.splitlines()
        if line.startswith(("AUM ", "random "))
    }
    assert found["AUM"] > 80 > 40 > found["random"]
    again = subprocess.run([*command, "--evaluate"], capture_output=True, text=True, check=True).stdout
    assert "trained in" not in again
    assert again == re.sub(
        r"^digits.*((trained|cross-fitted) in|embedded).*\n", "", first, flags=re.MULTILINE
    )
