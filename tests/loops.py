"""The same small training by Transformers' Trainer and by hand: same weights at the start, same data, same order."""

import numpy as np
import torch
from torch.utils.data import DataLoader
from transformers import BertForSequenceClassification

from dataset_cartography.dynamics import load_dynamics
from dataset_cartography.integrations.transformers import track
from dataset_cartography.log import LogReader
from labels import LABELS, VOCABULARY, PaddingCollator, as_dataset, make_trainer
from steps import PLAIN, RATE
from tiny import tiny_qa_model

EPOCHS = 2
BATCH = 4
COLLATE = PaddingCollator(("input_ids", "attention_mask", "labels", "row"))


def steady_model():
    """A tiny classifier without dropout."""
    config = tiny_qa_model(VOCABULARY).config
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
    config.num_labels = LABELS
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return BertForSequenceClassification(config)


def trained_by_transformers(folder, examples, *, batch=BATCH):
    """Train in order, by plain gradient descent, and record; the cartography directory."""
    settings = {**PLAIN, "num_train_epochs": EPOCHS, "per_device_train_batch_size": batch}
    trainer = make_trainer(
        folder, as_dataset(examples), model=steady_model(), train_sampling_strategy="sequential", **settings
    )
    track(trainer, folder / "map")
    trainer.train()
    return folder / "map"


class Loop:
    """The same by a loop, which can be stopped and go on.

    Args:
        data: A `with_ids` dataset.
        record: Called with rows, outputs and targets of every batch.
        end_epoch: Called after each epoch.
        done: Batches that are done already.
    """

    def __init__(self, data, record=None, end_epoch=None, *, done=0):
        torch.set_num_threads(1)
        self.model, self.done = steady_model().train(), done
        self._batches = list(DataLoader(data, batch_size=BATCH, collate_fn=COLLATE))
        self._record, self._end_epoch = record, end_epoch

    def run(self, until=None):
        """Go on, to the end or until so many batches are done; the model."""
        optimizer = torch.optim.SGD(self.model.parameters(), RATE)
        until = EPOCHS * len(self._batches) if until is None else until
        while self.done < until:
            inputs = dict(self._batches[self.done % len(self._batches)])
            rows = inputs.pop("row")
            outputs = self.model(**inputs)
            if self._record is not None:
                self._record(rows, outputs, inputs["labels"])
            optimizer.zero_grad()
            outputs.loss.backward()
            optimizer.step()
            self.done += 1
            if self._end_epoch is not None and self.done % len(self._batches) == 0:
                self._end_epoch()
        return self.model


def assert_same_dynamics(root, other, *, atol=1e-5):
    """Two logs hold the same examples with the same signals in the same epochs, whatever their order."""

    logs = [LogReader(path) for path in (root, other)]
    dynamics = [load_dynamics(log) for log in logs]
    assert dynamics[0].epochs == dynamics[1].epochs
    order = [np.argsort(log.ids.astype(str)) for log in logs]
    assert (logs[0].ids[order[0]].astype(str) == logs[1].ids[order[1]].astype(str)).all()
    assert dynamics[0].signals.keys() == dynamics[1].signals.keys()
    for name in dynamics[0].signals:
        if name == "presentations":
            continue
        here, there = (each.signals[name][rows] for each, rows in zip(dynamics, order, strict=True))
        assert not np.isnan(here).any()
        np.testing.assert_allclose(here, there, rtol=0, atol=atol, err_msg=name)
