"""What a summary prints about coverage, and how commands end."""

import json
import subprocess
import sys

import pytest

from dataset_cartography.cli import datamap
from dataset_cartography.cli.console import print_summary
from dataset_cartography.datamap import compute_metrics, summarize_map
from dataset_cartography.regions import assign_categories
from logs import make_log, rows


def log_of(root, epochs, *, complete=True, mode="in_training"):
    """A log of four examples; `epochs` lists which of them each epoch presented."""
    writer = make_log(root, 4, mode=mode)
    for number, presented in enumerate(epochs, 1):
        writer.write_part(number, rows(presented, number))
        writer.close_epoch(number, number, complete=complete or number < len(epochs))
    return root


def printed(root, capsys):
    print_summary(summarize_map(assign_categories(compute_metrics(root))))
    return capsys.readouterr().out


WHOLE = [0, 1, 2, 3]
TWICE = (
    "In one epoch, 1 example was presented twice or more, as samplers do to fill the last batch of several "
    "processes, or a curriculum by competence; the first presentation counts."
)


def test_one_sentence_when_all_is_well(tmp_path, capsys):
    out = printed(log_of(tmp_path, [WHOLE] * 3), capsys)
    assert out.startswith(
        "\nData map: 4 of 4 examples, 3 epochs, recorded in training\n"
        "Every example was seen once in each of 3 epochs.\n  region "
    )
    assert "missing" not in out


def test_a_line_of_each_epoch_that_is_not_whole(tmp_path, capsys):
    out = printed(log_of(tmp_path, [WHOLE, [0, 1, 1], WHOLE, [2]], complete=False), capsys)
    assert out.splitlines()[2:8] == [
        "Note that not every example was seen in epoch 2, 4.",
        TWICE,
        "  epoch  seen  missing  twice or more",
        "  2         2        2              1",
        "  4         1        3              0  incomplete",
        "  region     examples  share  median confidence  median variability",
    ]
    assert "Note: epoch 4 is incomplete: cut short, or not all of it could be written.\n" in out


def test_evaluation_passes(tmp_path, capsys):
    out = printed(log_of(tmp_path, [WHOLE, WHOLE, [1, 2, 3]], mode="evaluation"), capsys)
    assert "Data map: 4 of 4 examples, 3 evaluation passes\n" in out
    assert "not every example was seen in evaluation pass 3." in out
    assert "  evaluation pass  seen  missing" in out


@pytest.mark.parametrize("metrics", [[], ["--metrics", "aum"]])
def test_metrics_prints_and_gives_coverage(tmp_path, capsys, metrics):
    root = log_of(tmp_path, [WHOLE, [0, 1]])
    assert datamap.main(["metrics", str(root), *metrics]) == 0
    assert "Note that not every example was seen in epoch 2." in capsys.readouterr().out
    assert datamap.main(["metrics", str(root), "--json", *metrics]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["coverage"][1] == {
        "epoch": 2,
        "seen": 2,
        "missing": 2,
        "in_part": 0,
        "repeated": 0,
        "complete": True,
        "note": "",
    }


def test_epochs_are_exported_as_json(tmp_path, capsys):
    root = log_of(tmp_path / "run", [WHOLE, WHOLE])
    assert datamap.main(["export", "json", str(root)]) == 0
    assert capsys.readouterr().out.split() == [
        str(root / f"training_dynamics_epoch_{n}.json") for n in (1, 2)
    ]


def test_a_reader_that_has_enough_ends_a_command_quietly():
    code = """if True:
        import sys
        from dataset_cartography.cli.console import entry_point

        @entry_point
        def main(argv):
            for _ in range(100_000):
                print("a line that nobody reads")

        sys.exit(main([]))
    """
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
    assert said == b""
    assert process.returncode == 141
