"""What a map was recorded from, in the words its picture is labelled with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.datamap import FACTS, ModeWords, mode_words
from dataset_cartography.plotting.style import count_words, joined, plain
from dataset_cartography.regions import CATEGORIES, QuantileRule, RegionRule, ThresholdRule, rule_of
from dataset_cartography.schema import SCHEMAS


@dataclass(frozen=True)
class MapFacts:
    """The facts of `df.attrs["cartography"]`, with defaults where they are unknown."""

    gold_probability: str = "gold probability"
    correct: str = ""
    shares: bool = False  # whether an epoch's `correct` is a share, and not yes or no
    task: str = ""
    words: ModeWords = field(default_factory=lambda: mode_words(""))
    model: str = ""
    dataset: str = ""
    epochs: tuple[int, ...] = ()
    n_epochs: int = 0
    rule: RegionRule | None = None

    @classmethod
    def of(cls, df: pd.DataFrame) -> "MapFacts":
        """Read the facts of a map; without a list of epochs, the most epochs any example was seen in."""
        given = df.attrs.get(FACTS) or {}
        epochs = tuple(given.get("epochs") or ())
        seen = df["epochs_seen"].max() if "epochs_seen" in df.columns and len(df) else 0
        return cls(
            gold_probability=str(given.get("gold_probability") or cls.gold_probability),
            correct=str(given.get("correct") or ""),
            shares=_counts_shares(given),
            task=str(given.get("task") or ""),
            words=mode_words(str(given.get("mode") or "")),
            model=str(given.get("model") or ""),
            dataset=str(given.get("dataset") or ""),
            epochs=epochs,
            n_epochs=len(epochs) or (0 if pd.isna(seen) else int(seen)),
            rule=_rule_in_force(df),
        )

    def thresholds(self) -> tuple[float, float] | None:
        """(variability, confidence) of a threshold rule; None for every other rule."""
        if not isinstance(self.rule, ThresholdRule):
            return None
        return self.rule.variability, self.rule.confidence

    def title(self) -> str:
        """The default heading."""
        model, dataset = plain(self.model, 40), plain(self.dataset, 40)
        about = " on ".join(name for name in (model, dataset) if name)
        return f"Data map: {about}" if about else "Data map"

    def subtitle(self, df: pd.DataFrame, drawn: int, enlarged: bool) -> str:
        """How many examples and epochs, how recorded, how cut into regions, what is missing."""
        parts = [count_words(drawn, "example")]
        if len(df) > drawn:
            parts.append(f"{len(df) - drawn:,} more never seen")
        if self.n_epochs:
            parts.append(count_words(self.n_epochs, self.words.epoch, self.words.epochs))
        if runs := (df.attrs.get(FACTS) or {}).get("runs"):
            parts.append(f"{len(runs)} runs as one map")
        if self.words.short:
            parts.append(plain(self.words.short, 60))
        if self.rule is not None:
            parts.append(plain(rule_words(self.rule)))
        if "category" in df.columns:
            counts = df["category"].value_counts()
            parts += [f"none {name}" for name in CATEGORIES if not counts.get(name, 0)]
        if enlarged:
            parts.append("axes enlarged")
        return joined(parts, 84)

    @property
    def correctness(self) -> str:
        """What correctness is, for the legend of its colours."""
        said = plain(self.correct, 110)
        if self.shares:
            return f"correctness, mean over {self.words.epochs}: {said}"
        return f"correctness, share of {self.words.epochs}{f': {said}' if said else ''}"


def _counts_shares(facts: Mapping[str, Any]) -> bool:
    schema = SCHEMAS.get(str(facts.get("task")))
    if schema is None or not schema.pooled:
        return False
    return ((facts.get("reading") or {}).get("right") or schema.right) == "share"


def _rule_in_force(df: pd.DataFrame) -> RegionRule | None:
    """The rule noted with the map, if it is the one that made these categories."""
    if "category" not in df.columns:
        return None
    rule = rule_of(df)
    axes = (df[name].to_numpy("float64", na_value=np.nan) for name in ("confidence", "variability"))
    codes = pd.Categorical(df["category"], categories=list(CATEGORIES)).codes
    made = rule.codes(*axes)
    return rule if np.array_equal(made, np.where(codes < 0, len(CATEGORIES), codes)) else None


def rule_words(rule: RegionRule) -> str:
    """How a rule divides the map, in half a line."""
    if isinstance(rule, ThresholdRule):
        limits = f"{rule.variability:g}; of the rest, easy: confidence ≥ {rule.confidence:g}"
        return f"ambiguous: variability ≥ {limits}"
    if isinstance(rule, QuantileRule):
        return (
            f"ambiguous: the {rule.ambiguous:.0%} of highest variability; "
            f"hard: of the rest, the {rule.hard:.0%} of lowest confidence"
        )
    return repr(rule)
