"""Record `model.fit` of Keras 3 with one callback.

KERAS_BACKEND=torch python examples/keras_model.py [CARTOGRAPHY_DIR]
"""
# ruff: noqa: T201 - an example shows its result

import sys

import keras
import numpy as np

from dataset_cartography import load_cartography_metrics
from dataset_cartography.integrations.keras import CartographyCallback

DIRECTORY = "./trained_models/example/keras_model"


def main(directory: str = DIRECTORY) -> None:
    """Train five epochs with recording on, then read the map."""
    keras.utils.set_random_seed(0)
    points = np.random.default_rng(0).normal(size=(400, 8)).astype("float32")
    labels = (points[:, :4].sum(1) > 0).astype(int)
    model = keras.Sequential(
        [keras.layers.Dense(32, activation="relu"), keras.layers.Dense(2, activation="softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    ids = [f"point-{number:03d}" for number in range(len(points))]
    callback = CartographyCallback(directory, points, labels, ids=ids, labels=["left", "right"])
    model.fit(points, labels, epochs=5, verbose=0, callbacks=[callback])

    df = load_cartography_metrics(directory)
    print(df.nsmallest(5, "confidence")[["confidence", "variability"]].round(3).to_string())


if __name__ == "__main__":
    main(*sys.argv[1:])
