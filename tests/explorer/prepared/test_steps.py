import numpy as np
import pytest

from dataset_cartography.explorer.prepared.steps import prepare
from dataset_cartography.explorer.prepared.workspace import Workspace, map_key

EXAMPLES = 30


def states(told):
    """The last report of each step."""
    return {report.step: (report.state, report.message) for report in told}


def test_every_step_becomes_ready(prepared):
    workspace, told = prepared
    assert states(told) == dict.fromkeys(("text", "search", "filters"), ("ready", ""))
    assert [report.progress for report in told if report.step == "text"][-2:] == [1.0, 1.0]
    assert workspace.complete
    assert sorted(path.name for path in workspace.folder.iterdir()) == [
        "curves.npy",
        "filters",
        "search.sqlite",
        "texts",
    ]


def test_curves_are_in_the_maps_order(prepared, df):
    curves = np.load(prepared[0].curves)
    assert curves.shape == (EXAMPLES, 3)
    np.testing.assert_allclose(curves[:-1].mean(axis=1), df["confidence"].to_numpy()[:-1], rtol=1e-6)
    assert np.isnan(curves[-1]).all()


def test_what_is_there_is_not_made_again(directory, df, prepared):
    workspace, _ = prepared
    times = {path.name: path.stat().st_mtime_ns for path in workspace.folder.iterdir()}

    def never():
        raise AssertionError

    told = []
    prepare(directory, workspace, map_key(directory, len(df)), never, told.append)
    assert {path.name: path.stat().st_mtime_ns for path in workspace.folder.iterdir()} == times
    assert states(told) == dict.fromkeys(("text", "search", "filters"), ("ready", ""))


def test_leftovers_are_removed(directory, df, prepared, examples):
    workspace, _ = prepared
    (workspace.folder / ".1234.tmp").mkdir()
    (workspace.folder / ".5678.tmp").write_text("half")
    key = map_key(directory, len(df))
    prepare(directory, workspace, key, lambda: examples, lambda _: None)
    assert not list(workspace.folder.glob(".*"))
    other = Workspace.of(directory, "fedcba9876543210")
    prepare(directory, other, key, lambda: examples, lambda _: None)
    assert other.complete
    assert not workspace.folder.exists()


def test_a_map_that_changed_is_one_sentence(directory, df, examples):
    told = []
    prepare(
        directory,
        Workspace.of(directory, "key"),
        map_key(directory, len(df) + 1),
        lambda: examples,
        told.append,
    )
    assert states(told) == {
        "text": ("failed", f"The map in '{directory}' has changed: start `datamap view` again.")
    }


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda frame: frame.set_axis([f"x{name}" for name in frame.index]),
            (
                "None of the map's 30 ids is among the 29 ids of the examples: the map has 'e0', the examples have "
                "'xe30'. Give the dataset and split that the map was recorded on."
            ),
        ),
        (
            lambda frame: frame.drop(columns="label"),
            (
                "The examples' columns tell of no task that is known here: 'id', 'text', 'source', 'pages'. Needed "
                "are, by task: question answering: question, context, answers; multiple choice: question, choices, "
                "label; nli: premise, hypothesis, label; token classification: tokens, tags; multi-label "
                "classification: text, labels; classification: text, label; preferences: prompt, chosen, rejected; "
                "sequence to sequence: source, target; language modelling: completion."
            ),
        ),
    ],
)
def test_a_dataset_that_does_not_fit_is_one_sentence(directory, df, examples, change, sentence):
    told = []
    workspace = Workspace.of(directory, "0123456789abcdef")
    prepare(directory, workspace, map_key(directory, len(df)), lambda: change(examples), told.append)
    assert states(told) == {"text": ("failed", sentence)}
    assert [path.name for path in workspace.folder.iterdir()] == ["curves.npy"]


def test_a_full_disk_is_one_sentence(directory, df, examples, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyarrow.OSFile", full)
    told = []
    prepare(
        directory, Workspace.of(directory, "key"), map_key(directory, len(df)), lambda: examples, told.append
    )
    assert states(told) == {"text": ("failed", "Preparing failed: [Errno 28] No space left on device.")}
