"""Edge (extra: lightning): recording in a Lightning `Trainer.fit`."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Subset

from dataset_cartography.errors import InputError, MissingExtraError
from dataset_cartography.integrations.pytorch import DynamicsRecorder, WithIds
from dataset_cartography.integrations.pytorch.dataset import ID_COLUMNS, ROW

try:
    import lightning
    from lightning.pytorch import Callback, LightningModule, Trainer
except ImportError as error:
    raise MissingExtraError.of("Recording a Lightning module", "lightning") from error

Read = Callable[[Any, Any], tuple[Any, Any, Any]]

_TARGETS = ("labels", "label", "targets", "target", "y")


class CartographyCallback(Callback):  # type: ignore[misc] # lightning ships types that mypy is told to skip
    """Records the training batches of a `LightningModule`, and writes their map after training.

        data = with_ids(dataset)
        Trainer(callbacks=[CartographyCallback("./cartography_output", task="classification")]).fit(
            module, DataLoader(data, …)
        )

    What a step's logits are is told by what `training_step` returns, if that is a dictionary with `logits` (beside
    `loss`); else by what the module answers when the step calls it (`self(inputs)`), or a part of it that is named
    with `module`. Ids and targets are looked for in the batch: of a dictionary `row` (as `with_ids` names it) or
    `example_id`, `id`, `guid`, and `labels`, `label`, `targets`, `target` or `y`; of a tuple the last element and the
    one before it. Whatever lies elsewhere, `read` finds.

    Its state goes into Lightning's checkpoints: a fit that is resumed from one goes on with its log.

    Args:
        output_dir: The cartography directory; new or empty, or the run's own when it is resumed.
        examples: As `DynamicsRecorder` takes them; default the dataset of the training loader, if `with_ids` made it.
        task: A key of `dataset_cartography.schema.SCHEMAS`.
        module: The name of the part of the module whose output the logits are, as `get_submodule` takes it.
        read: Given the batch and what the model answered, returns ids, outputs and targets for
            `DynamicsRecorder.record`.
        options: As `DynamicsRecorder` takes them: `labels`, `tokens`, `beta`, `on_failure`.
    """

    def __init__(
        self,
        output_dir: str | Path,
        examples: WithIds | Sequence[Any] | npt.NDArray[Any] | None = None,
        *,
        task: str,
        module: str | None = None,
        read: Read | None = None,
        **options: Any,
    ) -> None:
        self.root = Path(output_dir)
        self._examples, self._task, self._options = examples, task, options
        self._part, self._read, self._row = module, read, ROW
        self._recorder: DynamicsRecorder | None = None
        self._state: Mapping[str, Any] | None = None
        self._hook: Any = None
        self._in_step = False
        self._answer: Any = None

    # Events.

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin, or go on where the checkpoint says."""
        examples = self._examples
        if examples is None:
            dataset = getattr(trainer.train_dataloader, "dataset", None)
            while isinstance(dataset, Subset):  # random_split makes one, and its items tell the whole's rows
                dataset = dataset.dataset
            examples = dataset if isinstance(dataset, WithIds) else None
        if isinstance(examples, WithIds):
            self._row = examples.key
        if self._part is not None and self._part not in (names := dict(pl_module.named_modules())):
            raise InputError(
                f"The module has no part '{self._part}'; it has {', '.join(name for name in names if name) or 'none'}."
            )
        recorder = self._recorder = DynamicsRecorder(self.root, examples, task=self._task, **self._options)
        recorder.provenance["model"] = type(pl_module).__name__
        recorder.provenance["versions"]["lightning"] = lightning.__version__
        # A fit that begins anew has nothing to do with one that this callback saw before.
        if self._state is not None and trainer.global_step:
            recorder.load_state_dict(self._state)
        watched = pl_module if self._part is None else pl_module.get_submodule(self._part)
        self._hook = watched.register_forward_hook(self._look)

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Look at what the model answers from now on."""
        recorder = self._recorder
        if recorder is not None and recorder.epochs < trainer.current_epoch:
            # Resumed from a checkpoint that was saved before its epoch's end came, which comes no more.
            recorder.end_epoch()
        self._in_step, self._answer = True, None

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Record the batch."""
        answer, self._answer, self._in_step = self._answer, None, False
        if isinstance(outputs, Mapping) and "logits" in outputs:
            answer = outputs["logits"]
        if answer is None:
            raise InputError(
                "CartographyCallback saw no logits: let training_step return {'loss': …, 'logits': …}, let it call "
                "self(…), or name the part of the module that gives them with module=…."
            )
        found = _found(batch, answer, self._row) if self._read is None else self._read(batch, answer)
        ids, logits, targets = found
        assert self._recorder is not None  # noqa: S101 - for the type checker
        self._recorder.record(ids, logits, targets)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Close the pass."""
        if self._recorder is not None:
            self._recorder.end_epoch(complete=trainer.is_last_batch)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write the map."""
        self._end(None)

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Keep what was recorded."""
        self._end(exception)

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint, which all processes make together."""
        if self._recorder is None:
            return dict(self._state or {})
        self._recorder.flush()
        return self._recorder.state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """From a checkpoint."""
        self._state = state_dict or None

    # Details.

    def _look(self, module: torch.nn.Module, args: Any, output: Any) -> None:
        if not self._in_step or self._answer is not None:
            return
        # A wrapper for several processes calls the module for the step itself, whose answer is the loss.
        scalar = isinstance(output, Tensor) and output.ndim == 0
        loss = isinstance(output, Mapping) and "loss" in output and "logits" not in output
        if self._part is not None or not (scalar or loss):
            self._answer = output

    def _end(self, exception: BaseException | None) -> None:
        recorder, self._recorder = self._recorder, None
        if self._hook is not None:
            self._hook.remove()
        if recorder is not None:
            self._state = recorder.state_dict()
            recorder.__exit__(None if exception is None else type(exception), exception, None)


def _found(batch: Any, answer: Any, row: str) -> tuple[Any, Any, Any]:
    """Ids, outputs and targets of a batch, where they usually lie; `row` is what the wrapper calls a row."""
    if isinstance(batch, Mapping):
        ids = next((batch[name] for name in (row, *ID_COLUMNS) if name in batch), None)
        targets = next((batch[name] for name in _TARGETS if name in batch), None)
        if "start_positions" in batch:
            targets = batch["start_positions"], batch.get("end_positions")
        if ids is None or targets is None:
            missing = "ids" if ids is None else "targets"
            raise InputError(
                f"CartographyCallback found no {missing} in a batch with {', '.join(map(repr, batch))}: wrap the "
                "dataset with with_ids, and say where the rest lies with read=…."
            )
        return ids, answer, targets
    if isinstance(batch, (tuple, list)) and len(batch) >= 3:
        return batch[-1], answer, batch[-2]
    raise InputError(
        f"CartographyCallback found no ids and targets in a batch that is a {type(batch).__name__}: wrap the dataset "
        "with with_ids, so that it is (inputs, targets, rows), or say where they lie with read=…."
    )
