"""What every process of a launch runs: the jobs of a file, one after the other, each noting how it ended.

    python -m torch.distributed.run --standalone --nproc_per_node 2 worker.py jobs.json

A job is a training of a tiny model on generated data: a name and `train`'s arguments. How it ended in each process
is written beside the jobs, to `NAME-RANK.json`; the error of a `fatal` one ends the process too, as a user's would.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

import accelerate.state
import datasets
import numpy as np
import torch
from torch.utils.data import IterableDataset
from transformers import (
    BertForQuestionAnswering,
    BertForSequenceClassification,
    BertForTokenClassification,
    DataCollatorForTokenClassification,
    DataCollatorWithPadding,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

sys.path.insert(0, str(Path(__file__).parents[1]))

from dataset_cartography.integrations.transformers import track
from dataset_cartography.integrations.transformers.interventions import (
    order_examples,
    smooth_labels,
    weigh_loss,
)
from dataset_cartography.log import LogWriter
from dataset_cartography.tasks.qa import qa_collator
from questions import features_of, generate, tokenizer
from steps import Steps, drawn
from tiny import tiny_qa_model

LABELS = 3


class Stream(IterableDataset):
    """A dataset that can only be gone through, and has a length."""

    def __init__(self, rows):
        self.rows = list(rows)

    def __iter__(self):
        return iter(self.rows)

    def __len__(self):
        return len(self.rows)


class StopAt(TrainerCallback):
    """Breaks the training off in every process at the beginning of a step."""

    def __init__(self, step):
        self.step = step

    def on_step_begin(self, args, state, control, **kwargs):
        if state.global_step == self.step:
            raise InterruptedError


def labelled(count, *, seed=0, ids="text"):
    """Short word sequences, labelled by their first word."""
    words = np.random.default_rng(seed).integers(10, 40, (count, 6))
    return datasets.Dataset.from_dict(
        {
            "id": [f"e{row}" if ids == "text" else 100 + row for row in range(count)],
            "input_ids": words.tolist(),
            "labels": (words[:, 0] % LABELS).tolist(),
        }
    )


def dataset_of(task, count, stream):
    if task == "qa":
        return features_of(generate(count))
    if task == "token-classification":
        rows = labelled(count)
        tags = (np.array(rows["input_ids"][:]) % LABELS).tolist()
        return rows.remove_columns("labels").add_column("labels", tags)
    return Stream(labelled(count, ids=stream)) if stream else labelled(count)


def model_of(task, vocabulary, dropout):
    config = tiny_qa_model(vocabulary).config
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = dropout
    torch.manual_seed(1)
    if task == "qa":
        return BertForQuestionAnswering(config)
    config.num_labels = LABELS
    kind = BertForTokenClassification if task == "token-classification" else BertForSequenceClassification
    return kind(config)


def collator_of(task, words):
    if task == "qa":
        return qa_collator(words, max_length=32)
    kind = DataCollatorForTokenClassification if task == "token-classification" else DataCollatorWithPadding
    return kind(words)


def let_fsdp_run_on_cpu():
    """Make Accelerate shard on CPU: it takes `fsdp` for accelerators only, and uses DDP without a word otherwise."""
    plain = accelerate.state.AcceleratorState.__init__

    def initialise(self, *args, fsdp_plugin=None, **kwargs):
        plain(self, *args, fsdp_plugin=fsdp_plugin, **kwargs)
        if fsdp_plugin is not None:
            self.fsdp_plugin = fsdp_plugin
        if getattr(self, "fsdp_plugin", None) is not None:
            self.distributed_type = accelerate.state.DistributedType.FSDP

    accelerate.state.AcceleratorState.__init__ = initialise


def write_part_of(disk):
    """How a process whose disk has a fault writes the training data's second epoch."""
    plain = LogWriter.write_part

    def write_part(self, epoch, rows):
        if epoch == 2 and self.paths.root.name == "map":
            if disk == "full":
                raise OSError(28, "No space left on device")
            time.sleep(1)  # long enough for a process that does not wait to go ahead
            if disk == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
        return plain(self, epoch, rows)

    return write_part


def train(
    folder,
    *,
    task="classification",
    count=32,
    batch=4,
    dropout=0.0,
    stream=None,
    mode="in_training",
    splits=("train",),
    on_failure="continue",
    start_over=False,
    resume=False,
    stop=None,
    disk_of_last=None,
    steered=None,
    **settings,
):
    """Train, recording into `folder/map`.

    Args:
        steered: Arguments of `steer`, if the training is to be weighed, smoothed or ordered.
        stream: "text" or "integer" ids of a stream; default a dataset.
        stop: The step before which all processes break off.
        disk_of_last: "full", "slow" or "killed": what befalls the last process as it writes epoch 2.
    """
    words = tokenizer()
    arguments = {
        "output_dir": str(folder / "model"),
        "num_train_epochs": 2,
        "per_device_train_batch_size": batch,
        "per_device_eval_batch_size": batch,
        "learning_rate": 5e-3,
        "average_tokens_across_devices": False,
        "ddp_find_unused_parameters": False,
        "save_strategy": "no",
        "report_to": [],
        "disable_tqdm": True,
        "use_cpu": True,
        "dataloader_pin_memory": False,
        "ddp_timeout": 60,
    }
    trainer = Trainer(
        model=model_of(task, len(words), dropout),
        args=TrainingArguments(**arguments | settings),
        train_dataset=dataset_of(task, count, stream),
        eval_dataset=labelled(13, seed=1) if "validation" in splits else None,
        data_collator=collator_of(task, words),
    )
    if settings.get("fsdp"):
        assert trainer.is_fsdp_enabled
    tracker = track(trainer, folder / "map", mode=mode, splits=splits, on_failure=on_failure)
    tracker.start_over = start_over
    if stop is not None:
        trainer.add_callback(StopAt(stop))
    plain = LogWriter.write_part
    if disk_of_last and trainer.args.process_index == trainer.args.world_size - 1:
        LogWriter.write_part = write_part_of(disk_of_last)
    steps = steer(trainer, folder, **steered) if steered else None
    try:
        trainer.train(resume_from_checkpoint=resume or None)
    finally:
        LogWriter.write_part = plain
        if steps is not None:
            steps.save(folder / f"steps-{trainer.args.process_index}.npz")
            losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
            if trainer.args.process_index == 0:
                (folder / "losses.json").write_text(json.dumps(losses))


def steer(trainer, folder, *, order=None, loss=False):
    """Weigh and smooth a trainer's loss, or order its examples; what it trains on is written down in `folder`."""
    columns = ("id", "example_id", "input_ids", "labels", "start_positions", "end_positions")
    data = trainer.train_dataset.select_columns(
        [name for name in columns if name in trainer.train_dataset.column_names]
    ).to_list()
    names = [row.get("example_id", row.get("id")) for row in data]
    if loss:
        weigh_loss(trainer, drawn(names, seed=1, low=0.2, high=1.8))
        smooth_labels(trainer, drawn(names, seed=2, low=0.0, high=0.3))
    if order:
        order_examples(trainer, drawn(names, seed=3, low=0.0, high=1.0), order, start=0.1)
    if trainer.args.process_index == 0:
        (folder / "examples.json").write_text(json.dumps(data))
    return Steps(trainer, "qa_outputs" if "start_positions" in data[0] else "classifier")


def main():
    torch.set_num_threads(1)
    datasets.disable_progress_bars()
    let_fsdp_run_on_cpu()
    jobs = Path(sys.argv[1])
    for job in json.loads(jobs.read_text()):
        name, folder, fatal = job.pop("name"), Path(job.pop("folder")), job.pop("fatal", False)
        folder.mkdir(exist_ok=True)
        environment = dict(os.environ)
        note = jobs.with_name(f"{name}-{os.environ.get('RANK', '0')}.json")
        try:
            train(folder, **job)
            note.write_text("null")
        except Exception as error:
            note.write_text(json.dumps([type(error).__name__, str(error)]))
            if fatal:
                raise
        for left in os.environ.keys() - environment.keys():  # `fsdp` would hold for the jobs to come
            del os.environ[left]


if __name__ == "__main__":
    main()
