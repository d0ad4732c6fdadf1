"""The three datasets: what is trained on, what is evaluated on, and where the two differ; each a .jsonl file."""

import json
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataset_cartography.tasks.demo import generate_demo_examples, generate_demo_split

# How the files are read is the other benchmark's.
sys.path.append(str(Path(__file__).resolve().parents[1] / "label_errors"))
from sets import questions, snli_pairs, squad_articles

TRAINED = 2_000
TRAINED_ARTICLES = 36
SHORT = 600  # characters of a context; with its question, all but a few fit into a window of 160 tokens
EVALUATED = {"squad": 550, "snli": 2_000, "demo": 500}
DEMO_TRAINED = 1_500
WRONG = 0.2

Rows = Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Files:
    """Where a set's examples are written.

    Attributes:
        folder: Of the set.
    """

    folder: Path

    @property
    def train(self) -> Path:
        """What is trained on."""
        return self.folder / "train.jsonl"

    @property
    def evaluation(self) -> Path:
        """Of the same domain; none of it is trained on."""
        return self.folder / "eval.jsonl"

    @property
    def out_of_domain(self) -> Path:
        """Of another domain; not every set has one."""
        return self.folder / "ood.jsonl"

    @property
    def truth(self) -> Path:
        """Of the demo, for evaluation alone: the right answers of the examples whose labels are wrong."""
        return self.folder / "truth.jsonl"


def squad(data: Path) -> dict[str, Rows]:
    """Questions on short contexts, articles apart; and the adversarial ones on the articles that are held out.

    Of AddOneSent, only questions whose context was added to: the others are SQuAD's own. Their contexts are of any
    length, as there would be too few.
    """
    articles = squad_articles(data / "squad" / "dev-v1.1.json")
    random.Random(0).shuffle(articles)  # noqa: S311 - which examples, not a secret
    trained, held_out = articles[:TRAINED_ARTICLES], articles[TRAINED_ARTICLES:]
    titles = {article["title"] for article in held_out}
    adversarial = [
        article
        for article in squad_articles(data / "adversarial-squad" / "add-one-sent.json")
        if article["title"] in titles
    ]
    return {
        "train": _drawn(_short(questions(trained)), TRAINED),
        "evaluation": _drawn(_short(questions(held_out)), EVALUATED["squad"]),
        "out_of_domain": [row for row in questions(adversarial) if "turk" in row["id"]],
    }


def snli(data: Path) -> dict[str, Rows]:
    """Pairs of the validation split, and of the test split."""
    return {
        "train": _drawn(snli_pairs(data), TRAINED),
        "evaluation": _drawn(snli_pairs(data, "test"), EVALUATED["snli"]),
    }


def demo(_: Path) -> dict[str, Rows]:
    """Generated notes with wrong labels, of which nothing is said, and others whose labels are all right.

    The wrong labels are the generator's own: they have causes (most come from one source and one kind of question, as
    if an annotator had misread some notes) and are none of the kinds of planted noise that `datamap errors` was
    calibrated on. Hard and ambiguous questions, which are suspected as well, are among them as ever.
    """
    rows = generate_demo_examples(DEMO_TRAINED, wrong_label_share=WRONG)
    return {
        "train": [_untold(row) for row in rows],
        "evaluation": [_untold(row) for row in generate_demo_split("validation", EVALUATED["demo"])],
        "truth": [
            {"id": row["id"], "true_answer": row["true_answer"]}
            for row in rows
            if row["truth"] == "wrong_label"
        ],
    }


def prepare(name: str, data: Path, folder: Path) -> Files:
    """Write a set's files, where they are not there."""
    files = Files(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for part, rows in SETS[name](data).items():
        path: Path = getattr(files, part)
        text = "".join(json.dumps(row) + "\n" for row in rows)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    return files


def _short(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if len(row["context"]) <= SHORT]


def _drawn(rows: Rows, size: int) -> Rows:
    return random.Random(0).sample(rows, min(size, len(rows)))  # noqa: S311 - which examples, not a secret


def _untold(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "question", "context", "answers")}


SETS: dict[str, Callable[[Path], dict[str, Rows]]] = {"squad": squad, "snli": snli, "demo": demo}
"""What each is made of, from the folder with the data."""
