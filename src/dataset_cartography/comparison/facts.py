"""What maps were recorded from, where they differ, and what that means for a comparison."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import pandas as pd

from dataset_cartography.datamap import FACTS, mode_words, planted_sentence
from dataset_cartography.errors import InputError
from dataset_cartography.regions import rule_of

# What the gold probability's words say already, and what is counted of the examples themselves.
_SAID_ELSEWHERE = ("reading", "coverage", "answer_cut_off", "id_type")
_FIRST = (
    "task",
    "mode",
    "dataset",
    "split",
    "model",
    "ablation",
    "gold_probability",
    "correct",
    "epochs",
    "labels",
)
_LAST = ("versions",)
_EVALUATION, _UNKNOWN_TOOL = "evaluation", "imported"


def differing_facts(maps: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The facts that are not the same for all maps.

    Args:
        maps: Name to map; its facts are those of `df.attrs["cartography"]`.

    Returns:
        A row per fact (index "fact"), a column per map; None where a map does not have it. A group of facts that a
        map has nothing of is one row, and what two groups repeat is told once. Maps without any fact, as those read
        from CSV, say nothing, and count as not different.
    """
    given = [facts for df in maps.values() if (facts := df.attrs.get(FACTS, {}))]
    lacking = {key for facts in given for key in facts if not all(other.get(key) for other in given)}
    flat = {name: dict(_flattened(df.attrs.get(FACTS, {}), lacking)) for name, df in maps.items()}
    telling = [facts for facts in flat.values() if facts]
    keys = list(dict.fromkeys(key for facts in telling for key in facts))
    differing = [key for key in keys if any(facts.get(key) != telling[0].get(key) for facts in telling)]
    differing.sort(key=_place)
    rows: dict[tuple[str, ...], tuple[str, list[Any]]] = {}
    for key in differing:
        values = [facts.get(key) for facts in flat.values()]
        rows.setdefault((key.split(".")[-1], *map(str, values)), (_in_words(key), values))
    index = pd.Index([words for words, _ in rows.values()], name="fact", dtype=object)
    return pd.DataFrame(
        [values for _, values in rows.values()], index=index, columns=list(flat), dtype=object
    )


def check_comparable(maps: Mapping[str, pd.DataFrame]) -> list[str]:
    """Refuse maps that no number can compare, and say what qualifies the comparison of the others.

    Args:
        maps: Name to map, at least two, divided into regions.

    Returns:
        Sentences, those that hold for single maps last. Of several that differ in one fact, the first two are named.

    Raises:
        InputError: Two maps are of different tasks, or only one of them is of evaluation passes.
    """
    facts = {name: df.attrs.get(FACTS, {}) for name, df in maps.items()}
    found: dict[str, str] = {}
    for (name, one), (other, two) in combinations(facts.items(), 2):
        if one and two:
            for fact, sentence in _compare(name, one, other, two):
                found.setdefault(fact, sentence)
    notes = list(found.values())
    rules = {str(rule_of(df)) for df in maps.values()}
    if len(rules) > 1:
        notes.append(
            "The maps are divided into regions by different rules, so that examples change region by them alone."
        )
    regions = {region for df in maps.values() for region in df["category"].dropna().unique()}
    if len(regions) == 1:
        notes.append(
            f'All examples of these maps are {regions.pop()}, so that none changes region: the rule "quantile" would '
            "divide them."
        )
    silent = [name for name, said in facts.items() if not said]
    if silent:
        listed = ", ".join(f"'{name}'" for name in silent)
        verb = "does" if len(silent) == 1 else "do"
        notes.append(
            f"{listed} {verb} not say what was recorded, so that it may differ in more than is told here."
        )
    planted = {name: planted_sentence(said) for name, said in facts.items()}
    notes += [f"'{name}': {sentence}." for name, sentence in planted.items() if sentence]
    return notes


def _compare(
    name: str, one: Mapping[str, Any], other: str, two: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """What of two maps' facts makes their numbers unlike, as (fact, sentence); see `check_comparable`."""
    both = f"'{name}' and '{other}'"
    tasks, modes = [[said.get(key) for said in (one, two)] for key in ("task", "mode")]
    if None not in tasks and tasks[0] != tasks[1]:
        raise InputError(
            f"'{name}' is a map of the task '{tasks[0]}' and '{other}' of '{tasks[1]}': their numbers do not mean the "
            "same. Compare maps of one task."
        )
    if None not in modes and modes[0] != modes[1]:
        words = [mode_words(str(mode)).short for mode in modes]
        if _EVALUATION in modes:
            raise InputError(
                f"'{name}' was {words[0]} and '{other}' {words[1]}: examples that a model learnt from cannot be "
                "compared with examples that it did not. Compare maps of one kind."
            )
        if _UNKNOWN_TOOL not in modes:
            yield "mode", f"'{name}' was {words[0]} and '{other}' {words[1]}, which by itself moves examples."
    if _differ(one, two, "gold_probability"):
        yield (
            "gold",
            f"{both} define the gold probability differently: compare their ranks, not their values.",
        )
    if _differ(one, two, "correct"):
        yield "correct", f"{both} call different things correct."
    if _differ(one, two, "epochs") and len(one["epochs"]) != len(two["epochs"]):
        counts = f"{len(one['epochs'])} and {len(two['epochs'])} epochs"
        way = "`datamap metrics --burn_out` makes a map of the first epochs"
        yield "epochs", f"{both} rest on {counts}, which by itself changes variability and counts; {way}."
    if _differ(one, two, "labels") and set(one["labels"]) != set(two["labels"]):
        yield "labels", f"{both} have other labels to choose from."


def _differ(one: Mapping[str, Any], two: Mapping[str, Any], key: str) -> bool:
    return bool(one.get(key) and two.get(key) and one[key] != two[key])


def _flattened(
    facts: Mapping[str, Any], whole: Collection[str], before: str = ""
) -> Iterator[tuple[str, Any]]:
    """Facts as name to plain value; "training.seed" where they are nested, unless the group is to be one value."""
    for key, value in facts.items():
        if not before and key in _SAID_ELSEWHERE:
            continue
        if isinstance(value, Mapping) and key in whole:
            inner = _flattened(value, ())
            yield f"{before}{key}", ", ".join(f"{_in_words(name)} {one}" for name, one in inner)
        elif isinstance(value, Mapping):
            yield from _flattened(value, (), f"{before}{key}.")
        elif isinstance(value, Sequence) and not isinstance(value, str):
            yield f"{before}{key}", ", ".join(map(str, value))
        else:
            yield f"{before}{key}", value


def _in_words(key: str) -> str:
    return key.replace(".", ": ").replace("_", " ")


def _place(key: str) -> int:
    root = key.split(".")[0]
    if root in _LAST:
        return len(_FIRST) + 1
    return _FIRST.index(root) if root in _FIRST else len(_FIRST)
