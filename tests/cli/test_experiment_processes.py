"""`datamap experiment` in processes of its own: killed, gone on with, several trainings at once."""

import json
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from questions import generate

pytestmark = pytest.mark.slow


@pytest.fixture
def command(tmp_path, recorded):
    evaluated = tmp_path / "evaluated.jsonl"
    evaluated.write_text("".join(json.dumps(row) + "\n" for row in generate(8, seed=1)))

    def words(output_dir, *argv):
        given = [
            "experiment",
            recorded,
            "--eval",
            evaluated,
            "--arms",
            "hard",
            "--fractions",
            0.5,
            "--seeds",
            0,
        ]
        given += ["--output_dir", output_dir, "--use_cpu", "true", "--num_train_epochs", 1, *argv]
        main = "import sys; from dataset_cartography.cli.datamap import main; sys.exit(main(sys.argv[1:]))"
        return [sys.executable, "-c", main, *map(str, given)]

    return words


def environment(tmp_path):
    return os.environ | {"OMP_NUM_THREADS": "1", "HF_DATASETS_CACHE": str(tmp_path / "datasets")}


def table_of(folder):
    return pd.read_csv(folder / "table.csv").drop(columns=["seconds", "seconds_share"])


def trainings():
    """The processes that train a cell."""
    said = subprocess.run(["ps", "-eww", "-o", "pid,args"], capture_output=True, text=True, check=True).stdout
    return [line for line in said.splitlines() if "dataset_cartography.cli.cell" in line]


def wait_for(condition, seconds=600):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_killed_and_gone_on_with_it_gives_the_same_table(command, tmp_path):
    subprocess.run(command("whole", "--workers", 2), cwd=tmp_path, env=environment(tmp_path), check=True)
    killed = 0
    for cells_done in (0, 1, 2):
        process = subprocess.Popen(command("killed"), cwd=tmp_path, env=environment(tmp_path))
        results = tmp_path / "killed" / "results.jsonl"

        def reached(results=results, cells_done=cells_done):
            finished = len(results.read_text().splitlines()) if results.exists() else 0
            return finished >= cells_done and any("killed/cells" in line for line in trainings())

        wait_for(reached)
        process.send_signal(signal.SIGKILL)
        process.wait()
        killed += 1
        # No training outlives the experiment: it would work for nobody.
        wait_for(lambda: not any("killed/cells" in line for line in trainings()), 120)
    assert killed == 3
    done = subprocess.run(
        command("killed"), cwd=tmp_path, env=environment(tmp_path), check=True, capture_output=True, text=True
    )
    assert " of 3  " in done.stdout
    pd.testing.assert_frame_equal(table_of(tmp_path / "killed"), table_of(tmp_path / "whole"))
    assert sorted(path.name for path in (tmp_path / "killed" / "cells").iterdir()) == [
        "full-seed0",
        "hard-0.5-seed0",
        "random-0.5-seed0",
    ]


def test_only_one_runs_it_and_an_interrupt_ends_the_training(command, tmp_path):
    long = command("stopped", "--num_train_epochs", 10_000)  # not done before it is interrupted
    process = subprocess.Popen(
        long, cwd=tmp_path, env=environment(tmp_path), stderr=subprocess.PIPE, text=True
    )
    wait_for(lambda: any("stopped/cells" in line for line in trainings()))
    second = subprocess.run(
        command("stopped"),
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 2
    assert second.stderr.splitlines()[-1] == (
        "error: Another process runs the experiment in 'stopped' at this moment: wait for it, or divide the trainings "
        "by --part."
    )
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.splitlines()[-1] == "interrupted"
    assert "Traceback" not in said
    wait_for(lambda: not any("stopped/cells" in line for line in trainings()), 120)
    assert not (tmp_path / "stopped" / "cells" / "full-seed0").exists()
