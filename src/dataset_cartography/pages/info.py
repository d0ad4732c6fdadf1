"""What the front end must know of a map before it draws: axes, limits, regions, metrics, colours."""

from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.metrics import METRICS
from dataset_cartography.pages.wrong_labels import PROBABILITY, RANK
from dataset_cartography.plotting import CATEGORY_COLORS
from dataset_cartography.plotting.facts import MapFacts
from dataset_cartography.plotting.style import CORRECTNESS_COLORS, MUTED
from dataset_cartography.regions import CATEGORIES

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

_FULL = {"variability": 0.5, "confidence": 1.0}  # the ranges of a probability's deviation and mean


def map_info(map_df: pd.DataFrame) -> dict[str, Any]:
    """The part of the front end's `info` that a map itself tells; plain values that JSON can hold.

    Args:
        map_df: the whole map, with "category".

    Returns:
        `total`, `thresholds`, `axes`, `limits`, `epochs`, `epoch_word`, `epochs_word`, `categories`, `counts`,
        `colors` (by category), `correctness_colors` (from 0 to 1), `unknown_color` and `metrics`.
    """
    facts = MapFacts.of(map_df)
    thresholds = facts.thresholds()
    counts = map_df["category"].value_counts()
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
        "limits": {"x": _limits(map_df, "variability"), "y": _limits(map_df, "confidence")},
        "epochs": list(facts.epochs),
        "epoch_word": facts.words.epoch,
        "epochs_word": facts.words.epochs,
        "categories": list(CATEGORIES),
        "counts": {name: int(counts.get(name, 0)) for name in CATEGORIES},
        "colors": dict(CATEGORY_COLORS),
        "correctness_colors": list(CORRECTNESS_COLORS),
        "unknown_color": MUTED,
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
        + (WRONG_LABEL if PROBABILITY in map_df.columns else []),
    }


def _limits(map_df: pd.DataFrame, name: str) -> list[float]:
    """The whole range of an axis, wider where imported values leave it."""
    values = map_df[name].to_numpy("float64", na_value=np.nan)
    values = values[np.isfinite(values)]
    if not values.size:
        return [0.0, _FULL[name]]
    return [min(0.0, float(values.min())), max(_FULL[name], float(values.max()))]
