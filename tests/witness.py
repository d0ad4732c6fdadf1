"""What a model was given and answered, seen by a hook that knows nothing of the code under test.

`check` is what the matrix of settings asks: an untracked twin trains bit for bit the same, and rows are right.
"""

from typing import NamedTuple

import numpy as np
import torch
from transformers import TrainerCallback

from dataset_cartography.integrations.transformers import track
from dataset_cartography.log import LogReader
from labels import COLUMNS, as_dataset, content, listed, make_trainer
from questions import assert_same_training, trained

SIGNALS = ("gold_logprob", "margin", "el2n", "prediction", "correct")


class Call(NamedTuple):
    """One forward pass."""

    epoch: int
    training: bool
    given: tuple[str, ...]
    contents: list[tuple[int, ...]]
    outputs: tuple[torch.Tensor, ...]


class Witness(TrainerCallback):
    """Notes every forward pass of a trainer's model: the names it was given, the inputs, and its logits.

    Args:
        trainer: Whose model; the one that `model_init` makes, too.
        dimensions: How many its logits have.
    """

    def __init__(self, trainer, dimensions=2):
        self.dimensions = dimensions
        self.epoch = 0
        self.calls = []
        self._watched = []
        trainer.add_callback(self)
        self._watch(trainer.model)

    def _watch(self, model):
        if not any(model is known for known in self._watched):
            self._watched.append(model)
            model.register_forward_hook(self._note, with_kwargs=True)

    def on_train_begin(self, args, state, control, model=None, **kwargs):
        self._watch(model)

    def on_epoch_begin(self, args, state, control, **kwargs):
        self.epoch += 1

    @torch.compiler.disable
    def _note(self, module, args, kwargs, output):
        assert args == ()
        tokens = kwargs["input_ids"].flatten(1).tolist()
        contents = [tuple(token for token in row if token) for row in tokens]
        logits = tuple(_logits_of(output, self.dimensions))
        self.calls.append(Call(self.epoch, module.training, tuple(sorted(kwargs)), contents, logits))

    def of(self, known, *, training):
        """(epoch, content) -> each output's row, of the first presentation; of contents that are known."""
        rows = {}
        for call in self.calls:
            if call.training == training:
                for content, *logits in zip(call.contents, *call.outputs, strict=True):
                    if content in known:
                        rows.setdefault((call.epoch, content), logits)
        return rows

    @property
    def trained(self):
        """What training gave the model: names and inputs, call by call."""
        return [(call.epoch, call.given, call.contents) for call in self.calls if call.training]


def _logits_of(output, dimensions):
    if isinstance(output, torch.Tensor):
        output = [output]
    values = output.values() if isinstance(output, dict) else output
    return [value.detach().float().clone() for value in values if value.ndim == dimensions]


def expected(witness, examples, *, training=True, label="labels"):
    """(epoch, id) -> signals, computed one example at a time from what the witness saw."""
    by_content = {content(example): example for example in examples}
    rows = {}
    for (epoch, tokens), (logits,) in witness.of(by_content, training=training).items():
        example = by_content[tokens]
        gold, scores = int(example[label]), logits.double()
        probabilities = (scores - scores.max()).exp() / (scores - scores.max()).exp().sum()
        best = int(np.argmax(logits.numpy()))
        values = [np.nan] * 3
        if 0 <= gold < len(scores):
            others = [float(score) for place, score in enumerate(scores) if place != gold]
            distance = sum((float(p) - (place == gold)) ** 2 for place, p in enumerate(probabilities))
            values = [float(probabilities[gold].log()), float(scores[gold]) - max(others), distance**0.5]
        rows[epoch, listed(example["id"])] = [*values, best, best == gold]
    return rows


def recorded(root):
    """The same of a log."""
    log, rows = LogReader(root), {}
    for epoch in log.epochs:
        columns = log.read(epoch, SIGNALS).columns
        ids = log.ids[columns["example"]].tolist()
        for example, *values in zip(ids, *(columns[name].tolist() for name in SIGNALS), strict=True):
            rows[epoch, example] = values
    return rows


WINDOW_SIGNALS = (
    "start_logprob",
    "end_logprob",
    "null_logprob",
    "gold_logprob",
    "prediction_start",
    "prediction_end",
)


def expected_windows(witness, features, *, training=True, characters=True):
    """(epoch, id, window) -> signals of question answering, the slow way."""
    by_content = {content(feature): feature for feature in features}
    rows = {}
    for (epoch, tokens), (starts, ends) in witness.of(by_content, training=training).items():
        feature = by_content[tokens]
        start_logprob, end_logprob = starts.log_softmax(-1), ends.log_softmax(-1)
        begin, end = feature["context_start"], feature["context_end"]
        spans = [(s, e) for s in range(begin, end + 1) for e in range(s, min(s + 30, end + 1))]
        best = max(spans, key=lambda span: float(starts[span[0]] + ends[span[1]]))
        gold = list(zip(feature["gold_starts"], feature["gold_ends"], strict=True)) or [
            (feature["start_positions"], feature["end_positions"])
        ]
        offsets = feature["offset_mapping"]
        rows[epoch, feature["example_id"], feature["window"]] = [
            float(start_logprob[feature["start_positions"]]),
            float(end_logprob[feature["end_positions"]]),
            float(start_logprob[0] + end_logprob[0]),
            float(torch.stack([start_logprob[s] + end_logprob[e] for s, e in gold]).logsumexp(0)),
            *((offsets[best[0]][0], offsets[best[1]][1]) if characters else best),
        ]
    return rows


def recorded_windows(root):
    """The same of a log."""
    log, rows = LogReader(root), {}
    for epoch in log.epochs:
        columns = log.read(epoch, WINDOW_SIGNALS).columns
        keys = zip(log.ids[columns["example"]].tolist(), columns["window"].tolist(), strict=True)
        values = np.stack([columns[name] for name in WINDOW_SIGNALS], axis=1).tolist()
        rows |= {(epoch, *key): row for key, row in zip(keys, values, strict=True)}
    return rows


def assert_same_rows(found, wanted, tolerance=1e-5):
    """Every (example, epoch) that was presented, and no other, within the tolerance."""
    assert found.keys() == wanted.keys()
    assert found, "nothing was recorded"
    np.testing.assert_allclose(
        np.array([found[key] for key in wanted], float),
        np.array(list(wanted.values()), float),
        atol=tolerance,
    )


def run(folder, train, tracked=None, **settings):
    """Train; the final weights and losses, and what a hook saw.

    Args:
        tracked: Arguments of `track`, if it shall be there.
        settings: Those of `make_trainer`; a function is called to make the value anew for each run.
    """
    trainer = make_trainer(folder, train() if callable(train) else train, **settings)
    witness = Witness(trainer)
    if tracked is not None:
        track(trainer, folder / tracked["mode"], **tracked)
    return trained(trainer), witness


def check(
    folder, examples, *, modes=("in_training", "epoch_end"), train=None, label="labels", given=(), **settings
):
    """Train a twin, and tracked runs, whose rows are compared with what a hook saw.

    Args:
        examples: What the data holds.
        train: The training dataset, or a function that makes it; default a `datasets.Dataset` of the examples.
        given: Further names that the model is given.
    """
    train = as_dataset(examples) if train is None else train
    plain, untracked = run(folder, train, **settings)
    allowed = {*COLUMNS, label, "num_items_in_batch", *given}
    for mode in modes:
        tracked, witness = run(folder, train, {"mode": mode}, **settings)
        assert_same_training(plain, tracked)
        assert witness.trained == untracked.trained, "the model was given something else"
        assert all(set(call.given) <= allowed for call in witness.calls), (
            "the model was given something of ours"
        )
        wanted = expected(witness, examples, training=mode == "in_training", label=label)
        assert_same_rows(recorded(folder / mode), wanted)
        if mode == "epoch_end":
            assert {example for _, example in wanted} == {listed(example["id"]) for example in examples}
