"""The analysis as one HTML page that stands alone: nothing is fetched, nothing runs.

All text passes Jinja2's autoescape. The content-security policy allows embedded pictures and the one
style sheet, by its hash, and nothing else.
"""

import base64
import functools
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from dataset_cartography.datamap import EpochCoverage, ModeWords, coverage_sentences
from dataset_cartography.errors import MissingExtraError
from dataset_cartography.metrics import METRICS
from dataset_cartography.plotting import CATEGORY_COLORS
from dataset_cartography.regions import CATEGORIES
from dataset_cartography.report.excerpt import shortened
from dataset_cartography.report.samples import Sample
from dataset_cartography.slices import Kind

if TYPE_CHECKING:
    from jinja2 import Environment

_FIRST_SAMPLES = 6  # shown at once, the rest behind a click
_FIRST_SLICES = 12
_SAMPLE_METRICS = ("confidence", "variability", "correctness", "forgetting_events", "first_learned_epoch")
_SPARK_WIDTH, _SPARK_HEIGHT = 120.0, 36.0


@dataclass(frozen=True)
class Page:
    """What the page shows.

    Attributes:
        title: the heading.
        warnings: sentences that qualify the whole.
        provenance: labels and words.
        formulas: labels and words of the metrics.
        placement: sentences on how much the numbers rest on.
        kind: what the examples consist of.
        epochs: how many epochs were recorded; 0 if unknown.
        words: what an epoch is called.
        coverage: what each epoch saw; empty if unknown.
        summary: from `summary_table`.
        breakdowns: {file: (heading, table)}.
        descriptions: {file: how the slices were measured}.
        samples: {category: samples}.
        figures: {name: PNG file}.
    """

    title: str
    warnings: Sequence[str]
    provenance: Sequence[tuple[str, str]]
    formulas: Sequence[tuple[str, str]]
    placement: Sequence[str]
    kind: Kind
    epochs: int
    words: ModeWords
    coverage: Sequence[EpochCoverage]
    summary: pd.DataFrame
    breakdowns: Mapping[str, tuple[str, pd.DataFrame]]
    descriptions: Mapping[str, str]
    samples: Mapping[str, Sequence[Sample]]
    figures: Mapping[str, Path]

    @property
    def marked(self) -> str:
        """In which part of a sample the right answer is marked, if in any."""
        if "choices" in self.kind.gold:
            return "choices"
        return "context" if "answers" in self.kind.gold else ""

    @property
    def coverage_sentences(self) -> list[str]:
        """What the epochs saw, in words."""
        return coverage_sentences(self.coverage, self.words)

    @property
    def in_part(self) -> bool:
        """Whether any epoch saw some examples only in part."""
        return any(epoch.in_part for epoch in self.coverage)

    @property
    def sparklines(self) -> bool:
        """Whether any sample has its probabilities by epoch."""
        return any(sample.probabilities for chosen in self.samples.values() for sample in chosen)


def environment() -> "Environment":
    """Jinja2 with the page's templates and filters, escaping everything.

    Raises:
        MissingExtraError: Jinja2 is not installed.
    """
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError as error:
        raise MissingExtraError.of("The analysis page", "report") from error
    made = Environment(
        loader=PackageLoader("dataset_cartography.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(number=_number, share=_share, metric=_metric, short=_short, picture=_picture)
    return made


def render(page: Page) -> str:
    """The page as HTML."""
    made = environment()
    css = made.get_template("analysis.css.j2").render(colors=CATEGORY_COLORS)
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return made.get_template("analysis.html.j2").render(
        page=page,
        css=css,
        style_hash=f"sha256-{digest}",
        categories=CATEGORIES,
        metrics=METRICS,
        sample_metrics=_SAMPLE_METRICS,
        first_samples=_FIRST_SAMPLES,
        first_slices=_FIRST_SLICES,
        sparkline=functools.partial(sparkline, name=page.words.epoch),
    )


def sparkline(probabilities: Sequence[tuple[int, float]], name: str = "epoch") -> dict[str, Any]:
    """Lines, dots and words of the gold probability over epochs, in a box of 120 x 36, top = 1."""
    step = (_SPARK_WIDTH - 8) / max(len(probabilities) - 1, 1)
    dots: list[tuple[float, float]] = []
    lines: list[list[tuple[float, float]]] = [[]]
    for place, (_, value) in enumerate(probabilities):
        if math.isnan(value):
            lines.append([])  # an epoch that did not show the example breaks the line
            continue
        dot = (round(4 + place * step, 1), round(4 + (1 - value) * (_SPARK_HEIGHT - 8), 1))
        dots.append(dot)
        lines[-1].append(dot)
    words = ", ".join(
        f"{name} {epoch}: " + ("not seen" if math.isnan(value) else f"{value:.2f}")
        for epoch, value in probabilities
    )
    points = [" ".join(f"{x},{y}" for x, y in line) for line in lines if len(line) > 1]
    return {"points": points, "dots": dots, "words": words}


def _number(value: float, digits: int = 2) -> str:
    """A number with so many digits, a dash for none."""
    return "\N{EN DASH}" if pd.isna(value) else f"{value:z,.{digits}f}"


def _metric(value: float, name: str) -> str:
    """The value of a metric in the digits of its kind."""
    if math.isnan(value) and name == "first_learned_epoch":
        return "never"
    return _number(value, 0 if METRICS[name].dtype in ("int64", "Int64") else 2)


def _share(value: float) -> str:
    return "\N{EN DASH}" if pd.isna(value) else f"{value:.1%}"


def _short(value: object, limit: int = 60) -> str:
    return shortened(str(value), limit)


def _picture(path: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()
