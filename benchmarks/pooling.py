"""Compare the ways in which the probabilities of a sentence's tags make its own, on a map with planted wrong tags.

    python benchmarks/pooling.py [--data DIR] [--examples 1500] [--epochs 4]

The offline encoder learns wnut17/wnut17train.conll from DIR, or generated sentences, of which about one in twelve has a
wrong tag: an entity of another kind, an entity that is not tagged, or a word that is tagged as one. Printed are, for
each pooling, the regions' shares, the rank correlation of confidence and length, and how well low confidence finds the
planted sentences.
"""

import argparse
import json
import random
import tempfile
from pathlib import Path
from typing import Any, get_args

import pandas as pd

from dataset_cartography import categorize_examples, compute_metrics
from dataset_cartography.cli.run import main as run
from dataset_cartography.dynamics import Reading
from dataset_cartography.schema import Pooling
from dataset_cartography.tasks.conll import read_conll

KINDS = ("person", "location", "group", "product", "creative-work", "corporation")
WORDS = (
    "the",
    "a",
    "sees",
    "meets",
    "near",
    "in",
    "with",
    "and",
    "today",
    "never",
    "again",
    "slowly",
    "red",
    "old",
)
NAMES = {"ann": "person", "bob": "person", "rome": "location", "paris": "location", "acme": "corporation"}


def generated(count: int) -> list[dict[str, Any]]:
    """Sentences with an entity or two."""
    draw, rows = random.Random(0), []  # noqa: S311
    for _ in range(count):
        tokens = draw.choices([*WORDS, *NAMES], k=draw.randint(4, 20))
        tags = [f"B-{NAMES[token]}" if token in NAMES else "O" for token in tokens]
        rows.append({"tokens": tokens, "tags": tags})
    return rows


def plant(tags: list[str], draw: random.Random) -> bool:
    """Make a sentence's tags wrong, one time in twelve; whether they were."""
    starts = [place for place, tag in enumerate(tags) if tag.startswith("B-")]
    if draw.random() >= 0.08:
        return False
    if not (starts and draw.random() < 0.7):
        place = draw.choice([place for place, tag in enumerate(tags) if tag == "O"] or [0])
        tags[place] = f"B-{draw.choice(KINDS)}"
        return True
    start = draw.choice(starts)
    end = start + 1
    while end < len(tags) and tags[end].startswith("I-"):
        end += 1
    other = draw.choice([kind for kind in KINDS if kind != tags[start][2:]])
    forgotten = draw.random() >= 0.5
    for place in range(start, end):
        tags[place] = "O" if forgotten else tags[place][:2] + other
    return True


def described(df: pd.DataFrame, rows: pd.DataFrame) -> str:
    """One pooling's figures, as a row of a table."""
    confidence, planted = df["confidence"], rows["planted"].reindex(df.index)
    shares = categorize_examples(df)["category"].value_counts(normalize=True)
    regions = ", ".join(f"{shares.get(name, 0):.0%}" for name in ("easy", "ambiguous", "hard"))
    length = confidence.rank().corr(rows["length"].reindex(df.index).rank())
    lowest = planted[confidence.nsmallest(int(planted.sum())).index].mean()
    count = planted.sum()
    above = (-confidence).rank()[planted].sum() - count * (count + 1) / 2
    return f"{regions} | {length:.2f} | {lowest:.0%} | {above / (count * (len(df) - count)):.2f}"


def main() -> None:
    """Plant, train, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--examples", type=int, default=1500)
    parser.add_argument("--epochs", type=int, default=4)
    options = parser.parse_args()
    told = generated(options.examples)
    if options.data is not None:
        with (options.data / "wnut17" / "wnut17train.conll").open(encoding="utf-8") as lines:
            told = list(read_conll(lines))[: options.examples]
    draw = random.Random(3)  # noqa: S311
    for number, row in enumerate(told):
        row |= {"id": f"s{number}", "planted": plant(row["tags"], draw), "length": len(row["tokens"])}
    rows = pd.DataFrame(told).set_index("id")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in told))
        flags: dict[str, Any] = {
            "task": "token-classification",
            "dataset": folder / "rows.jsonl",
            "model": "demo",
            "num_train_epochs": options.epochs,
            "learning_rate": 2e-4,
            "max_length": 96,
            "output_dir": folder / "model",
            "cartography_output_dir": folder / "map",
            "save_strategy": "no",
            "report_to": "none",
            "disable_tqdm": True,
        }
        argv = [part for flag, value in flags.items() for part in (f"--{flag}", str(value))]
        if run([*argv, "--do_train", "--enable_cartography", "--bf16", "--use_cpu"]):
            raise SystemExit("The training failed.")
        count = int(rows["planted"].sum())
        print(f"pooling | easy, ambiguous, hard | length | planted among the {count} lowest | AUROC")
        for pooling in get_args(Pooling):
            df = compute_metrics(folder / "map", reading=Reading(pooling=pooling))
            print(f"{pooling} | {described(df, rows)}")


if __name__ == "__main__":
    main()
