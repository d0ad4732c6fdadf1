import datasets
import pandas as pd
import pyarrow as pa
import pytest

from dataset_cartography.explorer.prepared.examples import read_batches
from dataset_cartography.explorer.prepared.steps import prepare
from dataset_cartography.explorer.prepared.texts import Texts
from dataset_cartography.explorer.prepared.workspace import Workspace, map_key

EXAMPLES = 30


def states(told):
    """The last report of each step."""
    return {report.step: (report.state, report.message) for report in told}


def test_texts_are_found_by_the_place_on_the_map(prepared):
    texts = Texts(prepared[0].texts, EXAMPLES)
    assert texts.labels == ["zero", "one", "two"]
    assert [texts.has(index) for index in (0, 1, 2, 29)] == [False, False, True, True]
    frame = texts.frame([7, 2, 29], ["e7", "e2", "e29"])
    assert frame.index.tolist() == ["e7", "e2", "e29"]
    assert frame["pages"].tolist() == [7, 2, 29]
    assert frame["label"].tolist() == ["one", "two", "two"]
    assert list(frame.columns) == ["text", "label", "source", "pages"]


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


def test_lists_of_labels_have_their_names():
    tags = datasets.List(datasets.ClassLabel(names=["O", "B-place"]))
    features = datasets.Features(
        {"id": datasets.Value("string"), "tokens": datasets.List(datasets.Value("string")), "tags": tags}
    )
    rows = {"id": ["a", "b", "c"], "tokens": [["Rome", "is"], [], ["."]], "tags": [[1, 0], [], [0]]}
    dataset = datasets.Dataset.from_dict(rows, features=features).select([0, 2, 1])
    (batch,) = read_batches(dataset)
    assert batch.to_pydict() == {
        "tokens": [["Rome", "is"], ["."], []],
        "tags": [["B-place", "O"], ["O"], []],
    }
