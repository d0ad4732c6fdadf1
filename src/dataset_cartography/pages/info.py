"""What the front end must know of a map before it draws: axes, limits, regions, metrics, colours."""

from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.metrics import METRICS
from dataset_cartography.pages.runs import SHADES
from dataset_cartography.pages.wrong_labels import PROBABILITY, RANK
from dataset_cartography.plotting import CATEGORY_COLORS, cloud
from dataset_cartography.plotting.facts import MapFacts
from dataset_cartography.plotting.style import CORRECTNESS_COLORS, MUTED
from dataset_cartography.regions import CATEGORIES
from dataset_cartography.schema import SCHEMAS

WRONG_LABEL = [
    {"name": RANK, "title": "wrong label, rank", "integer": True, "boolean": False, "hard_end": "low"},
    {
        "name": PROBABILITY,
        "title": "wrong label, estimated probability",
        "integer": False,
        "boolean": False,
        "hard_end": "high",
    },
]
"""What the page is told of the columns that a ranking of labels adds to the map's metrics."""

_ENLARGED = "The axes are enlarged: the examples lie in a small part of them."


def map_info(map_df: pd.DataFrame) -> dict[str, Any]:
    """The part of the front end's `info` that a map itself tells; plain values that JSON can hold.

    Args:
        map_df: the whole map, with "category".

    Returns:
        `total`, `thresholds`, `axes`, `limits`, `epochs`, `epoch_word`, `epochs_word`, `categories`, `counts`,
        `colors` (by category), `correctness_colors` (from 0 to 1), `correctness_words`, `notes`, `unknown_color`,
        `shades` (the bounds of the steps in which tokens are shaded) and `metrics`.
    """
    facts = MapFacts.of(map_df)
    thresholds = facts.thresholds()
    counts = map_df["category"].value_counts()
    limits = _limits(map_df)
    over = f"over {facts.words.epochs}"
    return {
        "total": len(map_df),
        "thresholds": dict(zip(("variability", "confidence"), thresholds, strict=True))
        if thresholds
        else None,
        "axes": {
            "x": f"variability: standard deviation of the gold probability {over}",
            "y": f"confidence: mean gold probability {over}",
        },
        "limits": {"x": list(limits.x), "y": list(limits.y)},
        "epochs": list(facts.epochs),
        "epoch_word": facts.words.epoch,
        "epochs_word": facts.words.epochs,
        "categories": list(CATEGORIES),
        "counts": {name: int(counts.get(name, 0)) for name in CATEGORIES},
        "colors": dict(CATEGORY_COLORS),
        "correctness_colors": list(CORRECTNESS_COLORS),
        "correctness_words": facts.correctness,
        "notes": [*definition_notes(facts), *([_ENLARGED] if limits.enlarged else [])],
        "unknown_color": MUTED,
        "shades": list(SHADES),
        "metrics": [
            {
                "name": name,
                "title": metric.title,
                "integer": metric.dtype in ("int64", "Int64"),
                "boolean": metric.dtype == "boolean",
                "hard_end": metric.hard_end,
            }
            for name, metric in METRICS.items()
            if name in map_df.columns
        ]
        + [one for one in WRONG_LABEL if one["name"] in map_df.columns and map_df[one["name"]].notna().any()],
    }


def definition_notes(facts: MapFacts) -> list[str]:
    """What the numbers of a map mean where they are not of one label an example, as sentences."""
    schema = SCHEMAS.get(facts.task)
    if schema is None or not (schema.pooled or schema.task == "regression"):
        return []
    return [f"Gold probability: {facts.gold_probability}. Correct: {facts.correct}."]


def _limits(map_df: pd.DataFrame) -> cloud.Limits:
    """What of the axes is shown at first, as the picture has it: the whole ranges, or the parts in use."""
    x, y = cloud.coordinates(map_df)
    known = np.isfinite(x) & np.isfinite(y)
    return cloud.limits(x[known], y[known]) if known.any() else cloud.Limits((0.0, 0.5), (0.0, 1.0))
