"""What the page says about the run, as sentences or as labels and words: opening, provenance, formulas, effects."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from dataset_cartography import __version__
from dataset_cartography.datamap import FACTS, coverage_of, coverage_sentences, mode_words
from dataset_cartography.metrics import METRICS
from dataset_cartography.pages import Alignment
from dataset_cartography.plotting.facts import MapFacts, rule_words
from dataset_cartography.plotting.style import count_words
from dataset_cartography.regions import CATEGORIES, QuantileRule
from dataset_cartography.report.findings import Findings

_LABELS = {
    "model": "Model",
    "dataset": "Dataset",
    "split": "Split",
    "ablation": "Ablation",
    "mode": "Recorded",
    "gold_probability": "Gold probability",
    "correct": "Correct means",
    "epochs": "Which epochs",
}
_FORMULA = re.compile(r"^\s*Formula: (.+?)\.?\s*(?:^\s*Range:|\Z)", re.MULTILINE | re.DOTALL)
_UNTOLD = {
    "task",
    "coverage",
    "id_type",
    "reading",
    "answer_cut_off",
}  # for programs, or told elsewhere
_EFFECTS = 8  # shown of each region


def opening(findings: Findings) -> str:
    """What was looked at, in a sentence."""
    facts, summary = findings.facts, findings.summary
    placed = int(summary["count"].sum())
    epochs = count_words(facts.n_epochs, facts.words.epoch, facts.words.epochs) if facts.n_epochs else ""
    noun = facts.words.example if placed == 1 else _plural(facts.words.example)
    about = f"{placed:,} {noun}" + (f" over {epochs}" if epochs else "")
    return f"How a model learned {about}: which were easy for it, which hard, and on which it kept changing its mind."


def _plural(noun: str) -> str:
    first, _, rest = noun.partition(" of ")
    return f"{first}s of {rest}" if rest else f"{noun}s"


def region_words(findings: Findings) -> dict[str, str]:
    """What it means that an example is in a region, and what to look for there."""
    right = findings.kind.right
    if isinstance(findings.facts.rule, QuantileRule):  # shares of the map, however well it was learned
        easy = f"The model was surer of the {right} than elsewhere."
        ambiguous = "The model changed its mind more than elsewhere."
        hard = f"The model believed the {right} less than elsewhere."
    else:
        easy = f"The model was sure of the {right} early and to the end."
        ambiguous = "The model kept changing its mind."
        hard = f"The model never came to believe the {right}."
    return {
        "easy": f"{easy} Look here for shortcuts and near-duplicates.",
        "ambiguous": f"{ambiguous} Look here for examples with several defensible answers.",
        "hard": f"{hard} Look here first for wrong labels.",
    }


def measure_words(findings: Findings) -> dict[str, str]:
    """What was written down in every epoch, and what the map's colour says."""
    facts, kind, epochs = findings.facts, findings.kind, findings.facts.words.epochs
    probability = f"probability that the model gave to the {kind.right}"
    if kind.measured:
        probability = (
            f"nearness of the model's prediction to the target, from 0 to 1 ({facts.gold_probability}),"
        )
    elif "over the" in facts.gold_probability or "least of the" in facts.gold_probability:
        probability += f" ({facts.gold_probability})"
    right = f"the share of {epochs} in which the model was right"
    if facts.shares:
        right = f"the share of the {kind.right}'s tokens that the model had right, averaged over the {epochs}"
    return {"probability": probability, "correctness": right}


def provenance_rows(map_df: pd.DataFrame, more: Mapping[str, Any] | None = None) -> list[tuple[str, str]]:
    """Label and words of everything known about the run, the important first.

    Args:
        map_df: the map with its facts.
        more: facts besides those, which they replace.
    """
    facts = {**map_df.attrs.get(FACTS, {}), **(more or {})}
    words = mode_words(str(facts.get("mode", "")))
    rows = [
        (words.say(label), words.long if key == "mode" else _words(key, facts[key]))
        for key, label in _LABELS.items()
        if facts.get(key)
    ]
    rule = MapFacts.of(map_df).rule
    if rule is not None:
        rows.append(("Regions", rule_words(rule)))
    rows += [
        (str(key).replace("_", " ").capitalize(), _words(key, value))
        for key, value in facts.items()
        if key not in _LABELS and key not in _UNTOLD and value not in (None, "", {}, [])
    ]
    return [*rows, ("Analysed with", f"dataset-cartography {__version__}")]


def formula_rows(map_df: pd.DataFrame) -> list[tuple[str, str]]:
    """Title, formula and source of every metric of the map, from the metric's own words."""
    rows = []
    for name, metric in METRICS.items():
        if name in map_df.columns:
            formula = _FORMULA.search(metric.function.__doc__ or "")
            words = [" ".join(formula.group(1).replace("`", "").split())] if formula else []
            rows.append((metric.title, " · ".join([*words, metric.paper])))
    return rows


def placement_sentences(map_df: pd.DataFrame, alignment: Alignment) -> list[str]:
    """How many examples the numbers rest on."""
    facts = map_df.attrs.get(FACTS, {})
    placed = int(map_df["category"].notna().sum())
    sentences = [f"The map has {count_words(len(map_df), 'example')}, {placed:,} of them in a region."]
    if placed < len(map_df):
        without = len(map_df) - placed
        sentences.append(f"{without:,} {_has(without)} none: never seen, or without a usable answer.")
    sentences += coverage_sentences(coverage_of(facts), mode_words(str(facts.get("mode", ""))))[:1]
    if alignment.map_only:
        sentences.append(
            f"{alignment.map_only:,} {_is(alignment.map_only)} not in the given dataset, so breakdowns and samples "
            f"leave {'it' if alignment.map_only == 1 else 'them'} out."
        )
    if alignment.examples_only:
        more = alignment.examples_only
        sentences.append(f"{more:,} more of the dataset {_is(more)} not on the map.")
    rule = MapFacts.of(map_df).rule
    if rule is not None:
        sentences.append(f"The regions: {rule_words(rule)}.")
    return sentences


def effects_shown(effects: pd.DataFrame | None, alpha: float) -> dict[str, list[dict[str, Any]]]:
    """Of each region, the surest of the slices that hold more of it than chance gives, as rows; hard first."""
    if effects is None:
        return {}
    raised = effects[(effects["adjusted_p"] <= alpha) & (effects["difference"] > 0)]
    order = [name for name in reversed(CATEGORIES) if name in set(raised["region"])]
    regions = [*order, *(name for name in raised["region"].unique() if name not in CATEGORIES)]
    return {
        name: [
            {str(key): value for key, value in row.items()}
            for row in raised[raised["region"] == name].head(_EFFECTS).to_dict("records")
        ]
        for name in regions
    }


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _has(count: int) -> str:
    return "has" if count == 1 else "have"


def _words(key: object, value: Any) -> str:
    if key == "epochs":
        return f"{len(value)} ({min(value)} to {max(value)})" if len(value) > 1 else "1"
    if isinstance(value, Mapping):
        return ", ".join(f"{str(name).replace('_', ' ')} {item}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return str(value)
