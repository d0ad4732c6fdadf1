"""Streams: examples that come one after the other, named by the ids they carry."""

import datasets
import pandas as pd
import pytest
import torch
from transformers import TrainerCallback

from dataset_cartography.datamap import compute_metrics
from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.integrations.transformers import track
from dataset_cartography.log import LogReader
from labels import generate, make_trainer
from questions import assert_same_training, features_of, trained
from questions import generate as generate_questions
from questions import make_trainer as make_qa_trainer
from witness import Witness, assert_same_rows, check, expected_windows, recorded, recorded_windows

pytestmark = pytest.mark.usefixtures("no_map")


class Stream(torch.utils.data.IterableDataset):
    """Examples one after the other; workers share them out."""

    def __init__(self, examples):
        self.examples = examples

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        part = slice(None) if worker is None else slice(worker.id, None, worker.num_workers)
        return iter(self.examples[part])


class SizedStream(Stream):
    """A stream that knows how long it is."""

    def __len__(self):
        return len(self.examples)


def of_datasets(examples):
    """A stream of the datasets library, in two shards."""

    def rows(shards):
        for shard in shards:
            yield from examples[shard::2]

    return datasets.IterableDataset.from_generator(rows, gen_kwargs={"shards": [0, 1]})


KINDS = {"torch": Stream, "torch, with a length": SizedStream, "datasets": of_datasets}
PASSES = {"max_steps": 8, "num_train_epochs": 1}  # two passes of 13 examples in batches of 4
IDS = {"strings": None, "integers": [7 * number - 20 for number in range(13)]}


@pytest.mark.parametrize("ids", IDS)
@pytest.mark.parametrize("kind", KINDS)
def test_streams(kind, ids, tmp_path):
    examples = generate(13, ids=IDS[ids])
    check(tmp_path, examples, modes=["in_training"], train=lambda: KINDS[kind](examples), **PASSES)
    log = LogReader(tmp_path / "in_training")
    assert log.epochs == [1, 2]
    assert log.id_type == ids.removesuffix("s")
    assert sorted(log.ids.tolist()) == sorted(example["id"] for example in examples)
    assert compute_metrics(tmp_path / "in_training")["epochs_seen"].tolist() == [2] * 13


@pytest.mark.parametrize(
    ("kind", "kept"), [("torch", True), ("torch, with a length", False), ("datasets", False)]
)
def test_streams_with_workers(kind, kept, tmp_path):
    examples = generate(13)
    settings = {"dataloader_num_workers": 2, "remove_unused_columns": not kept, "max_steps": 6}
    check(tmp_path, examples, modes=["in_training"], train=lambda: KINDS[kind](examples), **settings)


@pytest.mark.slow
def test_streams_with_spawned_workers(tmp_path):
    examples = generate(13)
    settings = {"dataloader_num_workers": 2, "dataloader_multiprocessing_context": "spawn", "max_steps": 8}
    check(tmp_path, examples, modes=["in_training"], train=lambda: Stream(examples), **settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"max_steps": 8, "dataloader_drop_last": True},
        {"max_steps": 5, "gradient_accumulation_steps": 2},
        {"max_steps": 5, "per_device_train_batch_size": 6},
        {"max_steps": 4, "bf16": True},
        {"max_steps": 4, "accelerator_config": {"dispatch_batches": False}},
        {"max_steps": 4, "accelerator_config": {"split_batches": True}},
    ],
    ids=str,
)
def test_settings(settings, tmp_path):
    examples = generate(13)
    check(tmp_path, examples, modes=["in_training"], train=lambda: Stream(examples), **settings)


def test_the_stream_is_not_touched_before_training(tmp_path):
    class Once(Stream):
        begun = 0

        def __iter__(self):
            self.begun += 1
            return super().__iter__()

    stream = Once(generate(4))
    trainer = make_trainer(tmp_path, stream, max_steps=1)
    track(trainer, tmp_path / "map")
    assert stream.begun == 0
    trainer.train()
    assert stream.begun == 1


def refused(tmp_path, examples, error=InputError):
    trainer = make_trainer(tmp_path, Stream(examples), max_steps=2)
    track(trainer, tmp_path / "map")
    with pytest.raises(error) as caught:
        trainer.train()
    return caught


def test_features_without_an_id(tmp_path):
    caught = refused(tmp_path, [{**example, "id": None} for example in generate(4)])
    assert str(caught.value) == (
        "The ids of a stream must be all integers, or all strings that are not empty, but 'id' holds None."
    )
    examples = generate(4)
    del examples[1]["id"]
    caught = refused(tmp_path / "second", examples, MissingColumnError)
    assert str(caught.value) == (
        "Column 'id' not found in a feature of the stream; its columns are: 'input_ids', 'attention_mask', 'labels'. "
        "Give every feature its id."
    )


def test_ids_of_two_kinds_in_one_batch(tmp_path):
    caught = refused(tmp_path, generate(4, ids=["a", 1, "b", "c"]))
    assert str(caught.value) == (
        "The ids of a stream must be all integers, or all strings that are not empty, but 'id' holds 1."
    )


def test_ids_of_two_kinds_in_two_batches(tmp_path, caplog):
    trainer = make_trainer(tmp_path, Stream(generate(8, ids=["a", "b", "c", "d", 1, 2, 3, 4])), max_steps=2)
    track(trainer, tmp_path / "map")
    trainer.train()
    log = LogReader(tmp_path / "map")
    assert log.ids.tolist() == ["a", "b", "c", "d"]
    assert [epoch.note for epoch in log.manifest.epochs] == [
        "4 rows could not be recorded; it was cut short at step 2"
    ]
    assert (
        "The ids of a stream must be all integers, or all strings that are not empty, but this one's change from "
        "strings to integers."
    ) in caplog.text


def test_an_id_column_of_another_name(tmp_path):
    examples = [{**example, "note": f"n{example['id']}"} for example in generate(4)]
    trainer = make_trainer(tmp_path, Stream(examples), max_steps=1)
    track(trainer, tmp_path / "map", id_column="note")
    trainer.train()
    assert LogReader(tmp_path / "map").ids.tolist() == ["ne0", "ne1", "ne2", "ne3"]


def test_a_clean_pass_over_a_stream_is_refused(tmp_path):
    with pytest.raises(InputError) as caught:
        track(make_trainer(tmp_path, Stream([]), max_steps=1), tmp_path / "map", mode="epoch_end")
    assert str(caught.value) == (
        "mode 'epoch_end' goes through the training data once more after each epoch, which a stream may not allow: "
        "record a stream with mode 'in_training'."
    )


class StoppedError(Exception):
    pass


class StopAfter(TrainerCallback):
    def __init__(self, step):
        self.step = step

    def on_step_begin(self, args, state, control, **kwargs):
        if state.global_step == self.step:
            raise StoppedError


def tracked(folder, stream, stop=None):
    trainer = make_trainer(folder, stream, max_steps=8, save_strategy="steps", save_steps=3)
    track(trainer, folder / "map")
    if stop is not None:
        trainer.add_callback(StopAfter(stop))
    return trainer


@pytest.mark.parametrize("kind", KINDS)
def test_resumed_within_the_first_pass(kind, tmp_path):
    examples = generate(17)
    tracked(tmp_path / "whole", KINDS[kind](examples)).train()
    with pytest.raises(StoppedError):
        tracked(tmp_path / "broken", KINDS[kind](examples), stop=4).train()
    tracked(tmp_path / "broken", KINDS[kind](examples)).train(resume_from_checkpoint=True)
    assert len(LogReader(tmp_path / "broken" / "map").manifest.attempts) == 2
    pd.testing.assert_frame_equal(
        compute_metrics(tmp_path / "broken" / "map"),
        compute_metrics(tmp_path / "whole" / "map"),
        check_exact=True,
    )


@pytest.mark.parametrize("kind", ["torch", "datasets"])
def test_resuming_beyond_the_first_pass_without_a_length_is_refused(kind, tmp_path):
    examples = generate(17)
    with pytest.raises(StoppedError):
        tracked(tmp_path, KINDS[kind](examples), stop=7).train()
    before = recorded(tmp_path / "map")
    with pytest.raises(InputError) as caught:
        tracked(tmp_path, KINDS[kind](examples)).train(resume_from_checkpoint=True)
    assert str(caught.value) == (
        "Cannot resume at step 6: it lies beyond the first pass over a stream without a length, whose place Trainer "
        "cannot find again (it would begin the stream anew in mid-pass). Begin again in a new directory, or give the "
        "stream a __len__."
    )
    assert recorded(tmp_path / "map") == before


def test_resuming_beyond_the_first_pass_with_a_length(tmp_path):
    examples = generate(17)
    tracked(tmp_path / "whole", SizedStream(examples)).train()
    with pytest.raises(StoppedError):
        tracked(tmp_path / "broken", SizedStream(examples), stop=7).train()
    tracked(tmp_path / "broken", SizedStream(examples)).train(resume_from_checkpoint=True)
    pd.testing.assert_frame_equal(
        compute_metrics(tmp_path / "broken" / "map"),
        compute_metrics(tmp_path / "whole" / "map"),
        check_exact=True,
    )


def test_a_stream_is_not_gone_on_with_as_a_dataset(tmp_path):
    examples = generate(17)
    with pytest.raises(StoppedError):
        tracked(tmp_path, SizedStream(examples), stop=4).train()
    with pytest.raises(InputError) as caught:
        tracked(tmp_path, examples).train(resume_from_checkpoint=True)
    assert str(caught.value) == (
        f"'{tmp_path / 'map'}' was recorded on a stream, but this run trains on a dataset: record into a new directory."
    )


def test_an_example_that_comes_twice_is_counted(tmp_path):
    examples = generate(4)
    trainer = make_trainer(tmp_path, Stream([*examples, examples[1]]), max_steps=2)
    track(trainer, tmp_path / "map")
    trainer.train()
    df = compute_metrics(tmp_path / "map")
    assert df["presentations"].to_dict() == {"e0": 1, "e1": 2, "e2": 1, "e3": 1}
    assert df["epochs_seen"].tolist() == [1] * 4


def question_stream(rows, kind, ids=None, **columns):
    features = [{**feature, **columns} for feature in features_of(generate_questions(rows, ids=ids))]
    return features, KINDS[kind](features)


@pytest.mark.parametrize("ids", [None, list(range(50, 59))], ids=["strings", "integers"])
@pytest.mark.parametrize("kind", KINDS)
def test_questions_as_a_stream(kind, ids, tmp_path):
    runs = []
    for tracked in (False, True):
        features, stream = question_stream(9, kind, ids)
        trainer = make_qa_trainer(tmp_path, stream, max_steps=2 * -(-len(features) // 4))
        witness = Witness(trainer)
        if tracked:
            track(trainer, tmp_path / "map")
        runs.append(trained(trainer))
    assert_same_training(*runs)
    wanted = expected_windows(witness, features, characters=False)
    assert_same_rows(recorded_windows(tmp_path / "map"), wanted)
    df = compute_metrics(tmp_path / "map")
    assert sorted(df.index) == sorted({feature["example_id"] for feature in features})
    assert df["epochs_seen"].tolist() == [2] * 9
    assert df["confidence"].notna().all()


def test_question_features_of_another_make(tmp_path):
    columns = ("example_id", "input_ids", "attention_mask", "start_positions", "end_positions")
    prepared = features_of(generate_questions(6), max_length=128)  # one window each
    features = [
        {
            **{name: feature[name] for name in columns},
            "window": "south",
            "has_answer": "yes",
            "context_start": "x",
        }
        for feature in prepared
    ]
    trainer = make_qa_trainer(tmp_path, Stream(features), max_steps=2)
    track(trainer, tmp_path / "map")
    trainer.train()
    df = compute_metrics(tmp_path / "map")
    assert df["epochs_seen"].tolist() == [1] * 6
    assert df["confidence"].between(0, 1).all()
