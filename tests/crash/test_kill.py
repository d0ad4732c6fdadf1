"""A run killed by SIGKILL, wherever it was, and resumed has the map of one that was left alone."""

import pytest

from crash.runs import KILLED, Runs, draw_kills

pytestmark = pytest.mark.slow

EVERYWHERE = {
    "a part half written": 4,
    "inside the checkpoint": 2,
    "after the checkpoint, before on_save": 2,
    "the last step of an epoch, before on_epoch_end": 2,
    "before any checkpoint": 2,
    "after the last checkpoint, before the map": 1,
}
"""Points of every mode, and at which call; saving by steps, the second checkpoint is an epoch's last step."""

ELSEWHERE = {
    "inside a clean pass": ("epoch end, saved by epochs", ("a batch recorded", 5)),
    "inside the clean pass of a resumed attempt": (
        "epoch end, saved by steps",
        ("the last step of an epoch, before on_epoch_end", 1),
        ("a batch recorded", 2),
    ),
    "an epoch closed, its JSON half written": ("in training, saved by steps", ("inside an epoch's JSON", 2)),
    "the map half exported": ("epoch end, saved by epochs", ("inside the map's tables", 1)),
    "the tables without the picture": ("validation by epochs", ("before the map's picture", 1)),
    "the map of the validation split missing": ("validation by epochs", ("inside the map's tables", 2)),
    "the log begun, its manifest half written": (
        "in training, saved by epochs",
        ("the manifest half written", 1),
    ),
    "an epoch closed, its manifest half written": (
        "in training, saved by epochs",
        ("the manifest half written", 3),
    ),
    "the attempt noted, what it voids still there": (
        "in training, saved by steps",
        ("inside the checkpoint", 3),
        ("the manifest written, nothing after", 1),
        ("the manifest written, nothing after", 1),
    ),
    "inside an evaluation": ("validation by epochs", ("inside an evaluation", 3)),
    "after an evaluation": ("validation by steps", ("after an evaluation", 2)),
    "one log begun of two": ("validation by steps", ("the manifest written, nothing after", 1)),
    "beside loader workers": ("loader workers", ("a batch recorded", 11), ("a part without its name", 2)),
    "in the middle of an accumulated step": ("accumulation", ("a batch recorded", 9)),
    "a stream's ids half written": ("a stream", ("a stream's ids half written", 2)),
    "a stream's rows half written": ("a stream", ("a part half written", 5)),
    "four times in a row": (
        "epoch end, saved by steps",
        ("before any checkpoint", 1),
        ("a checkpoint's last file half written", 2),
        ("a part, not in the manifest", 2),
        ("inside an epoch's JSON", 1),
    ),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    runs = Runs(tmp_path_factory.mktemp("runs"))
    yield runs
    runs.close()


def at(*points):
    return [{"point": point, "call": call} for point, call in points]


@pytest.mark.parametrize("mode", ["in training", "epoch end"])
@pytest.mark.parametrize("point", EVERYWHERE)
def test_killed_at(point, mode, runs):
    assert runs.check(f"{mode}, saved by steps", at((point, EVERYWHERE[point]))) == [KILLED]


@pytest.mark.parametrize("name", ELSEWHERE)
def test_killed(name, runs):
    setting, *points = ELSEWHERE[name]
    assert set(runs.check(setting, at(*points))) == {KILLED}


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_random(seed, runs):
    runs.check(*draw_kills(seed, runs))


@pytest.mark.parametrize("setting", ["two processes", "two processes, epoch end"])
def test_one_process_of_two_is_killed(setting, runs):
    kills = [
        {"point": "the last step of an epoch, before on_epoch_end", "call": 2, "rank": 0},
        {"point": "a batch recorded", "call": 2, "rank": 1},
        {"point": "after the last checkpoint, before the map", "call": 1, "rank": 1},
    ]
    assert set(runs.check(setting, kills)) == {KILLED}


def test_under_torchrun(runs):
    kill = {"point": "a part half written", "call": 4, "rank": 1}
    assert runs.check("two processes", [kill], torchrun=True) == [KILLED]
