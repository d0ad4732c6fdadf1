"""The examples that `datamap compare` lists: those that moved furthest, and those whose label is another one."""

import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from dataset_cartography.cli.compare_examples import Examples
from dataset_cartography.cli.console import print_table
from dataset_cartography.comparison import Comparison, Relabelled, RunsComparison
from dataset_cartography.pages import Shown, one_line, shortened

_NAME, _TEXT = 24, 300  # characters shown at most
_LINE = 100

Row = dict[Any, Any]
Column = tuple[str, Callable[[Row], str]]
"""A column of the table: its header, and its cell of a mover's row."""


def print_movers(found: Comparison | RunsComparison, most: int, examples: Examples) -> None:
    """Print the furthest movers and, of two versions of labels, the furthest of those that have another.

    Args:
        found: The comparison.
        most: How many to list of each.
        examples: Those whose texts and labels are known.
    """
    beyond = " beyond the spread of the runs" if isinstance(found, RunsComparison) else ""
    listed = [(f"Moved furthest{beyond}:", found.movers.index[:most])]
    if found.relabelled:
        print(_relabelled_sentence(found, found.relabelled, beyond))
        among = listed[0][1]
        if others := [each for each in found.relabelled.ids[:most].tolist() if each not in among]:
            title = f"Of those with another label, moved furthest{beyond} and not listed above:"
            listed.append((title, pd.Index(others, dtype=found.movers.index.dtype)))
    for title, ids in listed:
        if len(ids):
            _print_listed(title, found, ids, examples)


def on_one_line(value: object, width: int) -> str:
    """An id, name or fact as a cell: cut, what acts written out, and without line breaks that would make other rows."""
    return " ".join(shortened(str(value), width).split())


def _relabelled_sentence(found: Comparison | RunsComparison, told: Relabelled, beyond: str) -> str:
    second = on_one_line(found.names[1], _NAME)
    counted = f"\n{len(told.ids):,} of {told.known:,} examples have another label in {second}"
    if not len(told.ids):
        return f"{counted}."
    others = f", of the others {told.median_others:z.2f}" if len(told.ids) < told.known else ""
    regions = ""
    if isinstance(found, Comparison):
        rows = found.movers.loc[told.ids]
        changed = int((rows["category_first"].astype(str) != rows["category_second"].astype(str)).sum())
        regions = f"; {changed:,} of them changed region"
    return f"{counted}. Their median shift{beyond} is {told.median:z.2f}{others}{regions}."


def _print_listed(title: str, found: Comparison | RunsComparison, ids: pd.Index, examples: Examples) -> None:
    print(f"\n{title}")
    names = [on_one_line(example_id, _NAME) for example_id in ids.tolist()]
    shown = examples.shown(ids)
    columns = _columns(found)
    rows = [
        [name, *(cell(row) for _, cell in columns)]
        for name, row in zip(names, found.movers.loc[ids].to_dict("records"), strict=True)
    ]
    header = ["id", *(title for title, _ in columns)]
    print_table(header, rows)
    if examples.first is None:
        return
    print("\nTheir texts:")
    for name, versions in zip(names, shown, strict=True):
        print(_text(name, *versions))


def _columns(found: Comparison | RunsComparison) -> Sequence[Column]:
    lengths = ["beyond", "shift", "spread"] if isinstance(found, RunsComparison) else ["shift"]
    regions: list[Column] = (
        [("region", lambda row: _change(row, "category", str))] if isinstance(found, Comparison) else []
    )
    return [
        *((name, lambda row, name=name: _two(row[name])) for name in lengths),
        *regions,
        ("confidence", lambda row: _change(row, "confidence", _two)),
        ("variability", lambda row: _change(row, "variability", _two)),
    ]


def _text(name: str, first: Shown | None, second: Shown | None) -> str:
    """A mover's label, both where they differ, and its text as one line, wrapped."""
    record = first or second
    if record is None:
        return f"  {name}: (not in the dataset)"
    labels = [", ".join(one["gold"]) for one in (first, second) if one]
    line = f"{name} [{' → '.join(dict.fromkeys(labels))}]: {shortened(one_line(record), _TEXT)}"
    return textwrap.fill(line, _LINE, initial_indent="  ", subsequent_indent="      ")


def _change(row: Row, name: str, form: Callable[[Any], str]) -> str:
    if f"{name}_first" not in row:
        return "-"
    before, after = (form(row[f"{name}_{side}"]) for side in ("first", "second"))
    return f"{before} → {after}" if before != after else f"{before}, still"


def _two(value: float) -> str:
    return f"{value:.2f}"
