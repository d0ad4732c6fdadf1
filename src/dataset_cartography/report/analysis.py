"""Write the analysis of a map: align, describe, break down, draw, show."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from dataset_cartography.datamap import FACTS, coverage_of
from dataset_cartography.errors import InputError, MissingColumnError, OutputNotWritableError
from dataset_cartography.plotting import (
    plot_breakdown,
    plot_correlations,
    plot_data_map,
    plot_distributions,
    save_figure,
)
from dataset_cartography.plotting.facts import MapFacts
from dataset_cartography.plotting.panels import metric_columns
from dataset_cartography.regions import CATEGORIES
from dataset_cartography.report import tables as analysis_tables
from dataset_cartography.report.alignment import align
from dataset_cartography.report.facts import formula_rows, placement_sentences, provenance_rows
from dataset_cartography.report.page import Page, environment, render
from dataset_cartography.report.samples import collect_samples, samples_table
from dataset_cartography.slices import FEATURES, correlations, kind_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class AnalysisPaths:
    """What was written.

    Attributes:
        html: the page, which needs none of the other files.
        tables: CSV files by name.
        figures: PNG files by name.
    """

    html: Path
    tables: dict[str, Path]
    figures: dict[str, Path]


def write_analysis(
    map_df: pd.DataFrame,
    examples_df: pd.DataFrame,
    output_dir: str | Path,
    *,
    n_examples: int = 25,
    title: str | None = None,
    provenance: Mapping[str, Any] | None = None,
    warnings: Iterable[str] = (),
    probabilities: pd.DataFrame | None = None,
) -> AnalysisPaths:
    """Write tables/*.csv, figures/*.png and analysis.html about a map and its examples.

    Files of an earlier analysis in the same directory are replaced.

    Args:
        map_df: the map with "category"; `map_df.attrs["cartography"]` may say where it comes from.
        examples_df: the columns of one of `slices.KINDS` (question, context and answers; text and label;
            premise, hypothesis and label; question, choices and label) and any others, index = example id. A
            label may be text or a number; a categorical's places are the numbers that the map's `prediction`
            refers to, unless the map's facts list the model's own order as `labels`.
        output_dir: a directory, made if missing.
        n_examples: how many samples to show of each region.
        title: the page's heading; made of model and dataset by default.
        provenance: facts to show besides those of the map, which they replace where both have one.
        warnings: sentences that qualify the map, shown at the top.
        probabilities: gold probability, a row per example id, a column per epoch (NaN = unseen); drawn
            beside each sample.

    Returns:
        The paths of all files.

    Raises:
        MissingColumnError: the map has no categories, or the examples are of no known kind.
        InputError: no id of the map is among the examples, an id occurs twice, or `n_examples` is negative.
        OutputNotWritableError: the directory cannot be written to.
        MissingExtraError: matplotlib or Jinja2 is not installed.
    """
    environment()  # fail before the work, not after it
    if n_examples < 0:
        raise InputError(f"n_examples is {n_examples}; it must be 0 or more.")
    if "category" not in map_df.columns:
        raise MissingColumnError.of(
            "category", [str(name) for name in map_df.columns], "the map", "Call categorize_examples first."
        )
    kind = kind_of(examples_df.columns)
    alignment = align(map_df, examples_df)
    logger.info("analysing %d examples", len(alignment.map_df))
    features = analysis_tables.describe(alignment)
    breakdowns = analysis_tables.breakdown_tables(alignment, features)
    samples = {
        category: collect_samples(alignment, category, n_examples, probabilities) for category in CATEGORIES
    }
    summary = analysis_tables.summary_table(map_df)
    measured = alignment.map_df[metric_columns(alignment.map_df)].join(features.select_dtypes("number"))

    output = Path(output_dir)
    tables: dict[str, pd.DataFrame] = {"summary_by_category": summary}
    tables |= {name: table for name, (_, table) in breakdowns.items()}
    tables["correlations"] = correlations(measured, measured.columns).rename_axis("column")
    table_paths = _write_tables(tables, output / "tables")
    for category, chosen in samples.items():
        path = output / "tables" / f"samples_{category}.csv"
        analysis_tables.write_table(samples_table(chosen, kind), path, index=False)
        table_paths[path.stem] = path
    figure_paths = _write_figures(_figures(map_df, measured, breakdowns), output / "figures")
    facts = MapFacts.of(map_df)
    page = Page(
        title=title or facts.title(),
        warnings=list(warnings),
        provenance=provenance_rows({**map_df.attrs.get(FACTS, {}), **(provenance or {})}, facts.rule),
        formulas=formula_rows(map_df),
        placement=placement_sentences(map_df, alignment),
        kind=kind,
        epochs=facts.n_epochs,
        words=facts.words,
        coverage=coverage_of(map_df.attrs.get(FACTS, {})),
        summary=summary,
        breakdowns=breakdowns,
        descriptions={
            file: FEATURES[name].description for name, file in analysis_tables.FEATURE_TABLES.items()
        },
        samples=samples,
        figures=figure_paths,
    )
    html = output / "analysis.html"
    html.write_text(render(page), encoding="utf-8", errors="replace")
    return AnalysisPaths(html, table_paths, figure_paths)


def _figures(
    map_df: pd.DataFrame, measured: pd.DataFrame, breakdowns: Mapping[str, tuple[str, pd.DataFrame]]
) -> "dict[str, Figure]":
    axes = {"data_map": plot_data_map(map_df)}
    metrics = metric_columns(map_df)
    if metrics:
        axes["distributions"] = plot_distributions(map_df, columns=metrics)
        axes["correlations"] = plot_correlations(measured, columns=list(measured.columns))
    axes |= {name: plot_breakdown(table, title=heading) for name, (heading, table) in breakdowns.items()}
    return {name: ax.figure for name, ax in axes.items()}  # type: ignore[misc]  # SubFigures are not made here


def _write_tables(tables: Mapping[str, pd.DataFrame], folder: Path) -> dict[str, Path]:
    _clear(folder, ".csv")
    paths = {name: folder / f"{name}.csv" for name in tables}
    for name, table in tables.items():
        analysis_tables.write_table(table, paths[name])
    return paths


def _write_figures(figures: "Mapping[str, Figure]", folder: Path) -> dict[str, Path]:
    _clear(folder, ".png")
    return {name: save_figure(figure, folder / f"{name}.png") for name, figure in figures.items()}


def _clear(folder: Path, suffix: str) -> None:
    """Make a folder, and drop the breakdowns of an earlier analysis, which this one may not have."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (*analysis_tables.FEATURE_TABLES.values(), "column_*"):
            for stale in folder.glob(name + suffix):
                stale.unlink()
    except OSError as error:
        raise OutputNotWritableError(
            f"Cannot write the analysis to {folder.parent}: {error.strerror}. "
            "Choose a directory you can write to."
        ) from error
