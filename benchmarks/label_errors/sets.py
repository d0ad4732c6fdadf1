"""The datasets that noise is planted in, at most 2,000 examples each, and how the model is trained on them."""

import csv
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import numpy as np

from dataset_cartography.tasks.base import DEFAULTS, Options
from dataset_cartography.tasks.demo import generate_demo_examples
from dataset_cartography.tasks.registry import TASKS

CLASSES = ("confusable", "uniform")
RELATIONS = ("uniform", "confusable")  # the second is drawn by what the first confuses
SHORT = 550  # characters
SPANS = ("confusable", "boundary")


@dataclass(frozen=True)
class Recipe:
    """A dataset and its training.

    Attributes:
        task: As in `run.py --task`; its examples are what noise is planted in.
        kinds: The two kinds of noise that suit it.
        rows: The examples, from the folder with the data: any columns that the task's loader knows.
        size: Examples taken, the same ones in every cell.
        epochs: Of training.
        batch: Examples a step.
        learning_rate: Its highest value.
        options: How long the model's input is.
    """

    task: str
    kinds: tuple[str, str]
    rows: Callable[[Path], list[dict[str, Any]]]
    size: int
    epochs: int
    batch: int
    learning_rate: float
    options: Options = DEFAULTS

    def examples(self, data: Path, scratch: Path) -> datasets.Dataset:
        """The dataset in the task's one form."""
        rows = self.rows(data)
        random.Random(0).shuffle(rows)  # noqa: S311 - which examples, not a secret
        rows = rows[: self.size]
        if "pixels" in rows[0]:
            names = [str(label) for label in sorted({row["label"] for row in rows})]
            return datasets.Dataset.from_list(rows).cast_column("label", datasets.ClassLabel(names=names))
        path = scratch / "examples.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return TASKS[self.task].load(str(path), "train", None, self.options).kept


def _digits(_: Path) -> list[dict[str, Any]]:
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    pixels = (images / 16).astype(np.float32)
    return [
        {"id": row, "pixels": image.tolist(), "label": int(label)}
        for row, (image, label) in enumerate(zip(pixels, labels, strict=True))
    ]


def _trec(data: Path) -> list[dict[str, Any]]:
    lines = (data / "trec" / "TREC.train.all").read_text(encoding="latin-1").splitlines()
    parted = (line.split(" ", 1) for line in lines if line.strip())
    return [
        {"id": f"trec-{row}", "text": text.strip(), "label": label.split(":")[0]}
        for row, (label, text) in enumerate(parted)
    ]


def snli_pairs(data: Path, split: str = "validation") -> list[dict[str, Any]]:
    """SNLI's pairs of a split, but those whose annotators did not agree on a label."""
    names = ("entailment", "neutral", "contradiction")
    with (data / "snli" / f"{split}.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [
        {
            "id": f"snli-{row}",
            "premise": each["premise"],
            "hypothesis": each["hypothesis"],
            "label": names[each["label"]],
        }
        for row, each in enumerate(rows)
        if each["label"] in (0, 1, 2)
    ]


def _banking77(data: Path) -> list[dict[str, Any]]:
    with (data / "banking77" / "train.csv").open(encoding="utf-8", newline="") as file:
        return [
            {"id": f"banking-{row}", "text": each["text"], "label": each["category"]}
            for row, each in enumerate(csv.DictReader(file))
        ]


def _squad(data: Path) -> list[dict[str, Any]]:
    """Questions on short contexts: a window each, so that there are enough of them to learn from."""
    articles = squad_articles(data / "squad" / "dev-v1.1.json")
    return [row for row in questions(articles) if len(row["context"]) <= SHORT]


def squad_articles(path: Path) -> list[dict[str, Any]]:
    """The articles of a file in SQuAD's nested format."""
    articles: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["data"]
    return articles


def questions(articles: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The questions of such articles, a row each."""
    for article in articles:
        for paragraph in article["paragraphs"]:
            for question in paragraph["qas"]:
                answers = question["answers"]
                yield {
                    "id": question["id"],
                    "question": question["question"],
                    "context": paragraph["context"],
                    "answers": {
                        "text": [answer["text"] for answer in answers],
                        "answer_start": [answer["answer_start"] for answer in answers],
                    },
                }


def _demo(_: Path) -> list[dict[str, Any]]:
    # Its own wrong labels are left out: those that are planted are to be the only ones.
    rows = generate_demo_examples(700, wrong_label_share=0.0)
    return [{name: row[name] for name in ("id", "question", "context", "answers")} for row in rows]


RECIPES: dict[str, Recipe] = {
    "digits": Recipe("classification", CLASSES, _digits, 1797, 12, 32, 2e-3),
    "trec": Recipe("classification", CLASSES, _trec, 1500, 4, 32, 1.5e-4, Options(max_length=48)),
    "demo": Recipe("qa", SPANS, _demo, 700, 4, 8, 2e-4, Options(max_length=128, doc_stride=32)),
    "snli": Recipe("nli", RELATIONS, snli_pairs, 1200, 4, 32, 1.5e-4, Options(max_length=64)),
    "banking77": Recipe("classification", CLASSES, _banking77, 1400, 6, 32, 3e-4, Options(max_length=64)),
    "squad": Recipe("qa", SPANS, _squad, 1200, 4, 16, 3e-4, Options(max_length=160, doc_stride=48)),
}
"""The sets by name, in the order of their cost."""
