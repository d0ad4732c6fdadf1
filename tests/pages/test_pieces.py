import numpy as np
import pandas as pd
import pytest

from dataset_cartography.dynamics import load_units
from dataset_cartography.log import LogReader, LogWriter, Manifest
from dataset_cartography.pages import read_pieces
from dataset_cartography.pages.pieces import Pieces
from new_tasks import NEW_TASKS, record_task


@pytest.mark.parametrize("task", ["token-classification", "multi-label", "causal-lm"])
def test_what_the_log_says_of_pieces(tmp_path, task):
    run = record_task(task, tmp_path, tokens=True)
    pieces = read_pieces(run.directory, run.examples.index)
    units = load_units(LogReader(run.directory))
    assert len(pieces) == len(run.examples)
    for place in (0, 7, 35):
        rows = np.flatnonzero(units.example == place)
        unit, gold, prediction, probability = pieces[place]
        assert unit.tolist() == units.unit[rows].tolist()
        assert gold.tolist() == units.gold[rows].tolist()
        assert prediction.tolist() == units.dynamics.last_prediction["prediction"][rows].tolist()
        np.testing.assert_allclose(
            probability, units.dynamics.signals["gold_probability"][rows].mean(axis=1), rtol=1e-6
        )


def test_in_the_order_of_a_map(tmp_path):
    run = record_task("token-classification", tmp_path)
    whole = read_pieces(run.directory, run.examples.index)
    some = read_pieces(run.directory, pd.Index([run.examples.index[5], "nobody", run.examples.index[0]]))
    assert some[0].gold.tolist() == whole[5].gold.tolist()
    assert some[1].gold.tolist() == []
    assert some[2].gold.tolist() == whole[0].gold.tolist()
    assert whole.take([5, 5])[1].unit.tolist() == whole[5].unit.tolist()


def test_saved_pieces_are_the_same(tmp_path):
    run = record_task("seq2seq", tmp_path, tokens=True)
    pieces = read_pieces(run.directory, run.examples.index)
    (tmp_path / "saved").mkdir()
    pieces.save(tmp_path / "saved")
    opened = Pieces.open(tmp_path / "saved", run.directory)
    for place in range(len(pieces)):
        for one, other in zip(pieces[place], opened[place], strict=True):
            np.testing.assert_array_equal(one, other)
    assert opened.texts(pieces[0].gold.tolist()) == pieces.texts(pieces[0].gold.tolist())
    assert "".join(pieces.texts(pieces[0].gold.tolist())).split()[0] == "They"


def test_only_where_there_are_pieces(tmp_path):
    for task in NEW_TASKS:
        run = record_task(task, tmp_path / task)
        found = read_pieces(run.directory, run.examples.index)
        assert (found is not None) == (task in ("multi-label", "token-classification"))
    assert read_pieces(tmp_path / "nothing", pd.Index(["a"])) is None


def test_pieces_that_not_every_epoch_saw(tmp_path):
    manifest = Manifest(task="token-classification", mode="in_training", id_type="string", examples=2)
    writer = LogWriter.create(tmp_path / "run", manifest, np.array(["a", "b"], dtype=object), {})
    for epoch, cells in ((1, [(0, 0, 0.5), (0, 1, 0.25), (1, 0, 0.5)]), (2, [(0, 0, 0.75), (1, 3, 0.5)])):
        example, unit, probability = map(np.array, zip(*cells, strict=True))
        writer.write_part(
            epoch,
            {
                "example": example,
                "unit": unit,
                "global_step": np.full(len(example), epoch),
                "gold_logprob": np.log(probability),
                "margin": probability,
                "correct": probability > 0.5,
                "prediction": unit + 1,
                "gold": unit,
            },
        )
        writer.close_epoch(epoch, epoch)
    pieces = read_pieces(tmp_path / "run", pd.Index(["a", "b"]))
    assert [each.tolist() for each in pieces[0]] == [[0, 1], [0, 1], [1, -1], [0.625, 0.25]]
    assert [each.tolist() for each in pieces[1]] == [[0, 3], [0, 3], [-1, 4], [0.5, 0.5]]
    first = read_pieces(tmp_path / "run", pd.Index(["a", "b"]), epochs=[1])
    assert [each.tolist() for each in first[1]] == [[0], [0], [1], [0.5]]
