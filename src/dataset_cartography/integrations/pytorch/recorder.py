"""`DynamicsRecorder`: two lines that record a training loop of one's own."""

import contextlib
import logging
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, get_args

import numpy.typing as npt
import torch
from torch import Tensor

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.pytorch.dataset import WithIds
from dataset_cartography.integrations.pytorch.examples import examples_of
from dataset_cartography.integrations.pytorch.signals import WINDOW, LoopSignals
from dataset_cartography.integrations.shared.examples import Examples
from dataset_cartography.integrations.shared.exports import export_closed_epoch, export_whole_map
from dataset_cartography.integrations.shared.processes import Processes
from dataset_cartography.integrations.shared.recording import Recording
from dataset_cartography.integrations.shared.undisturbed import undisturbed
from dataset_cartography.log import Attempt, LogPaths, check_writable
from dataset_cartography.log.manifest import Mode
from dataset_cartography.recorder import OnFailure
from dataset_cartography.schema import SCHEMAS
from dataset_cartography.signals.question_answering import MAX_ANSWER_LENGTH

logger = logging.getLogger(__name__)

MODES = ("in_training", "epoch_end", "evaluation")


@dataclass
class _State:
    """Where recording stands.

    Attributes:
        run: The run's name.
        epochs: Passes that were ended.
        batches: Batches that this process recorded: what stands for the optimizer steps, which a loop keeps to itself.
    """

    run: str = ""
    epochs: int = 0
    batches: int = 0


class DynamicsRecorder:
    """Records the dynamics of a hand-written training loop, of one process or several.

        data = with_ids(dataset)
        with DynamicsRecorder("./cartography_output", data, task="classification") as recorder:
            for epoch in range(epochs):
                for inputs, labels, rows in loader:
                    logits = model(inputs)
                    ...
                    recorder.record(rows, logits, labels)
                recorder.end_epoch()

    At the end the map is written, as `track` does: use it as a context, or call `close`. Whatever happens, the rows
    recorded so far are on disk when the process ends in an orderly way; a kill loses at most what `flush` or
    `end_epoch` has not been called for. Every process makes a recorder and records its own batches; with
    `torch.distributed`, and so with Accelerate, they find each other, and `end_epoch` and `close` wait for all.

    Args:
        output_dir: The cartography directory; new or empty, or the run's own when it is resumed.
        examples: What is trained on: a `with_ids` dataset, whose rows `record` is given then; or the ids of all
            examples, integers or strings, which `record` is given then. None leaves open which examples there are,
            as for a stream: `record` is given ids, and the map has those that it met.
        task: A key of `dataset_cartography.schema.SCHEMAS`.
        mode: What is recorded: "in_training", the forward passes of training; "epoch_end", one clean pass over the
            data after each epoch (`clean_pass`); "evaluation", passes over a split that is not trained on.
        labels: The classes' names, for pages and tables.
        tokens: Sequences: record every target token by itself.
        tokenizer: With `tokens`: saved beside the log, so that reports can tell what the tokens are.
        beta: Preference pairs: β.
        max_answer_length: Question answering: the longest span that is decoded, in tokens.
        on_failure: What happens when rows cannot be written (a full disk): "continue" goes on after one warning, and
            the map says which epochs are incomplete; "stop" raises.

    Attributes:
        provenance: Facts about the run that its map shall tell (JSON); may be added to before the first batch.

    Raises:
        InputError: An argument is unknown, or the ids are none.
        OutputNotWritableError: The directory cannot be written to.
    """

    def __init__(
        self,
        output_dir: str | Path,
        examples: WithIds | Sequence[Any] | npt.NDArray[Any] | None = None,
        *,
        task: str,
        mode: Mode = "in_training",
        labels: Sequence[str] | None = None,
        tokens: bool = False,
        tokenizer: Any = None,
        beta: float = 0.1,
        max_answer_length: int = MAX_ANSWER_LENGTH,
        on_failure: OnFailure = "continue",
    ) -> None:
        _check("task", task, tuple(SCHEMAS))
        _check("mode", mode, MODES)
        _check("on_failure", on_failure, get_args(OnFailure))
        signals = LoopSignals(SCHEMAS[task], tokens=tokens, beta=beta, max_answer_length=max_answer_length)
        self.root = Path(output_dir)
        self._examples = examples_of(examples, signals)
        self._tokenizer = tokenizer if tokens else None
        self._recording: Recording[Examples] = Recording(
            Processes(), self._examples, self.root, mode, on_failure
        )
        self._state = _State()
        self._in_pass = False
        self._resumes = False
        self.provenance: dict[str, Any] = {"versions": {"torch": str(torch.__version__)}}
        if labels is not None:
            self.provenance["labels"] = list(labels)
        if self._recording.processes.is_main:
            check_writable(self.root)
        # Should it never be closed: what was recorded goes to disk when it, or the process, ends.
        self._unclosed = weakref.finalize(self, _keep, self._recording)

    @property
    def epochs(self) -> int:
        """How many passes were ended, those of the attempts that this one goes on with among them."""
        return self._state.epochs

    # Recording.

    def record(self, ids: Any, outputs: Any, targets: Any, **window: Tensor) -> None:
        """Record one batch: call it once the model has answered. Nothing is computed on the host, nor waited for.

        Args:
            ids: Shape (batch,): rows of the `with_ids` dataset, or else ids: a tensor of integers, or a sequence of
                integers or strings.
            outputs: The model's output, or its logits: (batch, labels) for classification and multi-label, (batch,
                choices), (batch, tokens, tags), (batch, tokens, vocabulary); for regression the values; for question
                answering (start_logits, end_logits); for DPO the policy's log-probabilities (chosen, rejected).
            targets: As the loss is given them: whole numbers, of tokens -100 where there is none; for multi-label 0
                or 1 of each label; for causal LMs labels that are not shifted; for question answering
                (start_positions, end_positions); for DPO the reference's log-probabilities (chosen, rejected).
            window: Question answering only, tensors: `window`, which window of its example each row is (default the
                first); and as in `span_signals`: `context_start`, `context_end`, `cls_index`, `gold_spans`.

        Raises:
            InputError: Ids, outputs and targets do not fit each other, or the ids are none of the examples'.
            OutputExistsError: With the first batch: the directory holds a run already.
            RecordingError: Rows could not be written, and `on_failure` is "stop".
        """
        schema = self._examples.signals.schema
        if unknown := [name for name in window if not schema.windowed or name not in WINDOW]:
            raise InputError(
                f"record has no argument '{unknown[0]}' for the task '{schema.task}'; question answering has "
                f"{', '.join(WINDOW)}."
            )
        carried = {**self._examples.keys(ids), **window}
        recording = self._opened()
        self._begin_pass()
        recording.record({"targets": targets}, carried, outputs, self._state.batches)
        self._state.batches += 1

    def end_epoch(self, *, complete: bool = True) -> None:
        """Close the pass over the data, once all processes have come here, and write its JSON file.

        Args:
            complete: Whether the pass ran to its end; the map tells where it did not.
        """
        recording = self._opened()
        self._begin_pass()
        self._end_pass(complete=complete)
        if recording.processes.is_main:
            export_closed_epoch(self.root, recording.epoch)

    @contextlib.contextmanager
    def clean_pass(self, model: torch.nn.Module) -> Iterator[None]:
        """Let a model be asked without a trace in its training, and end the epoch: for mode "epoch_end".

        Within, the model is in evaluation mode and nothing has gradients; after it every module's training flag and
        all random states are as they were. A loader may count its passes, or shuffle by a generator of its own: make
        another than the training's.

            with recorder.clean_pass(model):
                for inputs, labels, rows in in_order:
                    recorder.record(rows, model(inputs), labels)
        """
        if self._recording.mode == "in_training":
            raise InputError(
                "clean_pass is not training's own forward pass, which this DynamicsRecorder records: give it "
                "mode='epoch_end', and record in the clean pass alone."
            )
        with undisturbed(model):
            yield
        self.end_epoch()

    # Resuming.

    def flush(self) -> None:
        """Return when what all processes recorded is on disk: call it in all of them before a checkpoint is saved."""
        if self._recording.recorder is not None:
            self._recording.make_durable()

    def state_dict(self) -> dict[str, Any]:
        """Where recording stands, to be kept in a checkpoint; what this process recorded is on disk then.

        With Accelerate: `accelerator.register_for_checkpointing(recorder)`.
        """
        if self._recording.recorder is not None:
            self._recording.recorder.flush()
        return asdict(self._state)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a checkpoint: what was recorded after it is void, and the next batch follows the last before it.

        Raises:
            InputError: The directory holds another run than the checkpoint's.
        """
        if state.keys() != asdict(self._state).keys():
            raise InputError(
                f"This is no state of a DynamicsRecorder: it has {', '.join(map(repr, state)) or 'nothing'}, and "
                f"needs {', '.join(map(repr, asdict(self._state)))}."
            )
        self._recording.abandon()
        self._in_pass = False
        self._resumes = True
        self._state = _State(**state)

    # The end.

    def close(self) -> None:
        """Close the log and write the map: tables, JSON, picture. A pass that was not ended stays incomplete."""
        recording = self._recording
        if recording.recorder is None:
            self._unclosed.detach()
            return
        if self._in_pass:
            logger.warning(
                "The last pass was not ended with end_epoch(): epoch %d of '%s' is taken as cut short.",
                recording.epoch,
                self.root,
            )
            self._end_pass(complete=False)
        recording.close()
        self._unclosed.detach()
        if recording.processes.is_main:
            export_whole_map(self.root)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:  # the loop has a reason of its own to end, and can be resumed
            self._recording.abandon()

    # Attempts and passes.

    def _opened(self) -> Recording[Examples]:
        """The recording, its attempt begun: the first, or the one that goes on from a checkpoint."""
        recording, state = self._recording, self._state
        if recording.recorder is None:
            attempt = Attempt(1, from_step=state.batches, processes=recording.processes.count)
            # The loop's own checkpoint says where it stands in its data.
            recording.prepare(attempt, provenance=self.provenance, run=state.run, finds_place=True)
            recording.open()
            state.run = recording.manifest.run
            if self._tokenizer is not None and recording.processes.is_main:
                self._tokenizer.save_pretrained(str(LogPaths(self.root).tokenizer))
        return recording

    def _begin_pass(self) -> None:
        if not self._in_pass:
            self._in_pass = True
            self._recording.begin_epoch(self._state.epochs + 1)

    def _end_pass(self, *, complete: bool) -> None:
        self._in_pass = False
        self._state.epochs += 1
        # A pass that is resumed at its very end has its rows already.
        self._recording.close_epoch(self._state.batches, complete=complete, expecting=not self._resumes)
        self._resumes = False


def _check(name: str, value: Any, known: Sequence[str]) -> None:
    if value not in known:
        raise InputError(f"{name} must be one of {', '.join(known)}, but is '{value}'.")


def _keep(recording: Recording[Examples]) -> None:
    if recording.recorder is None:
        return
    recording.abandon()
    logger.warning(
        "The recorder of '%s' was not closed. What was recorded is safe; `datamap metrics %s` makes the map of its "
        "closed epochs.",
        recording.root,
        recording.root,
    )
