"""The runs that are looked at together: read, named, checked, and what their facts have in common."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.comparison import pair
from dataset_cartography.comparison.facts import check_comparable, differing_facts
from dataset_cartography.datamap import FACTS, load_cartography_metrics
from dataset_cartography.errors import InputError
from dataset_cartography.log import LogPaths, LogReader
from dataset_cartography.metrics import METRICS

Source = str | Path | pd.DataFrame
Runs = Sequence[Source] | Mapping[str, Source]
"""Cartography directories, files of maps, or maps; or name to one of these."""

_SAME_IN_SEEDS = ("dataset", "split", "model", "ablation")
_SETTINGS = "training"


@dataclass(frozen=True)
class Run:
    """One of several runs.

    Attributes:
        name: What it is called.
        df: Its map.
        directory: Where its log is, if it has one.
    """

    name: str
    df: pd.DataFrame
    directory: Path | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """What it was recorded from; empty where its map does not say."""
        facts: dict[str, Any] = self.df.attrs.get(FACTS, {})
        return facts


def read_runs(runs: Runs) -> tuple[list[Run], list[str]]:
    """Read runs and see whether they can be looked at together.

    Returns:
        The runs, and sentences that qualify what is said of them together.

    Raises:
        InputError: There are fewer than two, two have one name, or they are of different tasks or kinds.
    """
    named = dict(runs) if isinstance(runs, Mapping) else _named(runs)
    if len(named) < 2:
        raise InputError(f"Merging takes two runs or more; there is {len(named) or 'none'}.")
    given = [_read(name, source) for name, source in named.items()]
    # Only the facts are asked for: the regions are made anew, by one rule.
    silent = {run.name: pd.DataFrame({"category": []}) for run in given}
    for run in given:
        silent[run.name].attrs[FACTS] = run.facts
    notes = check_comparable(silent)
    different = differing_facts(silent)
    for fact in _SAME_IN_SEEDS:
        if fact in different.index:
            values = ", ".join(dict.fromkeys(str(value) for value in different.loc[fact]))
            notes.append(
                f"The runs differ in their {fact} ({values}): what is said of another run holds for a mixture of these."
            )
    notes += _other_labels(given)
    columns = [METRICS.keys() & set(run.df.columns) for run in given]
    shared = set(METRICS).intersection(*columns)
    if left_out := [
        name for name in METRICS if any(name in names for names in columns) and name not in shared
    ]:
        notes.append(f"Not every run has these metrics, which are left out: {', '.join(left_out)}.")
    if len(given) == 2:
        notes.append("Two runs tell little of how far runs lie apart; a third tells much more.")
    return given, notes


def shared_facts(runs: Sequence[Run]) -> dict[str, Any]:
    """The facts in which all runs agree that have any; of the training settings those, as a seed alone may differ."""
    telling = [run.facts for run in runs if run.facts]
    settings = [facts[_SETTINGS] for facts in telling if isinstance(facts.get(_SETTINGS), Mapping)]
    shared = _agreeing(telling)
    return (
        {**shared, _SETTINGS: _agreeing(settings)} if settings and len(settings) == len(telling) else shared
    )


def _agreeing(facts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    first = facts[0] if facts else {}
    return {key: value for key, value in first.items() if all(other.get(key) == value for other in facts)}


def _named(sources: Sequence[Source]) -> dict[str, Source]:
    """Call directories by what tells them apart, and maps by their number."""
    paths = [Path(source).resolve() for source in sources if not isinstance(source, pd.DataFrame)]
    short = [path.name for path in paths]
    if len(set(short)) < len(set(paths)):
        common = Path(os.path.commonpath(paths))
        short = [path.relative_to(common).as_posix() for path in paths]
    names = iter(short)
    called = [
        f"run {number}" if isinstance(source, pd.DataFrame) else next(names)
        for number, source in enumerate(sources, 1)
    ]
    if twice := [name for name in called if called.count(name) > 1]:
        raise InputError(
            f"'{twice[0]}' is given twice: merge different runs, or give them names of their own."
        )
    return dict(zip(called, sources, strict=True))


def _read(name: str, source: Source) -> Run:
    if isinstance(source, pd.DataFrame):
        return Run(name, source)
    directory = Path(source)
    recorded = LogPaths(directory).manifest.is_file()
    return Run(name, load_cartography_metrics(directory), directory if recorded else None)


def union_of(runs: Sequence[Run]) -> pd.Index:
    """All runs' ids, in the order of the first run and then of the others.

    Raises:
        InputError: Ids repeat, or a run shares none with those before it.
    """
    first = runs[0]
    known = first.df.index
    for run in runs:
        ids = run.df.index
        if ids.equals(known) and ids.is_unique:
            continue
        shared = np.zeros(len(ids), dtype=bool)
        if known.is_unique and ids.is_unique:
            shared = known.get_indexer(ids) >= 0  # not `isin`, which compares text one by one
        if not shared.any():
            pair(first.df, run.df, (first.name, run.name))  # refuses, and says why
        known = known.append(ids[~shared])
    return known


def _other_labels(runs: Sequence[Run]) -> Iterator[str]:
    """Whether runs of the same examples learnt different labels, as far as their logs tell."""
    digests = {
        run.name: LogReader(run.directory).manifest.options.get("targets") for run in runs if run.directory
    }
    maps = {run.name: run.df for run in runs}
    for one, other in combinations(digests, 2):
        # The digest is of all labels in their order.
        told = digests[one] and digests[other] and maps[one].index.equals(maps[other].index)
        if told and digests[one] != digests[other]:
            yield (
                f"'{one}' and '{other}' did not learn the same labels, which moves examples by itself: the spread "
                "between runs is one of chance only where the labels are the same."
            )
            return
