"""The evidence of a recorded run, from disk."""

import re
from pathlib import Path

import pytest

from dataset_cartography.errors import InputError, MissingFileError
from dataset_cartography.label_errors import SIGNALS, label_error_signals
from dataset_cartography.log import LogReader
from logs import make_log
from recorded_runs import record_labels


def test_every_signal_and_the_suggestion_stand_beside_the_id(tmp_path):
    right, wrong = (-0.1, 2.0, 0), (-3.0, -2.5, 2)
    record_labels(tmp_path, [7, 3], [[right, wrong], [right, wrong]])
    table = label_error_signals(tmp_path)
    assert table.index.tolist() == [7, 3]
    assert table.columns.tolist() == [*SIGNALS, "suggested"]
    assert table["suggested"].isna().tolist() == [True, False]
    assert table.loc[3, "suggested"] == 2
    suspicious = table.drop(columns=["suggested", "memorised_late"])
    assert (suspicious.loc[3] >= suspicious.loc[7]).all()


def test_a_suggestion_has_the_labels_name_where_the_run_knows_it(tmp_path):
    record_labels(tmp_path, ["a"], [[(-3.0, -2.5, 2)]], labels=["x", "y", "z"])
    assert label_error_signals(tmp_path)["suggested"].tolist() == ["z"]


def test_without_a_closed_epoch_it_says_so(tmp_path):
    make_log(tmp_path)
    with pytest.raises(InputError) as error:
        label_error_signals(tmp_path)
    assert "holds no epoch that ran to its end yet" in str(error.value)


def test_without_a_log_it_says_what_was_looked_for(tmp_path):
    with pytest.raises(MissingFileError) as error:
        label_error_signals(tmp_path)
    assert str(error.value).startswith(
        f"No cartography files found in '{tmp_path}': looked for 'manifest.json'."
    )


def test_the_log_is_only_read(tmp_path):
    record_labels(tmp_path, ["a", "b"], [[(-0.1, 2.0, 0), (-3.0, -2.5, 2)]])
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    label_error_signals(tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert LogReader(tmp_path).epochs == [1]


def test_the_docs_name_every_signal():
    page = Path(__file__).parents[2] / "docs" / "label_errors.md"
    listed = re.findall(r"^\| `(\w+)` \|", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(SIGNALS)
