import numpy as np
import pandas as pd
import pytest

from dataset_cartography.datamap import compute_metrics
from dataset_cartography.formats.scores import last_scores
from dataset_cartography.log import LogWriter, Manifest
from logs import make_log


def test_the_score_of_a_class_is_its_probability(tmp_path):
    logits = np.log([[0.7, 0.2, 0.1], [0.7, 0.2, 0.1]])
    gold = np.array([0, 2])
    others = logits.copy()
    others[[0, 1], gold] = -np.inf
    writer = make_log(tmp_path / "map", 2)
    writer.write_part(
        1,
        {
            "example": np.arange(2),
            "global_step": np.arange(2),
            "gold_logprob": logits[[0, 1], gold],
            "margin": logits[[0, 1], gold] - others.max(axis=1),
            "el2n": np.zeros(2),
            "correct": np.array([True, False]),
            "prediction": np.zeros(2, int),
        },
    )
    writer.close_epoch(1, 2)
    df = compute_metrics(tmp_path / "map")
    assert last_scores(tmp_path / "map", df).to_dict() == pytest.approx({"e0": 0.7, "e1": 0.7}, abs=1e-5)
    assert last_scores(tmp_path, df) is None
    assert last_scores(tmp_path / "map", pd.DataFrame({"confidence": [1.0]})) is None


def test_the_score_of_an_answer_is_that_of_the_window_it_was_found_in(tmp_path):
    """The first example has two windows, the second says "no answer"."""
    facts = {
        "answerable": np.array([True, False]),
        "has_answer_window": np.array([True, False]),
        "windows": np.array([2, 1], np.int32),
    }
    manifest = Manifest(
        task="qa", mode="in_training", id_type="string", examples=2, options={"null_allowed": True}
    )
    writer = LogWriter.create(tmp_path, manifest, np.array(["a", "b"], object), facts)
    writer.write_part(
        1,
        {
            "example": np.array([0, 0, 1]),
            "window": np.array([0, 1, 0]),
            "global_step": np.zeros(3, int),
            **{name: np.log([0.1, 0.1, 0.9]) for name in ("start_logprob", "end_logprob")},
            "gold_logprob": np.log([0.01, 0.01, 0.81]),
            "null_logprob": np.log([0.001, 0.001, 0.81]),
            # The second window's logits are larger, so what it says counts, though it is less sure.
            "start_lse": np.array([0.0, 9.0, 0.0]),
            "end_lse": np.array([0.0, 9.0, 0.0]),
            "prediction_logprob": np.log([0.9, 0.3, 0.05]),
            "margin": np.array([-1.0, -1.0, 1.0]),
            "prediction_start": np.array([1, 2, 3]),
            "prediction_end": np.array([4, 5, 6]),
            "has_answer": np.array([True, True, False]),
            "has_target": np.array([True, True, False]),
            "correct": np.zeros(3, bool),
        },
    )
    writer.close_epoch(1, 1)
    df = compute_metrics(tmp_path)
    assert df["prediction_start"].tolist() == [2, -1]
    assert last_scores(tmp_path, df).to_dict() == pytest.approx({"a": 0.3, "b": 0.81}, abs=1e-4)
