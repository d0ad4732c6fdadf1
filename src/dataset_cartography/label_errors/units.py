"""Wrong tags, and wrong labels among several: units ranked by themselves, and examples by their worst unit.

A unit is to the evidence what an example is elsewhere. Its score is how far another label was ahead of its own in
probability, later epochs weighing more: what is rare among units, such as a tag, is learned late, and until then every
unit that has it looks wrong (docs/label_errors.md has the figures). An example is as suspicious as its most suspicious
unit: of the ways to make one score of many, Wang & Mueller (2022) found the least confident token best for sentences,
and Thyagarajan et al. (2023) let the worst of a set's labels weigh most.

The probability that goes with a score is that of the run of worst units, one for each example: the calibration was
fitted to labels of whole examples, and of a token among others, or of a label that most examples lack, far fewer are
wrong. Any other unit has the probability of worst units of its score.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.dynamics import Dynamics, UnitDynamics, load_units
from dataset_cartography.label_errors.looks import WRONG, looks_like
from dataset_cartography.label_errors.ranking import Ranking, rank_labels
from dataset_cartography.label_errors.reasons import give_reasons
from dataset_cartography.label_errors.signals import Evidence
from dataset_cartography.label_errors.standard import standard_score
from dataset_cartography.label_errors.suggestions import CORRECTION, SUGGESTED, label_words
from dataset_cartography.label_errors.words import PRESENCE, PRESENT, speech_of
from dataset_cartography.log import LogReader
from dataset_cartography.metrics.base import Array

NO_LABEL = "(no label)"
"""What stands for a list of labels that is empty."""
_TOLD = 3  # units of an example


@dataclass(frozen=True)
class RankedUnits:
    """The units of a run, and how suspicious each is.

    Attributes:
        log: The run's.
        units: Its units.
        evidence: Of the units.
        ranking: Of the units.
        worst: (examples,) The most suspicious unit of each example, -1 where none was seen.
    """

    log: LogReader
    units: UnitDynamics
    evidence: Evidence
    ranking: Ranking
    worst: Array

    @classmethod
    def of(cls, log: LogReader) -> "RankedUnits":
        """Read and rank the units of a run.

        Raises:
            InputError: No epoch ran to its end.
        """
        units = load_units(log)
        evidence = Evidence(units.dynamics)
        score = standard_score(_lead(evidence))
        worst = _worst(units.example, score, log.size)
        first = worst[worst >= 0]
        of_examples = rank_labels(Evidence(_rows(units.dynamics, first)))
        probability = np.interp(score, np.sort(score[first]), np.sort(of_examples.probability))
        ranking = Ranking(score, np.where(np.isnan(score), np.nan, probability))
        return cls(log, units, evidence, ranking, worst)

    @property
    def of_labels(self) -> bool:
        """Whether a unit is a label that is present or absent, and not a token with a tag."""
        return self.log.manifest.task == "multi-label"

    @property
    def labels(self) -> Sequence[str] | None:
        """The names of the labels or tags, where they have some."""
        names: Sequence[str] | None = self.log.manifest.provenance.get("labels")
        return names

    @cached_property
    def is_worst(self) -> Array:
        """(units,) Whether a unit is its example's most suspicious one."""
        flags = np.zeros(len(self.ranking.score), bool)
        flags[self.worst[self.worst >= 0]] = True
        return flags

    @cached_property
    def looks(self) -> Array:
        """(units,) What each looks like."""
        return looks_like(self.evidence, self.ranking.probability)

    @cached_property
    def rival(self) -> Array:
        """(units,) The number of the label that was predicted instead; -1 where there is none."""
        (predicted,) = self.evidence.dynamics.predictions.values()
        return np.nan_to_num(self.evidence.alternatives.take(predicted), nan=-1).astype(np.int64)

    def reasons(self, rows: Array) -> Array:
        """(rows,) Why units are suspected."""
        return give_reasons(self.evidence, rows, speech_of(self.log.manifest.task, self.labels))

    def of_example(self, example: int) -> Array:
        """Positions of an example's units."""
        begin, end = np.searchsorted(self.units.example, [example, example + 1])
        return np.arange(begin, end)

    def given(self, row: int) -> str:
        """A unit's label as it is."""
        return label_words(int(self.units.gold[row]), PRESENCE if self.of_labels else self.labels)

    def instead(self, row: int) -> str | None:
        """What the model would put in its place; None where nothing but the label was predicted."""
        rival = int(self.rival[row])
        return None if rival < 0 else label_words(rival, PRESENCE if self.of_labels else self.labels)

    def change(self, row: int, words: Sequence[Any] | None) -> str | None:
        """The same in words: "token 3 'Paris': O → B-location", or "missing label 'sport'".

        Args:
            row: Position of the unit.
            words: Of tags, the example's tokens, where known.
        """
        instead = self.instead(row)
        if instead is None:
            return None
        if self.of_labels:
            return f"{'missing' if instead == PRESENT else 'needless'} label '{self.text(row, None)}'"
        token = self.text(row, words)
        quoted = "" if token is None else f" '{token}'"
        return f"token {int(self.units.unit[row])}{quoted}: {self.given(row)} → {instead}"

    def text(self, row: int, words: Sequence[Any] | None) -> str | None:
        """A label's name, or a token's text where it is known."""
        unit = int(self.units.unit[row])
        if self.of_labels:
            return label_words(unit, self.labels)
        return str(words[unit]) if words is not None and unit < len(words) else None


def _lead(evidence: Evidence) -> Array:
    """(units,) Mean of q - p, the best other label's probability and the unit's own; epoch n weighs n."""
    lead = evidence.other_probability - evidence.dynamics.signals["gold_probability"]
    weight = np.where(np.isnan(lead), 0, np.arange(1, lead.shape[1] + 1))
    with np.errstate(invalid="ignore"):
        mean: Array = (np.nan_to_num(lead) * weight).sum(axis=1) / weight.sum(axis=1)
    return mean


def _worst(example: Array, score: Array, examples: int) -> Array:
    """(examples,) The unit of each example with the highest score, -1 where none has one."""
    order = np.lexsort((np.where(np.isnan(score), -np.inf, score), example))
    owner = example[order]
    last = order[np.flatnonzero(np.append(owner[1:] != owner[:-1], True))] if len(owner) else order
    worst = np.full(examples, -1)
    worst[example[last]] = np.where(np.isnan(score[last]), -1, last)
    return worst


def _rows(dynamics: Dynamics, rows: Array) -> Dynamics:
    """Some rows of dynamics."""
    signals = {name: values[rows] for name, values in dynamics.signals.items()}
    predictions = {name: values[rows] for name, values in dynamics.predictions.items()}
    return replace(dynamics, signals=signals, predictions=predictions)


def unit_columns(ranked: RankedUnits, rows: Array, examples: pd.DataFrame | None) -> dict[str, Any]:
    """What a table of units says of some.

    Args:
        ranked: All units.
        rows: (rows,) positions of the units asked for.
        examples: The run's examples, index = id; their `tokens` give tags their words.

    Returns:
        Columns of (rows,) values: `unit`, its number within the example; `text`, its token (missing where not known) or
        label; `given`, `suggested` (missing where nothing else was predicted), and `reason`.
    """
    words = _tokens(ranked, ranked.units.example[rows], examples)
    each = list(zip(rows.tolist(), words, strict=True))
    return {
        "unit": ranked.units.unit[rows],
        "text": _objects([ranked.text(row, tokens) for row, tokens in each]),
        "given": _objects([ranked.given(row) for row, _ in each]),
        SUGGESTED: _objects([ranked.instead(row) for row, _ in each]),
        "reason": ranked.reasons(rows),
    }


def example_columns(
    ranked: RankedUnits, positions: Array, worst: Array, examples: pd.DataFrame | None
) -> dict[str, Any]:
    """What a table of examples says of some.

    Args:
        ranked: All units.
        positions: (rows,) positions of the examples asked for.
        worst: (rows,) positions of their most suspicious units.
        examples: As for `unit_columns`.

    Returns:
        Columns of (rows,) values: `reason`; `suggested`, in words, for the units that look wrong or else the worst one;
        and `correction`, the same as the dataset's label can be written. Both are missing where there is no rival.
    """
    words = _tokens(ranked, positions, examples)
    suggested, corrections, reasons = [], [], []
    for position, first, tokens, reason in zip(
        positions.tolist(), worst.tolist(), words, ranked.reasons(worst).tolist(), strict=True
    ):
        rows = ranked.of_example(position)
        wrong = rows[(ranked.looks[rows] == WRONG) & (ranked.rival[rows] >= 0)].tolist()
        told = sorted(wrong, key=lambda row: -ranked.ranking.score[row]) or [first]
        clauses = [text for row in sorted(told[:_TOLD]) if (text := ranked.change(row, tokens)) is not None]
        more = len(told) - _TOLD
        suggested.append("; ".join([*clauses, *([f"and {more} more"] if more > 0 else [])]) or None)
        corrections.append(_correction(ranked, rows, told) if clauses else None)
        name = ranked.text(first, tokens)
        who = f"label '{name}'" if ranked.of_labels else f"token {int(ranked.units.unit[first])}"
        reasons.append(f"{who}: {reason}")
    return {
        "reason": _objects(reasons),
        SUGGESTED: _objects(suggested),
        CORRECTION: _objects(corrections),
    }


def _correction(ranked: RankedUnits, rows: Array, wrong: Sequence[int]) -> str:
    """The label as it should be, as a person writes it: all labels, or the tags that change, by their tokens."""
    if not ranked.of_labels:
        return ", ".join(f"{int(ranked.units.unit[row])}: {ranked.instead(row)}" for row in sorted(wrong))
    changed = set(wrong)
    present = [row for row in rows.tolist() if (ranked.units.gold[row] == 1) != (row in changed)]
    return label_list([str(ranked.text(row, None)) for row in present])


def label_list(names: Sequence[str]) -> str:
    """Labels as a person writes them: with commas between; as a JSON list where a name would be read otherwise."""
    plain = all(name and name[0] != "[" and "," not in name and name != NO_LABEL for name in names)
    return ", ".join(names) or NO_LABEL if plain else json.dumps(names, ensure_ascii=False)


def _tokens(ranked: RankedUnits, positions: Array, examples: pd.DataFrame | None) -> list[Any]:
    """The tokens of examples, None where they are not known."""
    if examples is None or "tokens" not in examples:
        return [None] * len(positions)
    found = examples["tokens"].reindex(ranked.log.ids[positions])
    return [None if isinstance(each, float) or each is None else list(each) for each in found]


def _objects(values: Sequence[Any]) -> Any:
    return pd.Series(values, dtype=object).to_numpy()
