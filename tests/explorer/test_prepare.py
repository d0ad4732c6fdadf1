import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from dataset_cartography.explorer.prepare import prepare
from dataset_cartography.explorer.prepared import Search, Texts, read_filters, search_words
from dataset_cartography.explorer.workspace import Workspace, map_key

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


def test_texts_are_found_by_the_place_on_the_map(prepared):
    texts = Texts(prepared[0].texts, EXAMPLES)
    assert texts.labels == ["zero", "one", "two"]
    assert [texts.has(index) for index in (0, 1, 2, 29)] == [False, False, True, True]
    frame = texts.frame([7, 2, 29], ["e7", "e2", "e29"])
    assert frame.index.tolist() == ["e7", "e2", "e29"]
    assert frame["pages"].tolist() == [7, 2, 29]
    assert frame["label"].tolist() == ["one", "two", "two"]
    assert list(frame.columns) == ["text", "label", "source", "pages"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("number7", [7]),
        ("NUMBER2", [2, *range(20, 30)]),
        ("cafe number1", list(range(10, 20))),
        ("uberweis number1", [11, 12, 13, 14, 16, 17, 18, 19]),
        ("京 number2", [20, 25]),
        ("e7", [7]),
        ('"number7" AND (', []),
        ("number7*", [7]),
        ("zero number3", [3]),
        ("zero number4", []),
        ("!?", []),
        ("n", []),
    ],
)
def test_search(prepared, text, found):
    texts = Texts(prepared[0].texts, EXAMPLES)
    hits = Search(prepared[0].search, texts.places, EXAMPLES).hits(text)
    assert np.flatnonzero(hits).tolist() == found


def test_words_of_a_query():
    assert search_words('Dose-finding "2 mg" dose_b 東京 cafe\u0301') == [
        "Dose",
        "finding",
        "2",
        "mg",
        "dose",
        "b",
        "東",
        "京",
        "café",
    ]


def test_filters(prepared):
    filters = {one.name: one for one in read_filters(prepared[0].filters)}
    assert list(filters) == ["label", "source"]  # all texts have five words, and no two as many pages
    source = filters["source"]
    assert sorted(source.labels) == ["books", "web"]
    assert source.codes.shape == (EXAMPLES,)
    assert source.codes[:2].tolist() == [-1, -1]
    assert [source.labels[code] for code in source.codes[2:5]] == ["books", "web", "books"]


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
    other = Workspace.of(directory, "other")
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
                "label; nli: premise, hypothesis, label; classification: text, label."
            ),
        ),
    ],
)
def test_a_dataset_that_does_not_fit_is_one_sentence(directory, df, examples, change, sentence):
    told = []
    workspace = Workspace.of(directory, "key")
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


@pytest.mark.parametrize("form", ["table", "dataset"])
def test_tables_and_datasets_are_read_too(directory, df, examples, form):
    table = pa.Table.from_pandas(examples.rename_axis("id").reset_index(), preserve_index=False)
    source = table
    if form == "dataset":
        import datasets

        plain = (
            examples.assign(label=examples["label"].cat.codes.astype("int64")).rename_axis("id").reset_index()
        )
        source = datasets.Dataset.from_pandas(plain, preserve_index=False)
        source = source.cast_column("label", datasets.ClassLabel(names=["zero", "one", "two"]))
        source = source.select(range(len(source)))
    workspace = Workspace.of(directory, form)
    told = []
    prepare(directory, workspace, map_key(directory, len(df)), lambda: source, told.append)
    assert states(told)["filters"] == ("ready", "")
    texts = Texts(workspace.texts, EXAMPLES)
    assert texts.labels == ["zero", "one", "two"]
    assert texts.frame([7], ["e7"])["label"].tolist() == ["one"]


def test_hostile_names_and_values(directory, df, examples):
    name = "</script>\u202e=1+1"
    values = np.where(np.arange(len(examples)) % 2, "<img onerror=x>", "\u202eback\u2028")
    workspace = Workspace.of(directory, "key")
    hostile = examples.assign(**{name: values})
    prepare(directory, workspace, map_key(directory, len(df)), lambda: hostile, lambda _: None)
    told = json.loads((workspace.filters / "filters.json").read_text())
    one = next(one for one in told if "script" in one["title"])
    assert one["title"] == "</script>⟨U+202E⟩=1+1"
    assert set(one["labels"]) == {"<img onerror=x>", "⟨U+202E⟩back⟨U+2028⟩"}


def test_integer_ids(tmp_path):
    from dataset_cartography import compute_metrics
    from logs import make_log, rows

    writer = make_log(tmp_path / "map", 3, ids=[5, 3, 9])
    writer.write_part(1, rows([0, 1, 2], 1, 0.5))
    writer.close_epoch(1, 1)
    assert len(compute_metrics(tmp_path / "map")) == 3
    frame = pd.DataFrame({"text": ["a", "b"], "label": ["x", "y"]}, index=["9", "5"])
    workspace = Workspace.of(tmp_path / "map", "key")
    told = []
    prepare(tmp_path / "map", workspace, map_key(tmp_path / "map", 3), lambda: frame, told.append)
    assert states(told)["filters"] == ("ready", "")
    assert Texts(workspace.texts, 3).places.tolist() == [2, 0]
