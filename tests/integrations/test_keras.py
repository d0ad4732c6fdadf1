"""Keras: what is recorded after an epoch is what the model answers then, and training goes on as without it."""

import os
import re

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.keras import CartographyCallback
from dataset_cartography.integrations.shared import exports
from dataset_cartography.log import LogReader

# Keras itself makes arrays of torch's tensors in a way that NumPy 2 will not allow for ever.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(40, 4)).astype("float32")
THREE = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0.5)


@pytest.fixture(autouse=True)
def no_map(monkeypatch):
    monkeypatch.setattr(exports, "export_map", lambda df, root: [])


class Answers(keras.callbacks.Callback):
    """What the layers answer after each epoch, called one by one."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        values = keras.ops.convert_to_tensor(X)
        for layer in self.model.layers:
            values = layer(values, training=False)
        self.seen.append(keras.ops.convert_to_numpy(values))


def fit(head, loss, targets, *callbacks, epochs=2):
    """Train with dropout and in a random order; weights and losses."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Dense(8, activation="relu"), keras.layers.Dropout(0.3), head()])
    model.compile("sgd", loss)
    history = model.fit(X, targets, epochs=epochs, batch_size=8, verbose=0, callbacks=list(callbacks))
    return model.get_weights(), history.history["loss"]


def softmax(values):
    return np.exp(values) / np.exp(values).sum(-1, keepdims=True)


SPARSE, BINARY = keras.losses.SparseCategoricalCrossentropy, keras.losses.BinaryCrossentropy
CASES = {
    "logits": (lambda: keras.layers.Dense(3), SPARSE(from_logits=True), THREE, softmax),
    "probabilities": (lambda: keras.layers.Dense(3, activation="softmax"), SPARSE(), THREE, lambda p: p),
    "one-hot": (
        lambda: keras.layers.Dense(3, activation="softmax"),
        "categorical_crossentropy",
        np.eye(3)[THREE],
        lambda p: p,
    ),
    "one probability": (
        lambda: keras.layers.Dense(1, activation="sigmoid"),
        BINARY(),
        THREE % 2,
        lambda p: np.concatenate([1 - p, p], axis=1),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_epoch_is_what_the_model_answers_after_it(case, tmp_path):
    head, loss, targets, probabilities = CASES[case]
    answers = Answers()
    callback = CartographyCallback(tmp_path / "map", X, targets)
    tracked = fit(head, loss, targets, callback, answers)
    gold = targets.argmax(1) if targets.ndim == 2 else targets
    log = LogReader(tmp_path / "map")
    assert log.epochs == [1, 2]
    assert [epoch.global_step for epoch in log.manifest.epochs] == [5, 10]
    for number, answer in zip(log.epochs, answers.seen, strict=True):
        found = np.exp(log.read(number, ["gold_logprob"]).columns["gold_logprob"])
        np.testing.assert_allclose(found, probabilities(answer)[np.arange(40), gold], atol=1e-5)
    weights, losses = fit(head, loss, targets)
    assert losses == tracked[1]
    for here, there in zip(weights, tracked[0], strict=True):
        np.testing.assert_array_equal(here, there)


def test_values(tmp_path):
    answers = Answers()
    callback = CartographyCallback(tmp_path / "map", X, X[:, 2], task="regression", ids=list(range(100, 140)))
    fit(lambda: keras.layers.Dense(1), "mse", X[:, 2], callback, answers)
    log = LogReader(tmp_path / "map")
    assert log.ids[:2].tolist() == [100, 101]
    found = log.read(2, ["prediction", "target"]).columns
    np.testing.assert_allclose(found["prediction"], answers.seen[-1].reshape(-1), atol=1e-5)
    np.testing.assert_array_equal(found["target"], X[:, 2])


def test_a_second_fit_goes_on(tmp_path):
    callback = CartographyCallback(tmp_path / "map", X, THREE)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
    model.compile("sgd", SPARSE())
    for _ in range(2):
        model.fit(X, THREE, epochs=2, verbose=0, callbacks=[callback])
    assert LogReader(tmp_path / "map").epochs == [1, 2, 3, 4]


def test_another_task_is_refused(tmp_path):
    with pytest.raises(InputError) as caught:
        CartographyCallback(tmp_path, X, THREE, task="multi-label")
    assert str(caught.value) == "task must be classification or regression, but is 'multi-label'."


def test_labels_and_answers_that_are_of_another_kind(tmp_path):
    several = np.stack([THREE > 0, THREE > 1, THREE < 2], axis=1).astype(int)
    assert refused(tmp_path, several, "binary_crossentropy", "sigmoid") == (
        "CartographyCallback records one label an example, and row "
        f"{np.flatnonzero(several.sum(axis=1) != 1)[0]} of y (counted from 0) has several, or none."
    )

    def loss(labels, logits):
        each = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
        return keras.ops.mean(each)

    assert re.fullmatch(
        r"The model's answers reach from \S+ to \S+ and are no probabilities: if they are logits, give "
        r"CartographyCallback from_logits=True\.",
        refused(tmp_path, THREE, loss, None),
    )


def refused(folder, targets, loss, activation):
    with pytest.raises(InputError) as caught:
        fit(
            lambda: keras.layers.Dense(3, activation=activation),
            loss,
            targets,
            CartographyCallback(folder / "map", X, targets),
        )
    return str(caught.value)
