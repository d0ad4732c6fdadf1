import numpy as np
import pandas as pd
import pytest

from dataset_cartography.regions import categorize_examples

CONTEXT = "Filler words before. " * 20 + "The dose is two puffs daily. " + "Filler words after. " * 20
START = CONTEXT.index("two puffs")


@pytest.fixture
def data():
    """Twelve examples in all three regions: (map, examples), index = text ids."""
    ids = pd.Index([f"q{k}" for k in range(12)], name="example_id")
    df = pd.DataFrame(
        {
            "confidence": np.linspace(0.05, 0.95, 12),
            "variability": [0.05, 0.3] * 6,
            "correctness": np.linspace(0, 1, 12),
            "forgetting_events": pd.array([0, 1] * 6, dtype="Int64"),
            "first_learned_epoch": pd.array([pd.NA, 2] * 6, dtype="Int64"),
            "never_learned": pd.array([True, False] * 6, dtype="boolean"),
            "epochs_seen": 3,
            "windows": [1, 2, 3] * 4,
            "prediction_start": pd.array([START, -1, pd.NA] * 4, dtype="Int32"),
            "prediction_end": pd.array([START + 9, -1, pd.NA] * 4, dtype="Int32"),
        },
        index=ids,
    )
    df.attrs["cartography"] = {
        "model": "tiny",
        "dataset": "notes",
        "mode": "in_training",
        "epochs": [1, 2, 3],
        "versions": {"torch": "2.13"},
    }
    examples = pd.DataFrame(
        {
            "question": ["What is the dose?", "Is it daily?"] * 6,
            "context": CONTEXT,
            "answers": [{"text": ["two puffs"], "answer_start": [START]}] * 12,
            "section": ["plan", "history", "plan"] * 4,
        },
        index=ids,
    )
    return categorize_examples(df), examples
