"""Time what recording adds to a training step of each kind of task, beside an extra pass.

    python benchmarks/recording_cost.py [--task qa classification token-classification multi-label causal-lm]
                                        [--steps 12] [--pairs 2] [--batch N] [--length N] [--tokens] [--device cpu]
                                        [--check-syncs]

The model has the shape of ELECTRA-small, for causal-lm of GPT-2 small, with random weights. Three of four tokens have
one of 13 tags, and a text 28 labels; a language model learns every token. "Inside the path" is the time the training
process spends in our code (carrying row numbers, signals, ring, flush) divided by the step's time; the writer thread is
beside it, so the paired ratio of whole runs, with and without recording, stands next to it. On a GPU the time inside
the path is that of launching its kernels, and the paired ratio holds what they take there. --check-syncs (on a GPU)
raises where our code waits for the device.
"""

import argparse
import contextlib
import functools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import datasets
import numpy as np
import torch
from transformers import (
    ElectraConfig,
    ElectraForQuestionAnswering,
    ElectraForSequenceClassification,
    ElectraForTokenClassification,
    GPT2Config,
    GPT2LMHeadModel,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from dataset_cartography import track
from dataset_cartography.integrations.shared import outputs
from dataset_cartography.integrations.transformers import batches
from dataset_cartography.integrations.transformers.track import Tracker

VOCABULARY = 30_522
LABELS, TAGS, TOPICS = 3, 13, 28


def make_sentences(rows: int, length: int) -> datasets.Dataset:
    """Texts of full length with a label each."""
    rng = np.random.default_rng(0)
    return datasets.Dataset.from_dict(
        {
            "id": [f"s{row}" for row in range(rows)],
            "input_ids": rng.integers(1000, VOCABULARY, (rows, length)).tolist(),
            "attention_mask": np.ones((rows, length), int).tolist(),
            "labels": rng.integers(0, LABELS, rows).tolist(),
        }
    )


def make_tagged(rows: int, length: int) -> datasets.Dataset:
    """Texts of full length with tags, as `tasks.token_classification` prepares them."""
    rng = np.random.default_rng(0)
    labels = np.where(rng.random((rows, length)) < 0.75, rng.integers(0, TAGS, (rows, length)), -100)
    words = [np.arange((row >= 0).sum()).tolist() for row in labels]
    return with_column(make_sentences(rows, length), labels.tolist()).add_column("word_numbers", words)


def make_topics(rows: int, length: int) -> datasets.Dataset:
    """Texts of full length with several labels each."""
    given = np.random.default_rng(0).random((rows, TOPICS)) < 0.1
    return with_column(make_sentences(rows, length), given.astype(float).tolist())


def make_texts(rows: int, length: int) -> datasets.Dataset:
    """Texts of full length, of which every token is to be predicted."""
    sentences = make_sentences(rows, length)
    return with_column(sentences, sentences["input_ids"][:])


def with_column(sentences: datasets.Dataset, labels: list[Any]) -> datasets.Dataset:
    """Texts with other labels."""
    return sentences.remove_columns("labels").add_column("labels", labels)


def make_windows(rows: int, length: int) -> datasets.Dataset:
    """Windows of full length with an answer in each, as `prepare_train_features` makes them."""
    rng = np.random.default_rng(0)
    question = 20
    start = rng.integers(question, length - 6, rows)
    end = start + rng.integers(0, 5, rows)
    offsets = [[[-1, -1]] * question + [[5 * i, 5 * i + 4] for i in range(length - question)]] * rows
    return datasets.Dataset.from_dict(
        {
            "example_id": [f"q{row}" for row in range(rows)],
            "input_ids": rng.integers(1000, VOCABULARY, (rows, length)).tolist(),
            "attention_mask": np.ones((rows, length), int).tolist(),
            "start_positions": start.tolist(),
            "end_positions": end.tolist(),
            "context_start": [question] * rows,
            "context_end": [length - 1] * rows,
            "cls_index": [0] * rows,
            "gold_starts": [[int(s), int(s)] for s in start],
            "gold_ends": [[int(e), int(e) + 1] for e in end],
            "answerable": [True] * rows,
            "has_answer": [True] * rows,
            "offset_mapping": offsets,
        }
    )


def collate(features: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    """All windows have one length: nothing to pad."""
    names = [name for name in features[0] if name != "word_numbers"]
    return {name: torch.tensor([feature[name] for feature in features]) for name in names}


class Steps(TrainerCallback):
    """Times of whole steps, from the end of one to the end of the next, so that loading data counts."""

    def __init__(self, device: str) -> None:
        self.times: list[float] = []
        self.device = device
        self._last: float | None = None

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Take the time; the first step warms up and is left out."""
        if self.device == "cuda":
            torch.cuda.synchronize()
        now = time.perf_counter()
        if self._last is not None:
            self.times.append(now - self._last)
        self._last = now


class Job(NamedTuple):
    """What is trained.

    Attributes:
        features: Makes so many rows of such a length.
        model: The model's class.
        outputs: The width of its head, and what it is trained for.
        batch: The usual batch, and
        length: the usual length of its texts.
        bar: How much of a step recording may take.
    """

    features: Callable[[int, int], datasets.Dataset]
    model: Any
    outputs: dict[str, Any]
    batch: int = 16
    length: int = 384
    bar: float = 0.01

    def make_model(self) -> Any:
        """A model with random weights."""
        if self.model is GPT2LMHeadModel:
            return self.model(GPT2Config(**self.outputs))
        return self.model(
            ElectraConfig(
                **self.outputs,
                vocab_size=VOCABULARY,
                embedding_size=128,
                hidden_size=256,
                num_hidden_layers=12,
                num_attention_heads=4,
                intermediate_size=1024,
            )
        )


JOBS = {
    "qa": Job(make_windows, ElectraForQuestionAnswering, {}),
    "classification": Job(make_sentences, ElectraForSequenceClassification, {"num_labels": LABELS}),
    "token-classification": Job(make_tagged, ElectraForTokenClassification, {"num_labels": TAGS}),
    "multi-label": Job(
        make_topics,
        ElectraForSequenceClassification,
        {"num_labels": TOPICS, "problem_type": "multi_label_classification"},
    ),
    "causal-lm": Job(make_texts, GPT2LMHeadModel, {}, batch=2, length=256, bar=0.03),
}


@contextlib.contextmanager
def syncs(mode: str) -> Iterator[None]:
    """What torch does when code waits for the device: "default" nothing, "error" raises."""
    before = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode(mode)
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode(before)


@contextlib.contextmanager
def around(owner: type, name: str, inner: str | None, wrap: Callable[..., Any]) -> Iterator[None]:
    """While open, a method runs within `wrap(inner seconds)`, and what it calls as `self.inner` outside of it."""
    method = getattr(owner, name)

    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        if inner is None:
            with wrap([]):
                return method(self, *args, **kwargs)
        outside: list[float] = []
        original = getattr(self, inner)

        def step_out(*inner_args: Any, **inner_kwargs: Any) -> Any:
            begin = time.perf_counter()
            with syncs("default") if torch.cuda.is_available() else contextlib.nullcontext():
                result = original(*inner_args, **inner_kwargs)
            outside.append(time.perf_counter() - begin)
            return result

        setattr(self, inner, step_out)
        try:
            with wrap(outside):
                return method(self, *args, **kwargs)
        finally:
            setattr(self, inner, original)

    setattr(owner, name, wrapped)
    try:
        yield
    finally:
        setattr(owner, name, method)


PATH = (
    (Tracker, "_tracked_training_step", "_training_step"),
    (Tracker, "_tracked_batch_samples", "_get_batch_samples"),
    (outputs.Watch, "look", None),  # within the step that the first one leaves out
    (batches.IndexCollator, "__call__", "collate"),
)
"""All that recording adds to a step: our methods, and what each wraps."""


@contextlib.contextmanager
def checked_syncs() -> Iterator[None]:
    """Raise where the recording path waits for the device; what it wraps may, and Trainer does."""
    with contextlib.ExitStack() as stack:
        for owner, name, inner in PATH[:3]:
            stack.enter_context(around(owner, name, inner, lambda _outside: syncs("error")))
        yield


@contextlib.contextmanager
def timed_path() -> Iterator[list[list[float]]]:
    """Note the seconds spent in our methods without what they wrap: a list a method, an entry a batch."""
    spent: list[list[float]] = [[] for _ in PATH]

    @contextlib.contextmanager
    def note(entries: list[float], outside: list[float]) -> Iterator[None]:
        begin = time.perf_counter()
        try:
            yield
        finally:
            entries.append(time.perf_counter() - begin - sum(outside))

    with contextlib.ExitStack() as stack:
        for (owner, name, inner), entries in zip(PATH, spent, strict=True):
            stack.enter_context(around(owner, name, inner, functools.partial(note, entries)))
        yield spent


def train(
    task: str, features: datasets.Dataset, arguments: argparse.Namespace, mode: str | None
) -> tuple[list[float], float]:
    """One epoch; the steps' times and the whole time."""
    torch.manual_seed(0)
    model = JOBS[task].make_model()
    with tempfile.TemporaryDirectory() as folder:
        steps = Steps(arguments.device)
        trainer = Trainer(
            model=model,
            args=TrainingArguments(
                folder,
                num_train_epochs=1,
                per_device_train_batch_size=arguments.batch,
                per_device_eval_batch_size=arguments.batch,
                save_strategy="no",
                report_to="none",
                disable_tqdm=True,
                use_cpu=arguments.device == "cpu",
                bf16=arguments.device == "cuda",
                dataloader_pin_memory=arguments.device == "cuda",
                logging_strategy="no",
            ),
            train_dataset=features,
            data_collator=collate,
            callbacks=[steps],
        )
        trainer.remove_callback(PrinterCallback)
        if mode is not None:
            track(trainer, Path(folder) / "map", task=task, mode=mode, tokens=arguments.tokens)  # type: ignore[arg-type]
        begin = time.perf_counter()
        trainer.train()
        whole = time.perf_counter() - begin
    return steps.times, whole


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--task", nargs="+", choices=list(JOBS), default=list(JOBS))
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--pairs", type=int, default=2)
    parser.add_argument("--batch", type=int, help="default: 16; of causal-lm 2")
    parser.add_argument("--length", type=int, help="tokens of a text; default: 384; of causal-lm 256")
    parser.add_argument("--tokens", action="store_true", help="causal-lm: record every token by itself")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--check-syncs", action="store_true")
    arguments = parser.parse_args()
    for task in arguments.task:
        job, given = JOBS[task], argparse.Namespace(**vars(arguments))
        given.batch, given.length = given.batch or job.batch, given.length or job.length
        measure(task, given)


def model_name(task: str) -> str:
    """Whose shape the model has."""
    return "GPT-2 small" if JOBS[task].model is GPT2LMHeadModel else "ELECTRA-small"


def measure(task: str, arguments: argparse.Namespace) -> None:
    """Measure and print one task's cost."""
    features = JOBS[task].features(arguments.steps * arguments.batch, arguments.length)
    where = (
        torch.cuda.get_device_name()
        if arguments.device == "cuda"
        else f"CPU, {torch.get_num_threads()} threads"
    )
    precision = "bf16" if arguments.device == "cuda" else "fp32"
    print(
        f"Recording cost of {task}{', token by token' * arguments.tokens}: {model_name(task)}'s shape, batch "
        f"{arguments.batch} × {arguments.length} tokens, {precision}, {where}, {arguments.steps} steps"
    )
    if arguments.check_syncs:
        with checked_syncs():
            train(task, features, arguments, "in_training")
        print("  no waiting for the device inside the recording path (set_sync_debug_mode 'error')")
    shares, ratios, extra = [], [], []
    for _ in range(arguments.pairs):
        plain, whole = train(task, features, arguments, None)
        with timed_path() as spent:
            steps, _ = train(task, features, arguments, "in_training")
        # The first step is left out, as the steps' own first time.
        per_step = [sum(entries) for entries in zip(*spent, strict=False)][1:]
        shares += [ours / step for ours, step in zip(per_step, steps, strict=True)]
        ratios.append(statistics.median(steps) / statistics.median(plain))
        _, extra_whole = train(task, features, arguments, "epoch_end")
        extra.append(extra_whole / whole)
    mean, half = statistics.mean(shares), 1.96 * statistics.stdev(shares) / len(shares) ** 0.5
    interval = f"95% {mean - half:.3%} to {mean + half:.3%}"
    print(f"  inside the recording path: {mean:.3%} of a step ({interval}; bar {JOBS[task].bar:.0%})")
    print(f"  median step, recorded / plain, per pair: {', '.join(f'{ratio:.3f}' for ratio in ratios)}")
    print(
        f"  an extra pass after the epoch, for scale: whole epoch x {', '.join(f'{ratio:.2f}' for ratio in extra)}"
    )


if __name__ == "__main__":
    main()
