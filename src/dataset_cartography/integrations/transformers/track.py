"""`track(trainer, directory)`: one line that records the dynamics of any `transformers.Trainer` run.

It observes and never steers. The training loader's dataset and collator are wrapped so that row numbers reach
`compute_loss`, which takes them out before the model is called; outputs come from a forward hook on the model
that `compute_loss` is given; epochs are counted by callbacks; rows are durable before a checkpoint is written.
"""

import contextlib
import functools
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor
from transformers import Trainer, TrainerCallback

from dataset_cartography.datamap import compute_metrics
from dataset_cartography.errors import InputError, MissingExtraError
from dataset_cartography.formats.contract import export_epoch, export_map
from dataset_cartography.integrations.transformers.batches import BATCH_KEY, IndexCollator, IndexedDataset
from dataset_cartography.integrations.transformers.clean_pass import run_clean_pass
from dataset_cartography.integrations.transformers.questions import QuestionAnsweringRows, rows_of
from dataset_cartography.log import LogPaths, LogReader, LogWriter, Manifest, check_writable
from dataset_cartography.recorder import Recorder
from dataset_cartography.regions import assign_categories
from dataset_cartography.signals.question_answering import MAX_ANSWER_LENGTH

logger = logging.getLogger(__name__)

Mode = Literal["in_training", "epoch_end"]


def track(
    trainer: Trainer,
    output_dir: str | Path,
    *,
    id_column: str | None = None,
    task: str | None = None,
    mode: Mode = "in_training",
) -> "Tracker":
    """Record a trainer's run into a cartography directory. Call it before `trainer.train()`.

    Args:
        trainer: Any `transformers.Trainer` (or subclass) with a training dataset that has an id column.
        output_dir: The cartography directory; new or empty, or the run's own when it is resumed.
        id_column: Column with the example ids; default the first of `example_id`, `id`, `guid`.
        task: "qa"; default: told from the dataset's columns.
        mode: "in_training" records the forward passes that training makes anyway (dropout on, weights
            moving: the paper's way, nearly free); "epoch_end" makes one clean pass after each epoch.

    Returns:
        The tracker, whose `provenance` may be added to before training.

    Raises:
        InputError: The mode is unknown, or the dataset is none that can be recorded.
        MissingColumnError: The training dataset has no id column.
        OutputExistsError: The trainer starts from the beginning (raised by `train()`), or the directory
            holds a run of other data.
        OutputNotWritableError: The directory cannot be written to.
    """
    return Tracker(trainer, Path(output_dir), id_column=id_column, task=task, mode=mode)


class Tracker(TrainerCallback):  # type: ignore[misc] # transformers ships no types
    """What `track` attaches to a trainer; see there for the arguments."""

    def __init__(
        self, trainer: Trainer, root: Path, *, id_column: str | None, task: str | None, mode: Mode
    ) -> None:
        if mode not in ("in_training", "epoch_end"):
            raise InputError(f"mode must be in_training or epoch_end, but is '{mode}'.")
        self.root = root
        self.mode: Mode = mode
        self.provenance: dict[str, Any] = {}
        self._trainer = trainer
        if any(isinstance(callback, Tracker) for callback in trainer.callback_handler.callbacks):
            raise InputError("This trainer is tracked already; call track once, before trainer.train().")
        # What counts as correct is what the trainer's own evaluation can decode.
        longest = getattr(trainer, "max_answer_length", MAX_ANSWER_LENGTH)
        self._rows: QuestionAnsweringRows = rows_of(
            trainer.train_dataset, task=task, id_column=id_column, max_answer_length=longest
        )
        self._recorder: Recorder | None = None
        self._pass = 0
        self._steps_a_pass = 1
        self._in_pass = False
        check_writable(root)
        self._get_train_dataloader = trainer.get_train_dataloader
        self._compute_loss = trainer.compute_loss
        self._save_checkpoint = trainer._save_checkpoint
        trainer.get_train_dataloader = self._tracked_train_dataloader
        trainer.compute_loss = self._tracked_compute_loss
        trainer._save_checkpoint = self._durable_save_checkpoint
        trainer.add_callback(self)

    # Data: row numbers travel with the training batches.

    @property
    def indexed(self) -> tuple[IndexedDataset, IndexCollator]:
        """The training dataset and collator, with row numbers."""
        trainer = self._trainer
        features = trainer._remove_unused_columns(trainer.train_dataset, "training")
        return IndexedDataset(features), IndexCollator(trainer.data_collator, self._rows.carried)

    def _tracked_train_dataloader(self) -> Any:
        trainer = self._trainer
        if self.mode == "epoch_end":
            return self._get_train_dataloader()
        plain = trainer.train_dataset, trainer.data_collator, trainer._get_train_sampler
        trainer.train_dataset, trainer.data_collator = self.indexed
        features = trainer.train_dataset.dataset
        # The sampler sees the plain features, so that the order is the untracked run's.
        trainer._get_train_sampler = lambda _dataset=None: plain[2](features)
        try:
            return self._get_train_dataloader()
        finally:
            trainer.train_dataset, trainer.data_collator, trainer._get_train_sampler = plain

    # The step: signals are taken while the loss is computed.

    def _tracked_compute_loss(self, model: torch.nn.Module, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        carried = inputs.pop(BATCH_KEY, None)
        if carried is None or self._recorder is None or not model.training:
            return self._compute_loss(model, inputs, *args, **kwargs)
        given = dict(inputs)  # A custom loss may take labels out of `inputs`.
        with _captured_output(model) as captured:
            result = self._compute_loss(model, inputs, *args, **kwargs)
        if not captured:
            raise InputError(
                "track cannot record this trainer: its compute_loss does not call the model that it is given."
            )
        self.record(given, captured[-1], carried, self._trainer.state.global_step)
        return result

    def record(
        self, inputs: Mapping[str, Any], outputs: Any, carried: Mapping[str, Tensor], global_step: int
    ) -> None:
        """Record one batch: what the model was given, what it answered, our tensors, and when it was."""
        assert self._recorder is not None  # noqa: S101 - for the type checker
        with torch.no_grad():
            signals = self._rows.signals(inputs, outputs, carried)
            self._recorder.record(carried["row"], signals, global_step)

    def _durable_save_checkpoint(self, *args: Any, **kwargs: Any) -> Any:
        if self._recorder is not None:
            self._recorder.flush()
        return self._save_checkpoint(*args, **kwargs)

    # Events: attempts, passes, exports.

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Begin an attempt: the log's first, or the one that goes on from a checkpoint."""
        self._steps_a_pass = self._steps_per_epoch(kwargs.get("train_dataloader"), args)
        self._pass = state.global_step // self._steps_a_pass
        writer = self._resume(state.global_step) if state.global_step else self._begin()
        self._recorder = Recorder(writer, translate=self._rows.translate)

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Count the passes over the data; `state.epoch` is rounded and shifts on resume."""
        if self._recorder is not None:
            self._pass += 1
            self._in_pass = True
            self._recorder.begin_epoch(self._pass)

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Close the pass: the clean pass if asked for, then the contract's JSON file."""
        if self._recorder is None or not self._in_pass:
            return
        if self.mode == "epoch_end":
            # The pass belongs to the step before it: a resume from here must not void its rows.
            record = functools.partial(self.record, global_step=max(0, state.global_step - 1))
            run_clean_pass(self._trainer, *self.indexed, record)
        self._in_pass = False
        self._recorder.end_epoch(
            state.global_step, complete=state.global_step >= self._pass * self._steps_a_pass
        )
        if self._recorder.failure is None:
            with _going_on("the epoch's JSON file"):
                export_epoch(LogReader(self.root), self._pass)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Close the log and write the map."""
        if self._recorder is None:
            return
        self._recorder.close()
        self._recorder = None
        with _going_on("the map"):
            export_map(assign_categories(compute_metrics(self.root)), self.root)

    # Attempts.

    def _begin(self) -> LogWriter:
        manifest = Manifest(
            task=self._rows.schema.task,
            mode=self.mode,
            id_type="integer" if self._rows.ids.dtype.kind == "i" else "string",
            examples=len(self._rows.ids),
            options=self._rows.options,
            provenance={**describe_trainer(self._trainer), **self.provenance},
        )
        return LogWriter.create(self.root, manifest, self._rows.ids, self._rows.facts)

    def _resume(self, global_step: int) -> LogWriter:
        if not LogPaths(self.root).manifest.is_file():
            raise InputError(
                f"Cannot go on recording: '{self.root}' holds no log of the run that is resumed. Give the directory "
                "it was recorded into, or begin again without --resume_from_checkpoint."
            )
        log = LogReader(self.root)
        if log.manifest.mode != self.mode:
            raise InputError(
                f"'{self.root}' was recorded with mode '{log.manifest.mode}'; resume it with that mode, "
                "since modes are never mixed in one map."
            )
        if not np.array_equal(log.ids, self._rows.ids):
            raise InputError(
                f"'{self.root}' was recorded on other examples ({len(log.ids)} there, {len(self._rows.ids)} now): "
                "resume with the same --dataset and --max_train_samples, or record into a new directory."
            )
        if not np.array_equal(log.facts("windows"), self._rows.facts["windows"]):
            raise InputError(
                f"'{self.root}' was recorded on the same examples cut into other windows "
                f"({log.facts('windows').sum()} there, {len(self._rows.example)} now): resume with the same "
                "--max_length and --doc_stride, or record into a new directory."
            )
        writer = LogWriter(self.root, log.manifest.with_attempt(global_step))
        writer.save_manifest()
        return writer

    @staticmethod
    def _steps_per_epoch(loader: Any, args: Any) -> int:
        """Optimizer steps in a pass, as Trainer counts them; at least 1."""
        batches = len(loader) if loader is not None else 1
        accumulated: int = args.gradient_accumulation_steps
        return max(1, -(-batches // accumulated))


def describe_trainer(trainer: Trainer) -> dict[str, Any]:
    """Facts about a run that a reader of its map will ask for."""
    import transformers

    args = trainer.args
    return {
        "model": str(getattr(trainer.model.config, "_name_or_path", "") or type(trainer.model).__name__),
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "training": {
            "num_train_epochs": args.num_train_epochs,
            "learning_rate": args.learning_rate,
            "per_device_train_batch_size": args.per_device_train_batch_size,
            "seed": args.seed,
        },
    }


@contextlib.contextmanager
def _captured_output(model: torch.nn.Module) -> Iterator[list[Any]]:
    """Collect the outputs of the model's forward passes."""
    outputs: list[Any] = []
    handle = model.register_forward_hook(lambda _module, _args, output: outputs.append(output))
    try:
        yield outputs
    finally:
        handle.remove()


@contextlib.contextmanager
def _going_on(what: str) -> Iterator[None]:
    """An export that fails must not cost the user the trained model: the log stays and can be read later."""
    try:
        yield
    except MissingExtraError as error:
        logger.warning("Left out %s: %s", what, error)
    except Exception as error:  # noqa: BLE001
        logger.warning(
            "Could not write %s (%s); the log is safe, make it with `datamap metrics`.", what, error
        )
