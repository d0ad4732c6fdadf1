"""Edge (extra: train): the Trainer that all tasks use: evaluation drops nothing, checkpoints fit or are refused."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from transformers import PreTrainedConfig, Trainer

from dataset_cartography.errors import InputError

SAME = "Resume with the --task, --model and --dataset that it was made with."


class TaskTrainer(Trainer):  # type: ignore[misc] # transformers ships no types
    """A `Trainer` whose evaluation sees every example in order; one sentence says what it cannot resume from."""

    # Trainer's own, whose types mypy cannot see.
    args: Any
    model: Any
    optimizer: Any

    def get_eval_dataloader(self, eval_dataset: Any = None) -> Any:
        """Batches of all examples, in their order: other arguments are for training."""
        with self._all_in_order():
            return super().get_eval_dataloader(eval_dataset)

    def get_test_dataloader(self, test_dataset: Any) -> Any:
        """Batches of all examples, in their order: other arguments are for training."""
        with self._all_in_order():
            return super().get_test_dataloader(test_dataset)

    @contextlib.contextmanager
    def _all_in_order(self) -> Iterator[None]:
        # Predictions are told apart by their place; grouped by length, Trainer evaluates in another order too.
        asked = self.args.dataloader_drop_last, self.args.train_sampling_strategy
        self.args.dataloader_drop_last, self.args.train_sampling_strategy = False, "random"
        try:
            yield
        finally:
            self.args.dataloader_drop_last, self.args.train_sampling_strategy = asked

    def _load_from_checkpoint(self, resume_from_checkpoint: Any, model: Any = None) -> None:
        self._refuse_another_model(Path(resume_from_checkpoint))
        with self._refusals("weights", resume_from_checkpoint):
            super()._load_from_checkpoint(resume_from_checkpoint, model)

    def _load_optimizer_and_scheduler(self, checkpoint: Any) -> None:
        needed = _settings(self.optimizer)
        with self._refusals("optimizer", checkpoint):
            super()._load_optimizer_and_scheduler(checkpoint)
        # Loading replaces an optimizer's settings; it would fail at its first step for want of them.
        if lost := sorted(needed - _settings(self.optimizer)):
            raise InputError(
                f"Cannot resume: the checkpoint '{checkpoint}' was made with another --optim, whose state has no "
                f"{', '.join(lost)}: give that one."
            )

    @contextlib.contextmanager
    def _refusals(self, part: str, checkpoint: Any) -> Iterator[None]:
        """Turn what torch says about states of other shapes into one sentence."""
        try:
            yield
        except (RuntimeError, ValueError, KeyError) as error:
            # "Error(s) in loading state_dict for …:", then a line each.
            lines = str(error).strip().splitlines() or [type(error).__name__]
            raise InputError(
                f"Cannot resume: the {part} of the checkpoint '{checkpoint}' do{'es' * (part[-1] != 's')} not fit "
                f"{self._model_name()}: {lines[min(1, len(lines) - 1)].strip().rstrip('.')}. {SAME}"
            ) from error

    def _refuse_another_model(self, checkpoint: Path) -> None:
        """Refuse a model of another kind or with other labels, which would load in part, and unnoticed."""
        path = checkpoint / "config.json"
        if not path.is_file() or not isinstance(getattr(self.model, "config", None), PreTrainedConfig):
            return
        before = PreTrainedConfig.from_dict(json.loads(path.read_text(encoding="utf-8")))
        kind = (before.architectures or [""])[0]
        # A wrapper such as FSDP's puts its name before the model's.
        if not type(self.model).__name__.endswith(kind):
            difference = f"holds a {kind}"
        elif before.id2label != self.model.config.id2label:
            difference = f"tells the labels {_shown(before)} apart"
        else:
            return
        raise InputError(
            f"Cannot resume: the checkpoint '{checkpoint}' {difference}, but this run has {self._model_name()} for "
            f"the labels {_shown(self.model.config)}. {SAME}"
        )

    def _model_name(self) -> str:
        config = getattr(self.model, "config", None)
        name = getattr(config, "_name_or_path", "")
        return f"the model '{name}' ({type(self.model).__name__})" if name else type(self.model).__name__


def logits_of(predictions: Any) -> Any:
    """The logits, (examples, labels or choices), of what `predict` gives; some models give more beside them."""
    return np.asarray(predictions[0] if isinstance(predictions, tuple) else predictions)


def _settings(optimizer: Any) -> set[str]:
    """What an optimizer is told of each of its groups of parameters, such as "betas"."""
    return {name for group in getattr(optimizer, "param_groups", ()) for name in group}


def _shown(config: Any, most: int = 10) -> str:
    names = [repr(str(name)) for _, name in sorted(config.id2label.items())]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
