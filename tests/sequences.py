"""Generated sequences, tiny language models, and what a hook sees of them that shares no code with the recorder."""

import random
from typing import NamedTuple

import numpy as np
import torch
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    T5Config,
    T5ForConditionalGeneration,
    TrainerCallback,
)

from dataset_cartography.integrations.transformers import track
from dataset_cartography.log import LogReader
from labels import make_trainer
from questions import assert_same_training, trained

VOCABULARY = 50
IGNORED = -100


def generate_completions(count, *, seed=0, longest=12):
    """Tokenised prompts and completions; all different from their first tokens on."""
    draw = random.Random(seed)
    examples = []
    for number in range(count):
        length = draw.randint(5, longest)
        tokens = [
            5 + number % 40,
            5 + number // 40,
            *(draw.randrange(5, VOCABULARY) for _ in range(length - 2)),
        ]
        prompt = draw.randint(1, 3)
        examples.append(
            {
                "id": f"e{number}",
                "input_ids": tokens,
                "attention_mask": [1] * length,
                "labels": [IGNORED] * prompt + tokens[prompt:],
            }
        )
    return examples


def generate_pairs(count, *, seed=0):
    """Tokenised sources and targets, for an encoder-decoder."""
    draw = random.Random(seed)
    return [
        {**example, "labels": [draw.randrange(5, VOCABULARY) for _ in range(draw.randint(2, 9))]}
        for example in generate_completions(count, seed=seed)
    ]


def tiny_decoder(vocabulary=VOCABULARY, *, seed=0, dropout=0.1):
    """A GPT-2 of 2 layers and 32 units; torch's own seed stays."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return GPT2LMHeadModel(
            GPT2Config(
                vocab_size=vocabulary,
                n_positions=64,
                n_embd=32,
                n_layer=2,
                n_head=2,
                resid_pdrop=dropout,
                embd_pdrop=dropout,
                attn_pdrop=dropout,
                bos_token_id=None,
                eos_token_id=None,
                loss_type="ForCausalLMLoss",
            )
        )


def tiny_encoder_decoder(vocabulary=VOCABULARY, *, seed=0):
    """A T5 of 2 + 2 layers and 32 units."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return T5ForConditionalGeneration(
            T5Config(
                vocab_size=vocabulary,
                d_model=32,
                d_kv=16,
                d_ff=64,
                num_layers=2,
                num_heads=2,
                pad_token_id=0,
                eos_token_id=1,
                decoder_start_token_id=0,
            )
        )


class Padding:
    """Pads with token 0 and label -100, on the side asked for; keeps the model's columns only."""

    def __init__(self, side="right"):
        self.side = side

    def __call__(self, features):
        batch = {}
        for name, filler in (("input_ids", 0), ("attention_mask", 0), ("labels", IGNORED)):
            rows = [list(feature[name]) for feature in features]
            longest = max(map(len, rows))
            padded = [
                row + [filler] * (longest - len(row))
                if self.side == "right"
                else [filler] * (longest - len(row)) + row
                for row in rows
            ]
            batch[name] = torch.tensor(padded)
        return batch


class Seen(NamedTuple):
    """What was told of the tokens of one sequence: of each, its log-probability, margin, and the likeliest token."""

    logprob: list[float]
    margin: list[float]
    best: list[int]


class SequenceWitness(TrainerCallback):
    """Notes, of every sequence that a model reads, what it says of each token.

    Args:
        trainer: Whose model.
        head: Whether the logits are computed anew, from the last hidden states.
        whole: Whether the model is watched with what wraps it, which may put virtual tokens before its texts.
    """

    def __init__(self, trainer, *, head=False, whole=False):
        self.epoch = 0
        self.seen = {}
        self._head = head
        trainer.add_callback(self)
        model = trainer.model
        model = model.get_base_model() if hasattr(model, "get_base_model") else model
        self._model = model
        self._shift = not model.config.is_encoder_decoder
        # A trainer that smooths labels keeps them from the model.
        self._targets = {tuple(row["input_ids"]): row["labels"] for row in trainer.train_dataset}
        watched = trainer.model if whole else model.transformer if head else model
        watched.register_forward_hook(self._note, with_kwargs=True)

    def on_epoch_begin(self, args, state, control, **kwargs):
        self.epoch += 1

    def of(self, *, training=True):
        """(epoch, tokens) -> what was said at their first presentation."""
        return {key[:2]: seen for key, seen in self.seen.items() if key[2] == training}

    @torch.no_grad()
    def _note(self, module, args, kwargs, output):
        tokens = kwargs["input_ids"] if "input_ids" in kwargs else args[0]
        if self._head:
            states, layer = output.last_hidden_state.detach().double(), self._model.get_output_embeddings()
            logits = states @ layer.weight.detach().double().T
        else:
            logits = output.logits.detach().double()
            if self._shift:
                logits = logits[:, -tokens.shape[1] :]
        mask = kwargs.get("attention_mask")
        if mask is None or mask.ndim != 2:
            mask = torch.ones_like(tokens)
        places = kwargs.get("position_ids")
        if not self._shift:
            for row, scores in zip(tokens, logits, strict=True):
                given = row[row != 0].tolist()
                target = torch.tensor(self._targets[tuple(given)])
                self._keep(module, given, target, scores[: len(target)])
            return
        for row, (given, there) in enumerate(zip(tokens, mask.bool(), strict=True)):
            given, scores = given[there], logits[row][there]
            starts = [0]
            if places is not None:
                at = places.expand_as(tokens)[row][there]
                starts = (at == 0).nonzero().squeeze(1).tolist()
            for begin, end in zip(starts, [*starts[1:], len(given)], strict=True):
                self._keep(module, given[begin:end].tolist(), given[begin + 1 : end], scores[begin : end - 1])

    def _keep(self, module, tokens, targets, scores):
        logprob, margin, best = [], [], []
        for target, values in zip(targets.tolist(), scores, strict=True):
            others = torch.cat([values[:target], values[target + 1 :]])
            logprob.append(float(values[target] - values.logsumexp(0)))
            margin.append(float(values[target] - others.max()))
            best.append(int(values.argmax()))
        self.seen.setdefault((self.epoch, tuple(tokens), module.training), Seen(logprob, margin, best))


def expected(witness, examples, *, training=True, pieces=None):
    """(epoch, id) -> the sums over an example's targets, computed a token at a time.

    Args:
        pieces: Where examples are cut: (tokens, id, labels) of each piece, instead of the examples.
    """
    shift = witness._shift
    parts = pieces or [
        (tuple(example["input_ids"]), example["id"], example["labels"][shift:]) for example in examples
    ]
    rows = {}
    for (epoch, tokens), seen in witness.of(training=training).items():
        for known, name, labels in parts:
            if known != tokens:
                continue
            assert len(labels) == len(seen.logprob)
            of = [place for place, label in enumerate(labels) if label != IGNORED]
            if not of:
                continue
            logprob = [seen.logprob[place] for place in of]
            told = [
                sum(logprob),
                min(logprob),
                sum(seen.margin[place] for place in of),
                len(of),
                sum(seen.best[place] == labels[place] for place in of),
            ]
            before = rows.get((epoch, name))
            if before is not None:
                told = _together(before, told)
            rows[epoch, name] = told
    return rows


def _together(one, other):
    """Sums of two pieces; the second number is a least one."""
    return [min(pair) if place == 1 else sum(pair) for place, pair in enumerate(zip(one, other, strict=True))]


COLUMNS = ("gold_logprob", "lowest_logprob", "margin", "tokens", "correct_tokens")


def recorded(root):
    """The same of a log: its rows added up by example."""
    log, rows = LogReader(root), {}
    for epoch in log.epochs:
        columns = log.read(epoch, COLUMNS).columns
        ids = log.ids[columns["example"]].tolist()
        for name, *told in zip(ids, *(columns[column].tolist() for column in COLUMNS), strict=True):
            before = rows.get((epoch, name))
            if before is not None:
                told = _together(before, told)
            rows[epoch, name] = told
    return rows


def assert_same_sequences(found, wanted, tolerance=1e-5):
    """Every (epoch, example), and no other; means over tokens within the tolerance.

    A wanted margin of None stands for one that nobody can know.
    """
    assert found.keys() == wanted.keys()
    assert found, "nothing was recorded"
    for key, (logprob, lowest, margin, tokens, right) in wanted.items():
        there = found[key]
        assert there[3:] == [tokens, right], key
        np.testing.assert_allclose(there[0] / tokens, logprob / tokens, atol=tolerance)
        np.testing.assert_allclose(there[1], lowest, atol=tolerance)
        np.testing.assert_allclose(
            there[2] / tokens, np.nan if margin is None else margin / tokens, atol=tolerance
        )


def run(folder, train, tracked=None, *, head=False, whole=False, **settings):
    """Train; the final weights and losses, and what a hook saw."""
    trainer = make_trainer(folder, train, **({"model": tiny_decoder, "data_collator": Padding()} | settings))
    witness = SequenceWitness(trainer, head=head, whole=whole)
    if tracked is not None:
        track(trainer, folder / "map", **tracked)
    return trained(trainer), witness


def check(folder, train, examples, *, mode="in_training", pieces=None, tokens=False, **settings):
    """Train a twin and a tracked run; the tracked one's rows are compared with what a hook saw."""
    plain, _ = run(folder, train, **settings)
    tracked, witness = run(folder, train, {"mode": mode, "tokens": tokens}, **settings)
    assert_same_training(plain, tracked)
    wanted = expected(witness, examples, training=mode == "in_training", pieces=pieces)
    assert_same_sequences(recorded(folder / "map"), wanted)
