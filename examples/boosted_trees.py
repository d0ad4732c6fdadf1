"""Map a dataset by boosted trees, and find the labels that were planted wrong; the same for three libraries.

python examples/boosted_trees.py [CARTOGRAPHY_DIR]
"""
# ruff: noqa: T201 - an example shows its result

import sys
from pathlib import Path

import numpy as np
from lightgbm import LGBMClassifier
from sklearn.datasets import load_digits
from sklearn.ensemble import HistGradientBoostingClassifier
from xgboost import XGBClassifier

from dataset_cartography import load_cartography_metrics
from dataset_cartography.integrations.boosting import record_boosting

DIRECTORY = "./trained_models/example/boosted_trees"
ROUNDS, WRONG = 40, 50


def main(directory: str = DIRECTORY) -> None:
    """Train each model on digits with some wrong labels, and see which the map shows."""
    pictures, labels = load_digits(n_class=6, return_X_y=True)
    draw = np.random.default_rng(0)
    wrong = draw.choice(len(labels), WRONG, replace=False)
    labels[wrong] = (labels[wrong] + draw.integers(1, 6, WRONG)) % 6
    models = {
        "scikit-learn": HistGradientBoostingClassifier(max_iter=ROUNDS, max_leaf_nodes=8),
        "XGBoost": XGBClassifier(n_estimators=ROUNDS, max_depth=3, learning_rate=0.1),
        "LightGBM": LGBMClassifier(n_estimators=ROUNDS, num_leaves=8, verbose=-1),
    }
    for name, model in models.items():
        model.fit(pictures, labels)
        # The rounds are in the model already: nothing is trained again.
        root = record_boosting(model, pictures, labels, Path(directory) / name, every=5)
        suspects = load_cartography_metrics(root)["aum"].nsmallest(WRONG)
        found = len(set(wrong.tolist()) & set(suspects.index))
        print(f"{name}: {found} of {WRONG} planted labels are among the {WRONG} lowest margins")


if __name__ == "__main__":
    main(*sys.argv[1:])
