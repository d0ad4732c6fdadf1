"""Recording evaluation passes: the dynamics of a split that is not trained on."""

import logging
from pathlib import Path
from typing import Any

from transformers import Trainer

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.shared.outputs import watching
from dataset_cartography.integrations.shared.recording import Recording
from dataset_cartography.integrations.transformers.batches import PendingBatches
from dataset_cartography.integrations.transformers.examples import is_stream
from dataset_cartography.integrations.transformers.loading import carry, noting_columns
from dataset_cartography.integrations.transformers.preferences import reference_of
from dataset_cartography.integrations.transformers.processes import processes_of
from dataset_cartography.integrations.transformers.sources import Source, source_of
from dataset_cartography.integrations.transformers.weak import WeakTrainer, weak_method
from dataset_cartography.recorder import OnFailure
from dataset_cartography.schema import TaskSchema

logger = logging.getLogger(__name__)

VALIDATION = "validation"


class EvaluationTracker:
    """Records every evaluation of a trainer's `eval_dataset` during training, each as one pass.

    A dictionary of evaluation datasets gives a log each, named after its key, in `validation/`.

    Args:
        trainer: The trainer.
        root: The training data's cartography directory; the split's own lies below it.
        schema: The task's.
        id_column: The column of ids, if the user named one.
        on_failure: As in `Recorder`.
        tokens: Of sequences, whether every target token is a row.

    Raises:
        InputError: There is nothing to evaluate on, or it cannot be recorded.
    """

    _trainer = WeakTrainer()

    def __init__(
        self,
        trainer: Trainer,
        root: Path,
        schema: TaskSchema,
        id_column: str | None,
        on_failure: OnFailure,
        *,
        tokens: bool = False,
    ) -> None:
        if trainer.eval_dataset is None or trainer.args.eval_strategy == "no":
            raise InputError(
                "The validation split is recorded when it is evaluated during training: give the trainer an "
                "eval_dataset and an eval_strategy (run.py: --do_eval --eval_strategy epoch)."
            )
        if getattr(trainer, "_eval_dataloaders", None):
            raise InputError(
                "This trainer has evaluated already, with workers that stay, whose loader tells no examples apart: "
                "call track before the first evaluation."
            )
        self._trainer = trainer
        several = isinstance(trainer.eval_dataset, dict)
        self._datasets = trainer.eval_dataset if several else {"": trainer.eval_dataset}
        self.recordings: dict[str, Recording[Source]] = {}
        for name, dataset in self._datasets.items():
            if is_stream(dataset):
                raise InputError(
                    "track records the validation split of a dataset with a length, not of a stream."
                )
            if several and (name in ("", ".", "..") or "/" in name or "\\" in name):
                raise InputError(
                    f"The evaluation dataset {name!r} is recorded in a folder of its name: give it a name "
                    "without slashes."
                )
            where = f"the evaluation dataset{f' {name!r}' if several else ''}"
            source = source_of(trainer, dataset, schema, id_column, where, tokens=tokens)
            folder = root / VALIDATION / name
            self.recordings[name] = Recording(processes_of(trainer), source, folder, "evaluation", on_failure)
        self._current: Recording[Source] | None = None
        self._pending = PendingBatches()
        self._said = False
        self.paused = False
        self._get_eval_dataloader = weak_method(trainer, "get_eval_dataloader")
        self._prediction_step = weak_method(trainer, "prediction_step")
        trainer.get_eval_dataloader = self._tracked_eval_dataloader
        trainer.prediction_step = self._tracked_prediction_step

    def _name_of(self, dataset: Any) -> str | None:
        """Which of the recorded datasets is meant by what `get_eval_dataloader` is given."""
        if dataset is None:
            dataset = self._trainer.eval_dataset
        if isinstance(dataset, str):
            return dataset
        return next((name for name, known in self._datasets.items() if known is dataset), None)

    def _tracked_eval_dataloader(self, eval_dataset: Any = None) -> Any:
        name = self._name_of(eval_dataset)
        recording = self.recordings.get(name) if name is not None else None
        # Workers that stay keep their loader, from the first evaluation on.
        kept = self._trainer.args.dataloader_persistent_workers
        if recording is None or self.paused or (recording.recorder is None and not kept):
            own = eval_dataset is None or eval_dataset is self._trainer.eval_dataset
            if name is None and own and not self.paused and not self._said:
                self._said = True
                logger.warning(
                    "The trainer's eval_dataset is another than when track was called: it is not recorded."
                )
            return self._get_eval_dataloader(eval_dataset)
        if recording.recorder is not None:
            self._current = recording
            recording.begin_epoch(recording.epoch + 1)
        with noting_columns(self._trainer, self._datasets[name]) as same:
            loader = self._get_eval_dataloader(eval_dataset)
        carry(loader, same, recording.source, self._pending)
        return loader

    def _tracked_prediction_step(self, model: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        carried, current = self._pending.take(inputs), self._current
        if carried is None or current is None or current.recorder is None:
            return self._prediction_step(model, inputs, *args, **kwargs)
        trainer = self._trainer
        inputs = trainer._prepare_inputs(inputs)
        take = current.taker(inputs, trainer._prepare_input(carried), trainer.state.global_step)
        with watching(model, inputs, take, reference_of(current.source.signals, trainer)) as watch:
            result = self._prediction_step(model, inputs, *args, **kwargs)
        current.account(watch, carried)
        return result

    def end_pass(self, global_step: int) -> Recording[Source] | None:
        """Close the pass that an evaluation made, and tell whose it was, if any is recorded."""
        current, self._current = self._current, None
        if current is None or current.recorder is None:
            return None
        current.close_epoch(global_step, complete=True)
        return current
