import sys

import numpy as np
import pandas as pd
import pytest

from dataset_cartography.errors import InputError, MissingExtraError, MissingFileError
from dataset_cartography.formats.cleanlab import cleanlab_issues
from dataset_cartography.log import Probabilities, write_probabilities

NAMES = ("=cat", "dog", "id")


def write(root, given, matrix, names=NAMES, ids=None):
    ids = np.array([f"e{number}" for number in range(len(given))], object) if ids is None else ids
    write_probabilities(root, Probabilities(ids, np.array(given), names, np.asarray(matrix, np.float32)))


def sure(labels, share=0.9):
    """A model that is sure of these labels."""
    rest = (1 - share) / 2
    return np.where(np.arange(3) == np.array(labels)[:, None], share, rest)


@pytest.fixture
def swapped(tmp_path):
    """30 examples of which two have a label that the model is sure is another, and one has none."""
    truth = np.arange(30) % 3
    given = truth.copy()
    given[4], given[20], given[29] = 2, 1, -100
    write(tmp_path, given, sure(truth))
    return tmp_path


def test_it_is_what_cleanlab_says(swapped):
    filters = pytest.importorskip("cleanlab.filter", reason="cleanlab is not installed")
    df = cleanlab_issues(swapped)
    assert df.index.name == "example_id"
    assert df.columns.tolist() == ["cleanlab_issue", "cleanlab_quality", "cleanlab_suggested"]
    assert df.index[df["cleanlab_issue"]].tolist() == ["e4", "e20"]
    assert df.loc[["e4", "e20"], "cleanlab_suggested"].tolist() == ["dog", "id"]
    assert df["cleanlab_suggested"].notna().sum() == 2
    assert df["cleanlab_quality"].drop("e29").round(6).value_counts().to_dict() == {0.9: 27, 0.05: 2}
    assert pd.isna(df.loc["e29", "cleanlab_quality"])
    assert not df.loc["e29", "cleanlab_issue"]
    truth = np.arange(29) % 3
    given = truth.copy()
    given[4], given[20] = 2, 1
    assert (
        filters.find_label_issues(given, sure(truth), n_jobs=1).tolist() == df["cleanlab_issue"][:29].tolist()
    )


def test_it_joins_a_map_by_id(tmp_path):
    pytest.importorskip("cleanlab", reason="cleanlab is not installed")
    given = np.arange(12) % 3
    write(tmp_path, given, sure(given), ids=np.arange(12)[::-1])
    df = pd.DataFrame({"confidence": 0.5}, index=pd.Index(range(12), name="example_id"))
    joined = df.join(cleanlab_issues(tmp_path))
    assert joined.shape == (12, 4)
    assert not joined["cleanlab_issue"].any()


def test_a_label_that_no_example_has_is_no_hindrance(tmp_path):
    pytest.importorskip("cleanlab", reason="cleanlab is not installed")
    given = np.arange(12) % 2
    write(tmp_path, given, sure(given))
    assert not cleanlab_issues(tmp_path)["cleanlab_issue"].any()


def test_a_label_that_one_example_alone_has_is_named(tmp_path, caplog):
    pytest.importorskip("cleanlab", reason="cleanlab is not installed")
    given = np.array([0, 1] * 6 + [2])
    write(tmp_path, given, sure(given))
    assert not cleanlab_issues(tmp_path)["cleanlab_issue"].any()
    assert caplog.messages == ["cleanlab finds no issue with a label that one example alone has: 'id'."]


def test_what_cleanlab_cannot_use_is_one_sentence(tmp_path):
    pytest.importorskip("cleanlab", reason="cleanlab is not installed")
    write(tmp_path, [0, 1, 2], np.full((3, 3), np.nan))  # of a model that diverged
    with pytest.raises(InputError) as error:
        cleanlab_issues(tmp_path)
    assert str(error.value).startswith(f"cleanlab cannot use the probabilities of '{tmp_path}': ")
    assert "\n" not in str(error.value)


def test_without_probabilities_or_without_cleanlab(tmp_path, monkeypatch):
    with pytest.raises(MissingFileError, match="No out-of-fold probabilities in"):
        cleanlab_issues(tmp_path)
    write(tmp_path, [0, 1, 2], sure([0, 1, 2]))
    monkeypatch.setitem(sys.modules, "cleanlab.filter", None)
    with pytest.raises(MissingExtraError) as error:
        cleanlab_issues(tmp_path)
    assert str(error.value) == (
        "What cleanlab makes of a run needs an extra: pip install 'dataset-cartography[cleanlab]'"
    )
