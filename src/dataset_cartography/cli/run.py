"""`run.py`: fine-tune a model, with or without recording its training dynamics, and evaluate it."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import HfArgumentParser, TrainingArguments, set_seed

from dataset_cartography.cli.checks import (
    check_numbers,
    check_room,
    find_checkpoint,
    make_output_dir,
    parse_arguments,
    refusals,
)
from dataset_cartography.cli.console import entry_point, print_summary
from dataset_cartography.datamap import compute_map, summarize_map
from dataset_cartography.errors import InputError
from dataset_cartography.integrations.transformers import track
from dataset_cartography.log import LogPaths, refuse_recorded
from dataset_cartography.regions import assign_categories
from dataset_cartography.tasks.registry import TASKS, Task

logger = logging.getLogger(__name__)


@dataclass
class RunArguments:
    """What to train on, and what to evaluate."""

    task: str = field(default="qa", metadata={"help": "What is trained.", "choices": list(TASKS)})
    dataset: str = field(
        default="demo",
        metadata={
            "help": "A hub name (name or name:config), a local .json, .jsonl, .csv or .parquet file (SQuAD's nested "
            "format or flat rows), a folder, or demo."
        },
    )
    model: str = field(
        default="google/electra-small-discriminator",
        metadata={"help": "A hub name, a local folder, or demo (the offline encoder)."},
    )
    train_split: str = field(default="train", metadata={"help": "The split to train on."})
    eval_dataset: str | None = field(
        default=None, metadata={"help": "What to evaluate on; default: --dataset."}
    )
    eval_split: str | None = field(
        default=None,
        metadata={
            "help": "The split to evaluate on; default: validation. `train` evaluates the training examples, so that "
            "the predictions merge with the map."
        },
    )
    max_train_samples: int | None = field(
        default=None, metadata={"help": "Train on the first so many examples."}
    )
    max_eval_samples: int | None = field(
        default=None, metadata={"help": "Evaluate on the first so many examples."}
    )
    max_length: int = field(default=384, metadata={"help": "Tokens per window, question included."})
    doc_stride: int | None = field(
        default=None,
        metadata={
            "help": "Tokens by which windows overlap; default: 128, or a third of --max_length if less."
        },
    )

    max_answer_length: int = field(
        default=30, metadata={"help": "Longest answer that is decoded, in tokens, and so can be correct."}
    )


@dataclass
class CartographyArguments:
    """What to record."""

    enable_cartography: bool = field(
        default=False, metadata={"help": "Record training dynamics; make a data map."}
    )
    cartography_output_dir: str = field(
        default="./cartography_output", metadata={"help": "Where the log and the map go."}
    )
    cartography_mode: str = field(
        default="in_training",
        metadata={
            "help": "in_training records the passes that training makes anyway; epoch_end makes one clean "
            "pass after each epoch.",
            "choices": ["in_training", "epoch_end"],
        },
    )


@dataclass
class RunTrainingArguments(TrainingArguments):  # type: ignore[misc] # transformers ships no types
    """All of `TrainingArguments`; three defaults fit short runs."""

    output_dir: str = field(
        default="./trained_models/qa", metadata={"help": "Where the model, checkpoints and evaluation go."}
    )
    save_strategy: str = field(
        default="epoch", metadata={"help": "When to save a checkpoint; once an epoch by default."}
    )
    logging_steps: float = field(
        default=50, metadata={"help": "Log the loss every so many steps; 50 by default."}
    )


@entry_point
def main(argv: Sequence[str] | None = None) -> None:
    """Train, evaluate, or both; see `python run.py --help`."""
    parser = HfArgumentParser(
        [RunArguments, CartographyArguments, RunTrainingArguments],
        prog="run.py",
        description="Fine-tune a question-answering model and record its data map.",
    )
    run(*parse_arguments(parser, argv or ()))


def run(
    arguments: RunArguments,
    cartography: CartographyArguments,
    training: RunTrainingArguments,
    *,
    summarize: bool = True,
) -> dict[str, float]:
    """Do what the arguments say; the evaluation metrics, empty without `--do_eval`.

    Args:
        arguments: Data and model.
        cartography: What to record.
        training: Trainer's own arguments.
        summarize: Whether to print the map's summary.

    Raises:
        CartographyError: Anything that cannot be used as it is; one sentence.
    """
    if not (training.do_train or training.do_eval):
        raise InputError("Nothing to do: give --do_train, --do_eval, or both.")
    check_numbers(training)
    training.resume_from_checkpoint = find_checkpoint(training)
    root = Path(cartography.cartography_output_dir)
    recording = cartography.enable_cartography and training.do_train
    if recording and not training.resume_from_checkpoint:
        refuse_recorded(root)
    make_output_dir(Path(training.output_dir))
    # Without an accelerator there is nothing to pin memory for, and torch would warn of it at every loader.
    training.dataloader_pin_memory &= torch.accelerator.is_available()
    set_seed(training.seed)

    task = TASKS[arguments.task]
    train_examples, eval_examples, faulty = None, None, {}
    if training.do_train:
        train_examples, left_out, repaired = task.load(
            arguments.dataset, arguments.train_split, arguments.max_train_samples
        )
        faulty = {"repaired": len(repaired), "left_out": len(left_out)}
        _list_faulty_rows(Path(training.output_dir), left_out, repaired)
    if training.do_eval:
        eval_examples = _load_eval_examples(task, arguments)
    model, tokenizer = task.model_and_tokenizer(arguments.model)
    check_room(model, tokenizer, arguments.model, arguments.max_length)
    stride = arguments.doc_stride if arguments.doc_stride is not None else min(128, arguments.max_length // 3)
    lengths = {"max_length": arguments.max_length, "doc_stride": stride}
    train_features = eval_features = None
    if train_examples is not None:
        train_features = task.train_features(train_examples, tokenizer, **lengths)
    if eval_examples is not None:
        eval_features = task.eval_features(eval_examples, tokenizer, **lengths)
    with refusals("the training arguments"):
        trainer = task.trainer(
            model,
            tokenizer,
            training,
            train_features,
            eval_features,
            eval_examples,
            max_answer_length=arguments.max_answer_length,
        )
    if training.do_train:
        if recording:
            tracker = track(trainer, root, task=task.name, mode=cartography.cartography_mode)  # type: ignore[arg-type]
            tracker.provenance = {
                "model": arguments.model,
                "dataset": arguments.dataset,
                "split": arguments.train_split,
                **lengths,
                "faulty_rows": faulty,
            }
        with refusals("the training arguments", ImportError):  # an optimizer's package, for one
            trainer.train(resume_from_checkpoint=training.resume_from_checkpoint)
        trainer.save_model()
    metrics = {}
    if eval_examples is not None:
        metrics = _evaluate(task, trainer, eval_examples, Path(training.output_dir))
    if recording and summarize:
        _summarize(root)
    return metrics


def _load_eval_examples(task: Task, arguments: RunArguments) -> Any:
    """The examples to evaluate on; one file without splits is evaluated on its training rows, with a word."""
    dataset = arguments.eval_dataset or arguments.dataset
    split = arguments.eval_split or "validation"
    same_rows = arguments.eval_dataset is None and (split == arguments.train_split or Path(dataset).is_file())
    if same_rows and split != arguments.train_split:
        logger.warning(
            "'%s' is one file without splits, so the evaluation runs on the rows that are trained on: its scores say "
            "nothing about new questions. Give --eval_dataset for that, or --eval_split %s to silence this.",
            dataset,
            arguments.train_split,
        )
    samples = arguments.max_eval_samples
    if samples is None and same_rows:
        samples = arguments.max_train_samples
    examples, left_out, _ = task.load(dataset, split, samples)
    if left_out:
        logger.warning("%d faulty rows are left out of the evaluation.", len(left_out))
    return examples


def _evaluate(task: Task, trainer: Any, examples: Any, output_dir: Path) -> dict[str, float]:
    """Predict, score, and write `eval_metrics.json` and `eval_predictions.jsonl`."""
    metrics, rows = task.evaluate(trainer, examples)
    (output_dir / "eval_metrics.json").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    with (output_dir / "eval_predictions.jsonl").open("w", encoding="utf-8") as file:
        for row in rows:
            known = {key: None if value != value else value for key, value in row.items()}  # NaN is no JSON
            file.write(json.dumps(known, ensure_ascii=False, default=str) + "\n")
    print("\nEvaluation: " + ", ".join(f"{name} {value:g}" for name, value in metrics.items()))
    print(f"  {output_dir / 'eval_metrics.json'}\n  {output_dir / 'eval_predictions.jsonl'}")
    return metrics


def _summarize(root: Path) -> None:
    df, dynamics = compute_map(root)
    print_summary(summarize_map(assign_categories(df), dynamics))
    paths = LogPaths(root)
    print("Open:")
    for path in (paths.picture, paths.metrics_csv):
        if path.exists():
            print(f"  {path}")


def _list_faulty_rows(output_dir: Path, left_out: Sequence[Any], repaired: Sequence[Any]) -> None:
    """Say how many rows were repaired or left out, and list them in a file."""
    if not left_out and not repaired:
        return
    path = output_dir / "faulty_rows.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for action, rows in (("left out", left_out), ("repaired", repaired)):
            for row in rows:
                file.write(json.dumps({"action": action, **row._asdict()}, ensure_ascii=False) + "\n")
    print(f"Faulty rows: {len(repaired)} repaired, {len(left_out)} left out; listed in {path}")
