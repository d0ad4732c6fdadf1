import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataset_cartography.errors import LogError, MissingFileError
from dataset_cartography.log import (
    LogPaths,
    LogWriter,
    Manifest,
    Probabilities,
    read_probabilities,
    write_probabilities,
)

MATRIX = np.array([[0.25, 0.75], [1.0, 0.0], [0.5, 0.5]], np.float32)


@pytest.mark.parametrize("ids", [np.array([3, 1, 2]), np.array(["3", "id", "=1+1"], object)])
@pytest.mark.parametrize("names", [("id", "label"), ("P(x)", "")])
def test_what_is_written_is_read_whatever_ids_and_labels_are_called(tmp_path, ids, names):
    written = Probabilities(ids, np.array([0, 1, -100]), names, MATRIX)
    root = LogPaths(tmp_path).out_of_fold
    root.mkdir()
    assert write_probabilities(root, written) == root / "probabilities.parquet"
    for place in (tmp_path, root):
        found = read_probabilities(place)
        assert found.ids.tolist() == ids.tolist()
        assert found.given.tolist() == [0, 1, -100]
        assert found.labels == names
        assert found.matrix.dtype == np.float32
        np.testing.assert_array_equal(found.matrix, MATRIX)


def test_where_there_are_none_the_sentence_says_how_to_make_them(tmp_path):
    with pytest.raises(MissingFileError) as error:
        read_probabilities(tmp_path)
    assert str(error.value) == (
        f"No out-of-fold probabilities in '{tmp_path}': record the run with run.py --cross_fit 3, which makes them for "
        "tasks with labels, or add them to it with --resume_from_checkpoint last --cross_fit 3."
    )


def test_of_question_answering_it_is_not_asked_for_what_cannot_be(tmp_path):
    manifest = Manifest(task="qa", mode="out_of_fold", id_type="string", examples=1)
    LogWriter.create(tmp_path, manifest, np.array(["a"], object), {})
    with pytest.raises(MissingFileError) as error:
        read_probabilities(tmp_path)
    assert str(error.value) == (
        f"No out-of-fold probabilities in '{tmp_path}', and there can be none: they are of labels, and the answers of "
        "question answering are spans."
    )


@pytest.mark.parametrize("columns", [None, {"id": ["a"], "label": [0]}, {"P(a)": [0.5]}])
def test_a_damaged_file_is_named(tmp_path, columns):
    path = LogPaths(tmp_path).probabilities
    if columns is None:
        path.write_bytes(b"no parquet")
    else:
        pq.write_table(pa.table(columns), path)
    with pytest.raises(LogError, match=re.escape(f"'{path}' cannot be read (")):
        read_probabilities(tmp_path)
