import json

import numpy as np

from dataset_cartography.explorer.prepared.filters import read_filters
from dataset_cartography.explorer.prepared.steps import prepare
from dataset_cartography.explorer.prepared.workspace import Workspace, map_key

EXAMPLES = 30


def test_filters(prepared):
    filters = {one.name: one for one in read_filters(prepared[0].filters)}
    assert list(filters) == ["label", "source"]  # all texts have five words, and no two as many pages
    source = filters["source"]
    assert sorted(source.labels) == ["books", "web"]
    assert source.codes.shape == (EXAMPLES,)
    assert source.codes[:2].tolist() == [-1, -1]
    assert [source.labels[code] for code in source.codes[2:5]] == ["books", "web", "books"]


def test_hostile_names_and_values(directory, df, examples):
    name = "</script>\u202e=1+1"
    values = np.where(np.arange(len(examples)) % 2, "<img onerror=x>", "\u202eback\u2028")
    workspace = Workspace.of(directory, "0123456789abcdef")
    hostile = examples.assign(**{name: values})
    prepare(directory, workspace, map_key(directory, len(df)), lambda: hostile, lambda _: None)
    told = json.loads((workspace.filters / "filters.json").read_text())
    one = next(one for one in told if "script" in one["title"])
    assert one["title"] == "</script>⟨U+202E⟩=1+1"
    assert set(one["labels"]) == {"<img onerror=x>", "⟨U+202E⟩back⟨U+2028⟩"}
