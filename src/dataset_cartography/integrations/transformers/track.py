"""`track(trainer, directory)`: one line that records the dynamics of any `transformers.Trainer` run.

It observes and never steers. The finished training loader's dataset and collator are wrapped, so that row numbers
travel with the batches until Trainer fetches them, and are put aside there; outputs come from a forward hook on the
model that `training_step` is given; epochs are counted by callbacks; rows are durable before a checkpoint is written.
"""

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import torch
from transformers import Trainer, TrainerCallback

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.shared.exports import export_closed_epoch, export_whole_map, going_on
from dataset_cartography.integrations.shared.outputs import watching
from dataset_cartography.integrations.shared.recording import Recording
from dataset_cartography.integrations.transformers.batches import PendingBatches
from dataset_cartography.integrations.transformers.clean_pass import record_clean_pass
from dataset_cartography.integrations.transformers.evaluation import VALIDATION, EvaluationTracker
from dataset_cartography.integrations.transformers.exactness import training_settings, why_inexact
from dataset_cartography.integrations.transformers.examples import is_stream
from dataset_cartography.integrations.transformers.interventions.facts import interventions_of
from dataset_cartography.integrations.transformers.loading import (
    carry,
    noting_columns,
    steps_per_epoch,
)
from dataset_cartography.integrations.transformers.preferences import reference_of
from dataset_cartography.integrations.transformers.processes import processes_of
from dataset_cartography.integrations.transformers.reporting import report_map
from dataset_cartography.integrations.transformers.sources import Source, schema_of, source_of
from dataset_cartography.integrations.transformers.tokens import keep_tokenizer
from dataset_cartography.integrations.transformers.weak import WeakTrainer, weak_method
from dataset_cartography.log import CHECKPOINT_MARK, Attempt, check_writable
from dataset_cartography.recorder import OnFailure

logger = logging.getLogger(__name__)

Mode = Literal["in_training", "epoch_end"]
TRAIN = "train"


def track(
    trainer: Trainer,
    output_dir: str | Path,
    *,
    id_column: str | None = None,
    task: str | None = None,
    mode: Mode = "in_training",
    splits: Sequence[str] = (TRAIN,),
    on_failure: OnFailure = "continue",
    tokens: bool = False,
) -> "Tracker":
    """Record a trainer's run into a cartography directory. Call it before `trainer.train()`.

    Args:
        trainer: Any `transformers.Trainer` (or subclass) whose training data has an id in every example: a
            `datasets.Dataset`, another map-style dataset, or a stream.
        output_dir: The cartography directory; new or empty, or the run's own when it is resumed.
        id_column: Column with the example ids; default the first of `example_id`, `id`, `guid`.
        task: One of `schema.SCHEMAS`, such as "qa" or "token-classification"; default: told from the trainer, the
            model and the data, and logged.
        mode: "in_training" records the forward passes that training makes anyway (dropout on, weights
            moving: the paper's way, nearly free); "epoch_end" makes one clean pass after each epoch.
        splits: "train", or "train" and "validation": whether the evaluations made during training are recorded
            too, as dynamics of their own in `output_dir/validation`.
        on_failure: What happens when rows cannot be written (a full disk): "continue" trains on after one
            warning, and map and manifest say which epochs are incomplete; "stop" raises.
        tokens: Of sequences (causal-lm, seq2seq): whether every target token is recorded by itself, and not the
            sums of an example's. Some bytes a token and epoch; the tokenizer is kept beside the log.

    Returns:
        The tracker, whose `provenance` may be added to before training.

    Raises:
        InputError: An argument is unknown, or the dataset is none that can be recorded.
        MissingColumnError: The training dataset has no id column.
        OutputNotWritableError: The directory cannot be written to.

    `trainer.train()` then raises, before its first step, OutputExistsError where it starts from the beginning and
    the directory holds a run already, and InputError where it resumes what the directory does not hold.
    """
    return Tracker(
        trainer,
        Path(output_dir),
        id_column=id_column,
        task=task,
        mode=mode,
        splits=splits,
        on_failure=on_failure,
        tokens=tokens,
    )


class Tracker(TrainerCallback):  # type: ignore[misc] # transformers ships no types
    """What `track` attaches to a trainer; see there for the arguments.

    Attributes:
        provenance: Facts about the run that its map shall tell; may be added to before training.
        validation_provenance: The same for the validation split's map.
        start_over: Whether a training from the beginning voids what the directory holds.
    """

    _trainer = WeakTrainer()

    def __init__(
        self,
        trainer: Trainer,
        root: Path,
        *,
        id_column: str | None,
        task: str | None,
        mode: Mode,
        splits: Sequence[str],
        on_failure: OnFailure,
        tokens: bool = False,
    ) -> None:
        _check("mode", mode, ("in_training", "epoch_end"))
        _check("on_failure", on_failure, ("continue", "stop"))
        splits = (splits,) if isinstance(splits, str) else splits
        for split in splits:
            _check("splits", split, (TRAIN, VALIDATION))
        if TRAIN not in splits:
            raise InputError("splits must hold 'train'; 'validation' may come with it.")
        if any(isinstance(callback, Tracker) for callback in trainer.callback_handler.callbacks):
            raise InputError("This trainer is tracked already; call track once, before trainer.train().")
        if trainer.train_dataset is None:
            raise InputError("track needs a trainer with a train_dataset.")
        if mode == "epoch_end" and is_stream(trainer.train_dataset):
            raise InputError(
                "mode 'epoch_end' goes through the training data once more after each epoch, which a stream may not "
                "allow: record a stream with mode 'in_training'."
            )
        self.root = root
        self.mode: Mode = mode
        self.provenance: dict[str, Any] = {}
        self.validation_provenance: dict[str, Any] = {}
        self.start_over = False
        self._trainer = trainer
        self._dataset, self._id_column = trainer.train_dataset, id_column
        schema = self._schema = schema_of(trainer, task)
        self._tokens = tokens
        source = source_of(trainer, self._dataset, schema, id_column, tokens=tokens)
        self._recording = Recording(processes_of(trainer), source, root, mode, on_failure)
        self._processes = self._recording.processes
        self._steps_a_pass: int | None = None
        self._batch_size = 0
        self._began_at = 0
        self._pending = PendingBatches()
        self._in_pass = False
        self._passes = 0
        if self._processes.is_main:
            check_writable(root)
        self._evaluation = (
            EvaluationTracker(trainer, root, schema, id_column, on_failure, tokens=tokens)
            if VALIDATION in splits
            else None
        )
        self._get_train_dataloader = weak_method(trainer, "get_train_dataloader")
        self._get_batch_samples = weak_method(trainer, "get_batch_samples")
        self._training_step = weak_method(trainer, "training_step")
        self._inner_training_loop = weak_method(trainer, "_inner_training_loop")
        self._save_checkpoint = weak_method(trainer, "_save_checkpoint")
        trainer.get_train_dataloader = self._tracked_train_dataloader
        trainer.get_batch_samples = self._tracked_batch_samples
        trainer.training_step = self._tracked_training_step
        trainer._inner_training_loop = self._guarded_training_loop
        trainer._save_checkpoint = self._durable_save_checkpoint
        trainer.add_callback(self)

    @property
    def _recordings(self) -> list[Recording[Source]]:
        return [self._recording, *(self._evaluation.recordings.values() if self._evaluation else ())]

    # Data: what tells examples apart travels with the training batches.

    def _tracked_train_dataloader(self) -> Any:
        trainer, recording = self._trainer, self._recording
        if trainer.train_dataset is not self._dataset:  # another one since track was called
            self._dataset = trainer.train_dataset
            recording.source = source_of(
                trainer, self._dataset, self._schema, self._id_column, tokens=self._tokens
            )
        if self.mode == "epoch_end":
            return self._get_train_dataloader()
        with noting_columns(trainer, self._dataset) as same:
            loader = self._get_train_dataloader()
        carry(loader, same, recording.source, self._pending)
        return loader

    def _tracked_batch_samples(self, batches: Iterator[Any], *args: Any, **kwargs: Any) -> Any:
        state = self._trainer.state
        if state.global_step >= state.max_steps > 0:
            # Resumed at its end, Trainer would look whether it is there only after one more step.
            batches = iter(())
        return self._get_batch_samples(self._pending.stripping(batches), *args, **kwargs)

    # The step: signals are taken when the model answers.

    def _tracked_training_step(self, model: torch.nn.Module, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        carried, recording, trainer = self._pending.take(inputs), self._recording, self._trainer
        if recording.recorder is None or self.mode == "epoch_end":
            return self._training_step(model, inputs, *args, **kwargs)
        if carried is None:
            recording.account(None, None)
            return self._training_step(model, inputs, *args, **kwargs)
        # On their device already, so that the step's own preparation leaves the very same tensors.
        inputs, carried = trainer._prepare_inputs(inputs), trainer._prepare_input(carried)
        take = recording.taker(inputs, carried, trainer.state.global_step)
        with watching(model, inputs, take, reference_of(recording.source.signals, trainer)) as watch:
            result = self._training_step(model, inputs, *args, **kwargs)
        recording.account(watch, carried)
        return result

    def _guarded_training_loop(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return self._inner_training_loop(*args, **kwargs)
        except BaseException:
            for recording in self._recordings:
                recording.abandon()
            raise

    def _durable_save_checkpoint(self, model: Any, trial: Any, *args: Any, **kwargs: Any) -> Any:
        # A checkpoint must never know more than the log, whichever process is killed.
        for recording in self._recordings:
            recording.make_durable()
        result = self._save_checkpoint(model, trial, *args, **kwargs)
        trainer = self._trainer
        folder = Path(trainer._get_output_dir(trial)) / f"checkpoint-{trainer.state.global_step}"
        if self._recording.recorder is not None and self._processes.is_main and folder.is_dir():
            with going_on("the checkpoint's mark"):
                (folder / CHECKPOINT_MARK).write_text(
                    json.dumps({"run": self._recording.manifest.run}) + "\n"
                )
        return result

    # Events: attempts, passes, exports.

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Begin an attempt: the log's first, or the one that goes on from a checkpoint."""
        loader = kwargs.get("train_dataloader")
        self._steps_a_pass = steps_per_epoch(loader, args)
        # Trainer found the batch too large for the device, and begins again by itself with a smaller one.
        retried = args.auto_find_batch_size and self._trainer._train_batch_size < self._batch_size
        self._batch_size = self._trainer._train_batch_size
        attempt = Attempt(
            number=1,
            from_step=state.global_step,
            steps_per_epoch=self._steps_a_pass,
            processes=self._processes.count,
            step_size=self._batch_size * args.gradient_accumulation_steps * self._processes.count,
        )
        common = describe_trainer(self._trainer)
        for recording in self._recordings:
            own = recording is self._recording
            recording.prepare(
                attempt if own else replace(attempt, steps_per_epoch=None),
                provenance={**common, **(self.provenance if own else self.validation_provenance)},
                start_over=self.start_over or retried,
            )
        for recording in self._recordings:
            recording.open()
            if self._tokens and self._processes.is_main:
                with going_on("the tokenizer"):
                    keep_tokenizer(self._trainer, recording.root)
        if self._evaluation is not None:
            # The evaluation at a resumed beginning was made, and recorded, when the run began.
            self._evaluation.paused = bool(state.global_step and args.eval_on_start)
        self._in_pass = False
        if self._processes.is_main:
            before = self._recording.manifest.provenance.get("training", {})
            for reason in why_inexact(self._trainer, before, self._steps_a_pass):
                logger.warning("The resumed run will differ from one that never stopped: %s.", reason)
        self._close_passes_before(state.global_step)

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Count the passes over the data; `state.epoch` is rounded and shifts on resume."""
        if self._recording.recorder is None:
            return
        self._in_pass = True
        self._began_at = state.global_step
        if self._evaluation is not None:
            self._evaluation.paused = False
        self._recording.begin_epoch(self._passes + 1)

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Close the pass."""
        if self._recording.recorder is None or not self._in_pass:
            return
        self._in_pass = False
        self._passes += 1
        recording, step = self._recording, state.global_step
        if step == self._began_at and recording.epoch in {
            epoch.number for epoch in recording.manifest.epochs
        }:
            self._export_epoch(recording.epoch, again=False)  # resumed at the end of what was closed already
            return
        stopped = control.should_training_stop or control.should_epoch_stop or step >= state.max_steps > 0
        self._end_pass(step, whole=self._is_whole(step, stopped), expecting=step > self._began_at)
        report_map(self._trainer, self.root)

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Close the evaluation's pass, if it is recorded."""
        if self._evaluation is not None and (ended := self._evaluation.end_pass(state.global_step)):
            below = ended.root.relative_to(self.root)
            report_map(self._trainer, ended.root, name=f"cartography/{below.as_posix()}")

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Close the logs and write the maps."""
        if self._recording.recorder is None:
            return
        for recording in self._recordings:
            recording.close()
            if self._processes.is_main:
                export_whole_map(recording.root)

    # Passes.

    def _close_passes_before(self, global_step: int) -> None:
        """Count the passes that a checkpoint has behind it, and close those that were not closed in time."""
        length = self._steps_a_pass
        # Trainer goes through a stream without a length from its beginning, so the pass is the first again.
        self._passes = 0 if length is None else global_step // length
        # A clean pass that could not be written can be made again.
        lasting = self.mode == "in_training"
        closed = {epoch.number for epoch in self._recording.manifest.epochs if epoch.complete or lasting}
        for number in range(1, self._passes + 1):
            assert length is not None  # noqa: S101 - without a length there are no passes yet
            if number in closed:
                self._export_epoch(number, again=False)
            # Only the weights of the checkpoint are here to make a clean pass with.
            elif self.mode == "in_training" or number * length == global_step:
                self._recording.begin_epoch(number)
                self._end_pass(number * length)

    def _is_whole(self, global_step: int, stopped: bool) -> bool:
        """Whether the pass ran to its end: all its steps were made, or the data ended by itself."""
        length = self._steps_a_pass
        if length is None or not stopped:
            return not stopped
        return global_step - self._began_at + self._began_at % length >= length

    def _end_pass(self, global_step: int, *, whole: bool = True, expecting: bool = False) -> None:
        """Make the clean pass if asked for, close the epoch, and write the contract's JSON file."""
        recording, trainer = self._recording, self._trainer
        if self.mode == "epoch_end":
            record_clean_pass(trainer, recording, global_step)
        if recording.close_epoch(global_step, complete=whole, expecting=expecting):
            self._export_epoch(recording.epoch)

    def _export_epoch(self, number: int, *, again: bool = True) -> None:
        """Write the contract's JSON file of a closed epoch; a killed process may not have come to it."""
        if self._processes.is_main:
            export_closed_epoch(self.root, number, again=again)


def describe_trainer(trainer: Trainer) -> dict[str, Any]:
    """Facts about a run that a reader of its map will ask for."""
    import transformers

    config = getattr(trainer.model, "config", None)
    names = [str(name) for name in (getattr(config, "id2label", None) or {}).values()]
    return {
        "model": str(getattr(config, "_name_or_path", "") or type(trainer.model).__name__),
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "training": training_settings(trainer),
        **interventions_of(trainer),
        **({} if all(name.startswith("LABEL_") for name in names) else {"labels": names}),
    }


def _check(name: str, value: Any, known: Sequence[str]) -> None:
    if value not in known:
        raise InputError(f"{name} must be {' or '.join(known)}, but is '{value}'.")
