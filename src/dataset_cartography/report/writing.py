"""Write the report of a map: one page, with the analysis's tables and pictures beside it or alone."""

import contextlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from dataset_cartography.errors import OutputNotWritableError
from dataset_cartography.log import write_atomically
from dataset_cartography.pages import Pieces
from dataset_cartography.pages.tables import write_table
from dataset_cartography.plotting import (
    plot_breakdown,
    plot_correlations,
    plot_data_map,
    plot_distributions,
    save_figure,
)
from dataset_cartography.plotting.panels import metric_columns
from dataset_cartography.report.findings import Findings, find
from dataset_cartography.report.page import Page, environment, render
from dataset_cartography.report.samples import samples_table
from dataset_cartography.report.tables import FEATURE_TABLES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PAGE = "report.html"


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


def write_report(
    map_df: pd.DataFrame,
    examples_df: pd.DataFrame,
    output: str | Path,
    *,
    n_examples: int = 25,
    title: str | None = None,
    provenance: Mapping[str, Any] | None = None,
    warnings: Iterable[str] = (),
    probabilities: pd.DataFrame | None = None,
    columns: Sequence[str] | None = None,
    ablation: pd.DataFrame | None = None,
    ranking: pd.DataFrame | None = None,
    pieces: Pieces | None = None,
) -> Path:
    """Write a map and its examples as one HTML page to explore, read, print and mail.

    The page needs no network and no other file. Its map can be zoomed, searched and chosen from; beyond 100,000
    examples that part holds a sample, and says so. Without JavaScript there is a picture in its place.

    Args:
        map_df: the map with "category"; `map_df.attrs["cartography"]` may say where it comes from.
        examples_df: the columns of one of `slices.KINDS` (such as question, context and answers; text and label;
            tokens and tags; prompt and completion) and any others, index = example id. A
            label may be text or a number; a categorical's places are the numbers that the map's `prediction`
            refers to, unless the map's facts list the model's own order as `labels`.
        output: the file, replaced if it exists; missing directories are made.
        n_examples: how many samples to show of each region, readable without JavaScript.
        title: the page's heading; made of model and dataset by default.
        provenance: facts to show besides those of the map, which they replace where both have one.
        warnings: sentences that qualify the map, shown at the top.
        probabilities: gold probability, a row per example id, a column per epoch (NaN = unseen): the examples'
            curves. With a row for every example of the map they also tell how stable the regions are.
        columns: columns of the dataset to slice by, beside the features; by default those with few values.
        ablation: the map of a run of the same examples with part of the input withheld, with "category".
        ranking: the run's labels by suspicion, as `find_label_errors` ranks them: those to look at first get a
            section, and every example its probability.
        pieces: what the log says of every tag, label or token, as `pages.read_pieces` reads it for the map: what was
            predicted of each, and tokens shaded by how likely they were.

    Returns:
        The path of the page.

    Raises:
        MissingColumnError: the map has no categories, the examples are of no known kind, or lack a column named.
        InputError: no id of the map is among the examples, an id occurs twice, or `n_examples` is negative.
        OutputNotWritableError: the file cannot be written.
        MissingExtraError: matplotlib, Jinja2 or SciPy is not installed.
    """
    environment()  # fail before the work, not after it
    output = Path(output)
    if output.is_dir():
        raise OutputNotWritableError(
            f"Cannot write the report to {output}: it is a directory. Name a file in it, such as {output / PAGE}."
        )
    with _writable(output, "the report"):
        output.parent.mkdir(parents=True, exist_ok=True)
    findings = find(
        map_df,
        examples_df,
        n_examples=n_examples,
        probabilities=probabilities,
        columns=columns,
        ablation=ablation,
        ranking=ranking,
        pieces=pieces,
    )
    with tempfile.TemporaryDirectory() as folder:
        pictures = _read(_write_figures(_page_figures(findings), Path(folder)))
    page = Page(title or findings.facts.title(), list(warnings), provenance or {}, pictures, files=False)
    return _write_page(findings, page, output)


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
    columns: Sequence[str] | None = None,
    ablation: pd.DataFrame | None = None,
    ranking: pd.DataFrame | None = None,
    pieces: Pieces | None = None,
) -> AnalysisPaths:
    """Write the page of `write_report` as report.html, and its numbers and pictures as tables/*.csv and figures/*.png.

    Files of an earlier analysis in the same directory are replaced.

    Args:
        map_df: as for `write_report`, and so are the other arguments and errors.
        examples_df: as there.
        output_dir: a directory, made if missing.
        n_examples: as there.
        title: as there.
        provenance: as there.
        warnings: as there.
        probabilities: as there.
        columns: as there.
        ablation: as there.
        ranking: as there.
        pieces: as there.

    Returns:
        The paths of all files.
    """
    environment()
    findings = find(
        map_df,
        examples_df,
        n_examples=n_examples,
        probabilities=probabilities,
        columns=columns,
        ablation=ablation,
        ranking=ranking,
        pieces=pieces,
    )
    output = Path(output_dir)
    tables: dict[str, pd.DataFrame] = {"summary_by_category": findings.summary}
    tables |= {name: table for name, (_, table) in findings.breakdowns.items()}
    tables |= {
        "effects": findings.explanation.effects.set_index("region"),
        "correlations": findings.correlations,
    }
    if findings.suspects:
        tables["label_errors"] = findings.suspects.ranking
    table_paths = _write_tables(tables, output / "tables")
    for category, chosen in findings.samples.items():
        path = output / "tables" / f"samples_{category}.csv"
        write_table(samples_table(chosen, findings.kind), path, index=False)
        table_paths[path.stem] = path
    _clear(output / "figures", ".png")
    figure_paths = _write_figures(_page_figures(findings) | _breakdown_figures(findings), output / "figures")
    page = Page(
        title or findings.facts.title(), list(warnings), provenance or {}, _read(figure_paths), files=True
    )
    return AnalysisPaths(_write_page(findings, page, output / PAGE), table_paths, figure_paths)


def _write_page(findings: Findings, page: Page, output: Path) -> Path:
    pieces = render(findings, page)

    def write(path: Path) -> None:
        with path.open("w", encoding="utf-8", errors="replace") as file:
            file.writelines(pieces)

    with _writable(output, "the report"):
        write_atomically(output, write)
    return output


def _page_figures(findings: Findings) -> "dict[str, Axes]":
    """The pictures of the page."""
    map_df = findings.map_df
    drawn = {"data_map": plot_data_map(map_df)}
    metrics = metric_columns(map_df)
    if metrics:
        measured = findings.measured
        drawn["distributions"] = plot_distributions(map_df, columns=metrics)
        drawn["correlations"] = plot_correlations(measured, columns=list(measured.columns))
    return drawn


def _breakdown_figures(findings: Findings) -> "dict[str, Axes]":
    return {
        name: plot_breakdown(table, title=heading) for name, (heading, table) in findings.breakdowns.items()
    }


def _write_tables(tables: Mapping[str, pd.DataFrame], folder: Path) -> dict[str, Path]:
    _clear(folder, ".csv")
    paths = {name: folder / f"{name}.csv" for name in tables}
    for name, table in tables.items():
        write_table(table, paths[name])
    return paths


def _write_figures(drawn: "Mapping[str, Axes]", folder: Path) -> dict[str, Path]:
    return {name: save_figure(ax.figure, folder / f"{name}.png") for name, ax in drawn.items()}


def _read(paths: Mapping[str, Path]) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in paths.items()}


def _clear(folder: Path, suffix: str) -> None:
    """Make a folder, and drop what an earlier analysis wrote there and this one may not have."""
    with _writable(folder.parent, "the analysis"):
        folder.mkdir(parents=True, exist_ok=True)
        for name in (*FEATURE_TABLES.values(), "column_*", "label_errors"):
            for stale in folder.glob(name + suffix):
                stale.unlink()


@contextlib.contextmanager
def _writable(target: Path, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputNotWritableError(
            f"Cannot write {what} to {target}: {error.strerror}. Choose a directory you can write to."
        ) from error
