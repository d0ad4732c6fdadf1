import pytest

from dataset_cartography.explorer.prepared.process import Preparation
from dataset_cartography.explorer.prepared.search import Search
from dataset_cartography.explorer.prepared.texts import Texts

STEPS = ("text", "search", "filters")


def test_what_an_earlier_session_prepared_is_ready_at_once(prepared):
    opened = []
    preparation = Preparation(prepared[0], opened.append)
    assert opened == list(STEPS)
    assert preparation.status() == {
        step: {"state": "ready", "progress": 1.0, "message": ""} for step in STEPS
    }


@pytest.mark.parametrize(
    ("damaged", "left"),
    [("texts/examples.arrow", []), ("texts/places.npy", []), ("search.sqlite", ["texts"])],
)
def test_what_cannot_be_opened_is_made_anew(prepared, caplog, damaged, left):
    workspace, _ = prepared
    path = workspace.folder / damaged
    path.write_bytes(path.read_bytes()[:100])

    def open_(step):
        texts = Texts(workspace.texts, 30)
        if step == "search":
            Search(workspace.search, texts.places, 30)

    preparation = Preparation(workspace, open_)
    states = {step: told["state"] for step, told in preparation.status().items()}
    assert states == {step: "ready" if step == "text" and left else "waiting" for step in STEPS}
    assert sorted(path.name for path in workspace.folder.iterdir()) == ["curves.npy", *left]
    assert "cannot open what was prepared: " in caplog.text
    assert not workspace.complete


def test_without_a_dataset_the_page_is_told(prepared):
    preparation = Preparation(prepared[0], lambda _: None)
    preparation.refuse("No dataset was given, so there are no texts.")
    assert preparation.status()["text"] == {
        "state": "failed",
        "progress": 0.0,
        "message": "No dataset was given, so there are no texts.",
    }
