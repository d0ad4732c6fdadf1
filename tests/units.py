"""Generated examples with a tag for every token, or with several labels: features, trainers, and what a hook saw."""

import random

import numpy as np
import torch
from transformers import BertForSequenceClassification, BertForTokenClassification

from dataset_cartography.integrations.transformers import track
from dataset_cartography.log import LogReader
from labels import CLS, SEP, VOCABULARY, as_dataset, listed, make_trainer
from questions import assert_same_training, trained
from tiny import tiny_qa_model
from witness import Witness, assert_same_rows

TAGS = ("O", "B-person", "I-person", "B-place", "I-place")
TOPICS = ("sport", "money", "health", "music")
SIGNALS = ("gold_logprob", "margin", "prediction", "correct", "gold")


def _tokens(draw, seen, fixed=None):
    while True:
        length = fixed or draw.randint(4, 12)
        tokens = (CLS, *(draw.randrange(5, VOCABULARY) for _ in range(length - 2)), SEP)
        if tokens not in seen:
            seen.add(tokens)
            return list(tokens)


def generate_tags(count, *, seed=0, words=False, fixed=None):
    """Sentences whose tokens have tags, but for the special ones and those that go on with a word.

    Args:
        words: Whether they tell which word each labelled token stands for; some words have no token.
        fixed: The length of all, else 4 to 12 tokens.
    """
    draw, seen, examples = random.Random(seed), set(), []
    for number in range(count):
        tokens = _tokens(draw, seen, fixed)
        labels = [
            -100
            if place in (0, len(tokens) - 1) or (place > 1 and draw.random() < 0.25)
            else token % len(TAGS)
            for place, token in enumerate(tokens)
        ]
        example = {
            "id": f"e{number}",
            "input_ids": tokens,
            "attention_mask": [1] * len(tokens),
            "labels": labels,
        }
        if words:
            labelled = sum(label >= 0 for label in labels)
            example["word_numbers"] = sorted(draw.sample(range(labelled + 2), labelled))
        examples.append(example)
    return examples


def generate_topics(count, *, seed=0, unknown=False):
    """Sentences with any number of the topics, as 1 and 0; with `unknown`, some as -100."""
    draw, seen, examples = random.Random(seed), set(), []
    for number in range(count):
        tokens = _tokens(draw, seen)
        labels = [float((tokens[1] + topic) % 3 == 0) for topic in range(len(TOPICS))]
        if unknown and number % 3 == 0:
            labels[number % len(TOPICS)] = -100.0
        examples.append(
            {
                "id": f"e{number}",
                "input_ids": tokens,
                "attention_mask": [1] * len(tokens),
                "labels": labels,
            }
        )
    return examples


class MatrixCollator:
    """Pads tokens with 0 and tags with -100, and keeps the model's columns only."""

    def __call__(self, features):
        batch = {}
        for name, filling in (("input_ids", 0), ("attention_mask", 0), ("labels", -100)):
            lists = [listed(feature[name]) for feature in features]
            longest = max(map(len, lists))
            batch[name] = torch.tensor([values + [filling] * (longest - len(values)) for values in lists])
        return batch


def tagger(names=TAGS, *, problem=None, kind=BertForTokenClassification, size=VOCABULARY):
    """A tiny model with dropout, its weights the same at every call."""
    config = tiny_qa_model(size).config
    config.id2label = dict(enumerate(names))
    config.label2id = {name: number for number, name in enumerate(names)}
    config.problem_type = problem
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return kind(config)


def labeller(problem="multi_label_classification"):
    """The same for topics."""
    return tagger(TOPICS, problem=problem, kind=BertForSequenceClassification)


MODELS = {"token-classification": tagger, "multi-label": labeller}


def make_unit_trainer(folder, train, task, **settings):
    """A trainer of one of the two tasks."""
    settings = {"model": MODELS[task], "data_collator": MatrixCollator(), **settings}
    return make_trainer(folder, train, **settings)


def expected_units(witness, examples, task, *, training=True):
    """(epoch, id, unit) -> signals, computed a decision at a time from what the witness saw."""
    by_content = {tuple(example["input_ids"]): example for example in examples}
    rows = {}
    for (epoch, tokens), (logits,) in witness.of(by_content, training=training).items():
        example = by_content[tokens]
        labels = listed(example["labels"])
        if task == "multi-label":
            decisions = [
                (unit, [0.0, float(logits[unit])], int(gold)) for unit, gold in enumerate(labels) if gold >= 0
            ]
        else:
            places = [place for place, label in enumerate(labels) if label >= 0]
            numbers = listed(example.get("word_numbers", range(len(places))))
            decisions = [
                (unit, logits[place].tolist(), labels[place])
                for unit, place in zip(numbers, places, strict=True)
            ]
        for unit, scores, gold in decisions:
            total = max(scores) + np.log(sum(np.exp(score - max(scores)) for score in scores))
            others = [score for number, score in enumerate(scores) if number != gold]
            best = scores.index(max(scores))
            rows[epoch, example["id"], unit] = [
                scores[gold] - total,
                scores[gold] - max(others),
                best,
                best == gold,
                gold,
            ]
    return rows


def recorded_units(root):
    """The same of a log."""
    log, rows = LogReader(root), {}
    for epoch in log.epochs:
        columns = log.read(epoch, SIGNALS).columns
        keys = zip(log.ids[columns["example"]].tolist(), columns["unit"].tolist(), strict=True)
        values = np.stack([columns[name] for name in SIGNALS], axis=1).tolist()
        rows |= {(epoch, *key): row for key, row in zip(keys, values, strict=True)}
    return rows


def run_units(folder, train, task, tracked=None, **settings):
    """Train; the final weights and losses, and what a hook saw."""
    trainer = make_unit_trainer(folder, train() if callable(train) else train, task, **settings)
    witness = Witness(trainer, dimensions=2 if task == "multi-label" else 3)
    if tracked is not None:
        track(trainer, folder / tracked["mode"], **tracked)
    return trained(trainer), witness


def check_units(folder, examples, task, *, modes=("in_training", "epoch_end"), train=None, **settings):
    """Train a twin, and tracked runs, whose rows are compared with what a hook saw."""
    train = as_dataset(examples) if train is None else train
    plain, untracked = run_units(folder, train, task, **settings)
    for mode in modes:
        tracked, witness = run_units(folder, train, task, {"mode": mode}, **settings)
        assert_same_training(plain, tracked)
        assert witness.trained == untracked.trained, "the model was given something else"
        assert LogReader(folder / mode).manifest.task == task
        wanted = expected_units(witness, examples, task, training=mode == "in_training")
        assert_same_rows(recorded_units(folder / mode), wanted)
