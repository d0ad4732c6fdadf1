"""How large a report is, how long it takes to write, and how fast it opens in headless Chromium.

    python benchmarks/report_size.py [--examples 10000 100000] [--epochs 5]

The examples are questions with generated contexts of 700 to 3,000 characters, each another one: as real ones are, but
without the repeats by which real ones compress better. Opened means: the map is drawn and the table filled, from the
start of the navigation (CHROMIUM names another browser; needs playwright, of the extra "test").
"""

import argparse
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

BARS = {10_000: (4.0, None), 100_000: (20.0, 5.0)}  # MB, seconds
WORDS = 20_000
TYPES = ("What was", "When was", "How much is", "Why was", "Has the patient ever had")


def generate(examples: int, epochs: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """A map with its categories, its examples, and the gold probability of each by epoch."""
    from dataset_cartography import categorize_examples
    from dataset_cartography.metrics import compute

    rng = np.random.default_rng(0)
    letters = rng.integers(97, 123, (WORDS, 9)).astype(np.uint8)
    words = np.array([bytes(row[: 3 + number % 7]).decode() for number, row in enumerate(letters)])
    share = 1 / np.arange(1, WORDS + 1)
    share /= share.sum()
    lengths = rng.integers(110, 480, examples)
    drawn = words[rng.choice(WORDS, int(lengths.sum()), p=share)]
    ends = np.cumsum(lengths)
    rows: list[dict[str, Any]] = []
    for number, (start, end) in enumerate(zip(ends - lengths, ends, strict=True)):
        chosen = drawn[start:end]
        place = int(rng.integers(0, len(chosen) - 3))
        before = " ".join(chosen[:place])
        answer = " ".join(chosen[place : place + 3])
        rows.append(
            {
                "question": f"{TYPES[number % len(TYPES)]} {' '.join(chosen[-6:])}?",
                "context": " ".join(chosen),
                "answers": {"text": [answer], "answer_start": [len(before) + bool(before)]},
                "source": f"ward {number % 7}",
            }
        )
    ids = pd.Index([f"{number:024x}" for number in rng.permutation(examples)], name="example_id")
    logit = rng.normal(0.5, 2, (examples, 1)) + rng.normal(0, 1, (examples, epochs)) + 0.5 * np.arange(epochs)
    probability = 1 / (1 + np.exp(-logit))
    signals = {
        "gold_probability": probability,
        "loss": -np.log(probability),
        "correct": (probability > 0.5).astype(np.float64),
        "presentations": np.ones((examples, epochs), np.int32),
    }
    numbers = list(range(1, epochs + 1))
    df = pd.DataFrame(compute(None, signals, numbers), index=ids)
    places = [row["answers"]["answer_start"][0] for row in rows]
    df["windows"], df["prediction_start"], df["prediction_end"] = 1, places, np.add(places, 12)
    df.attrs["cartography"] = {"task": "qa", "mode": "in_training", "epochs": numbers, "dataset": "generated"}
    curves = pd.DataFrame(probability, index=ids, columns=numbers)
    return categorize_examples(df), pd.DataFrame(rows, index=ids), curves


def opening_times(path: Path, times: int) -> list[float]:
    """Seconds until the map is drawn and the table filled, each in a browser of its own."""
    from playwright.sync_api import sync_playwright

    taken = []
    with sync_playwright() as playwright:
        for _ in range(times):
            browser = playwright.chromium.launch(
                executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            )
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            start = time.perf_counter()
            page.goto(path.as_uri(), wait_until="commit")
            page.wait_for_selector('body[data-ready="true"]', timeout=120_000)
            page.wait_for_selector("#table tr[data-index]", timeout=120_000)
            taken.append(time.perf_counter() - start)
            browser.close()
    return taken


def main() -> None:
    """Print a line for each size, beside its bar."""
    from dataset_cartography.report import write_report

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    for examples in arguments.examples:
        df, rows, curves = generate(examples, arguments.epochs)
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            path = write_report(df, rows, Path(folder) / "report.html", probabilities=curves)
            written = time.perf_counter() - start
            size = path.stat().st_size / 1e6
            opened = statistics.median(opening_times(path, arguments.repeat))
        most, longest = BARS.get(examples, (None, None))
        told = f" (bar {most:g} MB)" if most else ""
        print(
            f"{examples:,} questions, contexts of {rows['context'].str.len().mean():,.0f} characters: "
            f"{size:.1f} MB{told}, opened in {opened:.1f} s"
            + (f" (bar {longest:g} s)" if longest else "")
            + f", written in {written:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
