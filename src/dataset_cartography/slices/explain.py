"""What explains hard and ambiguous: the slices that hold more of them than the rest, and rules in words.

Every slice is tested in both regions by Fisher's exact test; Holm's method makes alpha the chance that any is
named though all are alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dataset_cartography.errors import InputError
from dataset_cartography.slices.search import Finding, Search
from dataset_cartography.slices.sentences import no_rule, rule_sentence

EXPLAINED = ("hard", "ambiguous")


@dataclass(frozen=True)
class Rule:
    """A slice, or what two slices share, that explains a region.

    Attributes:
        region: "hard" or "ambiguous".
        conditions: title and label of one or two slices.
        count: examples that fulfil them.
        share_inside: the region's share among them, 0 to 1.
        share_outside: its share among the rest.
        difference: of the two shares.
        low: the least that it may be, for all slices (or pairs) at once.
        high: the most that it may be, for all slices (or pairs) at once.
        adjusted_p: the chance that any slice holds so much more where all are alike; of a later rule also with
            the rules before it held fixed, whichever is greater.
        sentence: all that in words; names and values of the dataset stand in “”.
    """

    region: str
    conditions: tuple[tuple[str, str], ...]
    count: int
    share_inside: float
    share_outside: float
    difference: float
    low: float
    high: float
    adjusted_p: float
    sentence: str


@dataclass(frozen=True)
class Explanation:
    """What explains the regions of a map.

    Attributes:
        rules: the most telling first.
        effects: a row per region and single slice, those that hold more of it first: region, feature, title,
            slice, count, share_inside, share_outside, difference, low, high, p (Fisher's, two-sided),
            adjusted_p (for all slices at once).
        alpha: the chance that any rule is named though all slices are alike.
        tested: comparisons made, of slices and pairs in both regions.
        words: the rules' sentences, or one that says that there is no rule.
    """

    rules: tuple[Rule, ...]
    effects: pd.DataFrame
    alpha: float
    tested: int
    words: tuple[str, ...]


def explain(
    category: "pd.Series[Any]",
    slices: pd.DataFrame,
    *,
    titles: Mapping[str, str] | None = None,
    alpha: float = 0.05,
    max_rules: int = 3,
) -> Explanation:
    """Find the slices that hold more hard, or more ambiguous, examples than the rest.

    Numbers are cut at their quartiles; text has a slice per value, and is skipped if it has more than 30. A
    slice holds, and leaves, at least 20 examples and 0.5% of all; of more than 200 the largest count. What two
    slices of different features share is tested too. A tenth of alpha is for such pairs, the rest half for
    columns of the dataset's own and half for features.

    Rules are chosen one by one: of all that are significant, with 1.25 times the rest's share or 10 points more,
    the one with the least adjusted p (of equal ones, most standard errors above chance), so that a pair goes before
    a single slice only if it tells clearly more. A pair must be so within each of its two slices as well. Every
    further rule must be so, too, among examples alike in all rules before it (Cochran-Mantel-Haenszel), so that
    one cause is not named twice. Of slices with nearly the same examples a column of the dataset's own is named
    rather than a feature.

    Args:
        category: of a map; missing where an example has none.
        slices: a column per feature, text, truth values or numbers, on the index of `category`.
        titles: what to call columns; by default as `FEATURES` does, else by their names.
        alpha: the chance, above 0 and below 1, that any rule is named though no slice differs.
        max_rules: at most so many, 0 or more.

    Returns:
        The rules, and the effect of every single slice; the same for the same input.

    Raises:
        InputError: the two are not of the same examples, or alpha or max_rules is out of range.
        MissingExtraError: SciPy is not installed.
    """
    if not category.index.equals(slices.index):
        raise InputError("Categories and slices must have the same index, one row per example.")
    if not 0 < alpha < 1:
        raise InputError(f"alpha is {alpha:g}; it must lie between 0 and 1.")
    if max_rules < 0:
        raise InputError(f"max_rules is {max_rules}; it must be 0 or more.")
    seen = category.notna().to_numpy()
    regions = {name: (category[seen] == name).to_numpy(dtype=bool) for name in EXPLAINED}
    search = Search.over(slices[seen], regions, titles or {}, alpha)
    rules = tuple(
        _rule(finding, first=not number) for number, finding in enumerate(search.findings(max_rules))
    )
    words = tuple(rule.sentence for rule in rules) or (no_rule(search.tested, alpha),)
    return Explanation(rules, search.effects(), alpha, search.tested, words)


def _rule(finding: Finding, *, first: bool) -> Rule:
    return Rule(
        finding.region,
        tuple((one.title, one.label) for one in finding.conditions),
        **finding.effect._asdict(),
        adjusted_p=finding.adjusted,
        sentence=rule_sentence(finding, first=first),
    )
