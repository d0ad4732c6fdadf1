import subprocess
import sys

import pytest

from dataset_cartography.errors import CartographyError, InputError
from dataset_cartography.experiment import Cell, CellFolder, Plan

PLAN = Plan(
    task="nli",
    metric="accuracy",
    map="map",
    dataset="train.jsonl",
    split="train",
    examples=1,
    evaluations={},
    arms=[],
    fractions=[],
    seeds=[0],
    equal="epochs",
    training=[],
    threads=1,
    cells={},
)


@pytest.fixture
def folder(tmp_path):
    return CellFolder(PLAN, Cell("full", None, 0, ("a",)), tmp_path)


def ends(monkeypatch, code, said):
    def train(self, flags, output, threads):
        output.write(said)
        return code

    monkeypatch.setattr(CellFolder, "_train", train)


def test_run_pys_sentence_is_told_though_libraries_have_last_words(folder, monkeypatch):
    ends(monkeypatch, 2, "error: No dataset file at 'x'.\nresource_tracker: 1 leaked semaphore\n")
    with pytest.raises(InputError, match=r"^The cell full-seed0: No dataset file at 'x'\.$"):
        folder.run(None, 1)


def test_a_training_that_was_killed_is_told_so(folder, monkeypatch, tmp_path):
    ends(monkeypatch, -9, "step 3\n")
    with pytest.raises(CartographyError) as raised:
        folder.run(None, 1)
    assert str(raised.value) == (
        f"The training of the cell full-seed0 was killed by signal 9 (step 3): its output is in "
        f"'{tmp_path / 'full-seed0.failed.txt'}'. Finished cells are kept: the same command goes on."
    )
    assert [path.name for path in tmp_path.iterdir()] == ["full-seed0.failed.txt"]


def test_what_is_stopped_before_its_process_is_there_ends_nevertheless(folder, monkeypatch):
    begin = subprocess.Popen

    def sleeping(command, **given):
        folder.stop()
        return begin([sys.executable, "-c", "import time; time.sleep(60)"], **given)

    monkeypatch.setattr(subprocess, "Popen", sleeping)
    with pytest.raises(CartographyError, match=r"^The training of the cell full-seed0 was stopped\.$"):
        folder.run(None, 1)
