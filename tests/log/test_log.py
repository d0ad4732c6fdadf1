"""The log: what is written is what is read, rows that do not count are passed over, damage is named."""

import json

import numpy as np
import pytest

from dataset_cartography.errors import InputError, LogError, MissingFileError, OutputExistsError
from dataset_cartography.log import Attempt, LogReader, LogWriter
from logs import make_log, read, rows


def test_parts_of_an_epoch_come_back_together(tmp_path):
    writer = make_log(tmp_path)
    writer.write_part(1, rows([4, 0, 2], 0, 1.0))
    writer.write_part(1, rows([5, 1, 3], 1, 2.0))
    values, result = read(tmp_path)
    assert values == {0: 1.0, 1: 2.0, 2: 1.0, 3: 2.0, 4: 1.0, 5: 2.0}
    assert result.presentations.tolist() == [1] * 6


def test_windows_of_an_example_stand_together_in_order(tmp_path):
    writer = make_log(tmp_path, 3, task="qa")
    signals = {column.name: np.zeros(2, column.dtype) for column in writer.manifest.schema.signals}
    for step, (example, window) in enumerate([([2, 0], [1, 0]), ([0, 2], [1, 0])]):
        keys = {"example": np.array(example), "window": np.array(window), "global_step": np.full(2, step)}
        writer.write_part(1, keys | signals)
    columns = LogReader(tmp_path).read(1, ["margin"]).columns
    assert columns["example"].tolist() == [0, 0, 2, 2]
    assert columns["window"].tolist() == [0, 1, 0, 1]


def test_the_earliest_presentation_counts_and_repeats_are_counted(tmp_path):
    writer = make_log(tmp_path)
    writer.write_part(1, rows([1, 2], 5, 5.0))
    writer.write_part(1, rows([2, 0], 3, 3.0))
    values, result = read(tmp_path)
    assert values == {0: 3.0, 1: 5.0, 2: 3.0}
    assert result.presentations.tolist() == [1, 1, 2]


def test_of_one_step_the_lowest_rank_counts(tmp_path):
    writer = make_log(tmp_path)
    other = LogWriter(tmp_path, writer.manifest, rank=1)
    other.write_part(1, rows([0], 3, 9.0))
    writer.write_part(1, rows([0], 3, 4.0))
    assert read(tmp_path)[0] == {0: 4.0}


def test_rows_that_a_resumed_attempt_took_the_place_of_are_void(tmp_path):
    writer = make_log(tmp_path)
    writer.write_part(1, rows([0], 0, 1.0))
    writer.write_part(1, rows([1], 2, 1.0))
    writer.write_part(1, rows([3], 3, 1.0))
    again = LogWriter(tmp_path, writer.manifest.with_attempt(Attempt(1, 2)))
    again.save_manifest()
    again.write_part(1, rows([1], 2, 7.0))
    assert read(tmp_path)[0] == {0: 1.0, 1: 7.0}


def test_an_attempt_from_the_beginning_voids_all_before_it(tmp_path):
    writer = make_log(tmp_path)
    writer.write_part(1, rows([0], 0, 1.0))
    writer.close_epoch(1, 1)
    again = LogWriter(tmp_path, writer.manifest.with_attempt(Attempt(1, 0)))
    again.save_manifest()
    assert again.manifest.epochs == ()
    again.write_part(1, rows([2], 0, 2.0))
    assert read(tmp_path)[0] == {2: 2.0}


def test_a_closed_epoch_stays_closed_when_resumed_after_it(tmp_path):
    writer = make_log(tmp_path)
    writer.close_epoch(1, 10)
    writer.close_epoch(2, 20)
    assert [epoch.number for epoch in writer.manifest.with_attempt(Attempt(1, 10)).epochs] == [1]


def test_parts_leave_no_temporary_files(tmp_path):
    make_log(tmp_path).write_part(1, rows([0], 0))
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        "attempt01-rank0-000001.parquet",
        "examples.parquet",
        "manifest.json",
    ]


@pytest.mark.parametrize("ids", [["007", "1e5", "é"], [7, 2**40, -3]])
def test_ids_keep_their_type(tmp_path, ids):
    make_log(tmp_path, 3, ids=ids)
    assert LogReader(tmp_path).ids.tolist() == ids


def test_a_directory_that_holds_a_run_is_refused(tmp_path):
    make_log(tmp_path).write_part(1, rows([0], 0))
    with pytest.raises(OutputExistsError) as error:
        make_log(tmp_path)
    assert str(error.value) == (
        f"'{tmp_path}' already holds a recorded run, and nothing recorded is overwritten: give another directory "
        "(--cartography_output_dir), go on with that run (--resume_from_checkpoint), or delete the directory."
    )


def test_a_manifest_without_rows_is_no_run(tmp_path):
    make_log(tmp_path)
    assert make_log(tmp_path, 3).manifest.examples == 3


def test_no_log_says_what_was_looked_for(tmp_path):
    with pytest.raises(
        MissingFileError, match=r"No cartography files found in '.*': looked for 'manifest.json'\."
    ):
        LogReader(tmp_path)


def test_another_schema_version_is_named(tmp_path):
    make_log(tmp_path)
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema_version": 99}))
    with pytest.raises(LogError, match="has schema version 99; this release reads version 1"):
        LogReader(tmp_path)


def test_a_broken_manifest_is_named(tmp_path):
    make_log(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(LogError, match="is not a readable manifest"):
        LogReader(tmp_path)


def test_a_damaged_part_is_named(tmp_path):
    part = make_log(tmp_path).write_part(1, rows([0], 0))
    part.write_bytes(part.read_bytes()[:-9])
    with pytest.raises(LogError, match=r"Part file '.*attempt01-rank0-000001.parquet' cannot be read"):
        LogReader(tmp_path).read(1, ["margin"])


def test_an_epoch_that_was_not_recorded_is_named(tmp_path):
    writer = make_log(tmp_path)
    writer.write_part(1, rows([0], 0))
    writer.close_epoch(1, 1)
    with pytest.raises(InputError, match=r"Epoch 3 is not in '.*'; recorded epochs: 1."):
        LogReader(tmp_path).read(3, ["margin"])


def test_a_foreign_parquet_file_is_passed_over(tmp_path):
    part = make_log(tmp_path).write_part(1, rows([0], 0, 1.0))
    (part.parent / "notes.parquet").write_bytes(b"not ours")
    assert read(tmp_path)[0] == {0: 1.0}


def test_an_epoch_whose_parts_were_deleted_is_gone(tmp_path):
    writer = make_log(tmp_path)
    for epoch in (1, 2):
        writer.write_part(epoch, rows([0], epoch))
        writer.close_epoch(epoch, epoch)
    writer.paths.part(1, 1, 0, 1).unlink()
    assert LogReader(tmp_path).epochs == [2]
