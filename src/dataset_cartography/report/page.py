"""The report as one HTML page that stands alone: nothing is fetched, and of scripts only our own run.

All text passes Jinja2's autoescape; the data of the interactive part stands in inert blocks. The
content-security policy allows embedded pictures, and the style sheets and scripts by their hashes.
"""

import functools
import math
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from dataset_cartography.datamap import FACTS, coverage_of, coverage_sentences
from dataset_cartography.errors import MissingExtraError
from dataset_cartography.metrics import METRICS
from dataset_cartography.pages import make_filters, shortened
from dataset_cartography.pages.assets import Inline, app_fragment, app_scripts, app_style
from dataset_cartography.pages.runs import SHADES
from dataset_cartography.plotting import CATEGORY_COLORS
from dataset_cartography.regions import CATEGORIES
from dataset_cartography.report.embedded import embed
from dataset_cartography.report.facts import (
    effects_shown,
    formula_rows,
    measure_words,
    opening,
    placement_sentences,
    provenance_rows,
    region_words,
)
from dataset_cartography.report.findings import Findings
from dataset_cartography.report.tables import FEATURE_TABLES
from dataset_cartography.slices import FEATURES

if TYPE_CHECKING:
    from jinja2 import Environment

_FIRST_SAMPLES = 6  # shown at once, the rest behind a click
_FIRST_SLICES = 12
_SAMPLE_METRICS = ("confidence", "variability", "correctness", "forgetting_events", "first_learned_epoch")
_SPARK_WIDTH, _SPARK_HEIGHT = 120.0, 36.0


@dataclass(frozen=True)
class Page:
    """What the page is told besides the findings.

    Attributes:
        title: the heading.
        warnings: sentences that qualify the whole.
        provenance: facts besides those of the map, which they replace where both have one.
        pictures: PNG files by name: data_map, and if there are any distributions and correlations.
        files: whether the tables and figures stand beside the page, so that it names them.
    """

    title: str
    warnings: Sequence[str]
    provenance: Mapping[str, Any]
    pictures: Mapping[str, bytes]
    files: bool


def environment() -> "Environment":
    """Jinja2 with the page's templates and filters, escaping everything.

    Raises:
        MissingExtraError: Jinja2 is not installed.
    """
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError as error:
        raise MissingExtraError.of("The report", "report") from error
    made = Environment(
        loader=PackageLoader("dataset_cartography.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        number=_number, share=_share, points=_points, metric=_metric, short=_short, picture=_picture
    )
    return made


def render(findings: Findings, page: Page) -> Iterator[str]:
    """The page as HTML, in pieces: the data of a large map need not stand in memory a second time."""
    made = environment()
    css = Inline("report.css", made.get_template("report.css.j2").render(colors=CATEGORY_COLORS))
    styles, scripts = (css, app_style()), app_scripts("embedded")
    without_scripts = Inline("noscript.css", ".live { display: none; }")
    words, explanation, ablation = findings.facts.words, findings.explanation, findings.ablation
    coverage = coverage_of(findings.map_df.attrs.get(FACTS, {}))
    data = embed(
        findings.map_df,
        findings.alignment,
        title=page.title,
        curves=findings.probabilities,
        filters=make_filters(findings.slices.frame, findings.slices.titles),
    )
    return made.get_template("report.html.j2").generate(
        page=page,
        found=findings,
        words=words,
        opening=opening(findings),
        meaning=region_words(findings),
        measure=measure_words(findings),
        shade_words=["", *(f"below {bound:g}" for bound in SHADES)],
        placement=placement_sentences(findings.map_df, findings.alignment),
        provenance=provenance_rows(findings.map_df, page.provenance),
        coverage=coverage,
        coverage_sentences=coverage_sentences(coverage, words),
        formulas=formula_rows(findings.map_df),
        effects=effects_shown(explanation.effects, explanation.alpha),
        without=effects_shown(ablation.result.effects, explanation.alpha) if ablation else {},
        described={file: FEATURES[name].description for name, file in FEATURE_TABLES.items()},
        styles=styles,
        without_scripts=without_scripts,
        scripts=scripts,
        fragment=app_fragment(),
        data=data,
        categories=CATEGORIES,
        metrics=METRICS,
        sample_metrics=_SAMPLE_METRICS,
        first_samples=_FIRST_SAMPLES,
        first_slices=_FIRST_SLICES,
        sparkline=functools.partial(sparkline, name=words.epoch),
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
    return "\N{EN DASH}" if pd.isna(value) else f"{value:z,.{digits}f}".replace("-", "\N{MINUS SIGN}")


def _metric(value: float, name: str) -> str:
    """The value of a metric in the digits of its kind."""
    if math.isnan(value) and name == "first_learned_epoch":
        return "never"
    return _number(value, 0 if METRICS[name].dtype in ("int64", "Int64") else 2)


def _share(value: float, digits: int = 0) -> str:
    return "\N{EN DASH}" if pd.isna(value) else f"{value:.{digits}%}"


def _points(value: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    return f"{100 * value:+.0f}".replace("-", "\N{MINUS SIGN}")


def _short(value: object, limit: int = 60) -> str:
    return shortened(str(value), limit)


def _picture(content: bytes) -> str:
    return "data:image/png;base64," + b64encode(content).decode()
