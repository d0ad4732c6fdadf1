"""`run.py` on two processes with all that a map made earlier can change: both train alike, and one speaks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dataset_cartography.cli.run import main
from dataset_cartography.datamap import compute_metrics
from dataset_cartography.log import LogReader

pytestmark = pytest.mark.slow

RUN = Path(__file__).parents[2] / "run.py"
TIMEOUT = 240


def test_two_processes_are_steered_as_one(
    tmp_path, monkeypatch, capfd, recorded, model_folder, questions_file
):
    monkeypatch.chdir(tmp_path)
    argv = ["--do_train", "--dataset", questions_file, "--model", model_folder, "--max_length", 32]
    argv += ["--use_cpu", "True", "--report_to", "none", "--disable_tqdm", "True", "--save_strategy", "no"]
    argv += ["--num_train_epochs", 2, "--per_device_train_batch_size", 2, "--enable_cartography"]
    argv += ["--cartography_map", recorded, "--cartography_filter", "example_id not in ('q0', 'q1')"]
    argv += ["--cartography_weight", "confidence", "--cartography_label_smoothing"]
    argv = [str(word) for word in [*argv, "--cartography_curriculum", "competence"]]
    assert main([*argv, "--gradient_accumulation_steps", "4", "--cartography_output_dir", "alone"]) == 0
    alone = capfd.readouterr().out
    together = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2", RUN]
    done = subprocess.run(
        [*together, *argv, "--gradient_accumulation_steps", "2", "--cartography_output_dir", "together"],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = [
        [line for line in out.splitlines() if line.startswith(("Filter:", "Loss", "Label", "Curriculum"))]
        for out in (alone, done.stdout)
    ]
    assert told[0] == told[1]
    assert len(told[0]) == 4
    one, two = (LogReader(Path(folder)).manifest for folder in ("alone", "together"))
    assert (one.attempt.processes, two.attempt.processes) == (1, 2)
    assert one.provenance["interventions"] == two.provenance["interventions"]
    maps = [compute_metrics(folder) for folder in ("alone", "together")]
    for df in maps:
        assert df.index.isin([f"q{number}" for number in range(2, 16)]).all()
