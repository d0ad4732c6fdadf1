"""What `run.py` does with a map made earlier: filter the examples, weigh, smooth and order them."""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pandas as pd

from dataset_cartography.datamap import FACTS, load_cartography_metrics
from dataset_cartography.errors import InputError
from dataset_cartography.integrations.transformers.interventions import (
    order_examples,
    smooth_labels,
    weigh_loss,
)
from dataset_cartography.integrations.transformers.interventions.facts import note
from dataset_cartography.regions import assign_categories
from dataset_cartography.selection import (
    CURRICULA,
    GROWING,
    MOST,
    SCALE,
    SPREAD,
    START,
    difficulty,
    label_smoothing,
    located,
    loss_weights,
    select_examples,
)

logger = logging.getLogger(__name__)

_ASKING = {
    "cartography_filter": (),
    "cartography_weight": ("cartography_weight_heavy", "cartography_weight_spread"),
    "cartography_label_smoothing": ("cartography_smoothing_scale", "cartography_smoothing_most"),
    "cartography_curriculum": ("cartography_curriculum_by",),
}
"""What is asked, and the flags that say how."""
_COMPETENCE = ("cartography_competence_start", "cartography_competence_growing")


@dataclass
class SteeringArguments:
    """What a map made earlier changes in the training."""

    cartography_map: str | None = field(
        default=None,
        metadata={
            "help": "A map made earlier on this data (another run's cartography directory, or a file of it), by which "
            "the next flags go."
        },
    )
    cartography_filter: str | None = field(
        default=None,
        metadata={
            "help": "Train on the examples of which this holds on the map, such as \"category != 'ambiguous' and "
            'confidence > 0.1"; never by a missing value.'
        },
    )
    cartography_weight: str | None = field(
        default=None,
        metadata={"help": "Weigh the loss by the rank in this metric, between bounds and 1 in the mean."},
    )
    cartography_weight_heavy: str = field(
        default="hard",
        metadata={
            "help": "The end of the metric that counts more.",
            "choices": ["hard", "easy", "low", "high"],
        },
    )
    cartography_weight_spread: float = field(
        default=SPREAD,
        metadata={
            "help": f"Weights lie between 1 - spread and 1 + spread ({1 - SPREAD:g} to {1 + SPREAD:g})."
        },
    )
    cartography_label_smoothing: bool = field(
        default=False,
        metadata={
            "help": "Smooth each example's label by its variability: min(most, scale x variability), with the next two."
        },
    )
    cartography_smoothing_scale: float = field(
        default=SCALE, metadata={"help": "The scale of label smoothing."}
    )
    cartography_smoothing_most: float = field(default=MOST, metadata={"help": "The most label smoothing."})
    cartography_curriculum: str | None = field(
        default=None,
        metadata={
            "help": "The order of the examples: easy_first, hard_first; or competence: drawn from the easiest share, "
            "which grows.",
            "choices": list(CURRICULA),
        },
    )
    cartography_curriculum_by: str = field(
        default="confidence", metadata={"help": "The metric that says what is hard."}
    )
    cartography_competence_start: float = field(
        default=START, metadata={"help": "competence: the share that it begins with."}
    )
    cartography_competence_growing: float = field(
        default=GROWING,
        metadata={"help": "competence: the share of the training's steps after which it is all of them."},
    )


_ONE_LABEL = ("qa", "classification", "nli", "multiple-choice")
"""Tasks whose loss `interventions.losses` takes apart by example."""


def _refuse_alone(arguments: SteeringArguments, asked: list[str]) -> None:
    """Refuse a flag that says how to do what is not asked, and would change nothing."""
    plain = SteeringArguments()
    known = _ASKING | {"cartography_curriculum competence": _COMPETENCE}
    if arguments.cartography_curriculum == "competence":
        asked = [*asked, "cartography_curriculum competence"]
    for name, hows in known.items():
        for how in hows:
            if name not in asked and getattr(arguments, how) != getattr(plain, how):
                raise InputError(f"--{how} changes nothing without --{name}: give both, or neither.")


class Steering:
    """A map, and what is asked of it.

    Args:
        arguments: What is asked.
        task: The task that is trained, by its name.
        dataset: What is trained on, as the user calls it.
    """

    def __init__(self, arguments: SteeringArguments, task: str, dataset: str) -> None:
        self._arguments = arguments
        self._path = str(arguments.cartography_map)
        df = load_cartography_metrics(Path(self._path))
        facts = df.attrs.get(FACTS, {})
        if facts.get("task", task) != task:
            raise InputError(
                f"The map '{self._path}' is of the task '{facts['task']}', but this run trains '{task}': give a map of "
                "this data to --cartography_map."
            )
        if Path(facts.get("dataset", dataset)).name != Path(dataset).name:  # a folder may be called otherwise
            logger.warning(
                "The map '%s' was made on '%s', and this run trains on '%s'; examples are found by their ids.",
                self._path,
                facts["dataset"],
                dataset,
            )
        categorized = "category" in df.columns or not {"confidence", "variability"} <= set(df.columns)
        self._df = df if categorized else assign_categories(df)
        self._kept: tuple[dict[str, Any], Any] | None = None

    @classmethod
    def of(
        cls, arguments: SteeringArguments, task: str, dataset: str, *, training: bool, root: Path | None
    ) -> "Steering | None":
        """What is asked; None for nothing.

        Args:
            arguments: What is asked.
            task: The task that is trained, by its name.
            dataset: What is trained on, as the user calls it.
            training: Whether anything is trained.
            root: The directory that the run's own map goes to, if it is recorded.

        Raises:
            InputError: A map is given and nothing asked of it, or asked without a map, or nothing is trained; a flag
                says how to do what is not asked; or the run's own map would go where the given one lies.
            MissingFileError: There is no map.
        """
        asked = [name for name in _ASKING if getattr(arguments, name) not in (None, False)]
        _refuse_alone(arguments, asked)
        if not asked and arguments.cartography_map is None:
            return None
        if arguments.cartography_map is None:
            raise InputError(
                f"--{asked[0]} goes by a map made earlier: give its directory to --cartography_map."
            )
        if not asked:
            raise InputError(
                f"--cartography_map alone changes nothing: give one of {', '.join(f'--{name}' for name in _ASKING)}."
            )
        if not training:
            raise InputError(f"--{asked[0]} changes the training: give --do_train too.")
        for name in ("cartography_weight", "cartography_label_smoothing"):
            if name in asked and task not in _ONE_LABEL:
                raise InputError(
                    f"--{name} changes the loss of single examples, which is known for the tasks "
                    f"{', '.join(_ONE_LABEL)}, not for '{task}': leave it out, or choose or order the examples "
                    "(--cartography_filter, --cartography_curriculum)."
                )
        given = Path(arguments.cartography_map).resolve()
        if root is not None and root.resolve() in (given, given.parent):
            raise InputError(
                f"The map of this run would go to '{root}', where that of --cartography_map lies: give another "
                "directory to --cartography_output_dir."
            )
        return cls(arguments, task, dataset)

    def keep(self, examples: datasets.Dataset) -> tuple[datasets.Dataset, str | None]:
        """The examples that the filter leaves, and a sentence of how many; all of them without a filter.

        Raises:
            InputError: None is left, or the filter is no expression over the map's columns.
            MissingColumnError: It names a column that the map does not have.
        """
        where = self._arguments.cartography_filter
        if where is None:
            return examples, None
        places = self._places(examples)
        part = self._df.iloc[np.unique(places[places >= 0])]
        selection = select_examples(part, where=where)
        kept = np.isin(places, self._df.index.get_indexer(pd.Index(selection, dtype=self._df.index.dtype)))
        self._kept = (
            {"where": where, "kept": int(kept.sum()), "of": len(examples), "map": self._path},
            kept,
        )
        reasons = dict(selection.how["left_out"])
        if absent := int((places < 0).sum()):
            reasons["not on the map"] = absent
        told = f" ({', '.join(f'{count:,} {why}' for why, count in reasons.items())})" if reasons else ""
        sentence = f"Filter: training on {kept.sum():,} of {len(examples):,} examples{told}."
        return examples.select(np.flatnonzero(kept)), sentence

    def apply(self, trainer: Any, examples: datasets.Dataset) -> list[str]:
        """Weigh, smooth and order a trainer's examples; a sentence for each.

        Args:
            trainer: The trainer.
            examples: What it trains on, after the filter.

        Raises:
            InputError: A metric or a number is none that can be used.
        """
        given, said = self._arguments, []
        if self._kept is not None:
            note(trainer, "filter", *self._kept)
        places = self._places(examples)
        df = self._df.iloc[np.unique(places[places >= 0])]
        if given.cartography_weight is not None:
            weights = loss_weights(
                df,
                given.cartography_weight,
                heavy=given.cartography_weight_heavy,  # type: ignore[arg-type] # one of its choices
                spread=given.cartography_weight_spread,
            )
            weigh_loss(trainer, self._from_here(weights))
            low, high = 1 - given.cartography_weight_spread, 1 + given.cartography_weight_spread
            said.append(
                f"Loss weights: {low:g} to {high:g} by rank in {given.cartography_weight}, the "
                f"{given.cartography_weight_heavy} end counting more."
            )
        if given.cartography_label_smoothing:
            smoothing = label_smoothing(
                df, scale=given.cartography_smoothing_scale, most=given.cartography_smoothing_most
            )
            smooth_labels(trainer, self._from_here(smoothing))
            said.append(
                f"Label smoothing: {smoothing.min():.3g} to {smoothing.max():.3g} by variability, in the mean "
                f"{smoothing.mean():.3g}."
            )
        if given.cartography_curriculum is not None:
            order_examples(
                trainer,
                self._from_here(difficulty(df, given.cartography_curriculum_by)),
                given.cartography_curriculum,  # type: ignore[arg-type] # one of its choices
                start=given.cartography_competence_start,
                growing=given.cartography_competence_growing,
            )
            said.append(f"Curriculum: {given.cartography_curriculum} by {given.cartography_curriculum_by}.")
        return said

    def _places(self, examples: datasets.Dataset) -> Any:
        """(examples,) the map's row of each, -1 where it has none."""
        return located(
            self._df.index, examples["id"][:], "of the training data", f"on the map '{self._path}'"
        )

    def _from_here(self, values: "pd.Series[float]") -> "pd.Series[float]":
        values.attrs["map"] = self._path
        return values
