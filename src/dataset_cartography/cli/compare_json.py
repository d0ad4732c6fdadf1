"""What `datamap compare --json` prints."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from dataset_cartography.comparison import Comparison, RunsComparison


def as_json(found: Comparison | RunsComparison, most: int, notes: Sequence[str]) -> dict[str, Any]:
    """Everything that is printed, and all figures, as plain values; None where a number is not known."""
    movers = [
        {"id": example_id, **{name: _plain(value) for name, value in row.items()}}
        for example_id, row in zip(
            found.movers.index[:most].tolist(), found.movers.head(most).to_dict("records"), strict=True
        )
    ]
    told: dict[str, Any] = {
        "names": list(found.names),
        "differences": {
            str(fact): {name: _plain(value) for name, value in values.items()}
            for fact, values in found.differences.to_dict("index").items()
        },
        "notes": [*found.notes, *notes],
        "figures": {name: _plain(value) for name, value in found.figures.items()},
        "movers": movers,
    }
    if found.relabelled:
        told["relabelled"] = found.relabelled.ids.tolist()
    if isinstance(found, RunsComparison):
        pairs = [
            {name: _plain(value) for name, value in row.items()} for row in found.pairs.to_dict("records")
        ]
        return {**told, "runs": [list(runs) for runs in found.runs], "pairs": pairs}
    told["transitions"] = {str(name): row for name, row in found.transitions.T.to_dict().items()}
    if found.suspects:
        told["suspects_shared"] = list(found.suspects.shared)
    return told


def _plain(value: Any) -> Any:
    if isinstance(value, str) or value is None:
        return value
    if pd.isna(value):
        return None
    value = value.item() if hasattr(value, "item") else value
    return value if not isinstance(value, float) or math.isfinite(value) else None
