"""Compare recorded log-probabilities with those of a forward hook that shares no code with the recorder.

    python benchmarks/hook_parity.py [--data DIR] [--examples 512] [--epochs 2] [--max_length 128]

A plain Trainer with one `track` line fine-tunes the offline encoder on NLI (snli/validation.jsonl), classification
(trec/TREC.train.all) and question answering (squad/dev-v1.1.json) from DIR, or on generated stand-ins. The hook's
own collator notes which examples a batch holds. All examples and windows of all epochs are compared.
"""

import argparse
import random
import tempfile
from collections import deque
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import datasets
import numpy as np
import torch
from torch.nn.functional import cross_entropy
from transformers import (
    AutoModelForQuestionAnswering,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PrinterCallback,
    Trainer,
    TrainingArguments,
)
from transformers.utils import logging as logs

from dataset_cartography import track
from dataset_cartography.log import LogReader
from dataset_cartography.tasks import qa
from dataset_cartography.tasks.demo import demo_model_path

BAR = 1e-5
TARGETS = {
    "labels": {"gold_logprob": "labels"},
    "spans": {"start_logprob": "start_positions", "end_logprob": "end_positions"},
}
"""Per head: which column of the log is the log-probability of which target."""


class Job(NamedTuple):
    """What is trained: features with an id each, and the model's head."""

    features: datasets.Dataset
    head: str
    labels: int


class Hook:
    """Its own collator sees ids, its own forward hook the model's answers; batches come in one order."""

    def __init__(self, tokenizer: Any, head: str) -> None:
        self.rows: dict[tuple[int, str, int], list[float]] = {}
        self._tokenizer = tokenizer
        self._head = head
        self._waiting: deque[list[tuple[str, int]]] = deque()
        self._times: dict[tuple[str, int], int] = {}

    def collate(self, features: list[dict[str, Any]]) -> Any:
        """Pad, and note which examples are in the batch."""
        self._waiting.append([(feature["example_id"], feature.get("window", 0)) for feature in features])
        kept = ("input_ids", "attention_mask", "token_type_ids", *TARGETS[self._head].values())
        return self._tokenizer.pad(
            [{name: feature[name] for name in kept if name in feature} for feature in features],
            return_tensors="pt",
        )

    def note(self, _module: Any, _args: Any, inputs: dict[str, Any], outputs: Any) -> None:
        """Compute the targets' log-probabilities."""
        logits = [outputs.logits] if self._head == "labels" else [outputs.start_logits, outputs.end_logits]
        targets = [inputs[name] for name in TARGETS[self._head].values()]
        losses = [
            cross_entropy(values.detach().double(), target, reduction="none")
            for values, target in zip(logits, targets, strict=True)
        ]
        for name, *values in zip(self._waiting.popleft(), *(loss.tolist() for loss in losses), strict=True):
            epoch = self._times[name] = self._times.get(name, 0) + 1
            self.rows[epoch, *name] = [-value for value in values]


def recorded(root: Path, head: str) -> dict[tuple[int, str, int], list[float]]:
    """The same of the log."""
    log, rows = LogReader(root), {}
    names = list(TARGETS[head])
    for epoch in log.epochs:
        columns = log.read(epoch, names).columns
        windows = columns.get("window", np.zeros(len(columns["example"]), int))
        keys = zip(log.ids[columns["example"]].tolist(), windows.tolist(), strict=True)
        values = zip(*(columns[name].tolist() for name in names), strict=True)
        rows |= {(epoch, *key): list(row) for key, row in zip(keys, values, strict=True)}
    return rows


def compare(job: Job, tokenizer: Any, model: Path, epochs: int, folder: Path) -> tuple[int, float]:
    """Train, and find the rows compared and the largest difference."""
    torch.manual_seed(0)
    loader = (
        partial(AutoModelForSequenceClassification.from_pretrained, num_labels=job.labels)
        if job.head == "labels"
        else AutoModelForQuestionAnswering.from_pretrained
    )
    hook = Hook(tokenizer, job.head)
    trainer = Trainer(
        model=loader(model),
        args=TrainingArguments(
            output_dir=str(folder / "model"),
            num_train_epochs=epochs,
            per_device_train_batch_size=16,
            learning_rate=5e-5,
            remove_unused_columns=False,  # or the hook's collator would see no ids
            save_strategy="no",
            logging_strategy="no",
            report_to=[],
            disable_tqdm=True,
            dataloader_pin_memory=torch.cuda.is_available(),
        ),
        train_dataset=job.features,
        data_collator=hook.collate,
    )
    trainer.remove_callback(PrinterCallback)
    trainer.model.register_forward_hook(hook.note, with_kwargs=True)
    track(trainer, folder / "map")
    trainer.train()
    found = recorded(folder / "map", job.head)
    if found.keys() != hook.rows.keys() or len(found) != epochs * len(job.features):
        raise SystemExit(
            f"The log holds {len(found)} rows, the hook saw {len(hook.rows)}: not one for every epoch."
        )
    difference = np.abs(np.array([found[key] for key in hook.rows]) - np.array(list(hook.rows.values())))
    return len(found), float(difference.max())


def read_nli(data: Path | None, count: int) -> tuple[list[str], list[str] | None, list[int]]:
    """Premises, hypotheses, labels."""
    if data is None:
        return sentences(count, 0), sentences(count, 1), [row % 3 for row in range(count)]
    rows = datasets.load_dataset("json", data_files=str(data / "snli" / "validation.jsonl"), split="train")
    rows = rows.filter(lambda row: row["label"] >= 0).select(range(count))
    return rows["premise"][:], rows["hypothesis"][:], rows["label"][:]


def read_classes(data: Path | None, count: int) -> tuple[list[str], list[str] | None, list[int]]:
    """Questions and labels."""
    if data is None:
        return sentences(count, 2), None, [row % 6 for row in range(count)]
    lines = (data / "trec" / "TREC.train.all").read_text("latin-1").splitlines()[:count]
    labels, texts = zip(*(line.split(" ", 1) for line in lines), strict=True)
    return list(texts), None, [int(label) for label in labels]


def sentences(count: int, seed: int) -> list[str]:
    """Texts of a few words each."""
    draw = random.Random(seed)  # noqa: S311
    words = ["the", "a", "man", "woman", "dog", "runs", "sleeps", "near", "under", "red", "house", "river"]
    return [" ".join(draw.choices(words, k=draw.randint(4, 20))) for _ in range(count)]


def labelled(
    texts: list[str], others: list[str] | None, labels: list[int], tokenizer: Any, length: int
) -> Job:
    """Tokenise labelled texts, or pairs of them."""
    encoded = tokenizer(texts, others, truncation=True, max_length=length)
    ids = [f"e{row}" for row in range(len(texts))]
    features = datasets.Dataset.from_dict({"example_id": ids, **encoded, "labels": labels})
    return Job(features, "labels", max(labels) + 1)


def questions(data: Path | None, count: int, tokenizer: Any, length: int) -> Job:
    """Cut questions' contexts into windows."""
    name = "demo" if data is None else str(data / "squad" / "dev-v1.1.json")
    examples = qa.check_rows(qa.load_examples(name, max_samples=count)).kept
    features = qa.prepare_train_features(examples, tokenizer, max_length=length, doc_stride=length // 4)
    return Job(features, "spans", 2)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--examples", type=int, default=512)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--max_length", type=int, default=128)
    options = parser.parse_args()
    logs.set_verbosity_error()
    logs.disable_progress_bar()
    datasets.disable_progress_bars()
    model = demo_model_path()
    tokenizer = AutoTokenizer.from_pretrained(model)
    data, count, length = options.data, options.examples, options.max_length
    jobs = {
        "SNLI": labelled(*read_nli(data, count), tokenizer, length),
        "TREC": labelled(*read_classes(data, count), tokenizer, length),
        "SQuAD": questions(data, count, tokenizer, length),
    }
    for name, job in jobs.items():
        with tempfile.TemporaryDirectory() as folder:
            rows, difference = compare(job, tokenizer, model, options.epochs, Path(folder))
        source = name if data else f"a stand-in for {name}"
        print(
            f"{source}: {rows:,} rows of {options.epochs} epochs, largest difference {difference:.1e} (bar {BAR:.0e})"
        )
        if difference > BAR:
            raise SystemExit(f"Recorded and hooked log-probabilities differ on {source}.")


if __name__ == "__main__":
    main()
