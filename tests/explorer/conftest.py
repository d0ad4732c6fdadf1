"""A small map with a log, its examples as a frame, and an explorer over both."""

import numpy as np
import pandas as pd
import pytest

from dataset_cartography import categorize_examples, compute_metrics
from dataset_cartography.datamap import write_map
from dataset_cartography.explorer.decision_log import DecisionLog
from dataset_cartography.explorer.explorer import Explorer
from dataset_cartography.explorer.mapfile import MapFile
from dataset_cartography.explorer.prepared.steps import prepare
from dataset_cartography.explorer.prepared.workspace import Workspace, map_key
from logs import make_log, rows

EXAMPLES = 30


@pytest.fixture
def directory(tmp_path):
    """A cartography directory of thirty examples over three epochs; the last example was never seen."""
    writer = make_log(tmp_path / "map", EXAMPLES)
    for epoch in (1, 2, 3):
        losses = np.linspace(0.05, 2, EXAMPLES, dtype=np.float32) * (
            1 + (np.arange(EXAMPLES) % 4 == epoch % 4)
        )
        seen = slice(0, EXAMPLES - 1)
        signals = {"gold_logprob": -losses, "correct": losses < 1, "prediction": np.arange(EXAMPLES) % 3}
        columns = rows(list(range(EXAMPLES)), epoch) | signals
        writer.write_part(epoch, {name: column[seen] for name, column in columns.items()})
        writer.close_epoch(epoch, epoch)
    write_map(compute_metrics(tmp_path / "map"), tmp_path / "map")
    return tmp_path / "map"


@pytest.fixture
def df(directory):
    return categorize_examples(compute_metrics(directory))


@pytest.fixture
def examples(df):
    """The examples of all but the first two ids, in another order than the map's, and one that is not on it."""
    names = np.array(["zero", "one", "two"])
    numbers = np.arange(2, EXAMPLES + 1)[::-1]
    return pd.DataFrame(
        {
            "text": [
                f"Note number{k} about Café {'Überweisung' if k % 5 else '東京都'} {'x' * k}" for k in numbers
            ],
            "label": pd.Categorical(names[numbers % 3], categories=list(names)),
            "source": np.where(numbers % 2, "web", "books"),
            "pages": numbers,
        },
        index=[f"e{k}" for k in numbers],
    )


@pytest.fixture
def prepared(directory, df, examples):
    """The workspace with everything in it, and all that was told on the way."""
    key = map_key(directory, len(df))
    workspace = Workspace.of(directory, "0123456789abcdef")
    told = []
    prepare(directory, workspace, key, lambda: examples, told.append)
    return workspace, told


@pytest.fixture
def explorer(directory, df, prepared):
    """Everything is ready."""
    places = df[["variability", "confidence", "category"]]
    made = Explorer(
        places, MapFile(directory), prepared[0], DecisionLog(directory / "decisions.jsonl"), "A map"
    )
    for step in ("text", "search", "filters"):
        made.open(step)
    return made
