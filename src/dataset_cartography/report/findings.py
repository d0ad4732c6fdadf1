"""What is found out about a map and its examples, before any of it is written or shown."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from dataset_cartography.datamap import FACTS
from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.pages import Alignment, Pieces, align, join_ranking
from dataset_cartography.plotting.facts import MapFacts
from dataset_cartography.plotting.panels import metric_columns
from dataset_cartography.regions import CATEGORIES
from dataset_cartography.report.samples import Sample, collect_samples, take_samples
from dataset_cartography.report.suspects import Suspects, find_suspects
from dataset_cartography.report.tables import Slices, breakdown_tables, slice_examples, summary_table
from dataset_cartography.slices import (
    Ablation,
    Explanation,
    Kind,
    compare_ablation,
    correlations,
    explain,
    kind_of,
)

logger = logging.getLogger(__name__)

_ARTEFACTS = 4  # shown of the easy examples that do not need all of their input


@dataclass(frozen=True)
class Withheld:
    """A run with part of the input withheld.

    Attributes:
        name: which part; empty where its map does not tell.
        result: how its map differs.
        samples: easy examples that do not need that part, those surest without it first.
    """

    name: str
    result: Ablation
    samples: list[Sample]


@dataclass(frozen=True)
class Findings:
    """A map beside its examples, and what was found.

    Attributes:
        map_df: the map, with "category".
        alignment: the part of it whose examples are known.
        kind: what the examples consist of.
        facts: what the map was recorded from.
        slices: what the examples are sliced by.
        summary: from `summary_table`.
        breakdowns: {file: (heading, table)}.
        explanation: which slices hold more of the hard and ambiguous examples.
        samples: {category: samples}.
        ablation: the run with part of the input withheld, if one was given.
        probabilities: gold probability by example and epoch, if known.
        suspects: what the labels to look at first are; None where the labels are not ranked.
    """

    map_df: pd.DataFrame
    alignment: Alignment
    kind: Kind
    facts: MapFacts
    slices: Slices
    summary: pd.DataFrame
    breakdowns: dict[str, tuple[str, pd.DataFrame]]
    explanation: Explanation
    samples: dict[str, list[Sample]]
    ablation: Withheld | None
    probabilities: pd.DataFrame | None
    suspects: Suspects | None

    @property
    def has_curves(self) -> bool:
        """Whether any sample has its probabilities by epoch."""
        return any(sample.probabilities for chosen in self.samples.values() for sample in chosen)

    @property
    def measured(self) -> pd.DataFrame:
        """The metrics and the features that are numbers, without those that are the same for every example."""
        metrics = metric_columns(self.alignment.map_df)
        features = self.slices.frame.drop(columns=list(self.slices.own)).select_dtypes("number")
        telling = [name for name in features.columns if features[name].min() < features[name].max()]
        return self.alignment.map_df[metrics].join(features[telling])

    @property
    def correlations(self) -> pd.DataFrame:
        """Rank correlations of all that was measured."""
        measured = self.measured
        return correlations(measured, measured.columns).rename_axis("column")


def find(
    map_df: pd.DataFrame,
    examples_df: pd.DataFrame,
    *,
    n_examples: int,
    probabilities: pd.DataFrame | None = None,
    columns: Sequence[str] | None = None,
    ablation: pd.DataFrame | None = None,
    ranking: pd.DataFrame | None = None,
    pieces: Pieces | None = None,
) -> Findings:
    """Align, describe, break down, explain; arguments and errors are those of `write_report`."""
    if n_examples < 0:
        raise InputError(f"n_examples is {n_examples}; it must be 0 or more.")
    if "category" not in map_df.columns:
        raise MissingColumnError.of(
            "category", [str(name) for name in map_df.columns], "the map", "Call categorize_examples first."
        )
    kind = kind_of(examples_df)
    if ranking is not None:
        map_df = join_ranking(map_df, ranking)
    alignment = align(map_df, examples_df, pieces)
    logger.info("analysing %d examples", len(alignment.map_df))
    slices = slice_examples(alignment, columns)
    return Findings(
        map_df=map_df,
        alignment=alignment,
        kind=kind,
        facts=MapFacts.of(map_df),
        slices=slices,
        summary=summary_table(map_df, probabilities),
        breakdowns=breakdown_tables(alignment.map_df, slices),
        explanation=explain(alignment.map_df["category"], slices.frame, titles=slices.titles),
        samples={name: collect_samples(alignment, name, n_examples, probabilities) for name in CATEGORIES},
        ablation=None if ablation is None else _compare(alignment, slices, ablation, probabilities),
        probabilities=probabilities,
        suspects=None if ranking is None else find_suspects(alignment, ranking, probabilities),
    )


def _compare(
    alignment: Alignment, slices: Slices, ablation: pd.DataFrame, probabilities: pd.DataFrame | None
) -> Withheld:
    result = compare_ablation(alignment.map_df, ablation, slices=slices.frame, titles=slices.titles)
    name = str(ablation.attrs.get(FACTS, {}).get("ablation") or "")
    return Withheld(name, result, take_samples(alignment, list(result.artefacts[:_ARTEFACTS]), probabilities))
