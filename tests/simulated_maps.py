"""Maps with and without a cause, made in no time: which examples are hard depends on columns we name."""

import numpy as np
import pandas as pd

CATEGORIES = ["easy", "ambiguous", "hard"]
# How many easy, ambiguous and hard examples each template and truth of the demo had on a map of the trained demo.
DEMO_COUNTS = {
    ("imaging_finding", "clean"): (31, 35, 15),
    ("imaging_finding", "hard"): (2, 8, 5),
    ("imaging_finding", "wrong_label"): (0, 1, 3),
    ("lab_value", "ambiguous"): (3, 7, 14),
    ("lab_value", "clean"): (44, 29, 11),
    ("lab_value", "hard"): (2, 2, 8),
    ("lab_value", "wrong_label"): (0, 0, 10),
    ("medication_dose", "ambiguous"): (0, 1, 17),
    ("medication_dose", "clean"): (30, 9, 56),
    ("medication_dose", "hard"): (1, 0, 10),
    ("medication_dose", "wrong_label"): (1, 1, 22),
    ("medication_for_problem", "ambiguous"): (3, 5, 12),
    ("medication_for_problem", "clean"): (40, 34, 10),
    ("medication_for_problem", "hard"): (2, 5, 12),
    ("medication_for_problem", "wrong_label"): (0, 1, 8),
    ("procedure_date", "ambiguous"): (2, 6, 0),
    ("procedure_date", "clean"): (34, 38, 2),
    ("procedure_date", "hard"): (5, 1, 2),
    ("procedure_date", "wrong_label"): (1, 1, 4),
    ("reason_for_medication", "clean"): (28, 41, 4),
    ("reason_for_medication", "hard"): (5, 6, 7),
    ("reason_for_medication", "wrong_label"): (0, 2, 1),
}


def demo_shares(df):
    """(examples, 3) shares of easy, ambiguous and hard for rows of the demo dataset."""
    counts = np.array([DEMO_COUNTS[key] for key in zip(df["template"], df["truth"], strict=True)])
    return counts / counts.sum(axis=1, keepdims=True)


def categories(shares, seed=0):
    """A category for each row of (examples, 3) shares of easy, ambiguous and hard."""
    draw = np.random.default_rng(seed).random(len(shares))
    codes = (draw[:, None] > np.cumsum(shares, axis=1)[:, :2]).sum(axis=1)
    return pd.Series(pd.Categorical.from_codes(codes, CATEGORIES, ordered=True))


def hard_where(cause, inside, outside, seed=0):
    """Categories with so large a share of hard ones where the cause is, and elsewhere; the rest half and half."""
    hard = np.where(np.asarray(cause), inside, outside)
    return categories(np.stack([(1 - hard) / 2, (1 - hard) / 2, hard], axis=1), seed)


def words(rng, n, values):
    return rng.choice(np.array(values, dtype=object), n)
