"""Compare recorded log-probabilities with those of a forward hook that shares no code with the recorder.

    python benchmarks/hook_parity.py [--data DIR] [--examples 512] [--epochs 2] [--max_length 128] [--only WNUT-17]

A plain Trainer with one `track` line fine-tunes the offline encoder on NLI (snli/validation.jsonl), classification
(trec/TREC.train.all), question answering (squad/dev-v1.1.json) and token classification (wnut17/wnut17train.conll) from
DIR, or on generated stand-ins, and on a generated multi-label set; and small random language models on questions and
answers (gsm8k/test.jsonl), token by token. The hook's own collator notes which examples a batch holds. All examples,
windows, tags, labels and tokens of all epochs are compared.
"""

import argparse
import json
import random
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import datasets
import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from transformers import (
    AutoModelForCausalLM,
    AutoModelForQuestionAnswering,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    PrinterCallback,
    Trainer,
    TrainingArguments,
)
from transformers.utils import logging as logs

from dataset_cartography import track
from dataset_cartography.log import LogReader
from dataset_cartography.tasks import qa
from dataset_cartography.tasks.conll import read_conll
from dataset_cartography.tasks.demo import demo_model_path
from dataset_cartography.tasks.demo.language_models import demo_decoder_path, demo_encoder_decoder_path

BAR = 1e-5
Losses = Iterator[dict[int, list[float]]]


class Kind(NamedTuple):
    """What a head is trained on.

    Attributes:
        loader: The auto class of its models.
        targets: Columns of features that the loss needs.
        columns: Those of the log that are compared.
        losses: For each feature of a batch: the number of each of its pieces, and its losses, one a column.
        problem: As transformers calls it.
        tokens: Whether every target token is recorded by itself.
    """

    loader: Any
    targets: tuple[str, ...]
    columns: tuple[str, ...]
    losses: Callable[[dict[str, Any], Any], Losses]
    problem: str | None = None
    tokens: bool = False


def losses_of_labels(inputs: dict[str, Any], outputs: Any) -> Losses:
    """One label a feature."""
    losses = cross_entropy(outputs.logits.double(), inputs["labels"], reduction="none")
    yield from ({0: [loss]} for loss in losses.tolist())


def losses_of_spans(inputs: dict[str, Any], outputs: Any) -> Losses:
    """A start and an end a feature."""
    start = cross_entropy(outputs.start_logits.double(), inputs["start_positions"], reduction="none")
    end = cross_entropy(outputs.end_logits.double(), inputs["end_positions"], reduction="none")
    yield from ({0: list(both)} for both in zip(start.tolist(), end.tolist(), strict=True))


def losses_of_tags(inputs: dict[str, Any], outputs: Any) -> Losses:
    """A tag for each labelled token."""
    labels = inputs["labels"]
    losses = cross_entropy(outputs.logits.double().transpose(1, 2), labels, reduction="none")
    for row, tags in zip(losses.tolist(), labels.tolist(), strict=True):
        yield dict(enumerate([loss] for loss, tag in zip(row, tags, strict=True) if tag != -100))


def losses_of_sets(inputs: dict[str, Any], outputs: Any) -> Losses:
    """A decision for each label."""
    losses = binary_cross_entropy_with_logits(
        outputs.logits.double(), inputs["labels"].double(), reduction="none"
    )
    yield from (dict(enumerate([loss] for loss in row)) for row in losses.tolist())


def losses_of_next(inputs: dict[str, Any], outputs: Any) -> Losses:
    """A target token, told by the place before it."""
    scores = outputs.logits.double()[:, :-1].transpose(1, 2)
    targets = inputs["labels"][:, 1:]
    losses = cross_entropy(scores, targets, reduction="none")
    for row, tokens in zip(losses.tolist(), targets.tolist(), strict=True):
        yield dict(enumerate([loss] for loss, token in zip(row, tokens, strict=True) if token != -100))


LABELS, GOLD = ("labels",), ("gold_logprob",)
KINDS = {
    "labels": Kind(AutoModelForSequenceClassification, LABELS, GOLD, losses_of_labels),
    "spans": Kind(
        AutoModelForQuestionAnswering,
        ("start_positions", "end_positions"),
        ("start_logprob", "end_logprob"),
        losses_of_spans,
    ),
    "tags": Kind(AutoModelForTokenClassification, LABELS, GOLD, losses_of_tags),
    "sets": Kind(
        AutoModelForSequenceClassification, LABELS, GOLD, losses_of_sets, "multi_label_classification"
    ),
    "completions": Kind(AutoModelForCausalLM, LABELS, GOLD, losses_of_next, tokens=True),
    "sequences": Kind(AutoModelForSeq2SeqLM, LABELS, GOLD, losses_of_tags, tokens=True),
}


class Job(NamedTuple):
    """What is trained: features with an id each, the model's kind of head, how wide it is, and another model."""

    features: datasets.Dataset
    kind: str
    labels: int
    model: Path | None = None


class Hook:
    """Its own collator sees ids, its own forward hook the model's answers; batches come in one order."""

    def __init__(self, tokenizer: Any, kind: Kind) -> None:
        self.rows: dict[tuple[int, str, int], list[float]] = {}
        self._tokenizer = tokenizer
        self._kind = kind
        self._waiting: deque[list[tuple[str, int]]] = deque()
        self._times: dict[tuple[str, int], int] = {}

    def collate(self, features: list[dict[str, Any]]) -> Any:
        """Pad, and note which examples are in the batch."""
        self._waiting.append([(feature["example_id"], feature.get("window", 0)) for feature in features])
        kept = ("input_ids", "attention_mask", "token_type_ids")
        batch = self._tokenizer.pad(
            [{name: feature[name] for name in kept if name in feature} for feature in features],
            return_tensors="pt",
        )
        for name in self._kind.targets:
            targets = [feature[name] for feature in features]
            if isinstance(targets[0], list) and isinstance(targets[0][0], int):
                longest = max(map(len, targets))
                targets = [row + [-100] * (longest - len(row)) for row in targets]
            batch[name] = torch.tensor(targets)
        return batch

    def note(self, _module: Any, _args: Any, inputs: dict[str, Any], outputs: Any) -> None:
        """Compute the targets' log-probabilities."""
        with torch.no_grad():
            losses = list(self._kind.losses(inputs, outputs))
        for name, pieces in zip(self._waiting.popleft(), losses, strict=True):
            epoch = self._times[name] = self._times.get(name, 0) + 1
            example, window = name
            for piece, values in pieces.items():
                self.rows[epoch, example, window + piece] = [-value for value in values]


def recorded(root: Path, kind: Kind) -> dict[tuple[int, str, int], list[float]]:
    """The same of the log."""
    log, rows = LogReader(root), {}
    for epoch in log.epochs:
        columns = log.read(epoch, kind.columns).columns
        whole = np.zeros(len(columns["example"]), int)
        pieces = columns.get("window", columns.get("unit", whole))
        keys = zip(log.ids[columns["example"]].tolist(), pieces.tolist(), strict=True)
        values = zip(*(columns[name].tolist() for name in kind.columns), strict=True)
        rows |= {(epoch, *key): list(row) for key, row in zip(keys, values, strict=True)}
    return rows


def compare(job: Job, tokenizer: Any, model: Path, epochs: int, folder: Path) -> tuple[int, float]:
    """Train, and find the rows compared and the largest difference."""
    torch.manual_seed(0)
    kind = KINDS[job.kind]
    source = job.model or model
    network = kind.loader.from_pretrained(source, num_labels=job.labels, problem_type=kind.problem)
    hook = Hook(tokenizer, kind)
    trainer = Trainer(
        model=network,
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
    track(trainer, folder / "map", tokens=kind.tokens)
    trainer.train()
    found = recorded(folder / "map", kind)
    if found.keys() != hook.rows.keys() or len({key[:2] for key in found}) != epochs * len(
        set(job.features["example_id"])
    ):
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


def tagged(data: Path | None, count: int, tokenizer: Any, length: int) -> Job:
    """Tokenise tagged words as Hugging Face's run_ner does: a word's first piece bears its tag."""
    rows = generated_tags(count)
    if data is not None:
        with (data / "wnut17" / "wnut17train.conll").open(encoding="utf-8") as lines:
            rows = list(read_conll(lines))[:count]
    names = sorted({tag for row in rows for tag in row["tags"]})
    encoded = tokenizer(
        [row["tokens"] for row in rows], is_split_into_words=True, truncation=True, max_length=length
    )
    labels = []
    for place, row in enumerate(rows):
        words = encoded.word_ids(place)
        first = [
            word is not None and word != before for word, before in zip(words, [None, *words], strict=False)
        ]
        labels.append(
            [names.index(row["tags"][word]) if new else -100 for word, new in zip(words, first, strict=True)]
        )
    ids = [f"s{place}" for place in range(len(rows))]
    return Job(
        datasets.Dataset.from_dict({"example_id": ids, **encoded, "labels": labels}), "tags", len(names)
    )


def generated_tags(count: int) -> list[dict[str, list[str]]]:
    """Sentences in which people and rivers are tagged."""
    tags = {"man": "B-person", "woman": "B-person", "red": "B-place", "river": "I-place"}
    return [
        {"tokens": text.split(), "tags": [tags.get(word, "O") for word in text.split()]}
        for text in sentences(count, 3)
    ]


def several(count: int, tokenizer: Any, length: int) -> Job:
    """Texts with a label for each of some words that they hold."""
    texts = sentences(count, 4)
    given = [
        [float(word in text.split()) for word in ("man", "dog", "house", "red", "runs")] for text in texts
    ]
    job = labelled(texts, None, [0] * count, tokenizer, length)
    features = job.features.remove_columns("labels").add_column("labels", given)
    return Job(features, "sets", len(given[0]))


def answered(data: Path | None, count: int, tokenizer: Any, length: int, *, both: bool) -> Job:
    """Tokenise questions and their answers: in one sequence, or as `both`, a source and a target."""
    pairs = list(zip(sentences(count, 5), sentences(count, 6), strict=True))
    if data is not None:
        with (data / "gsm8k" / "test.jsonl").open(encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines][:count]
        pairs = [(row["question"], row["answer"]) for row in rows]
    ids = [f"q{place}" for place in range(len(pairs))]
    given, wanted = (
        tokenizer(list(texts), truncation=True, max_length=length)["input_ids"]
        for texts in zip(*pairs, strict=True)
    )
    if both:
        features = {"example_id": ids, "input_ids": given, "labels": wanted}
    else:
        together = [[*one, *other[1:]][:length] for one, other in zip(given, wanted, strict=True)]
        labels = [[-100] * len(one) + row[len(one) :] for one, row in zip(given, together, strict=True)]
        features = {"example_id": ids, "input_ids": together, "labels": [row[:length] for row in labels]}
    features["attention_mask"] = [[1] * len(row) for row in features["input_ids"]]
    model = demo_encoder_decoder_path() if both else demo_decoder_path()
    rows = datasets.Dataset.from_dict(features)
    rows = rows.filter(lambda row: max(row["labels"]) >= 0)  # of some, the length leaves the question alone
    return Job(rows, "sequences" if both else "completions", 2, model)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--examples", type=int, default=512)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--max_length", type=int, default=128)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these sets, as they are printed")
    options = parser.parse_args()
    logs.set_verbosity_error()
    logs.disable_progress_bar()
    datasets.disable_progress_bars()
    model = demo_model_path()
    tokenizer = AutoTokenizer.from_pretrained(model)
    data, count, length = options.data, options.examples, options.max_length
    jobs: dict[str, Callable[[], Job]] = {
        "SNLI": lambda: labelled(*read_nli(data, count), tokenizer, length),
        "TREC": lambda: labelled(*read_classes(data, count), tokenizer, length),
        "SQuAD": lambda: questions(data, count, tokenizer, length),
        "WNUT-17": lambda: tagged(data, count, tokenizer, length),
        "several labels": lambda: several(count, tokenizer, length),
        "GSM8K": lambda: answered(data, count, tokenizer, length, both=False),
        "GSM8K, from question to answer": lambda: answered(data, count, tokenizer, length, both=True),
    }
    for name in options.only or jobs:
        with tempfile.TemporaryDirectory() as folder:
            rows, difference = compare(jobs[name](), tokenizer, model, options.epochs, Path(folder))
        source = name if data or name == "several labels" else f"a stand-in for {name}"
        print(
            f"{source}: {rows:,} rows of {options.epochs} epochs, largest difference {difference:.1e} (bar {BAR:.0e})"
        )
        if difference > BAR:
            raise SystemExit(f"Recorded and hooked log-probabilities differ on {source}.")


if __name__ == "__main__":
    main()
