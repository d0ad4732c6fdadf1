import numpy as np
import pandas as pd

from dataset_cartography.explorer.prepared.steps import prepare
from dataset_cartography.explorer.prepared.suspicions import Suspicions
from dataset_cartography.explorer.prepared.workspace import Workspace, map_key
from dataset_cartography.label_errors import find_label_errors
from dataset_cartography.log import LogPaths
from dataset_cartography.pages.wrong_labels import PROBABILITY, RANK


def test_what_the_ranking_says_is_in_the_maps_order(directory, df, prepared):
    ranking = find_label_errors(directory).reindex(df.index)
    found = Suspicions.of(prepared[0].filters)
    np.testing.assert_allclose(found.numbers(PROBABILITY), ranking["probability"], rtol=1e-6)
    assert np.isnan(found.numbers(RANK)[-1])  # never seen
    frame = found.frame([7, 29, 0])
    assert frame["looks_like"].isna().tolist() == [False, True, False]
    pd.testing.assert_series_equal(
        frame["reason"].iloc[[0, 2]].reset_index(drop=True),
        ranking["reason"].iloc[[7, 0]].reset_index(drop=True),
        check_dtype=False,
    )


def test_without_a_log_there_are_none(directory, df, examples):
    LogPaths(directory).manifest.unlink()
    workspace = Workspace.of(directory, "0123456789abcdef")
    prepare(directory, workspace, map_key(directory, len(df)), lambda: examples, lambda _: None)
    assert workspace.complete
    assert Suspicions.of(workspace.filters) is None
