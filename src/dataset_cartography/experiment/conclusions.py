"""What can be concluded from an experiment's table, and what cannot, in plain sentences."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.experiment.arms import BY_METRIC, CLEANED, CORRECTED, FULL, RANDOM_REMOVAL
from dataset_cartography.experiment.measures import MEASURES
from dataset_cartography.experiment.paired import LEVEL
from dataset_cartography.experiment.table import planned, rows_of

MATCHES = 1.0
"""As many percentage points below full are no loss worth telling, if the interval holds no more."""
METRICS = {name: measure.title for name, measure in MEASURES.items()}
_EVALUATIONS = {"eval": "in domain", "ood": "out of domain"}
_FROM_THE_MAP = {*BY_METRIC, CLEANED, CORRECTED}
_MOST_NAMED, _MOST_WORSE_THAN_FULL = 8, 3
# A difference that was found tells more than one that was not; that less data teaches less is no news.
_ORDER = [
    ("better", "control"),
    ("better", FULL),
    ("worse", "control"),
    ("matching", FULL),
    ("undecided", "control"),
    ("undecided", FULL),
    ("worse", FULL),
]
_SENTENCES = {
    "better": "{where}, better than {other}: {arms}.",
    "worse": "{where}, worse than {other}: {arms}.",
    "matching": f"{{where}}, at most {MATCHES:g} point worse than {{other}}: {{arms}}.",
    "undecided": "{where}, cannot be told apart from {other} at this size (points that would fit): {arms}.",
}


def conclude(plan: Mapping[str, Any], table: pd.DataFrame) -> list[str]:
    """Say in sentences what an experiment shows, the most important first.

    "Better" and "worse" are said only where the interval of the paired difference excludes zero and all planned seeds,
    two or more, are in. All else cannot be told apart, with the differences that would fit, or is not finished.

    Args:
        plan: As for `experiment_table`, and "metric", "dataset" and "equal".
        table: What `experiment_table` made of it.
    """
    found = [sentence for verdict, against in _ORDER for sentence in _found(plan, table, verdict, against)]
    missing = [*_without_interval(plan, table), *_missing(plan, table)]
    if not found:
        return [_nothing(plan, table), *missing]
    return [*found, *missing, _by_chance(table), *_reading(plan), _scope(plan)]


def arm_words(arm: str, fraction: float) -> str:
    """An arm as it is told: "hard at 33%"."""
    return arm if np.isnan(fraction) else f"{arm} at {100 * fraction:.3g}%"


def evaluation_words(evaluation: str) -> str:
    """An evaluation as a sentence begins with it: "In domain"."""
    return _EVALUATIONS.get(evaluation, f"on {evaluation}").capitalize()


def _found(plan: Mapping[str, Any], table: pd.DataFrame, verdict: str, against: str) -> Iterator[str]:
    """Sentences on the arms of one verdict, one per evaluation and what they are compared with."""
    told = table.assign(verdict=table[f"{against}_verdict"])
    if against == FULL:
        # An interval without width is of scores that are all the same, such as of models that learnt nothing.
        known = told["full_low"] < told["full_high"]
        matching = (told["verdict"] == "undecided") & known & (told["full_low"] >= -MATCHES)
        told["verdict"] = told["verdict"].mask(matching, "matching")
        told["other"] = FULL
    else:
        removed = told["control"] == RANDOM_REMOVAL
        told["other"] = np.where(removed, "removing as many at random", "as many at random")
    told = told[told["verdict"] == verdict]
    for evaluation in plan["evaluations"]:
        for other, rows in told[told["evaluation"] == evaluation].groupby("other", sort=False):
            arms = [_arm(plan, row, verdict, against) for _, row in rows.iterrows()]
            where = evaluation_words(evaluation)
            if (verdict, against) == ("worse", FULL) and len(arms) > _MOST_WORSE_THAN_FULL:
                ends = rows["full_difference"].to_numpy().argsort()[[-1, 0]]
                yield f"{where}, {len(arms)} arms are worse than full, from {arms[ends[0]]} to {arms[ends[1]]}."
            else:
                yield _SENTENCES[verdict].format(where=where, other=other, arms=_listed(arms))


def _arm(plan: Mapping[str, Any], row: "pd.Series[Any]", verdict: str, against: str) -> str:
    """An arm with its difference, or with those that would fit."""
    name = arm_words(row["arm"], row["fraction"])
    difference, low, high = (float(row[f"{against}_{end}"]) for end in ("difference", "low", "high"))
    digits = 1 if min(abs(low), abs(high)) >= 0.05 else 2  # an end beside zero shows on which side it lies
    if verdict in ("better", "worse"):
        near, far = sorted((abs(low), abs(high)))
        return f"{name} by {abs(difference):.{digits}f} points ({near:.{digits}f} to {far:.{digits}f})"
    if low == high:
        return f"{name} (no score differs)"
    interval = f"{low:+z.{digits}f} to {high:+z.{digits}f}"
    return f"{name} ({interval}" + (f"; {_cost(plan, row)})" if verdict == "matching" else ")")


def _cost(plan: Mapping[str, Any], row: "pd.Series[Any]") -> str:
    examples = f"{row['examples'] / plan['examples']:.0%} of the examples"
    if plan["equal"] == "steps":
        return examples
    shares = [(row["steps_share"], "steps"), (row["seconds_share"], "time")]
    return ", ".join(
        [examples, *(f"{share:.0%} of the {what}" for share, what in shares if not np.isnan(share))]
    )


def _listed(parts: list[str]) -> str:
    more = len(parts) - _MOST_NAMED
    return ", ".join(parts[:_MOST_NAMED]) + (f", and {more} more" if more > 0 else "")


def _nothing(plan: Mapping[str, Any], table: pd.DataFrame) -> str:
    if len(plan["seeds"]) < 2:
        return (
            "Nothing can be concluded: with one seed each, another training could turn any difference round, and the "
            "intervals know of the evaluation examples only. Three seeds or more tell how far trainings lie apart."
        )
    if len(table) and (table["seeds"] == table["planned"]).all():
        return "Nothing can be concluded: no comparison has an interval."
    return "Nothing can be concluded: no comparison has all of its seeds yet."


def _without_interval(plan: Mapping[str, Any], table: pd.DataFrame) -> Iterator[str]:
    """Which evaluations are of one example or group alone."""
    unknown = table[table["full_difference"].notna() & table["full_low"].isna()]
    for evaluation in plan["evaluations"]:
        if (unknown["evaluation"] == evaluation).any():
            yield (
                f"{evaluation_words(evaluation)}, there are no intervals: all that is evaluated is one example, or of "
                "one text, and says nothing of others."
            )


def _missing(plan: Mapping[str, Any], table: pd.DataFrame) -> Iterator[str]:
    """Which trainings are not finished, if any."""
    seeds, done, total, parts = len(plan["seeds"]), 0, 0, []
    for arm, fraction in planned(plan):
        rows = rows_of(table, arm["name"], fraction)
        finished = int(rows["seeds"].min()) if len(rows) else 0
        done, total = done + finished, total + seeds
        if finished < seeds:
            parts.append(f"{arm_words(arm['name'], fraction)} ({finished} of {seeds} seeds)")
    if parts:
        yield (
            f"{total - done} of {total} trainings are not finished, and nothing is concluded where they are needed: "
            f"{_listed(parts)}."
        )


def _by_chance(table: pd.DataFrame) -> str:
    verdicts = pd.concat([table["control_verdict"], table["full_verdict"]])
    excluding = int(verdicts.isin(["better", "worse"]).sum())
    count = excluding + int((verdicts == "undecided").sum())
    return (
        f"{excluding} of {count} intervals of {LEVEL:.0%} exclude zero; by chance, if nothing differed, about "
        f"{(1 - LEVEL) * count:.1f} would."
    )


def _reading(plan: Mapping[str, Any]) -> Iterator[str]:
    if plan["equal"] == "steps":
        yield (
            "All trainings made as many steps, so that a smaller arm saw each of its examples more often: differences "
            "are of what was trained on, not of how long, and no training time is saved."
        )
    else:
        yield (
            "All trainings saw their examples equally often, so that a smaller arm made fewer steps: what differs from "
            "full may be of the data or of the length of training; what differs from as many at random is of the data."
        )
    if _FROM_THE_MAP & {arm["name"] for arm in plan["arms"]}:
        yield (
            "The map that chose is of one training on the same examples: choosing by it costs that training first, and "
            "another seed's map would choose others in part."
        )


def _scope(plan: Mapping[str, Any]) -> str:
    return (
        f"All of it holds for '{plan['dataset']}' with this model and these flags, in percentage points of "
        f"{METRICS.get(plan['metric'], plan['metric'])}; other data, a larger model or a longer training may differ."
    )
