"""The example scripts run as they stand, and their maps show what was planted."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"

pytestmark = pytest.mark.slow


def run(folder, script, *arguments):
    """Run an example in a folder, as a user would; what it prints."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "KERAS_BACKEND": "torch"}
    done = subprocess.run(
        [sys.executable, EXAMPLES / script, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def saved(folder, model, texts):
    """A folder with a model and a tokenizer that knows these words."""
    from tiny import tiny_tokenizer

    tokenizer = tiny_tokenizer(texts)
    tokenizer.eos_token = "[SEP]"
    tokenizer.save_pretrained(folder)
    model(len(tokenizer)).save_pretrained(folder)
    return folder


def test_every_script_is_listed_and_tested():
    scripts = {path.name for path in EXAMPLES.glob("*.py")}
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert {name for name in scripts if f"({name})" not in readme} == set()
    tests = Path(__file__).read_text(encoding="utf-8") + Path(__file__).with_name("test_docs.py").read_text(
        encoding="utf-8"
    )
    assert {name for name in scripts if f'"{name}"' not in tests} == set()


def test_a_loop(tmp_path):
    shown = run(tmp_path, "pytorch_loop.py", "map")
    found = re.match(r"(\d+) of 30 planted labels are among the 30 lowest margins\n", shown)
    assert int(found[1]) >= 20
    assert len(re.findall(r"^point-\d{3}: margin -\d\.\d\d, confidence 0\.\d{3}$", shown, re.M)) == 5
    assert (tmp_path / "map" / "cartography_map.png").is_file()


def test_a_loop_by_accelerate_that_is_begun_again(tmp_path):
    shown = run(tmp_path, "accelerate_loop.py", "map")
    assert shown.startswith("400 examples, each seen in 4 epochs\n")
    assert run(tmp_path, "accelerate_loop.py", "map") == shown


def test_lightning(tmp_path):
    shown = run(tmp_path, "lightning_module.py", "map")
    assert sorted(re.findall(r"^(easy|ambiguous|hard) +200$", shown, re.M)) == ["ambiguous", "easy", "hard"]


def test_trees(tmp_path):
    shown = run(tmp_path, "boosted_trees.py", "maps")
    found = re.findall(r"^(.+): (\d+) of 50 planted labels are among the 50 lowest margins$", shown, re.M)
    assert [name for name, _ in found] == ["scikit-learn", "XGBoost", "LightGBM"]
    assert all(int(count) >= 40 for _, count in found)
    assert (tmp_path / "maps" / "XGBoost" / "cartography_metrics.csv").is_file()


def test_keras(tmp_path):
    assert len(re.findall(r"^point-\d{3} ", run(tmp_path, "keras_model.py", "map"), re.M)) == 5


def test_a_run_that_was_not_recorded(tmp_path):
    shown = run(tmp_path, "from_checkpoints.py", "map")
    assert "300 examples by 4 checkpoints\n" in shown
    assert len(list((tmp_path / "map").glob("training_dynamics_epoch_*.json"))) == 4


def test_tags(tmp_path):
    from tiny import tiny_qa_model

    words = "the train to from met saw near in yesterday and then with a letter anna bruno carla dario elena fabio"
    model = saved(tmp_path / "model", tiny_qa_model, [f"{words} rome oslo lima cairo quito hanoi"])
    shown = run(tmp_path, "token_classification.py", model, "map")
    assert re.search(r"^\d+ of 12 planted tags are in the 12 most suspicious sentences$", shown, re.M)
    assert "suggested" in shown


def test_supervised_fine_tuning(tmp_path):
    from sequences import tiny_decoder

    words = "question 0 1 2 3 4 5 6 : what is the colour shape size ? it blue round small unknown"
    shown = run(tmp_path, "sft_lora.py", saved(tmp_path / "model", tiny_decoder, [words]), "map")
    assert (
        len(re.findall(r"^q\d\d: geometric mean probability of a token 0\.\d{4}: question ", shown, re.M))
        == 6
    )


def test_preferences(tmp_path):
    from sequences import tiny_decoder

    words = "request 0 1 2 3 4 5 6 7 8 9 : please help me with pleasure gladly of course no way go away never , thank"
    shown = run(tmp_path, "dpo.py", saved(tmp_path / "model", tiny_decoder, [f"{words} you fool"]), "map")
    assert re.search(r"^\d of 8 swapped pairs are the 8 lowest margins$", shown, re.M)
