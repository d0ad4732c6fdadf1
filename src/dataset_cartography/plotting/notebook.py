"""A map as a notebook shows it above its rows: picture, regions, and what qualifies it, as HTML."""

import base64
from collections.abc import Iterable
from html import escape

import pandas as pd

from dataset_cartography.datamap import coverage_sentences, summarize_map
from dataset_cartography.plotting.data_map import plot_data_map
from dataset_cartography.plotting.saving import figure_bytes
from dataset_cartography.plotting.style import CATEGORY_COLORS, count_words
from dataset_cartography.regions import RegionSummary, assign_categories

_DPI = 110
_WIDTH = 640  # CSS pixels; the picture has half as many again, for sharp screens


def map_html(df: pd.DataFrame) -> str:
    """Show a map as an HTML fragment without scripts: its picture beside its regions, coverage and warnings.

    Args:
        df: a map with confidence and variability; without "category" the default thresholds make the regions
            shown, and a sentence says so.

    Raises:
        InputError: there is nothing to draw.
        MissingExtraError: matplotlib is not installed.
    """
    sentences = []
    if "category" not in df.columns:
        df = assign_categories(df)
        sentences.append("Regions by the default thresholds; categorize_examples(df) adds them as a column.")
    summary = summarize_map(df)
    if summary.unseen:
        sentences.append(f"{count_words(summary.unseen, 'example')} never seen.")
    sentences += coverage_sentences(summary.coverage, summary.words)
    sentences += [f"Note: {warning}." for warning in summary.warnings]
    picture = base64.b64encode(figure_bytes(plot_data_map(df).figure, ".png", dpi=_DPI)).decode()
    alt = escape(f"Data map of {count_words(len(df), 'example')}: variability against confidence.")
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:1.5em;align-items:center;margin:0 0 1em">'
        f'<img alt="{alt}" width="{_WIDTH}" style="max-width:100%;height:auto" '
        f'src="data:image/png;base64,{picture}">'
        f'<div style="flex:1;min-width:18em;max-width:36em">{_regions(summary.regions)}{_list(sentences)}</div>'
        "</div>"
    )


def _regions(summary: RegionSummary) -> str:
    rows = "".join(
        f'<tr><th style="text-align:left"><span style="color:{CATEGORY_COLORS[region.category]}">&#9632;</span> '
        f"{region.category}</th><td>{region.count:,}</td>"
        + (
            f"<td>{region.share:.1%}</td><td>{region.median_confidence:.2f}</td>"
            f"<td>{region.median_variability:.2f}</td></tr>"
            if region.count
            else "<td></td><td></td><td></td></tr>"
        )
        for region in summary.regions
    )
    heads = "".join(
        f"<th>{words}</th>"
        for words in ("region", "examples", "share", "median confidence", "median variability")
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _list(sentences: Iterable[str]) -> str:
    return "".join(f'<p style="margin:.4em 0">{escape(sentence)}</p>' for sentence in sentences)
