"""A loop of one's own: its map is the Trainer's, its training its own, and resumed it makes the same map."""

import gc

import numpy as np
import pytest
import torch

from dataset_cartography import compute_metrics
from dataset_cartography.errors import InputError, OutputExistsError
from dataset_cartography.integrations.pytorch import DynamicsRecorder, with_ids
from dataset_cartography.integrations.shared import exports
from dataset_cartography.log import LogReader
from labels import generate
from loops import Loop, assert_same_dynamics, trained_by_transformers


@pytest.fixture
def no_map(monkeypatch):
    monkeypatch.setattr(exports, "export_map", lambda df, root: [])


@pytest.fixture(scope="module")
def examples():
    return generate(14)


@pytest.fixture(scope="module")
def data(examples):
    return with_ids(examples)


@pytest.fixture(scope="module")
def whole(data, tmp_path_factory):
    """A run that nothing interrupts."""
    root = tmp_path_factory.mktemp("whole") / "map"
    with DynamicsRecorder(root, data, task="classification") as recorder:
        Loop(data, recorder.record, recorder.end_epoch).run()
    return root


def closed(root):
    return [(epoch.number, epoch.complete, epoch.note) for epoch in LogReader(root).manifest.epochs]


@pytest.mark.usefixtures("no_map")
def test_the_map_is_the_trainers(examples, whole, tmp_path):
    assert_same_dynamics(whole, trained_by_transformers(tmp_path, examples))


def test_what_is_written(whole):
    names = {path.name for path in whole.iterdir()}
    assert {"training_dynamics_epoch_1.json", "training_dynamics_epoch_2.json"} <= names
    assert {"cartography_metrics.json", "cartography_metrics.csv", "cartography_map.png"} <= names
    assert closed(whole) == [(1, True, ""), (2, True, "")]


@pytest.mark.usefixtures("no_map")
def test_recording_changes_nothing(data, tmp_path):
    with DynamicsRecorder(tmp_path / "map", data, task="classification") as recorder:
        tracked = Loop(data, recorder.record, recorder.end_epoch).run()
    alone = Loop(data).run()
    for here, there in zip(tracked.parameters(), alone.parameters(), strict=True):
        assert torch.equal(here, there)


SPELLINGS = {
    "rows": lambda data: (data, lambda rows: rows),
    "strings": lambda data: (data.ids.tolist(), lambda rows: [f"e{row}" for row in rows.tolist()]),
    "a stream of strings": lambda data: (None, lambda rows: [f"e{row}" for row in rows.tolist()]),
    "integers": lambda data: (np.arange(100, 114), lambda rows: rows + 100),
    "integers in a list": lambda data: (list(range(100, 114)), lambda rows: (rows + 100).tolist()),
    "a stream of integers": lambda data: (None, lambda rows: rows + 100),
}


@pytest.mark.usefixtures("no_map")
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_ids_in_every_form(spelling, data, whole, tmp_path):
    known, spelled = SPELLINGS[spelling](data)
    recorder = DynamicsRecorder(tmp_path, known, task="classification")

    def record(rows, outputs, targets):
        recorder.record(spelled(rows), outputs, targets)

    Loop(data, record, recorder.end_epoch).run()
    recorder.close()
    expected = compute_metrics(whole)
    found = compute_metrics(tmp_path)
    if "integers" in spelling:
        found.index = [f"e{number - 100}" for number in found.index]
    for name in ("confidence", "variability", "aum"):
        np.testing.assert_array_equal(found.loc[expected.index, name], expected[name])


@pytest.mark.usefixtures("no_map")
@pytest.mark.parametrize("saved", [3, 4, 6], ids=["mid-epoch", "at an epoch's end", "in the second epoch"])
def test_a_resumed_loop_makes_the_same_map(saved, data, whole, tmp_path):
    """Batches that the first attempt recorded after its checkpoint are void, and recorded again."""
    state, weights = {}, {}

    def killed():
        with DynamicsRecorder(tmp_path, data, task="classification") as recorder:
            loop = Loop(data, recorder.record, recorder.end_epoch)
            weights.update({name: value.clone() for name, value in loop.run(saved).state_dict().items()})
            state.update(recorder.state_dict())
            loop.run(saved + 1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed()
    with DynamicsRecorder(tmp_path, data, task="classification") as recorder:
        recorder.load_state_dict(state)
        loop = Loop(data, recorder.record, recorder.end_epoch, done=saved)
        loop.model.load_state_dict(weights)
        loop.run()
    assert_same_dynamics(tmp_path, whole, atol=0)
    assert closed(tmp_path) == [(1, True, ""), (2, True, "")]
    assert len(LogReader(tmp_path).manifest.attempts) == 2


@pytest.mark.usefixtures("no_map")
def test_a_state_that_was_saved_before_its_epoch_was_ended(data, whole, tmp_path):
    """The resumed loop ends the epoch at once, without a batch of its own."""
    recorder = DynamicsRecorder(tmp_path, data, task="classification")
    weights = Loop(data, recorder.record).run(4).state_dict()
    state = recorder.state_dict()
    recorder.load_state_dict(state)
    recorder.end_epoch()
    loop = Loop(data, recorder.record, recorder.end_epoch, done=4)
    loop.model.load_state_dict(weights)
    loop.run()
    recorder.close()
    assert_same_dynamics(tmp_path, whole, atol=0)
    assert closed(tmp_path) == [(1, True, ""), (2, True, "")]


@pytest.mark.usefixtures("no_map")
def test_what_is_recorded_after_a_rollback_counts(data, whole, tmp_path):
    """A loop that loads an earlier state in the same process goes on from there."""
    recorder = DynamicsRecorder(tmp_path, data, task="classification")
    loop = Loop(data, recorder.record, recorder.end_epoch)
    weights = {name: value.clone() for name, value in loop.run(4).state_dict().items()}
    state = recorder.state_dict()
    loop.run(7)
    recorder.load_state_dict(state)
    loop.model.load_state_dict(weights)
    loop.done = 4
    loop.run()
    recorder.close()
    assert_same_dynamics(tmp_path, whole, atol=0)


@pytest.mark.usefixtures("no_map")
def test_rows_lost_between_two_attempts_are_told(data, tmp_path):
    """A process is killed before its rows are on disk, but after its state was: no flush came before."""
    recorder = DynamicsRecorder(tmp_path, data, task="classification")
    loop = Loop(data, recorder.record, recorder.end_epoch)
    loop.run(5)
    state = {**recorder.state_dict(), "batches": 6}
    recorder.load_state_dict(state)
    loop.done = 6
    loop.run()
    recorder.close()
    note = "nothing was recorded of 1 of its steps (from step 5)"
    assert closed(tmp_path) == [(1, True, ""), (2, False, note)]


@pytest.mark.usefixtures("no_map")
def test_a_recorder_that_is_forgotten_keeps_its_rows(data, tmp_path, caplog):
    recorder = DynamicsRecorder(tmp_path, data, task="classification")
    Loop(data, recorder.record, recorder.end_epoch).run(6)
    del recorder
    gc.collect()
    assert caplog.messages == [
        (
            f"The recorder of '{tmp_path}' was not closed. What was recorded is safe; `datamap metrics {tmp_path}` "
            "makes the map of its closed epochs."
        )
    ]
    log = LogReader(tmp_path)
    assert closed(tmp_path) == [(1, True, "")]
    assert log.steps(2).tolist() == [4, 5]


@pytest.mark.usefixtures("no_map")
def test_a_pass_that_is_not_ended_is_incomplete(data, tmp_path, caplog):
    with DynamicsRecorder(tmp_path, data, task="classification") as recorder:
        Loop(data, recorder.record, recorder.end_epoch).run(6)
    assert closed(tmp_path) == [(1, True, ""), (2, False, "it was cut short at step 6")]
    assert (
        f"The last pass was not ended with end_epoch(): epoch 2 of '{tmp_path}' is taken as cut short."
    ) in caplog.messages


@pytest.mark.usefixtures("no_map")
def test_a_clean_pass_leaves_no_trace(data, tmp_path):
    """Weights are those of a training without it; the rows are those of a model in evaluation mode."""
    passes = []

    def train(recorder):
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 2))
        model[1].train()
        inputs, labels = torch.arange(12.0).view(4, 3) / 12, torch.tensor([0, 1, 0, 1])
        for _ in range(2):
            loss = torch.nn.functional.cross_entropy(model(inputs), labels)
            model.zero_grad()
            loss.backward()
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter -= parameter.grad
            if recorder is not None:
                with recorder.clean_pass(model):
                    assert not model[1].training
                    torch.rand(3)  # as a shuffling loader draws
                    passes.append(model(inputs).log_softmax(-1)[range(4), labels])
                    recorder.record(torch.arange(4), model(inputs), labels)
                assert model[1].training
        return model

    recorder = DynamicsRecorder(tmp_path, range(4), task="classification", mode="epoch_end")
    tracked, alone = train(recorder), train(None)
    recorder.close()
    for here, there in zip(tracked.parameters(), alone.parameters(), strict=True):
        assert torch.equal(here, there)
    log = LogReader(tmp_path)
    for epoch, expected in zip((1, 2), passes, strict=True):
        rows = log.read(epoch, ["gold_logprob"]).columns
        np.testing.assert_allclose(rows["gold_logprob"], expected.detach(), atol=1e-6)


@pytest.mark.usefixtures("no_map")
def test_nothing_recorded_is_overwritten(data, tmp_path):
    with DynamicsRecorder(tmp_path, data, task="classification") as recorder:
        Loop(data, recorder.record, recorder.end_epoch).run(4)
        state = recorder.state_dict()
    again = DynamicsRecorder(tmp_path, data, task="classification")
    with pytest.raises(OutputExistsError) as caught:
        Loop(data, again.record).run(1)
    assert str(caught.value).startswith(f"'{tmp_path}' already holds a recorded run, and nothing recorded is")
    again.load_state_dict({**state, "run": "of another"})
    with pytest.raises(InputError) as caught:
        Loop(data, again.record).run(1)
    assert str(caught.value) == (
        f"'{tmp_path}' holds another run than the one that the checkpoint belongs to: give the directory that it was "
        "recorded into, or begin again in a new one."
    )
