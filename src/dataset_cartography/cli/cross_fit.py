"""`run.py --cross_fit`: the run's examples once more, each answered by a model that was not trained on it."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import datasets
import pandas as pd
from transformers import Trainer, TrainingArguments, set_seed
from transformers.trainer_utils import IntervalStrategy, SaveStrategy

from dataset_cartography.cli.checks import check_batches, refusals
from dataset_cartography.datamap import compute_metrics
from dataset_cartography.errors import InputError
from dataset_cartography.formats.contract import JSON_LIMIT, export_map
from dataset_cartography.integrations.transformers.exactness import training_settings
from dataset_cartography.integrations.transformers.interventions.facts import of_the_choice
from dataset_cartography.integrations.transformers.track import describe_trainer
from dataset_cartography.log import LogReader
from dataset_cartography.regions import assign_categories
from dataset_cartography.tasks.adapters import with_lora
from dataset_cartography.tasks.base import Options, Task
from dataset_cartography.tasks.cross_fit import CrossFit, MakeTrainer, check_folds, check_processes
from dataset_cartography.tasks.noise import planted_path, write_planted

_SETTINGS = ("model", "ablation", "max_length", "doc_stride")
# Beside those that a resumed run must share with the one it goes on with.
_TRAINING = ("optim", "weight_decay", "max_grad_norm", "label_smoothing_factor", "bf16", "fp16")


def check_cross_fit(folds: int | None, training: TrainingArguments, *, recording: bool) -> None:
    """Refuse folds that cannot be made, before anything is loaded.

    Raises:
        InputError: Nothing is recorded, there are fewer than two folds, or several processes train together.
    """
    if folds is None:
        return
    if not recording:
        raise InputError("--cross_fit adds to a recorded run: give --do_train and --enable_cartography too.")
    check_folds(folds)
    check_processes(training.world_size)


def plan_cross_fit(
    folds: int,
    root: Path,
    task: Task,
    trainer: Trainer,
    provenance: Mapping[str, Any],
) -> CrossFit:
    """What will be cross-fitted, checked against what is there.

    Args:
        folds: How many.
        root: The cartography directory.
        task: The task.
        trainer: The run's own, before it trains.
        provenance: What a reader of the run's map will want to know.

    Raises:
        InputError: As `CrossFit.check`.
    """
    named = task.name in ("classification", "nli")
    settings = {name: provenance.get(name) for name in _SETTINGS}
    settings |= {name: getattr(trainer.args, name) for name in _TRAINING}
    plan = CrossFit(
        root,
        trainer.train_dataset,
        task.name,
        folds,
        trainer.args.seed,
        label_names=provenance.get("labels") if named else None,
        settings=settings | training_settings(trainer),
        provenance={**of_the_choice(describe_trainer(trainer)), **provenance},
    )
    plan.check()
    check_batches(trainer.args, plan.fewest_rows())
    return plan


def trainer_maker(
    task: Task,
    model: str,
    examples: datasets.Dataset,
    options: Options,
    training: TrainingArguments,
    *,
    lora_r: int | None = None,
) -> MakeTrainer:
    """What makes a fold's trainer: the run's own start and settings, but it trains only, and tells nobody."""

    def make(features: datasets.Dataset, folder: Path) -> Trainer:
        arguments = copy.copy(training)
        arguments.output_dir = str(folder)
        arguments.eval_strategy, arguments.save_strategy = IntervalStrategy.NO, SaveStrategy.NO
        arguments.load_best_model_at_end = arguments.eval_on_start = arguments.push_to_hub = False
        arguments.report_to = []
        set_seed(training.seed)
        network, tokenizer = task.model_and_tokenizer(model, examples)
        if lora_r is not None:
            network = with_lora(network, lora_r)
        with refusals("the training arguments"):
            return task.trainer(
                network,
                tokenizer,
                arguments,
                train_features=features,
                eval_features=None,
                eval_examples=None,
                options=options,
            )

    return make


def run_cross_fit(plan: CrossFit, make_trainer: MakeTrainer, planted: pd.DataFrame | None) -> None:
    """Cross-fit, write the map, and print how many examples are answered as they are labelled.

    Args:
        plan: As `plan_cross_fit` gives it.
        make_trainer: As `trainer_maker` gives it.
        planted: What was planted in the labels, if anything: this log's hidden truth too.
    """
    root = plan.run(make_trainer)
    if planted is not None:
        write_planted(planted, planted_path(root))
    log, df = LogReader(root), compute_metrics(root)
    if not log.is_larger_than(JSON_LIMIT):
        export_map(assign_categories(df), root)
    print(
        f"\nOut of fold: {log.size:,} examples, each answered by a model that was not trained on it; "
        f"{100 * df['last_correct'].mean():.1f}% as labelled, in the last epoch."
    )
    print(f"  {root}")
