"""Logs of models whose answers come as whole NumPy arrays, all examples at a time: needs no torch."""

import uuid
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from dataset_cartography.dynamics.regression import SCALE, spread
from dataset_cartography.errors import InputError
from dataset_cartography.formats.arrays import classification_columns, regression_columns, two_class_logits
from dataset_cartography.ids import as_id_array, check_unique_ids
from dataset_cartography.integrations.shared.exports import export_whole_map
from dataset_cartography.log import DirectoryLock, LogWriter, Manifest, check_writable, refuse_recorded
from dataset_cartography.log.manifest import Mode

Array = npt.NDArray[Any]
ArrayTask = Literal["classification", "regression"]


class ArrayLog:
    """A log in the making.

    Args:
        root: The cartography directory, new or empty.
        ids: One an example, all different, integers or strings; None takes their numbers.
        targets: Shape (examples,): labels' numbers, or values.
        task: "classification" or "regression".
        mode: As in the manifest.
        provenance: Facts about the run.

    Raises:
        InputError: The ids are none, not one an example, or not all different.
        OutputExistsError: The directory holds a run already.
        OutputNotWritableError: It cannot be written to.
    """

    def __init__(
        self,
        root: Path,
        ids: Sequence[Any] | Array | None,
        targets: Array,
        *,
        task: ArrayTask,
        mode: Mode,
        provenance: Mapping[str, Any],
    ) -> None:
        known = np.arange(len(targets)) if ids is None else as_id_array(ids)
        if len(known) != len(targets):
            raise InputError(
                f"There are {len(known)} ids for {len(targets)} examples: give one each, or none."
            )
        check_unique_ids(known, "ids")
        check_writable(root)
        refuse_recorded(root)
        self._lock = DirectoryLock(root)
        weakref.finalize(self, self._lock.release)  # should it never be closed
        self._task = task
        self._targets = targets
        options = {}
        if task == "regression" and (scale := spread(targets)):
            options[SCALE] = scale
        manifest = Manifest(
            task=task,
            mode=mode,
            id_type="integer" if known.dtype.kind == "i" else "string",
            examples=len(known),
            options=options,
            provenance=dict(provenance),
            run=uuid.uuid4().hex,
        )
        self.writer = LogWriter.create(root, manifest, known, {})

    def write(self, epoch: int, outputs: Array, global_step: int) -> None:
        """Write and close an epoch.

        Args:
            epoch: Its number, from 1.
            outputs: Of labels their logits, shape (examples, labels), or (examples,) of the second of two; else the
                values, (examples,).
            global_step: Steps, or rounds, done.

        Raises:
            InputError: They do not fit the targets.
        """
        outputs, targets = np.asarray(outputs), self._targets
        if len(outputs) != len(targets):
            raise InputError(f"The model answered {len(outputs)} examples of {len(targets)}.")
        if self._task == "regression":
            if outputs.size != targets.size:
                raise InputError(
                    f"One value an example can be recorded, and the model's answers are of shape {outputs.shape}."
                )
            columns = regression_columns(outputs.reshape(targets.shape), targets)
        else:
            logits = two_class_logits(outputs) if outputs.size == len(targets) else outputs
            if logits.ndim != 2 or logits.shape[1] <= targets.max(initial=0):
                raise InputError(
                    f"The model's answers, of shape {outputs.shape}, tell no {targets.max(initial=0) + 1} labels apart."
                )
            columns = classification_columns(logits, targets)
        size = len(targets)
        keys = {"example": np.arange(size, dtype=np.int32), "global_step": np.full(size, global_step)}
        self.writer.write_epoch(epoch, {**keys, **columns}, global_step)

    def close(self) -> None:
        """Write the map."""
        self._lock.release()
        export_whole_map(self.writer.paths.root)


def one_each(values: Any) -> Array:
    """Labels or values, shape (examples,).

    Raises:
        InputError: There are several of an example.
    """
    given = np.asarray(values)
    if given.ndim > 1 and given.size != len(given):
        raise InputError(
            f"One label or value an example can be recorded, and those given are of shape {given.shape}."
        )
    return given.reshape(-1)


def numbered_labels(labels: Any, known: Sequence[Any] | Array | None) -> tuple[Array, list[str]]:
    """The labels' numbers, shape (examples,), and all labels' names in the order of their numbers.

    Args:
        labels: Shape (examples,).
        known: The labels that the model tells apart; None where they are numbered from 0.

    Raises:
        InputError: A label is none of them.
    """
    values = one_each(labels)
    if known is None and values.dtype.kind not in "biuf":
        raise InputError(
            f"The model numbers its labels from 0, and was given {values[:1].tolist()[0]!r} as one: give their numbers."
        )
    known = np.arange(int(values.max(initial=0)) + 1) if known is None else np.asarray(known)
    number = {name: place for place, name in enumerate(known.tolist())}
    found = np.array([number.get(value, -1) for value in values.tolist()], np.int64)
    if (found < 0).any():
        odd = values.tolist()[int(np.flatnonzero(found < 0)[0])]
        raise InputError(
            f"The labels hold {odd!r}, which is none of those that the model tells apart: "
            f"{', '.join(map(repr, known.tolist()[:10]))}{', …' if len(known) > 10 else ''}."
        )
    return found, [str(name) for name in known.tolist()]
