"""`run.py`: fine-tune a model, with or without recording its training dynamics, and evaluate it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import pandas as pd
import torch
from transformers import HfArgumentParser, set_seed
from transformers.trainer_utils import IntervalStrategy

from dataset_cartography.cli.checks import (
    check_batches,
    check_directories,
    check_numbers,
    check_room,
    check_splits,
    check_task_options,
    check_tokens,
    check_training,
    make_output_dir,
    parse_arguments,
    refusals,
    tracker_refusals,
)
from dataset_cartography.cli.console import entry_point
from dataset_cartography.cli.cross_fit import check_cross_fit, plan_cross_fit, run_cross_fit, trainer_maker
from dataset_cartography.cli.plant import planting_of, refuse_other_planting, show_planted
from dataset_cartography.cli.resuming import find_checkpoint
from dataset_cartography.cli.run_arguments import (
    OUTPUT_OF_TASK,
    CartographyArguments,
    RunArguments,
    RunTrainingArguments,
)
from dataset_cartography.cli.run_choosing import choose_examples
from dataset_cartography.cli.run_from_checkpoints import check_from_checkpoints
from dataset_cartography.cli.run_outputs import list_faulty_rows, print_map, write_evaluation
from dataset_cartography.cli.run_steering import Steering
from dataset_cartography.datamap import PLANTED
from dataset_cartography.errors import CartographyError, InputError
from dataset_cartography.integrations.transformers import from_checkpoints, track
from dataset_cartography.integrations.transformers.checkpoints import step_of
from dataset_cartography.log import refuse_recorded
from dataset_cartography.schema import SCHEMAS
from dataset_cartography.tasks.adapters import with_lora
from dataset_cartography.tasks.base import Options, Task
from dataset_cartography.tasks.checked import Checked
from dataset_cartography.tasks.noise import Planting
from dataset_cartography.tasks.noise.recording import TruthWriter
from dataset_cartography.tasks.registry import TASKS

logger = logging.getLogger(__name__)


@entry_point
def main(argv: Sequence[str] | None = None) -> None:
    """Train, evaluate, or both; see `python run.py --help`."""
    parser = HfArgumentParser(
        [RunArguments, CartographyArguments, RunTrainingArguments],
        prog="run.py",
        description="Fine-tune a model on any of the tasks, record its data map, and evaluate it.",
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

    Of several processes, all train, and the main one alone prints and writes.

    Args:
        arguments: Data and model.
        cartography: What to record.
        training: Trainer's own arguments.
        summarize: Whether to print the map's summary.

    Raises:
        CartographyError: Anything that cannot be used as it is; one sentence.
    """
    from_saved = check_from_checkpoints(arguments, cartography, training)
    if not (training.do_train or training.do_eval or from_saved):
        raise InputError("Nothing to do: give --do_train, --do_eval, or both.")
    if arguments.ood_dataset is not None and not training.do_eval:
        raise InputError("--ood_dataset is evaluated: give --do_eval too.")
    if arguments.train_ids is not None and not (training.do_train or from_saved):
        raise InputError("--train_ids says what is trained on: give --do_train too.")
    check_numbers(training)
    check_directories(training, cartography.cartography_output_dir)
    task = TASKS[arguments.task]
    check_task_options(task, arguments)
    if training.output_dir == OUTPUT_OF_TASK:
        training.output_dir = OUTPUT_OF_TASK.replace("TASK", task.name)
    output_dir, root = Path(training.output_dir), Path(cartography.cartography_output_dir)
    main_process = training.process_index == 0
    if not main_process:
        logging.getLogger("dataset_cartography").setLevel(logging.ERROR)
    recording = cartography.enable_cartography and training.do_train
    if cartography.cartography_tokens:
        check_tokens(task)
    if recording:
        check_splits(cartography.cartography_splits, training)
    check_cross_fit(cartography.cross_fit, training, recording=recording)
    planting = _planting(cartography, task.name, recording=recording)
    steering = Steering.of(
        cartography,
        task.name,
        arguments.dataset,
        training=training.do_train,
        root=root if recording else None,
    )
    checkpoint, start_over = find_checkpoint(training, root if recording else None)
    if recording and checkpoint is None and not start_over:
        refuse_recorded(root)
    elif recording:
        refuse_other_planting(root, planting)
    make_output_dir(output_dir)
    # Without an accelerator there is nothing to pin memory for, and torch would warn of it at every loader.
    training.dataloader_pin_memory &= torch.accelerator.is_available()
    set_seed(training.seed)

    options = _options(arguments)
    splits = tuple(cartography.cartography_splits) if recording else ()
    if "validation" in splits and training.eval_strategy == IntervalStrategy.NO:
        training.eval_strategy = IntervalStrategy.EPOCH
    check_training(training, task)
    with training.main_process_first():  # the others then read what it has cached
        data = _prepare(
            task,
            arguments,
            options,
            training,
            trains=training.do_train or from_saved,
            record_evaluation="validation" in splits,
            planting=planting,
            steering=steering,
        )
    if data.train_features is not None:
        check_batches(training, len(data.train_features))
    with refusals("the training arguments"):
        trainer = task.trainer(
            data.model,
            data.tokenizer,
            training,
            train_features=data.train_features,
            eval_features=data.eval_features,
            eval_examples=data.eval_examples,
            options=options,
        )
    cross_fit = None
    if from_saved and data.train_examples is not None:
        given = (arguments.dataset, arguments.train_split)
        facts = _provenance(arguments, options, given, data.train_examples, data.faulty)
        from_checkpoints(
            str(cartography.from_checkpoints),
            trainer,
            root,
            task=task.name,
            tokens=cartography.cartography_tokens,
            provenance=facts | ({} if data.chosen is None else {"train_ids": data.chosen}),
        )
    elif data.train_examples is not None:
        if steering is not None:
            for sentence in steering.apply(trainer, data.train_examples):
                _say(sentence, main_process)
        if recording:
            tracker = track(
                trainer,
                root,
                task=task.name,
                mode=cartography.cartography_mode,  # type: ignore[arg-type]
                splits=splits,
                on_failure=cartography.cartography_on_failure,  # type: ignore[arg-type]
                tokens=cartography.cartography_tokens,
            )
            tracker.start_over = start_over
            given = (arguments.dataset, arguments.train_split)
            tracker.provenance |= _provenance(arguments, options, given, data.train_examples, data.faulty)
            if data.chosen is not None:
                tracker.provenance |= {"train_ids": data.chosen}
            if data.planted is not None:
                tracker.provenance |= {PLANTED: data.planted.attrs}
                trainer.add_callback(TruthWriter(root, data.planted))
            if data.eval_examples is not None:
                given, faulty = _evaluated(arguments), data.eval_faulty
                facts = _provenance(arguments, options, given, data.eval_examples, faulty)
                tracker.validation_provenance |= facts
            if cartography.cross_fit is not None:
                cross_fit = plan_cross_fit(cartography.cross_fit, root, task, trainer, tracker.provenance)
        # Asked before: a checkpoint that is resumed may be rotated away.
        resumed_at = None if checkpoint is None else step_of(Path(checkpoint))
        # An optimizer's package, for one.
        with refusals("the training arguments", ImportError), tracker_refusals():
            trainer.train(resume_from_checkpoint=checkpoint)
        trainer.save_model()
        # A training that was done already keeps its own account.
        if resumed_at != trainer.state.global_step:
            trainer.save_state()
    metrics: dict[str, float] = {}
    for name, examples, features in (
        ("eval", data.eval_examples, data.eval_features),
        ("ood", data.ood_examples, data.ood_features),
    ):
        if examples is not None:
            evaluation = task.evaluate(trainer, examples, features)
            metrics |= {
                metric if name == "eval" else f"{name}_{metric}": value
                for metric, value in evaluation.metrics.items()
            }
            if main_process:
                write_evaluation(evaluation, output_dir, name)
    if (recording or from_saved) and summarize and main_process:
        _show_map(root, cartography.cartography_on_failure, planted=planting is not None)
    if cross_fit is not None and data.train_examples is not None:
        del trainer  # and with it the model: the device's memory is the folds' now
        data.model = None
        make = trainer_maker(
            task, arguments.model, data.train_examples, options, training, lora_r=arguments.lora_r
        )
        run_cross_fit(cross_fit, make, data.planted)
    return metrics


def _planting(cartography: CartographyArguments, task: str, *, recording: bool) -> Planting | None:
    return planting_of(
        cartography.plant_label_noise,
        cartography.plant_kind,
        cartography.plant_seed,
        cartography.plant_confusion_from,
        task=task,
        recording=recording,
    )


def _show_map(root: Path, on_failure: str, *, planted: bool) -> None:
    """Print the map's summary; a log that got lost is no failure of the training, where that was to go on."""
    try:
        print_map(root)
        if planted:
            show_planted(root)
    except (CartographyError, OSError) as error:
        if on_failure != "continue":
            raise
        logger.warning("The training is done, but there is no map to show: %s", error)


@dataclass
class _Data:
    """A model, and what it is trained and evaluated on, where there is any."""

    model: Any
    tokenizer: Any
    faulty: dict[str, int]
    eval_faulty: dict[str, int]
    train_examples: datasets.Dataset | None = None
    train_features: datasets.Dataset | None = None
    eval_examples: datasets.Dataset | None = None
    eval_features: datasets.Dataset | None = None
    ood_examples: datasets.Dataset | None = None
    ood_features: datasets.Dataset | None = None
    chosen: dict[str, Any] | None = None
    planted: pd.DataFrame | None = None


def _prepare(
    task: Task,
    arguments: RunArguments,
    options: Options,
    training: RunTrainingArguments,
    *,
    trains: bool,
    record_evaluation: bool,
    planting: Planting | None,
    steering: Steering | None,
) -> _Data:
    """Load data and model, plant wrong labels in what is trained on, fit them to each other, and make features."""
    train_examples, eval_examples, ood_examples, planted, chosen = None, None, None, None, None
    faulty: dict[str, int] = {}
    eval_faulty: dict[str, int] = {}
    if trains:
        train_examples, left_out, repaired = task.load(
            arguments.dataset, arguments.train_split, arguments.max_train_samples, options
        )
        faulty = _counted(left_out, repaired)
        if arguments.train_ids is not None:
            train_examples, chosen = choose_examples(train_examples, Path(arguments.train_ids))
        if steering is not None:
            train_examples, sentence = steering.keep(train_examples)
            _say(sentence, training.process_index == 0)
        if planting is not None:
            train_examples, planted = planting.plant(train_examples, task.name)
        if training.process_index == 0:
            list_faulty_rows(Path(training.output_dir), left_out, repaired)
    if training.do_eval:
        eval_examples, left_out, repaired = _load_eval_examples(task, arguments, options)
        eval_faulty = _counted(left_out, repaired)
        if arguments.ood_dataset is not None:
            ood_examples = _load_evaluated(
                task, arguments.ood_dataset, arguments.ood_split, arguments.max_eval_samples, options
            ).kept
    model, tokenizer = task.model_and_tokenizer(arguments.model, train_examples)
    if arguments.lora_r is not None and trains:
        model = with_lora(model, arguments.lora_r)
    data = _Data(
        model,
        tokenizer,
        faulty,
        eval_faulty,
        chosen=chosen,
        planted=planted,
    )
    check_room(data.model, data.tokenizer, arguments.model, options.max_length)
    if train_examples is not None:
        data.train_examples = task.fit(train_examples, data.model)
        data.train_features = task.features(data.train_examples, data.tokenizer, options, labelled=True)
    if eval_examples is not None:
        data.eval_examples = task.fit(eval_examples, data.model)
        data.eval_features = task.features(
            data.eval_examples, data.tokenizer, options, labelled=record_evaluation
        )
    if ood_examples is not None:
        data.ood_examples = task.fit(ood_examples, data.model)
        data.ood_features = task.features(data.ood_examples, data.tokenizer, options, labelled=False)
    return data


def _say(sentence: str | None, main_process: bool) -> None:
    if sentence is not None and main_process:
        print(sentence)


def _counted(left_out: Sequence[Any], repaired: Sequence[Any]) -> dict[str, int]:
    return {"repaired": len(repaired), "left_out": len(left_out)}


def _options(arguments: RunArguments) -> Options:
    stride = arguments.doc_stride if arguments.doc_stride is not None else min(128, arguments.max_length // 3)
    return Options(
        max_length=arguments.max_length,
        doc_stride=stride,
        max_answer_length=arguments.max_answer_length,
        ablation=arguments.ablation,
        text_columns=tuple(arguments.text_column),
        label_column=arguments.label_column,
        beta=arguments.beta,
    )


def _evaluated(arguments: RunArguments) -> tuple[str, str]:
    """The dataset that is evaluated, and its split."""
    return arguments.eval_dataset or arguments.dataset, arguments.eval_split or "validation"


def _load_eval_examples(task: Task, arguments: RunArguments, options: Options) -> Checked:
    """The examples to evaluate on; one file without splits is evaluated on its training rows, with a word."""
    dataset, split = _evaluated(arguments)
    same_rows = arguments.eval_dataset is None and (split == arguments.train_split or Path(dataset).is_file())
    if same_rows and split != arguments.train_split:
        logger.warning(
            "'%s' is one file without splits, so the evaluation runs on the rows that are trained on: its scores say "
            "nothing about new examples. Give --eval_dataset for that, or --eval_split %s to silence this.",
            dataset,
            arguments.train_split,
        )
    samples = arguments.max_eval_samples
    if samples is None and same_rows:
        samples = arguments.max_train_samples
    return _load_evaluated(task, dataset, split, samples, options)


def _load_evaluated(
    task: Task, dataset: str, split: str, max_samples: int | None, options: Options
) -> Checked:
    checked = task.load(dataset, split, max_samples, options)
    if checked.left_out:
        logger.warning("%d faulty rows are left out of the evaluation.", len(checked.left_out))
    return checked


def _provenance(
    arguments: RunArguments,
    options: Options,
    given: tuple[str, str],
    examples: datasets.Dataset,
    faulty: dict[str, int],
) -> dict[str, Any]:
    """What a reader of the map will want to know; `given` is the dataset and its split."""
    dataset, split = given
    facts: dict[str, Any] = {
        "model": arguments.model,
        "dataset": dataset,
        "split": split,
        "task": arguments.task,
        "ablation": options.ablation,
        "max_length": options.max_length,
        "faulty_rows": faulty,
    }
    if SCHEMAS[arguments.task].windowed:
        facts["doc_stride"] = options.doc_stride
    # A label, or lists of them.
    kinds = [examples.features.get(name) for name in ("label", "labels", "tags")]
    names = [
        kind.names for kind in (getattr(kind, "feature", kind) for kind in kinds) if hasattr(kind, "names")
    ]
    if names:
        facts["labels"] = names[0]
    return facts
