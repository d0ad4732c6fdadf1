"""How well planted wrong tags, labels of sets, numbers and preferences are found, beside single methods.

    python benchmarks/planted_in_other_tasks.py [--folder planted] [--wnut FILE] [--only TASK ...] [--examples N]
        [--runs DIR ...]

Trains the demo models on generated sets (and on a file of tagged sentences, such as WNUT-17's) of which some labels are
made wrong on purpose, and prints the average precision in 100 of the package's ranking and of single methods. A run
that is there already is not made again; `--runs` are further cartography directories of `run.py --plant_label_noise`.
"""

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from dataset_cartography import find_label_errors
from dataset_cartography.label_errors import label_error_signals
from dataset_cartography.log import LogPaths, LogReader
from dataset_cartography.tasks.noise import planted_report, planted_units, read_planted, unit_keys

SHARE, SEED = 0.08, 0
WORDS = (
    "terrible",
    "awful",
    "bad",
    "poor",
    "mediocre",
    "okay",
    "decent",
    "good",
    "great",
    "excellent",
    "perfect",
)
THINGS = ("food", "service", "room", "staff", "view", "price", "breakfast", "pool", "bed", "location")
TOPICS = {
    "sport": ("match", "goal", "team", "coach", "player", "season"),
    "money": ("bank", "loan", "price", "market", "profit", "tax"),
    "health": ("doctor", "nurse", "cure", "fever", "hospital", "pill"),
    "music": ("band", "song", "guitar", "concert", "album", "singer"),
    "travel": ("hotel", "flight", "beach", "train", "map", "luggage"),
}
FILLERS = (
    "the",
    "a",
    "of",
    "and",
    "with",
    "new",
    "old",
    "very",
    "day",
    "week",
    "people",
    "said",
    "about",
    "many",
)
POLITE = (
    "of course",
    "gladly",
    "here is a plan",
    "start small",
    "read the manual",
    "take your time",
    "good luck",
)
RUDE = (
    "no idea",
    "why bother",
    "whatever",
    "who cares",
    "just give up",
    "look it up yourself",
    "ask someone else",
)
SINGLE = {
    "1 - confidence": "unlikely",
    "mean loss": "mean_loss",
    "last loss (self-confidence)": "last_loss",
    "AUM": "low_aum",
    "forgetting": "forgetting",
}


def ratings(draw: random.Random, number: int) -> dict[str, object]:
    """A review whose words, and a little chance, make its stars."""
    told = draw.choices(range(len(WORDS)), k=draw.randint(2, 4))
    text = ", ".join(f"the {draw.choice(THINGS)} was {WORDS[each]}" for each in told)
    return {
        "text": text,
        "label": round(sum(told) / len(told) / 2 + draw.gauss(0, 0.1), 2),
        "id": f"r{number}",
    }


def topics(draw: random.Random, number: int) -> dict[str, object]:
    """Words about some topics; now and then one in passing, and now and then a topic without a word."""
    labels = sorted(draw.sample(sorted(TOPICS), draw.choice([0, 1, 1, 2, 2, 3])))
    words = [draw.choice(TOPICS[label]) for label in labels] + draw.choices(FILLERS, k=draw.randint(4, 8))
    if draw.random() < 0.15:
        words.append(draw.choice(TOPICS[draw.choice(sorted(TOPICS))]))
    if labels and draw.random() < 0.1:
        words.pop(0)
    draw.shuffle(words)
    return {"text": " ".join(words), "labels": labels, "id": f"m{number}"}


def pairs(draw: random.Random, number: int) -> dict[str, object]:
    """A polite answer and a rude one; of some pairs all but a phrase is the same."""
    polite, rude = draw.sample(POLITE, draw.randint(2, 4)), draw.sample(RUDE, draw.randint(2, 4))
    if draw.random() < 0.3:
        rude = [*polite[:-1], draw.choice(RUDE)]
    prompt = f"How do I choose a {draw.choice(THINGS)}? "
    return {"prompt": prompt, "chosen": ". ".join(polite), "rejected": ". ".join(rude), "id": f"p{number}"}


GENERATED: dict[str, tuple[Callable[[random.Random, int], dict[str, object]], int, list[str]]] = {
    "regression": (ratings, 800, ["--num_train_epochs", "4", "--learning_rate", "2e-4"]),
    "multi-label": (topics, 900, ["--num_train_epochs", "4", "--learning_rate", "2e-4"]),
    "dpo": (pairs, 240, ["--num_train_epochs", "3", "--learning_rate", "3e-4"]),
}
TAGS = ["--num_train_epochs", "3", "--learning_rate", "2e-4", "--bf16"]


def main() -> None:
    """Train if need be, rank, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=Path("planted"), help="where data and runs are kept")
    parser.add_argument("--wnut", type=Path, help="tagged sentences, in a form that run.py reads")
    parser.add_argument("--only", nargs="*", help="tasks")
    parser.add_argument(
        "--examples", type=int, help="of each generated set; default 240 pairs, 800 or 900 others"
    )
    parser.add_argument("--runs", nargs="*", type=Path, default=[], help="further recorded runs")
    arguments = parser.parse_args()
    tables = []
    for task in [*GENERATED, "token-classification"]:
        if arguments.only is not None and task not in arguments.only:
            continue
        if task == "token-classification" and arguments.wnut is None:
            continue
        tables += compare(train(task, arguments.folder, arguments.wnut, arguments.examples))
    for root in arguments.runs:
        tables += compare(root)
    print(pd.concat(tables, axis=1).to_string(float_format="{:.1f}".format, na_rep=""))


def train(task: str, folder: Path, tagged: Path | None, examples: int | None) -> Path:
    """Train on a generated set, or the tagged sentences; the cartography directory."""
    root = folder / task
    if LogPaths(root).metrics_parquet.is_file():
        return root
    folder.mkdir(parents=True, exist_ok=True)
    data, settings = tagged, TAGS
    if task in GENERATED:
        make, count, settings = GENERATED[task]
        draw, data = random.Random(SEED), folder / f"{task}.jsonl"  # noqa: S311
        data.write_text("".join(json.dumps(make(draw, number)) + "\n" for number in range(examples or count)))
    run = Path(__file__).resolve().parents[1] / "run.py"
    command = [sys.executable, str(run), "--task", task, "--dataset", str(data)]
    command += [
        "--model",
        "demo",
        "--do_train",
        "--per_device_train_batch_size",
        "16",
        "--max_length",
        "64",
        *settings,
    ]
    command += ["--output_dir", str(folder / f"{task}-model"), "--save_strategy", "no", "--report_to", "none"]
    command += [
        "--enable_cartography",
        "--cartography_output_dir",
        str(root),
        "--plant_label_noise",
        str(SHARE),
    ]
    subprocess.run(command, check=True)
    return root


def compare(root: Path) -> list[pd.Series]:
    """Average precision in 100 by method; of tags and sets of labels also that of units."""
    log, planted = LogReader(root), read_planted(root)
    signals = label_error_signals(root)
    found = {"this package": find_label_errors(root).index}
    if "unit" not in signals:
        found |= {name: signals[column].sort_values(ascending=False).index for name, column in SINGLE.items()}
        return [precision(f"{log.manifest.task}", found, planted)]
    # An example by its worst unit, whatever the method.
    by_example = signals.groupby(level=0, sort=False)
    found |= {
        name: by_example[column].max().sort_values(ascending=False).index for name, column in SINGLE.items()
    }
    ranked = find_label_errors(root, units=True)
    keys = np.array(unit_keys(signals.index, signals["unit"]))
    units = {"this package": unit_keys(ranked.index, ranked["unit"])}
    units |= {
        name: keys[np.argsort(-signals[column].to_numpy(), kind="stable")].tolist()
        for name, column in SINGLE.items()
    }
    truth = planted_units(planted, log.manifest.provenance.get("labels"))
    return [
        precision(f"{log.manifest.task}, examples", found, planted),
        precision(f"{log.manifest.task}, units", units, truth),
    ]


def precision(title: str, found: dict[str, object], planted: object) -> pd.Series:
    """Average precision of several orders."""
    reports = {name: planted_report(order, planted) for name, order in found.items()}
    return pd.Series({name: 100 * report.average_precision for name, report in reports.items()}, name=title)


if __name__ == "__main__":
    main()
