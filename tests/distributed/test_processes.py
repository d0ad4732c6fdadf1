"""Several processes record one map: whole, each example once, and where arithmetic allows it that of one process."""

import pytest

pytestmark = pytest.mark.slow

IDS = {f"e{row}" for row in range(29)}


@pytest.mark.parametrize("name", ["classification", "classification-clean", "qa", "qa-clean", "tags"])
def test_two_processes_are_one(name, alone, first):
    first.map(name).assert_equals(alone.map(name))


def test_two_processes_with_uneven_batches(first):
    # 29 rows in batches of 3 are 10 batches, of which the last is filled up; one of the processes writes slowly.
    recorded = first.map("uneven")
    recorded.assert_whole(examples=29, presented=30, processes=2)
    recorded.assert_exported(IDS)


def test_an_evaluation_by_two_processes(first):
    # 13 rows in batches of 3 are 5, filled up to 6.
    recorded = first.map("uneven", "uneven/map/validation")
    recorded.assert_whole(examples=13, presented=18, processes=2)
    assert recorded.log.manifest.mode == "evaluation"
    assert [epoch.global_step for epoch in recorded.log.manifest.epochs] == [5, 10]


def test_questions_in_uneven_batches(first):
    # A clean pass is shared out without filling up: 25 windows are presented 25 times.
    first.map("uneven-qa").assert_whole(examples=15, presented=25, processes=2, epochs=1)


@pytest.mark.parametrize(("name", "presented"), [("uneven-four", 32), ("uneven-four-clean", 29)])
def test_four_processes_with_uneven_batches(name, presented, four):
    recorded = four.map(name)
    recorded.assert_whole(examples=29, presented=presented, processes=4)
    recorded.assert_exported(IDS)
    four.map(name, f"{name}/map/validation").assert_whole(examples=13, presented=16, processes=4)


def test_a_stream_whose_batches_are_sent(first):
    recorded = first.map("stream")
    recorded.assert_whole(examples=26, presented=26, processes=2)
    assert recorded.log.ids.tolist() == list(range(100, 126))


def test_a_stream_of_strings_that_each_process_reads(first):
    # Each goes through the whole stream and takes its share, filled up to whole batches.
    recorded = first.map("stream-text")
    recorded.assert_whole(examples=26, presented=32, processes=2)
    assert sorted(recorded.log.ids) == sorted(f"e{row}" for row in range(26))


def test_a_stream_of_strings_whose_batches_are_sent_is_refused(strings_sent):
    assert strings_sent.exit_code != 0
    assert (
        "InputError: Batches of this stream are sent from one process to the others, and strings cannot travel with "
        "them: give integer ids, or TrainingArguments(accelerator_config={'dispatch_batches': False})."
    ) in strings_sent.errors


def test_a_sharded_model(alone, first):
    recorded = first.map("sharded-clean")
    recorded.assert_whole(examples=32, presented=32, processes=2)
    recorded.assert_equals(alone.map("classification-clean"))


def test_a_sharded_model_and_a_process_without_a_last_batch(first):
    # 33 rows in clean batches of 4 are 9: the second process goes along in the ninth without recording it.
    first.map("sharded-uneven").assert_whole(examples=33, presented=33, processes=2, epochs=1)
