"""What a person should know of a map at a glance."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dataset_cartography.datamap.compute import FACTS
from dataset_cartography.datamap.coverage import EpochCoverage, coverage_of, incomplete_sentences
from dataset_cartography.datamap.modes import ModeWords, mode_words
from dataset_cartography.datamap.planted import planted_sentence
from dataset_cartography.dynamics import Dynamics
from dataset_cartography.regions import (
    RegionSummary,
    lopsided,
    region_stability,
    rule_of,
    summarize_regions,
)

MIN_EPOCHS = 3


@dataclass(frozen=True)
class MapSummary:
    """What a person should know of a map at a glance.

    Attributes:
        examples: Number of examples in the dataset.
        unseen: Examples that no epoch presented.
        missing: Examples that were seen but have no gold probability: their answer lies in no window, or what the
            model said of them was no number.
        epochs: Numbers of the epochs used.
        coverage: What each epoch saw; empty where that is not known. An epoch of which no row could be written is
            here, though not among `epochs`.
        words: What an epoch of this map is called, and how it was recorded.
        regions: Counts and medians by region.
        stable_share: Share of the examples that keep their region whichever epoch is left out, if known.
        warnings: Sentences that qualify the map.
    """

    examples: int
    unseen: int
    missing: int
    epochs: tuple[int, ...]
    coverage: tuple[EpochCoverage, ...]
    words: ModeWords
    regions: RegionSummary
    stable_share: float | None
    warnings: tuple[str, ...]


def summarize_map(df: pd.DataFrame, dynamics: Dynamics | None = None) -> MapSummary:
    """Summarise a map that has its categories.

    Args:
        df: A map with the column `category`.
        dynamics: Its dynamics, for how stable the regions are (leave-one-epoch-out).
    """
    facts = df.attrs.get(FACTS, {})
    epochs = tuple(facts.get("epochs", ()))
    coverage, words = coverage_of(facts), mode_words(facts.get("mode", ""))
    unseen = int((df["presentations"] == 0).sum()) if "presentations" in df else 0
    missing = int(df["confidence"].isna().sum()) - unseen
    stability, stable_share = None, None
    if dynamics is not None:
        stability = region_stability(dynamics.signals["gold_probability"], rule_of(df))
        if not np.isnan(stability).all():
            stable_share = float(np.mean(stability[~np.isnan(stability)] == 1.0))
    warnings = [sentence] if (sentence := planted_sentence(facts)) else []
    if 0 < len(epochs) < MIN_EPOCHS:
        too_few = words.say("not enough epochs for meaningful variability")
        warnings.append(f"{too_few}: {len(epochs)} recorded, {MIN_EPOCHS} or more are needed")
    warnings += incomplete_sentences(coverage, words)
    if in_part := [epoch for epoch in coverage if epoch.in_part]:
        listed = ", ".join(f"{epoch.epoch} ({epoch.in_part})" for epoch in in_part)
        warnings.append(
            f"examples of which only some windows were seen count as not seen, in {words.epoch} {listed}"
        )
    faulty = facts.get("faulty_rows", {})
    if any(faulty.values()):
        warnings.append(
            f"of the dataset's rows, {faulty['left_out']} were left out as faulty and {faulty['repaired']} repaired"
        )
    cut_off = min(facts.get("answer_cut_off", 0), missing)
    if cut_off:
        warnings.append(f"{cut_off} examples are not on the map: their answer lies in no window")
    if missing > cut_off:
        warnings.append(
            f"{missing - cut_off} examples are not on the map: the model's output was not a number"
        )
    if sentence := lopsided(df):
        warnings.append(sentence.removesuffix("."))
    regions = summarize_regions(df, stability)
    return MapSummary(
        examples=len(df),
        unseen=unseen,
        missing=missing,
        epochs=epochs,
        coverage=coverage,
        words=words,
        regions=regions,
        stable_share=stable_share,
        warnings=tuple(warnings),
    )
