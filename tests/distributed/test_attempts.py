"""Processes that die, come back in another number, are refused, or cannot write: all end, and none waits."""

import pandas as pd
import pytest
import torch

from dataset_cartography.datamap import compute_metrics

pytestmark = pytest.mark.slow


def test_a_process_that_is_killed_in_front_of_a_checkpoint(first, second):
    assert first.exit_code != 0
    model = first.root / "killed" / "model"
    # The second checkpoint would have known of rows that the killed process had not written.
    assert (model / "checkpoint-3" / "trainer_state.json").is_file()
    assert sorted(path.name for path in (first.root / "uneven" / "model").iterdir()) == [
        "checkpoint-10",
        "checkpoint-3",
        "checkpoint-6",
        "checkpoint-9",
    ]
    recorded, whole = second.map("killed"), first.map("uneven")
    assert [attempt.from_step for attempt in recorded.log.manifest.attempts] == [0, 3]
    for part in ("", "validation"):
        pd.testing.assert_frame_equal(
            compute_metrics(recorded.root / part), compute_metrics(whole.root / part), check_exact=True
        )
    for epoch in (1, 2):
        name = f"training_dynamics_epoch_{epoch}.json"
        assert (recorded.root / name).read_bytes() == (whole.root / name).read_bytes()


@pytest.mark.parametrize(
    ("launch", "name", "twin", "processes"),
    [
        ("four", "grown", "classification", [2, 4]),
        ("four", "grown-clean", "classification-clean", [2, 4]),
        ("second", "shrunk", "classification", [4, 2]),
        ("second", "sharded", "classification", [2, 2]),
    ],
)
def test_a_run_goes_on_in_another_number_of_processes(launch, name, twin, processes, alone, request):
    recorded = request.getfixturevalue(launch).map(name)
    recorded.assert_whole(examples=32, presented=32, processes=processes[-1])
    attempts = recorded.log.manifest.attempts
    assert [(attempt.from_step, attempt.processes) for attempt in attempts] == [
        (0, processes[0]),
        (3, processes[1]),
    ]
    recorded.assert_equals(alone.map(twin))


def test_another_global_batch_is_refused_by_all(four):
    message = (
        f"'{four.root / 'grown' / 'map'}' was recorded with 4 optimizer steps an epoch, and this run makes 2, so that "
        "Trainer would resume in another epoch: keep processes × batch size × gradient accumulation as they were, or "
        "record into a new directory."
    )
    assert four.outcomes("other-batch") == [["InputError", message]] * 4
    assert four.exit_code != 0
    assert message in four.errors


def test_a_directory_that_holds_a_run_is_refused_by_all(second):
    message = (
        f"'{second.root / 'qa' / 'map'}' already holds a recorded run, and nothing recorded is overwritten: give "
        "another directory (--cartography_output_dir), go on with that run (--resume_from_checkpoint), or delete the "
        "directory."
    )
    assert second.outcomes("again") == [["OutputExistsError", message]] * 2


@pytest.mark.skipif(torch.accelerator.is_available(), reason="Trainer is told by the accelerator")
def test_processes_that_train_alone_are_refused(second):
    # Without use_cpu and an accelerator, Trainer takes no notice of torchrun.
    message = (
        "2 processes were started together, but Trainer trains in each of them alone, and all would write the same "
        "files: on CPU, tell Trainer with --use_cpu (TrainingArguments(use_cpu=True))."
    )
    assert second.outcomes("each-alone") == [["InputError", message]] * 2


def test_all_start_over_together(second):
    recorded = second.map("over", "stream-over/map")
    recorded.assert_whole(examples=26, presented=26, processes=2)
    assert [attempt.from_step for attempt in recorded.log.manifest.attempts] == [0, 0]


def test_a_full_disk_of_one_process(first):
    recorded = first.map("disk-full")
    one, two = recorded.log.manifest.epochs
    assert (one.complete, two.complete, two.note) == (True, False, "16 rows could not be recorded")
    assert compute_metrics(recorded.root)["epochs_seen"].value_counts().to_dict() == {1: 16, 2: 16}


def test_a_full_disk_of_one_process_stops_all_if_asked(second):
    assert second.exit_code != 0
    name, message = second.outcomes("stopped")[1]
    assert name == "RecordingError"
    assert message.startswith(
        "Recording failed, and the training was to stop then: [Errno 28] No space left on device. What was recorded "
        f"before is safe in '{second.root / 'stopped' / 'map'}'"
    )
