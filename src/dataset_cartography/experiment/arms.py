"""What an experiment compares: its arms, and the examples that each trains on."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.errors import InputError
from dataset_cartography.selection import all_located, select_examples

FULL, RANDOM, STRATIFIED = "full", "random", "stratified"
CLEANED, CORRECTED, RANDOM_REMOVAL = "cleaned", "corrected", "random_removal"
BY_METRIC = {
    "easy": ("confidence", "high"),
    "hard": ("confidence", "low"),
    "ambiguous": ("variability", "high"),
}
"""The paper's selections: the examples at one end of a metric (Swayamdipta et al. 2020, section 3)."""
SUBSETS = (RANDOM, STRATIFIED, *BY_METRIC)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


@dataclass(frozen=True)
class Arm:
    """One way to choose what is trained on.

    Attributes:
        name: What it is called.
        choose: From a share of the examples (None where the arm has but one size) and a seed to ids.
        fractions: Whether it is trained at every fraction.
        control: The arm that it is compared with beside the full data; None for full and for the controls.
        dataset: What is trained on in the place of the experiment's dataset: corrected labels.
    """

    name: str
    choose: Callable[[float | None, int], Sequence[Any]]
    fractions: bool
    control: str | None
    dataset: str | None = None


@dataclass(frozen=True)
class Cell:
    """One training of an experiment: an arm at a size, with a seed."""

    arm: str
    fraction: float | None
    seed: int
    ids: tuple[Any, ...]
    dataset: str | None = None

    @property
    def name(self) -> str:
        """Its name, and its folder's."""
        size = "" if self.fraction is None else f"-{self.fraction:g}"
        return f"{self.arm}{size}-seed{self.seed}"


def make_arms(
    df: pd.DataFrame,
    subsets: Sequence[str],
    *,
    strata: "pd.Series[Any] | str",
    selections: Mapping[str, Sequence[Any]] | None = None,
    suspects: Sequence[Any] = (),
    unmended: Sequence[Any] = (),
    corrected: str | None = None,
) -> list[Arm]:
    """The arms of an experiment, the full data first, each control beside what it controls.

    Args:
        df: The map, of the examples that can be trained on; confidence and variability in it.
        subsets: Of `SUBSETS`, in any order. "random" is there in any case, as the others' control.
        strata: What "stratified" keeps the shares of: a column of the map, or a series indexed by id.
        selections: The user's own: ids by name. Each gets a control, as many at random ("random-as-NAME").
        suspects: Suspected label errors. "cleaned" leaves them out, and "random_removal" as many drawn at random.
        unmended: Those of the suspects that have no other label: "corrected" leaves them out.
        corrected: The dataset in which the other suspects are corrected; None for no such arm.

    Raises:
        InputError: There is no such subset, a name is taken or cannot be a folder's, or an id is not on the map.
    """
    if unknown := [name for name in subsets if name not in SUBSETS]:
        raise InputError(f"Unknown arm '{unknown[0]}'; choose from {', '.join(SUBSETS)}.")

    def random(fraction: float | None, seed: int) -> Sequence[Any]:
        return select_examples(df, fraction=fraction, by="random", seed=seed)

    def stratified(fraction: float | None, seed: int) -> Sequence[Any]:
        return select_examples(df, fraction=fraction, by="random", stratify=strata, seed=seed)

    def at_an_end(metric: str, end: str) -> Callable[[float | None, int], Sequence[Any]]:
        # Ties are broken alike in all seeds: the arm is one set of examples.
        return lambda fraction, _: select_examples(df, fraction=fraction, by=metric, end=end)

    arms = [Arm(FULL, lambda *_: df.index.tolist(), fractions=False, control=None)]
    if subsets:
        arms.append(Arm(RANDOM, random, fractions=True, control=None))
    if STRATIFIED in subsets:
        arms.append(Arm(STRATIFIED, stratified, fractions=True, control=RANDOM))
    arms += [
        Arm(name, at_an_end(*rule), fractions=True, control=RANDOM)
        for name, rule in BY_METRIC.items()
        if name in subsets
    ]
    taken = {FULL, *SUBSETS, CLEANED, CORRECTED, RANDOM_REMOVAL}
    for name, ids in (selections or {}).items():
        if not _NAME.fullmatch(name) or name in taken or name.startswith("random"):
            raise InputError(
                f"A selection cannot be called {name!r}: give it a name of up to 40 letters, digits, '_', '-' and '.' "
                f"that is none of {', '.join(sorted(taken))} and does not begin with 'random'."
            )
        own, control = known_ids(df, ids, name), f"random-as-{name}"
        arms.append(Arm(control, _as_many(df, len(own)), fractions=False, control=None))
        arms.append(Arm(name, lambda *_, own=own: own, fractions=False, control=control))
    if len(suspects):
        kept = df.index.difference(pd.Index(suspects), sort=False)
        arms.append(Arm(RANDOM_REMOVAL, _as_many(df, len(kept)), fractions=False, control=None))
        arms.append(Arm(CLEANED, lambda *_: kept.tolist(), fractions=False, control=RANDOM_REMOVAL))
    if corrected is not None:
        mended = df.index.difference(pd.Index(unmended), sort=False)
        arms.append(
            Arm(
                CORRECTED,
                lambda *_: mended.tolist(),
                fractions=False,
                control=RANDOM_REMOVAL,
                dataset=corrected,
            )
        )
    return arms


def make_cells(arms: Sequence[Arm], fractions: Sequence[float], seeds: Sequence[int]) -> list[Cell]:
    """Every training of an experiment: seed after seed, so that each finished seed is a whole comparison."""
    return [
        Cell(arm.name, fraction, seed, tuple(arm.choose(fraction, seed)), arm.dataset)
        for seed in seeds
        for arm in arms
        for fraction in (fractions if arm.fractions else (None,))
    ]


def _as_many(df: pd.DataFrame, size: int) -> Callable[[float | None, int], Sequence[Any]]:
    return lambda _, seed: select_examples(df, n=size, by="random", seed=seed)


def known_ids(df: pd.DataFrame, ids: Sequence[Any], name: str) -> list[Any]:
    """The ids of a selection as the map has them, in its order.

    Raises:
        InputError: There are none, or one is not on the map.
    """
    if not len(ids):
        raise InputError(f"The selection '{name}' holds no ids.")
    what = f"of the selection '{name}'"
    rows = all_located(
        df.index,
        list(ids),
        what,
        "on the map",
        told=f"the {len(ids):,} ids {what}",
        absent="not on the map, or were never seen in training.",
    )
    return df.index[np.unique(rows)].tolist()
