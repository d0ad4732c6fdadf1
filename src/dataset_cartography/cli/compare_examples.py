"""What `datamap compare` reads of the examples themselves: their texts, and both versions of their labels."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from dataset_cartography.cli.examples import Source, load_examples, to_frame
from dataset_cartography.datamap import FACTS, PLANTED
from dataset_cartography.errors import CartographyError
from dataset_cartography.label_errors.units import NO_LABEL
from dataset_cartography.pages import Shown, align, show
from dataset_cartography.slices import answer_spans, kind_of, label_positions, names_of

TARGETS = "digest of labels or answers"
"""The fact that tells whether two maps of equal examples learnt the same."""

_NO_TEXT = "The movers have no text beside them."
_NO_LABELS = "Labels are not compared."
_NO_SECOND = "Labels are not compared; name the second's dataset with --second_dataset."
_ONE_DATASET = (
    "The labels or answers that the two learnt are not the same, but both name one dataset: to see which, give the "
    "second's with --second_dataset."
)

Labels = tuple["pd.Series[Any]", "pd.Series[Any]"]


@dataclass(frozen=True)
class Examples:
    """The examples of two maps, as far as they could be read.

    Attributes:
        first: By id, as `to_frame` gives them; None where they are not known.
        second: Those of the second map, where these are another version of the dataset, or another dataset.
    """

    first: pd.DataFrame | None = None
    second: pd.DataFrame | None = None

    @property
    def labels(self) -> Labels | None:
        """What the examples of both versions are labelled with; None where there are no two."""
        if self.first is None or self.second is None:
            return None
        return _gold(self.first), _gold(self.second)

    def shown(self, ids: pd.Index) -> list[tuple[Shown | None, Shown | None]]:
        """How the examples of some ids are shown, in both versions; None where a version does not have one."""
        both = [_shown(ids, examples) for examples in (self.first, self.second)]
        return [(both[0].get(example_id), both[1].get(example_id)) for example_id in ids.tolist()]


def read_examples(
    maps: Mapping[str, pd.DataFrame], cut: int, arguments: argparse.Namespace
) -> tuple[Examples, list[str]]:
    """Read the examples of two settings by their first runs, and say what cannot be read and is missed.

    Args:
        maps: Name of a run to its map, as many of the first setting as `cut` says and then those of the second.
        cut: How many are of the first.
        arguments: What `compare_options` adds.

    Raises:
        CartographyError: A dataset that an option names cannot be read, or has none of the examples.
    """
    firsts = [list(maps.values())[place] for place in (0, cut)]
    own, other = _sources([df.attrs.get(FACTS, {}) for df in firsts], arguments)
    texts = arguments.n > 0 and not arguments.json
    notes: list[str] = []
    if other is None and _learnt_differently(firsts):
        notes.append(_ONE_DATASET)
    if not texts and other is None:
        return Examples(), notes
    missed = " ".join([_NO_TEXT] * texts + [_NO_LABELS] * (other is not None))
    first = _read(firsts[0], own, missed, notes, named=arguments.dataset is not None)
    if other is None or first is None:
        return Examples(first), notes
    second = _read(firsts[1], other, _NO_SECOND, notes, named=arguments.second_dataset is not None)
    return Examples(first, second), notes


def _read(
    df: pd.DataFrame, source: Source, missed: str, notes: list[str], *, named: bool
) -> pd.DataFrame | None:
    """The examples of a map, by its ids; or None and a note of what is missed, unless an option names the source."""
    try:
        return align(df, to_frame(load_examples(df.attrs.get(FACTS, {}), source))).examples
    except CartographyError as error:
        if named:
            raise
        notes.append(f"{missed} {error}")
        return None


def _sources(
    facts: Sequence[Mapping[str, Any]], arguments: argparse.Namespace
) -> tuple[Source, Source | None]:
    """Where the examples of both are read from; the second's None where they are the first's."""
    first = Source.of(arguments)
    if arguments.second_dataset is not None:
        return first, replace(first, dataset=arguments.second_dataset)
    recorded = [(said.get("dataset"), said.get("split")) for said in facts]
    if recorded[0] == recorded[1] or None in (recorded[0][0], recorded[1][0]):
        return first, None
    return first, replace(first, dataset=recorded[1][0])


def _learnt_differently(maps: Sequence[pd.DataFrame]) -> bool:
    """Whether the logs say so, and labels that were made wrong on purpose do not explain it."""
    facts = [df.attrs.get(FACTS, {}) for df in maps]
    digests = [said.get(TARGETS) for said in facts]
    return None not in digests and digests[0] != digests[1] and facts[0].get(PLANTED) == facts[1].get(PLANTED)


def _shown(ids: pd.Index, examples: pd.DataFrame | None) -> dict[Any, Shown]:
    if examples is None:
        return {}
    there = examples.loc[ids[ids.isin(examples.index)]]
    return dict(zip(there.index.tolist(), show(pd.DataFrame(index=there.index), there), strict=True))


def _gold(examples: pd.DataFrame) -> "pd.Series[Any]":
    """What is right of each example, as values that are equal where it is: a label, a choice, all answers, a text."""
    kind = kind_of(examples)
    if "answers" in kind.gold:
        return examples["answers"].map(lambda answers: tuple(sorted(set(answer_spans(answers)))))
    if "choices" in kind.gold:
        pairs = zip(examples["choices"], label_positions(examples["label"]), strict=True)
        right = [str(choices[place]) if 0 <= place < len(choices) else None for choices, place in pairs]
        return pd.Series(right, index=examples.index, dtype=object)
    if kind.written:  # of two answers both, as they are swapped where the label is
        return examples[list(kind.gold)].agg(" > ".join, axis=1)
    if "tags" in kind.gold:
        return examples["tags"].map(lambda tags: " ".join(names_of(tags)))
    if "labels" in kind.gold:
        return examples["labels"].map(lambda labels: ", ".join(sorted(names_of(labels))) or NO_LABEL)
    labels = examples["label"]
    if kind.measured:
        return labels.map("{:.15g}".format, na_action="ignore").astype(object)
    if pd.api.types.is_float_dtype(labels):  # whole numbers, of which some are missing
        labels = labels.astype("Int64")
    return labels.astype(object).map(str, na_action="ignore")
