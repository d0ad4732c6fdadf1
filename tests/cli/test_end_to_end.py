"""The contract's own commands and snippets, as whole processes in an empty directory."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture
def shell(tmp_path):
    """Run python in an empty directory, without a network and with caches of its own."""
    env = {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(tmp_path / "cache"),
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT / "src"),
    }
    env.pop("HF_DATASETS_CACHE", None)
    (tmp_path / "work").mkdir()

    def call(*argv, **variables):
        return subprocess.run(
            [sys.executable, *map(str, argv)],
            cwd=tmp_path / "work",
            env=env | variables,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return call


def one_sentence(result):
    assert "Traceback" not in result.stderr
    assert result.returncode == 2
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    assert lines[-1].startswith("error: ")
    assert sum(line.startswith("error: ") for line in lines) == 1
    return lines[-1].removeprefix("error: ")


MAP_SNIPPET = """
from dataset_cartography import load_cartography_metrics, categorize_examples, get_examples_by_category
df = load_cartography_metrics("./cartography_output")     # pandas, index = example id
df = categorize_examples(df)                              # + column "category": easy | hard | ambiguous
ids = get_examples_by_category(df, "hard", n=100)         # most typical first, deterministic
import sys
assert "torch" not in sys.modules
print(len(df), len(ids), set(df["category"]) <= {"easy", "hard", "ambiguous"})
"""

TRACK_SNIPPET = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from questions import features_of, generate, make_trainer
trainer = make_trainer(Path("trained"), features_of(generate(8)))

from dataset_cartography import track
track(trainer, "./cartography_output")   # any transformers.Trainer, one line, before trainer.train()
trainer.train()
"""


def test_the_contract(shell, tmp_path, model_folder, questions_file):
    work = tmp_path / "work"
    command = (
        f"--do_train --do_eval --dataset {questions_file} --model {model_folder} "
        "--output_dir ./trained_models/qa/run --num_train_epochs 3 --per_device_train_batch_size 16 "
        "--max_train_samples 5000 --enable_cartography --cartography_output_dir ./cartography_output"
    ).split()
    result = shell(ROOT / "run.py", *command, "--eval_split", "train")
    assert result.returncode == 0, result.stderr
    assert "Data map: 16 of 16 examples, 3 epochs" in result.stdout
    assert (work / "cartography_output" / "cartography_map.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((work / "trained_models/qa/run/eval_metrics.json").read_text())["n"] == 16
    assert len(pd.read_json(work / "trained_models/qa/run/eval_predictions.jsonl", lines=True)) == 16

    again = shell(ROOT / "run.py", *command)
    assert one_sentence(again).startswith("'cartography_output' already holds a recorded run, and nothing")

    result = shell(
        ROOT / "analyze_cartography.py",
        *["--cartography_dir", "./cartography_output", "--split", "train", "--n_examples", "25"],
        *f"--output_dir ./cartography_analysis --dataset {questions_file}".split(),
    )
    assert result.returncode == 0, result.stderr
    page = (work / "cartography_analysis" / "report.html").read_text(encoding="utf-8")
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert list((work / "cartography_analysis").rglob("*.csv"))
    assert list((work / "cartography_analysis").rglob("*.png"))

    result = shell("-c", MAP_SNIPPET)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split()[0] == "16"
    assert result.stdout.split()[2] == "True"


def test_the_snippet_that_tracks(shell, tmp_path):
    result = shell("-c", TRACK_SNIPPET, ROOT / "tests")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "work" / "cartography_output" / "cartography_map.png").is_file()


def pairs_file(folder, count):
    """A jsonl of premises and hypotheses; one word of the hypothesis decides."""
    rows = [
        {
            "premise": f"A {thing} stands in the {place}.",
            "hypothesis": f"There is {['a ', 'no ', 'perhaps another '][number % 3]}{thing} in the {place}.",
            "label": ["entailment", "contradiction", "neutral"][number % 3],
        }
        for number in range(count)
        for thing, place in [
            (["dog", "chair", "woman", "car"][number % 4], ["park", "kitchen", "yard"][number // 4 % 3])
        ]
    ]
    path = folder / "pairs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("task", ["nli", "classification"])
def test_labelled_tasks_with_the_offline_encoder(shell, tmp_path, task):
    columns = [] if task == "nli" else ["--text_column", "hypothesis"]
    command = (
        f"--task {task} --do_train --do_eval --eval_split train --dataset {pairs_file(tmp_path, 64)} --model demo "
        "--num_train_epochs 4 --learning_rate 5e-4 --max_length 32 --save_strategy no --enable_cartography"
    ).split()
    result = shell(ROOT / "run.py", *command, *columns)
    assert result.returncode == 0, result.stderr
    assert "Data map: 64 of 64 examples, 4 epochs" in result.stdout
    metrics = json.loads((tmp_path / "work" / "trained_models" / task / "eval_metrics.json").read_text())
    assert metrics["n"] == 64
    assert metrics["accuracy"] > 60  # chance is 33


def test_of_two_processes_one_writes_and_speaks(shell, tmp_path, model_folder):
    command = (
        f"--task nli --do_train --do_eval --eval_split train --dataset {pairs_file(tmp_path, 24)} "
        f"--model {model_folder} --num_train_epochs 2 --max_length 32 --save_strategy no --use_cpu True "
        "--enable_cartography --ddp_backend gloo"
    ).split()
    launcher = [
        "-m",
        "torch.distributed.run",
        "--nproc_per_node",
        2,
        "--rdzv_backend",
        "c10d",
        "--rdzv_endpoint",
        "localhost:0",
    ]
    result = shell(*launcher, ROOT / "run.py", *command)
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("Data map: 24 of 24 examples, 2 epochs") == 1
    assert result.stdout.count("\nEvaluation: accuracy") == 1
    folder = tmp_path / "work" / "trained_models" / "nli"
    assert len((folder / "eval_predictions.jsonl").read_text().splitlines()) == 24


@pytest.mark.parametrize(
    "variables",
    [{"HF_HUB_OFFLINE": "1"}, {"HF_HUB_OFFLINE": "0", "HF_ENDPOINT": "http://127.0.0.1:9"}],
    ids=["offline mode", "unreachable"],
)
@pytest.mark.parametrize("what", ["dataset", "model", "analysis"])
def test_hub_names_without_a_hub(shell, what, variables, questions_file):
    start = time.monotonic()
    if what == "analysis":
        script, argv = (
            "analyze_cartography.py",
            ["--dataset", "Eladio/emrqa-msquad", "--cartography_dir", "map"],
        )
    else:
        script = "run.py"
        dataset = "Eladio/emrqa-msquad" if what == "dataset" else questions_file
        argv = ["--do_train", "--dataset", dataset, "--enable_cartography"]
    if what == "analysis":
        made = shell("-c", MAP_WITHOUT_RUN)
        assert made.returncode == 0, made.stderr
        start = time.monotonic()
    said = one_sentence(shell(ROOT / script, *argv, **variables))
    assert time.monotonic() - start < 15
    assert "the hub cannot be reached" in said
    assert "--model demo" in said if what == "model" else "--dataset demo" in said


MAP_WITHOUT_RUN = """
import pandas as pd
from pathlib import Path
Path("map").mkdir()
df = pd.DataFrame({"confidence": [0.5, 0.9], "variability": [0.1, 0.3]}, index=pd.Index(["a", "b"], name="example_id"))
df.to_parquet("map/cartography_metrics.parquet")
"""


def test_bad_input_to_the_scripts(shell, tmp_path):
    assert one_sentence(shell(ROOT / "run.py")) == "Nothing to do: give --do_train, --do_eval, or both."
    assert one_sentence(shell(ROOT / "analyze_cartography.py", "--dataset", "demo")).startswith(
        "No cartography files found in 'cartography_output'"
    )
    usage = shell(ROOT / "run.py", "--no_such_flag")
    assert usage.returncode == 2
    assert "Traceback" not in usage.stderr
