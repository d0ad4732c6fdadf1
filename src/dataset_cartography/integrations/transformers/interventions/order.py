"""A curriculum in the training of any `transformers.Trainer`: its sampler is ours."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from torch.utils.data import Sampler
from transformers import Trainer, TrainerCallback

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.transformers.interventions.facts import note
from dataset_cartography.integrations.transformers.interventions.rows import row_ids, values_of_rows
from dataset_cartography.integrations.transformers.loading import steps_per_epoch
from dataset_cartography.integrations.transformers.weak import WeakTrainer
from dataset_cartography.selection import CURRICULA, GROWING, START, Curriculum


def order_examples(
    trainer: Trainer,
    difficulty: "pd.Series[Any] | Mapping[Any, float]",
    order: Literal["easy_first", "hard_first", "competence"] = "easy_first",
    *,
    start: float = START,
    growing: float = GROWING,
    seed: int | None = None,
    id_column: str | None = None,
) -> None:
    """Let a trainer go through its examples by difficulty. Call it before `trainer.train()`.

    "easy_first" and "hard_first" go through all rows in every epoch, from one end to the other; rows of equally hard
    examples in an order drawn anew every epoch, the windows of one example one after the other.

    "competence" draws each optimizer step's rows, none twice, from the rows of the easiest share c(t) of the examples,

        c(t) = min(1, sqrt(t (1 - c0^2) / T + c0^2)),  T = growing x the training's steps

    (Platanios et al. 2019; see `competence`), with t the steps made before; the share is rounded up, and never less
    than fills the step. An epoch still has as many rows as the data, so an example may come several times in it or not
    at all; epochs that begin with c(t) = 1 have every row once.

    A step's rows are those of all accumulated batches in all processes: together they are what is said here. The order
    stands on seed, epoch and step alone, so that a run resumed in mid-epoch goes on with it exactly. `track` counts
    every presentation; an example that an epoch leaves out is missing in it, and a map says in how many epochs each was
    seen.

    Args:
        trainer: The trainer; its training data has an id in every row, and it has no sampler of its own.
        difficulty: By example id, the higher the harder; as `difficulty` gives it. Examples without one are put in the
            middle (the median of the others), which is logged.
        order: Which of the three.
        start: c0, above 0 and at most 1.
        growing: T as a share of the training's steps, from 0 to 1.
        seed: Decides what is left to chance; default the trainer's `data_seed`, else its `seed`.
        id_column: Column with the example ids; default the first of `example_id`, `id`, `guid`.

    Raises:
        InputError: A value is out of range, no example has a difficulty, the training data is a stream, or the trainer
            has an order of its own already.
    """
    if order not in CURRICULA:
        raise InputError(f"There is no order '{order}'; choose from {', '.join(CURRICULA)}.")
    if not 0 < start <= 1:
        raise InputError(f"The competence to start with must be above 0 and at most 1, but is {start}.")
    if not 0 <= growing <= 1:
        raise InputError(
            f"The share of the training in which competence grows must be from 0 to 1, but is {growing}."
        )
    strategy = getattr(trainer.args, "train_sampling_strategy", "random")
    if str(getattr(strategy, "value", strategy)) != "random":
        raise InputError(
            f"This trainer orders its examples already, by train_sampling_strategy='{strategy}': give one of the two."
        )
    if type(trainer)._get_train_sampler is not Trainer._get_train_sampler:
        raise InputError(
            f"order_examples would take the place of the sampler that {type(trainer).__name__} makes in "
            "_get_train_sampler: leave one of the two out."
        )
    args = trainer.args
    drawn = int(seed if seed is not None else args.data_seed if args.data_seed is not None else args.seed)
    if drawn < 0:
        raise InputError(f"The seed must be 0 or more, but is {drawn}.")
    ids = row_ids(trainer, id_column, "order_examples")
    series = difficulty if isinstance(difficulty, pd.Series) else pd.Series(difficulty, dtype=np.float64)
    middle = float(series.median()) if series.notna().any() else 0.5
    values = values_of_rows(series, ids, middle, "difficulty", "are put in the middle")
    facts: dict[str, Any] = {"order": order, "seed": drawn} | {
        str(name): said for name, said in series.attrs.items()
    }
    if order == "competence":
        facts |= {"start": start, "growing": growing}
    note(trainer, "curriculum", facts, values)
    _, examples = np.unique(ids, return_inverse=True)
    ordering = _Ordering(trainer, growing)
    ordering.curriculum = Curriculum(order, values, examples.astype(np.intp), drawn, 0, start)
    trainer._get_train_sampler = ordering.sampler
    trainer.add_callback(ordering)


class _Ordering(TrainerCallback):  # type: ignore[misc] # transformers ships no types
    """Tells the samplers which epoch it is, and how long the training."""

    _trainer = WeakTrainer()
    curriculum: Curriculum

    def __init__(self, trainer: Trainer, growing: float) -> None:
        self._trainer = trainer
        self._dataset = trainer.train_dataset
        self._growing = growing
        self._asked = False
        self._epoch = 0
        self._steps = 1

    def sampler(self, dataset: Any = None) -> Sampler[int]:
        """A sampler for the trainer's training loader, in the place of `Trainer._get_train_sampler`."""
        if self._trainer.train_dataset is not self._dataset:
            raise InputError(
                "This trainer was given another train_dataset after its examples were ordered: order them when it has "
                "its data."
            )
        self._asked = True
        return _CurriculumSampler(self)

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Learn how many steps there are, and how many are made."""
        if not self._asked:
            raise InputError(
                "The trainer's loader does not ask _get_train_sampler for an order, so that its examples cannot be "
                "ordered: leave out its own get_train_dataloader, or order_examples."
            )
        self._steps = steps_per_epoch(kwargs.get("train_dataloader"), args) or 1
        self._epoch = state.global_step // self._steps
        duration = round(self._growing * state.max_steps)
        self.curriculum = Curriculum(**{**vars(self.curriculum), "duration": duration})

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Count the epochs; `state.epoch` is rounded."""
        self._epoch += 1

    def rows(self) -> Iterator[int]:
        """The rows of the epoch that begins."""
        trainer = self._trainer
        # Accelerate deals a batch to each process, or a part of it where it splits them.
        ranks = 1 if trainer.accelerator.split_batches else trainer.args.world_size
        step_rows = trainer._train_batch_size * ranks * trainer.args.gradient_accumulation_steps
        for rows in self.curriculum.epoch(self._epoch, step_rows, self._steps):
            yield from rows.tolist()

    def __len__(self) -> int:
        return len(self.curriculum.difficulty)


class _CurriculumSampler(Sampler[int]):
    def __init__(self, ordering: _Ordering) -> None:
        self._ordering = ordering

    def __iter__(self) -> Iterator[int]:
        return self._ordering.rows()

    def __len__(self) -> int:
        return len(self._ordering)
