"""TRL's `DPOTrainer` as `run.py` uses it: features come tokenised, and every pair is evaluated."""

import copy
from dataclasses import fields
from typing import Any

import datasets
import numpy as np
from accelerate.utils import gather_object
from transformers import TrainingArguments

from dataset_cartography.errors import MissingExtraError
from dataset_cartography.integrations.transformers.clean_pass import run_clean_pass
from dataset_cartography.integrations.transformers.loading import indexed
from dataset_cartography.integrations.transformers.preferences import PreferenceSignals, reference_of
from dataset_cartography.integrations.transformers.sources import source_of
from dataset_cartography.schema import PREFERENCE
from dataset_cartography.tasks.trainer import TaskTrainer

METRICS = ("loss", "rewards/accuracies", "rewards/margins")


def make_trainer(
    model: Any,
    tokenizer: Any,
    arguments: TrainingArguments,
    *,
    reference: Any,
    train_features: datasets.Dataset | None,
    eval_features: datasets.Dataset | None,
    beta: float,
    max_length: int,
) -> Any:
    """A `DPOTrainer`.

    Args:
        model: The policy.
        tokenizer: Its tokenizer.
        arguments: Trainer's.
        reference: The model that the policy's log-probabilities are compared with; None where it is the policy without
            its adapter.
        train_features: As `features.pair_features` makes them.
        eval_features: The same; one of the two at least.
        beta: β of the loss.
        max_length: Most tokens.

    Raises:
        MissingExtraError: trl is not installed.
    """
    try:
        from trl import DPOConfig, DPOTrainer
    except ImportError as error:
        raise MissingExtraError.of("--task dpo", "trl") from error

    class PairTrainer(TaskTrainer, DPOTrainer):  # type: ignore[misc] # trl ships no types
        """Sees every pair in order when it evaluates, and takes pairs that are tokens already."""

        def _prepare_dataset(self, dataset: Any, *args: Any, **kwargs: Any) -> Any:
            if "prompt_ids" in dataset.column_names:
                return dataset
            return super()._prepare_dataset(dataset, *args, **kwargs)

    known = {field.name for field in fields(DPOConfig) if field.init}
    told = {field.name: getattr(arguments, field.name) for field in fields(arguments) if field.name in known}
    return PairTrainer(
        model=model,
        ref_model=reference,
        args=DPOConfig(**{**told, "beta": beta, "max_length": max_length}),
        # One is always wanted; where nothing is trained, it is never gone through.
        train_dataset=eval_features if train_features is None else train_features,
        eval_dataset=eval_features,
        processing_class=tokenizer,
    )


def reference_model(model: Any) -> Any:
    """What a policy that is about to be trained is compared with: a copy, or of an adapter the model below it."""
    return None if hasattr(model, "peft_config") else copy.deepcopy(model)


def signals_of(trainer: Any, features: datasets.Dataset) -> dict[str, Any]:
    """The signals of every pair, in their order.

    Args:
        trainer: As `make_trainer` gives it.
        features: As `features.pair_features` makes them.

    Returns:
        Arrays of shape (pairs,), named as the schema's columns.
    """
    signals = PreferenceSignals(trainer)
    source = source_of(trainer, features, PREFERENCE, None)
    rows: list[Any] = []
    parts: list[dict[str, Any]] = []

    def keep(inputs: Any, carried: Any, outputs: Any) -> None:
        taken = signals(inputs, outputs, carried)
        rows.append(carried["row"].cpu().numpy())
        parts.append({name: values.cpu().numpy() for name, values in taken.items()})

    run_clean_pass(
        trainer, *indexed(trainer, features, source, "Evaluation"), keep, reference_of(signals, trainer)
    )
    found = {
        name: np.concatenate(gather_object([np.concatenate([part[name] for part in parts])]))
        for name in (parts[0] if parts else ())
    }
    order = np.argsort(np.concatenate(gather_object([np.concatenate(rows)])))
    return {name: values[order] for name, values in found.items()}
