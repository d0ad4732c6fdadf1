"""Make the pictures of docs/gallery.md by running its code: `make docs`, or `python docs/gallery.py`.

The runs they show are simulated, so that the pictures are the same on every machine and take seconds: the
generated clinical notes of the demo, with gold probabilities drawn as the planted faults would have them.
"""

import contextlib
import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image

from dataset_cartography.experiment.paths import PLAN, RESULTS, TABLE
from dataset_cartography.experiment.table import experiment_table, planned
from dataset_cartography.log import LogWriter, Manifest
from dataset_cartography.tasks.demo import generate_demo_examples

PAGE = Path(__file__).with_name("gallery.md")
IMAGES = PAGE.parent / "images"
EXAMPLES, EPOCHS = 1400, 6
LARGE = 300_000
COLORS = 256  # of a picture's palette: a third of the bytes, and no difference to the eye

Floats = npt.NDArray[np.float64]


def simulate(truths: Sequence[str], seed: int) -> Floats:
    """Gold probabilities of examples with these planted truths, (examples, EPOCHS)."""
    random = np.random.default_rng(seed)
    n, epochs = len(truths), np.arange(EPOCHS)
    kind = np.array(truths)[:, None]
    # Sound labels are learned, some early and some late; hard ones later and less surely.
    onset = (
        random.exponential(0.9, (n, 1)) - 1.8 + np.where(kind == "hard", random.uniform(1.0, 4.5, (n, 1)), 0)
    )
    learned = 1 / (1 + np.exp(-1.7 * (epochs - onset)))
    level = np.where(kind == "hard", 0.75, 0.97) + random.normal(0, 0.02, (n, 1))
    # Wrong labels are resisted, and now and then learned by heart at the end.
    by_heart = 0.5 * (random.random((n, 1)) < 0.15) * np.clip(epochs - 3, 0, 2) / 2
    resisted = 0.12 * random.beta(1.0, 4.0, (n, 1)) + by_heart
    torn = random.beta(1.1, 1.1, (n, EPOCHS)) * 0.9 + 0.05
    curves = np.select([kind == "wrong_label", kind == "ambiguous"], [resisted, torn], learned * level)
    return np.clip(curves + random.normal(0, 0.02, (n, EPOCHS)), 0.002, 0.998)


def write_run(folder: Path, ids: Sequence[str], probability: Floats, dataset: str, seed: int) -> None:
    """Write gold probabilities, (examples, epochs), as the log of a classification run."""
    n = len(ids)
    yes = np.ones(n, bool)
    facts = {"answerable": yes, "has_answer_window": yes, "windows": np.ones(n, np.int32)}
    provenance = {"model": "simulated encoder", "dataset": dataset, "split": "train"}
    manifest = Manifest("classification", "in_training", "string", n, provenance=provenance)
    writer = LogWriter.create(folder, manifest, np.array(ids, dtype=object), facts)
    random = np.random.default_rng(seed)
    for epoch, column in enumerate(probability.T, start=1):
        # The rest of the probability goes to one other label, or is shared by several.
        others = (1 - column) * random.uniform(0.5, 1.0, n)
        signals = {
            "gold_logprob": np.log(column),
            "margin": np.log(column) - np.log(others),
            "el2n": np.sqrt(2) * (1 - column),
            "correct": column > others,
            "prediction": (column <= others).astype(int),
        }
        writer.write_part(epoch, {"example": np.arange(n), "global_step": np.full(n, epoch), **signals})
        writer.close_epoch(epoch, epoch)


def write_runs(folder: Path) -> None:
    """Make the runs that the page's code reads: one, another after labels were corrected, each again; a large one."""
    rows = generate_demo_examples(EXAMPLES)
    ids, truths = [row["id"] for row in rows], [row["truth"] for row in rows]
    dataset = f"demo:{EXAMPLES}"
    write_run(folder / "cartography_output", ids, simulate(truths, seed=1), dataset, seed=1)
    corrected = ["clean" if truth == "wrong_label" and k % 4 else truth for k, truth in enumerate(truths)]
    same = np.array([before == after for before, after in zip(truths, corrected, strict=True)])[:, None]
    second = np.where(same, simulate(truths, seed=1), simulate(corrected, seed=2))
    noise = np.random.default_rng(3).normal(0, 0.03, second.shape)
    write_run(folder / "second_output", ids[:-5], np.clip(second + noise, 0.002, 0.998)[:-5], dataset, seed=2)
    # What another seed would have given of either.
    for name, curves, seed in (("again", simulate(truths, seed=1), 6), ("second_again", second, 7)):
        other = curves + np.random.default_rng(seed).normal(0, 0.03, curves.shape)
        write_run(folder / f"{name}_output", ids, np.clip(other, 0.002, 0.998), dataset, seed=seed)
    many = np.random.default_rng(4).choice(
        ["clean", "hard", "ambiguous", "wrong_label"], LARGE, p=[0.7, 0.2, 0.06, 0.04]
    )
    write_run(
        folder / "large_output",
        [f"row-{k}" for k in range(LARGE)],
        simulate(many.tolist(), seed=5),
        "large",
        seed=5,
    )


def write_experiment(folder: Path) -> None:
    """Make what an experiment leaves: scores of trainings of whom each example and each seed asks more or less."""
    random = np.random.default_rng(8)
    names = {
        "full": 0.0,
        "random": -0.12,
        "stratified": -0.11,
        "easy": -0.24,
        "hard": -0.17,
        "ambiguous": -0.08,
    }
    plan = {
        "metric": "accuracy",
        "examples": EXAMPLES,
        "fractions": [0.33, 0.1],
        "seeds": [0, 1, 2],
        "equal": "steps",
        "evaluations": {"eval": {"dataset": "notes_test.jsonl"}, "ood": {"dataset": "letters.jsonl"}},
        "arms": [
            {
                "name": name,
                "fractions": name != "full",
                "control": None if name in ("full", "random") else "random",
            }
            for name in names
        ],
    }
    easiness = {"eval": random.normal(0.8, 0.25, 600), "ood": random.normal(0.65, 0.25, 600)}
    rows: list[dict[str, Any]] = []
    scores: dict[str, dict[str, pd.Series[float]]] = {}
    for arm, fraction in planned(plan):
        loss = names[arm["name"]] * (1 if fraction != 0.1 else 1.6)
        for seed in plan["seeds"]:
            cell = f"{arm['name']}-{fraction}-seed{seed}"
            chance = {name: each + loss + random.normal(0, 0.01) for name, each in easiness.items()}
            scores[cell] = {
                name: pd.Series((each > random.random(600)).astype(float)) for name, each in chance.items()
            }
            size = None if np.isnan(fraction) else fraction
            facts = {"cell": cell, "arm": arm["name"], "fraction": size, "seed": seed}
            cost = {
                "examples": round(EXAMPLES * np.nan_to_num(fraction, nan=1.0)),
                "steps": 350,
                "seconds": 60.0,
            }
            told = {name: {"accuracy": 100 * float(each.mean())} for name, each in scores[cell].items()}
            rows.append({**facts, **cost, **told})
    folder.mkdir()
    (folder / PLAN).write_text(json.dumps(plan), encoding="utf-8")
    content = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / RESULTS).write_text(content, encoding="utf-8")
    results = pd.DataFrame([row | {name: row[name]["accuracy"] for name in easiness} for row in rows])
    results = results.astype({"fraction": float})
    experiment_table(plan, results, scores).to_csv(folder / TABLE, index=False)


def code_blocks() -> list[str]:
    """The page's Python, block by block."""
    return re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def draw(folder: Path) -> list[Path]:
    """Run the page's code in a folder, each block by itself; the pictures it saved, with fewer bytes."""
    write_runs(folder)
    write_experiment(folder / "experiment")
    with contextlib.chdir(folder):
        for code in code_blocks():
            exec(compile(code, str(PAGE), "exec"), {"__name__": "gallery"})  # noqa: S102 - the page's own code
    pictures = sorted(folder.glob("gallery_*.png"))
    for path in pictures:
        with Image.open(path) as picture:
            small = picture.convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
        small.save(path, optimize=True)
    return pictures


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        for made in draw(Path(temporary)):
            (IMAGES / made.name).write_bytes(made.read_bytes())
