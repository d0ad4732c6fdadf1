"""Experiments without trainings: a plan, the results of its cells and every example's score, as said."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

SUBSETS = [
    {"name": "full", "fractions": False, "control": None},
    {"name": "random", "fractions": True, "control": None},
    {"name": "easy", "fractions": True, "control": "random"},
    {"name": "ambiguous", "fractions": True, "control": "random"},
]
CLEANING = [
    {"name": "full", "fractions": False, "control": None},
    {"name": "random_removal", "fractions": False, "control": None},
    {"name": "cleaned", "fractions": False, "control": "random_removal"},
]


def simulate(
    arms: Sequence[Mapping[str, Any]] = SUBSETS,
    *,
    levels: Mapping[str, float],
    fractions: Sequence[float] = (0.33,),
    seeds: Sequence[int] = (0, 1, 2),
    evaluations: Sequence[str] = ("eval",),
    unfinished: Sequence[str] = (),
    equal: str = "steps",
    n: int = 400,
    seed: int = 0,
) -> tuple[dict[str, Any], pd.DataFrame, dict[str, dict[str, "pd.Series[float]"]]]:
    """A plan, results and scores.

    Args:
        arms: As a plan has them.
        levels: The chance of an arm ("easy", or "easy-0.1" at a size) to be right on an example; that of "full" for
            arms that are not named.
        fractions: As a plan has them.
        seeds: As a plan has them.
        evaluations: Names; the second is harder by 0.1.
        unfinished: Cells without result.
        equal: "steps" or "epochs".
        n: Examples evaluated.
        seed: Of the scores.
    """
    random = np.random.default_rng(seed)
    plan = {
        "task": "nli",
        "metric": "accuracy",
        "dataset": "pool.jsonl",
        "examples": 1000,
        "fractions": list(fractions),
        "seeds": list(seeds),
        "equal": equal,
        "evaluations": {name: {"dataset": f"data/{name}.jsonl", "split": "test"} for name in evaluations},
        "arms": [dict(arm) for arm in arms],
    }
    ids = pd.Index([f"q{k}" for k in range(n)], name="id")
    rows, scores = [], {}
    for arm in arms:
        for fraction in fractions if arm["fractions"] else [np.nan]:
            size = "" if np.isnan(fraction) else f"-{fraction:g}"
            examples = 1000 if np.isnan(fraction) else round(1000 * fraction)
            level = levels.get(arm["name"] + size, levels.get(arm["name"], levels["full"]))
            for number in seeds:
                cell = f"{arm['name']}{size}-seed{number}"
                if cell in unfinished:
                    continue
                right = {
                    name: pd.Series((random.random(n) < level - 0.1 * place).astype(float), index=ids)
                    for place, name in enumerate(evaluations)
                }
                scores[cell] = right
                rows.append(
                    {
                        "cell": cell,
                        "arm": arm["name"],
                        "fraction": fraction,
                        "seed": number,
                        "examples": examples,
                        "steps": 100 if equal == "steps" else examples // 10,
                        "seconds": 20.0 if equal == "steps" else examples / 50,
                        **{name: 100 * float(values.mean()) for name, values in right.items()},
                    }
                )
    columns = ["cell", "arm", "fraction", "seed", "examples", "steps", "seconds"]
    results = pd.DataFrame(rows) if rows else pd.DataFrame(columns=columns)
    return plan, results.astype({"fraction": float}), scores
