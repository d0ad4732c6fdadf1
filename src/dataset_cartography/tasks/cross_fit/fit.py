"""Training one model a fold on all the others, and recording the fold."""

import gc
import hashlib
import json
import logging
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from transformers import Trainer

from dataset_cartography.errors import InputError
from dataset_cartography.ids import as_id_array
from dataset_cartography.integrations.transformers.examples import digest_of, find_id_column
from dataset_cartography.integrations.transformers.held_out import HeldOutTracker
from dataset_cartography.log import (
    DirectoryLock,
    LogPaths,
    Manifest,
    Probabilities,
    write_atomically,
    write_probabilities,
)
from dataset_cartography.schema import SCHEMAS
from dataset_cartography.tasks.cross_fit.folds import (
    assign_folds,
    check_folds,
    check_processes,
    cost_in_words,
)
from dataset_cartography.tasks.cross_fit.join import join_folds

logger = logging.getLogger(__name__)

Array = npt.NDArray[Any]

MakeTrainer = Callable[[datasets.Dataset, Path], Trainer]
"""Makes an untrained trainer of the features to train on and a folder for its output, the same start each time."""

CROSS_FIT = "cross_fit"
_PLAN = "plan.json"
_DIGESTS = _EXAMPLES, _LABELS = ("examples", "labels or answers")


@dataclass(frozen=True)
class CrossFit:
    """What is cross-fitted, and how; the same plan goes on where it was broken off.

    Attributes:
        root: The cartography directory.
        dataset: The features of all examples with their ids, as they are trained on.
        task: As in `schema.SCHEMAS`.
        folds: How many models are trained.
        seed: Decides which examples are held out together.
        label_names: In the order of their numbers; None where they are numbers alone, and for question answering.
        settings: What else makes a model another one, such as its name and learning rate; JSON.
        provenance: For the out-of-fold log's manifest.
    """

    root: Path
    dataset: datasets.Dataset
    task: str
    folds: int
    seed: int
    label_names: Sequence[str] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        """Whether the out-of-fold log is there."""
        return self._paths.out_of_fold.is_dir()

    def check(self) -> None:
        """Refuse what cannot be done, before anything is trained.

        Raises:
            InputError: Too few or too many folds, or the directory holds folds of another plan.
        """
        _, ids, labels = self._examples()
        check_folds(self.folds, len(ids))
        before = self._plan_before()
        if before is not None and (other := _differences(before, self._plan(ids, labels))):
            what = self._paths.out_of_fold if self.is_done else self._paths.unfinished_folds
            raise InputError(
                f"'{what}' was cross-fitted otherwise ({'; '.join(other)}): give the same as then, record into a new "
                "directory, or delete it."
            )

    def fewest_rows(self) -> int:
        """How many rows the model of the largest fold is trained on."""
        return len(self.dataset) - int(np.bincount(self._fold_of_row()).max())

    def run(self, make_trainer: MakeTrainer) -> Path:
        """Train what is not done yet, and make the out-of-fold log of all folds.

        Returns:
            Its directory, `out_of_fold` in the cartography directory.

        Raises:
            InputError: As `check`; or several processes train together.
            OutputExistsError: Another process is at it.
        """
        self.check()
        work = self._paths.unfinished_folds
        lock = DirectoryLock(work)
        try:
            if not self.is_done:
                self._run(make_trainer, work)
            shutil.rmtree(work)
        finally:
            lock.release()
        return self._paths.out_of_fold

    def _run(self, make_trainer: MakeTrainer, work: Path) -> None:
        for left in work.glob("unfinished-*"):  # by a process that was killed
            shutil.rmtree(left)
        _, ids, labels = self._examples()
        plan = self._plan(ids, labels)
        text = json.dumps(plan, indent=2) + "\n"
        write_atomically(work / _PLAN, lambda file: file.write_text(text, encoding="utf-8"))
        fold_of_row = self._fold_of_row()
        logs = [work / f"fold-{number + 1}" for number in range(self.folds)]
        logger.info("Cross-fitting: %s.", cost_in_words(self.folds))
        for number, log in enumerate(logs):
            if log.is_dir():
                logger.info("Cross-fitting: fold %d of %d is there already.", number + 1, self.folds)
                continue
            held, others = (np.flatnonzero(rows) for rows in (fold_of_row == number, fold_of_row != number))
            logger.info(
                "Cross-fitting: fold %d of %d, training on %s rows and holding out %s.",
                number + 1,
                self.folds,
                f"{len(others):,}",
                f"{len(held):,}",
            )
            self._fit(make_trainer, others, held, log)
        with tempfile.TemporaryDirectory(dir=work, prefix="unfinished-") as scratch:
            whole = join_folds(logs, Path(scratch) / "log", ids, {**self.provenance, CROSS_FIT: plan})
            whole.rename(self._paths.out_of_fold)

    def _fit(self, make_trainer: MakeTrainer, others: Array, held: Array, log: Path) -> None:
        """Train on all other rows, record those held out, and keep nothing else."""
        with tempfile.TemporaryDirectory(dir=log.parent, prefix="unfinished-") as scratch:
            place = Path(scratch) / "log"
            trainer = make_trainer(self.dataset.select(others), Path(scratch) / "trainer")
            check_processes(trainer.args.world_size)
            tracker = HeldOutTracker(trainer, self.dataset.select(held), place, task=self.task)
            try:
                trainer.train()
            finally:
                tracker.abandon()
            if (values := tracker.probabilities) is not None:
                names = self.label_names or map(str, range(values.shape[1]))
                given = np.asarray(self.dataset.with_format(None)[self._label_column][:], np.int64)[held]
                write_probabilities(place, Probabilities(tracker.ids, given, tuple(names), values))
            place.rename(log)
            del trainer
        # A model's own cycles would keep it, and its optimizer, on the device beside the next fold's.
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    @property
    def _paths(self) -> LogPaths:
        return LogPaths(self.root)

    def _examples(self) -> tuple[Array, Array, Array | None]:
        """(rows,) each row's example, (examples,) ids in the order of the rows, and their labels, if they have any."""
        name = find_id_column(self.dataset.column_names, None, "the dataset to cross-fit")
        plain = self.dataset.with_format(None)
        example_of_row, ids = pd.factorize(as_id_array(plain[name][:]))
        # Of windows, tags or texts an example has no one label, by which it could be dealt to a fold.
        if SCHEMAS[self.task].pieces != "whole" or self._label_column not in self.dataset.column_names:
            return example_of_row, ids, None
        return example_of_row, ids, np.asarray(plain[self._label_column][:])

    def _fold_of_row(self) -> Array:
        """(rows,) all rows of an example are held out together."""
        example_of_row, ids, labels = self._examples()
        return assign_folds(ids, labels, self.folds, self.seed)[example_of_row]

    @property
    def _label_column(self) -> str:
        return "labels" if "labels" in self.dataset.column_names else "label"

    def _plan(self, ids: Array, labels: Array | None) -> dict[str, Any]:
        """What must be the same for folds to belong together; every value can be compared after JSON."""
        names = ("start_positions", "end_positions") if labels is None else (self._label_column,)
        told = hashlib.blake2b("\n".join(map(str, ids.tolist())).encode(), digest_size=8).hexdigest()
        plan = {
            "number of folds": self.folds,
            "seed": self.seed,
            "task": self.task,
            _EXAMPLES: told,
            _LABELS: digest_of(self.dataset, names),
            **self.settings,
        }
        known: dict[str, Any] = json.loads(json.dumps(plan))
        return known

    def _plan_before(self) -> dict[str, Any] | None:
        """The plan of what is there, done or not."""
        if self.is_done:
            done: dict[str, Any] = Manifest.read(self._paths.out_of_fold).provenance.get(CROSS_FIT, {})
            return done
        path = self._paths.unfinished_folds / _PLAN
        if not path.is_file():
            return None
        plan: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return plan


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What differs between two plans, each a clause; digests tell people nothing."""
    names = [name for name in {**now, **before} if before.get(name) != now.get(name)]
    return [
        f"other {name}" if name in _DIGESTS else f"{name} was {before.get(name)} and is now {now.get(name)}"
        for name in names
    ]
