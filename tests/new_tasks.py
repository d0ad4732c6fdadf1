"""A small recorded run of every task beyond single labels and answers, with its examples and their dataset as a file.

Made row by row, in no time. A third of the examples is easy, a third ambiguous and a third hard; of the hard ones some
have a wrong target (`Recorded.wrong`), of which the model predicts the right one.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from tokenizers import Tokenizer, models

from dataset_cartography.log import LogWriter, Manifest

NEW_TASKS = ("multi-label", "regression", "token-classification", "seq2seq", "causal-lm", "dpo")
EPOCHS = 4
TAGS = ("O", "B-location", "I-location", "B-person", "I-person")
TOPICS = ("sport", "money", "health", "music")

_PEOPLE, _PLACES = ("Ada Lovelace", "Grace", "Alan Turing"), ("Paris", "New York", "Rome", "Cape Town")
_ABOUT = {
    "sport": "the match was won",
    "money": "the bank pays interest",
    "health": "the doctor knows a cure",
    "music": "the band plays a song",
}


@dataclass(frozen=True)
class Recorded:
    """A run on disk.

    Attributes:
        task: Its task.
        directory: With the log.
        examples: The task's normal form, labels and tags by their names; index = id.
        dataset: The same as a JSONL file.
        wrong: Ids of the examples whose target is wrong.
        units: Of tasks with units: (example, unit) of every wrong one, both by number.
    """

    task: str
    directory: Path
    examples: pd.DataFrame
    dataset: Path
    wrong: list[str]
    units: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class _Draft:
    """What is written of a run: columns of `examples`, labels' names, and an epoch's rows."""

    columns: dict[str, list]
    rows: Callable
    labels: list[str] | None = None
    units: list[tuple[int, int]] = field(default_factory=list)
    tokenizer: Tokenizer | None = None


def record_task(task, root, *, examples=36, seed=0, tokens=False, margins=True, mode="in_training"):
    """Record a run of one of `NEW_TASKS` in `root/run`, with its dataset as `root/data.jsonl`.

    Args:
        task: The task.
        root: A directory.
        examples: How many; a third each is easy, ambiguous and hard, and of the hard every third has a wrong target.
        seed: Draws the noise; the examples stay the same.
        tokens: Of sequences, whether every token is a row, as with `track(..., tokens=True)`.
        margins: Whether margins are known; TRL's trainers of sequences tell none.
        mode: The manifest's.
    """
    kind = np.arange(examples) % 3  # 0 easy, 1 ambiguous, 2 hard
    wrong = np.flatnonzero((kind == 2) & (np.arange(examples) % 9 == 2))
    rng = np.random.default_rng(seed)
    draft = _DRAFTS[task](kind, wrong, rng, tokens)
    ids = [f"{task}-{number}" for number in range(examples)]
    frame = pd.DataFrame(draft.columns, index=pd.Index(ids, name="id", dtype=object))
    root = Path(root)
    root.mkdir(parents=True, exist_ok=True)
    dataset = root / "data.jsonl"
    records = ({"id": name, **row} for name, row in zip(ids, frame.to_dict("records"), strict=True))
    dataset.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in records))
    provenance = {"model": "tiny", "dataset": str(dataset), "split": "train"}
    provenance |= {"labels": draft.labels} if draft.labels else {}
    manifest = Manifest(task=task, mode=mode, id_type="string", examples=examples, provenance=provenance)
    writer = LogWriter.create(root / "run", manifest, np.array(ids, dtype=object), {})
    for epoch in range(1, EPOCHS + 1):
        rows = {name: np.asarray(values) for name, values in draft.rows(epoch).items()}
        if not margins:
            rows["margin"] = np.full(len(rows["example"]), np.nan, np.float32)
        writer.write_part(epoch, rows | {"global_step": np.full(len(rows["example"]), epoch)})
        writer.close_epoch(epoch, epoch)
    if draft.tokenizer is not None:
        (root / "run" / "tokenizer").mkdir()
        draft.tokenizer.save(str(root / "run" / "tokenizer" / "tokenizer.json"))
    return Recorded(task, root / "run", frame, dataset, [ids[place] for place in wrong], draft.units)


def _probability(kind, epoch, rng):
    """Gold probabilities of pieces by their kind: learned, in doubt, never learned, wrong."""
    doubt = 0.85 if epoch % 2 else 0.15
    base = np.array([0.55 + 0.4 * epoch / EPOCHS, doubt, 0.3, 0.05])[np.asarray(kind)]
    return np.clip(base + rng.normal(0, 0.015, len(base)), 0.01, 0.99)


def _unit_rows(example, unit, kind, gold, other, rng):
    """Rows of units: where the gold label has less than a half, `other` is predicted."""

    def rows(epoch):
        probability = _probability(kind, epoch, rng)
        correct = probability > 0.5
        return {
            "example": example,
            "unit": unit,
            "gold_logprob": np.log(probability),
            "margin": np.log(probability / (1 - probability)),
            "correct": correct,
            "prediction": np.where(correct, gold, other),
            "gold": gold,
        }

    return rows


def _token_classification(kind, wrong, rng, _tokens):
    sentences, all_tags, example, unit, kinds, gold, other, faults = [], [], [], [], [], [], [], []
    for number, one in enumerate(kind.tolist()):
        person, place = _PEOPLE[number % len(_PEOPLE)].split(), _PLACES[number % len(_PLACES)].split()
        words = [*person, "went", "to", *place, "on", f"day{number}", "."]
        tags = ["B-person", *["I-person"] * (len(person) - 1), "O", "O", "B-location"]
        tags += [*["I-location"] * (len(place) - 1), "O", "O", "O"]
        right = [TAGS.index(tag) for tag in tags]
        at = len(person) + 2  # the place's first word
        if number in wrong:
            tags[at] = "O"
            faults.append((number, at))
        sentences.append(words)
        all_tags.append(tags)
        given = [TAGS.index(tag) for tag in tags]
        example += [number] * len(words)
        unit += range(len(words))
        # Of a wrong sentence all but the wrong tag is learned.
        kinds += [3 * (word == at) if number in wrong else one for word in range(len(words))]
        gold += given
        other += [
            truth if truth != label else TAGS.index("O") if label else 3
            for truth, label in zip(right, given, strict=True)
        ]
    rows = _unit_rows(*map(np.array, (example, unit, kinds, gold, other)), rng)
    return _Draft({"tokens": sentences, "tags": all_tags}, rows, list(TAGS), faults)


def _multi_label(kind, wrong, rng, _tokens):
    count, texts, labels, faults = len(TOPICS), [], [], []
    gold = np.zeros((len(kind), count), int)
    for number in range(len(kind)):
        chosen = {number % count, (number // count) % count}
        texts.append(" and ".join(_ABOUT[TOPICS[place]] for place in sorted(chosen)) + f", item {number}")
        gold[number, sorted(chosen)] = 1
        if number in wrong:  # the first is missing
            gold[number, number % count] = 0
            faults.append((number, number % count))
        labels.append([TOPICS[place] for place in np.flatnonzero(gold[number])])
    kinds = np.repeat(kind[:, None], count, axis=1)
    kinds[wrong] = 0
    for number, place in faults:
        kinds[number, place] = 3
    example, unit = np.divmod(np.arange(gold.size), count)
    rows = _unit_rows(example, unit, kinds.ravel(), gold.ravel(), 1 - gold.ravel(), rng)
    return _Draft({"text": texts, "labels": labels}, rows, list(TOPICS), faults)


def _regression(kind, wrong, rng, _tokens):
    truth = np.round(np.linspace(1, 5, len(kind)), 2)
    target = truth.copy()
    target[wrong] = np.round(6 - truth[wrong] + np.where(truth[wrong] > 3, -0.5, 0.5), 2)

    def rows(epoch):
        off = np.select([kind == 0, kind == 1], [0.1, 1.9 if epoch % 2 == 0 else 0.1], 1.7)
        prediction = target + off + rng.normal(0, 0.05, len(kind))
        prediction[wrong] = truth[wrong]
        return {
            "example": np.arange(len(kind)),
            "squared_error": (prediction - target) ** 2,
            "target": target,
            "prediction": prediction,
        }

    texts = [f"a review that sounds like {value:.1f} stars, number {i}" for i, value in enumerate(truth)]
    return _Draft({"text": texts, "label": target.tolist()}, rows)


def _preferences(kind, wrong, rng, _tokens):
    good = [f"Add {number} and {number}: that makes {2 * number}." for number in range(len(kind))]
    bad = [f"No idea about {number}." for number in range(len(kind))]
    columns = {
        "prompt": [f"What is {number} + {number}?" for number in range(len(kind))],
        "chosen": [bad[i] if i in wrong else good[i] for i in range(len(kind))],
        "rejected": [good[i] if i in wrong else bad[i] for i in range(len(kind))],
    }

    kinds = kind.copy()
    kinds[wrong] = 3

    def rows(epoch):
        probability = _probability(kinds, epoch, rng)
        margin = np.log(probability / (1 - probability))
        return {
            "example": np.arange(len(kind)),
            "gold_logprob": np.log(probability),
            "margin": margin,
            "chosen_logratio": margin * 5,
            "rejected_logratio": margin * -5,
            "correct": margin > 0,
            "prediction": (margin <= 0).astype(int),
        }

    return _Draft(columns, rows)


def _sequences(names):
    """Sequences of words, each a token of its own with a space before it."""

    def draft(kind, wrong, rng, tokens):
        sources = [f"How many apples are {number} and {number + 1} ?" for number in range(len(kind))]
        targets = [f"They are {2 * number + 1} apples , or so ." for number in range(len(kind))]
        for number in wrong:
            targets[number] = "I do not like pears ."
        words = sorted({word for text in (*sources, *targets) for word in text.split()})
        vocabulary = {word: place for place, word in enumerate(["[UNK]", "</s>", *words])}
        coded = [[*(vocabulary[word] for word in text.split()), 1] for text in targets]
        example = np.repeat(np.arange(len(coded)), [len(one) for one in coded])
        unit = np.concatenate([np.arange(len(one)) for one in coded])
        gold = np.concatenate(coded)
        kinds = np.where(np.isin(example, wrong), 3, kind[example])

        def rows(epoch):
            probability = _probability(kinds, epoch, rng)
            logprob, right = np.log(probability), probability > 0.5
            margin = np.log(probability / (1 - probability))
            if tokens:
                return {
                    "example": example,
                    "unit": unit,
                    "gold_logprob": logprob,
                    "lowest_logprob": logprob,
                    "margin": margin,
                    "tokens": np.ones(len(gold), int),
                    "correct_tokens": right.astype(int),
                    "gold": gold,
                    "prediction": np.where(right, gold, vocabulary["pears"]),
                }
            starts = np.flatnonzero(unit == 0)
            return {
                "example": np.arange(len(coded)),
                "unit": np.zeros(len(coded), int),
                "gold_logprob": np.add.reduceat(logprob, starts),
                "lowest_logprob": np.minimum.reduceat(logprob, starts),
                "margin": np.add.reduceat(margin, starts),
                "tokens": [len(one) for one in coded],
                "correct_tokens": np.add.reduceat(right.astype(int), starts),
                "gold": np.full(len(coded), -1),
                "prediction": np.full(len(coded), -1),
            }

        tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]")) if tokens else None
        return _Draft(dict(zip(names, (sources, targets), strict=True)), rows, tokenizer=tokenizer)

    return draft


_DRAFTS = {
    "multi-label": _multi_label,
    "regression": _regression,
    "token-classification": _token_classification,
    "seq2seq": _sequences(("source", "target")),
    "causal-lm": _sequences(("prompt", "completion")),
    "dpo": _preferences,
}
