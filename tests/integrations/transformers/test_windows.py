"""From windows to the map, end to end, against the definitions computed one example at a time."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from dataset_cartography.datamap import compute_metrics, load_cartography_metrics, summarize_map
from dataset_cartography.integrations.transformers import track
from dataset_cartography.regions import assign_categories
from dataset_cartography.tasks import qa
from questions import WORDS, features_of, make_trainer, row, tokenizer

LONG = " ".join(WORDS[:25])
# Windows of 11 words that overlap by 4: words 0–10, 7–17, 14–24.
ROWS = [
    row("in one", LONG, "word2"),
    row("in two", LONG, "word8"),
    row("in none", LONG, " ".join(WORDS[3:16])),
    row("unanswerable", LONG),
    row("two golds", LONG, "word1", "word1 word2"),
    row("golds in different windows", LONG, "word2", "word20"),
    row("the same gold twice", LONG, "word2", "word2"),
    row("first token", LONG, "word0"),
    row("last token", LONG, "word24"),
    row("one window", " ".join(WORDS[:5]), "word4"),
]
for given in ROWS:
    given["question"] = "where is"


def expected_probability(trainer, example, windows):
    """Decision 6, said slowly: P(start)·P(end), gold spans added up, the best window; the least P(null)."""
    values, nulls = [], []
    for feature, starts, ends in windows:
        start, end = np.exp(starts.numpy()), np.exp(ends.numpy())
        nulls.append(start[0] * end[0])
        offsets = feature["offset_mapping"]
        spans = set()
        for text, begin in zip(example["answers"]["text"], example["answers"]["answer_start"], strict=True):
            first = [token for token, pair in enumerate(offsets) if pair[0] == begin]
            last = [token for token, pair in enumerate(offsets) if pair[1] == begin + len(text)]
            if first and last:
                spans.add((first[0], last[0]))
        if spans:
            values.append(sum(start[s] * end[e] for s, e in spans))
    if not example["answers"]["text"]:
        return min(nulls)
    return max(values) if values else np.nan


def logprobs(trainer, train):
    """Each window's log-probabilities, in batches like the clean pass's."""
    model, collate = trainer.model.eval(), qa.qa_collator(tokenizer())
    size, results = trainer.args.eval_batch_size, []
    for start in range(0, len(train), size):
        features = list(train.select(range(start, min(start + size, len(train)))))
        with torch.no_grad():
            output = model(**collate(features))
        results += zip(
            features, output.start_logits.log_softmax(-1), output.end_logits.log_softmax(-1), strict=True
        )
    return results


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("windows")
    train = features_of(ROWS, max_length=16, doc_stride=4)
    trainer = make_trainer(folder, train, num_train_epochs=3)
    track(trainer, folder / "map", mode="epoch_end")
    trainer.train()
    return folder / "map", trainer, train


def test_the_examples_are_what_they_are_called(recorded):
    _, _, train = recorded
    bears = pd.DataFrame({name: train[name] for name in ("example_id", "has_answer", "gold_starts")})
    assert bears.groupby("example_id", sort=False)["has_answer"].sum().to_dict() == {
        "in one": 1,
        "in two": 2,
        "in none": 0,
        "unanswerable": 0,
        "two golds": 1,
        "golds in different windows": 2,
        "the same gold twice": 1,
        "first token": 1,
        "last token": 1,
        "one window": 1,
    }
    assert bears["gold_starts"].map(len).max() == 2
    assert compute_metrics(recorded[0])["windows"].tolist() == [3] * 9 + [1]


def test_the_last_epoch_is_the_definition(recorded):
    root, trainer, train = recorded
    windows = {}
    for result in logprobs(trainer, train):
        windows.setdefault(result[0]["example_id"], []).append(result)
    last = compute_metrics(root)["last_gold_probability"]
    assert last.index.tolist() == [example["id"] for example in ROWS]
    expected = [expected_probability(trainer, example, windows[example["id"]]) for example in ROWS]
    np.testing.assert_allclose(last, expected, rtol=1e-5)
    assert np.isnan(last["in none"])
    assert last["two golds"] > 0


def test_a_missing_answer_is_missing_not_hard(recorded):
    df = assign_categories(compute_metrics(recorded[0]))
    assert df.loc["in none", ["confidence", "variability", "correctness", "aum"]].isna().all()
    assert df["category"].isna().to_dict() == {example["id"]: example["id"] == "in none" for example in ROWS}
    summary = summarize_map(df)
    assert (summary.examples, summary.unseen, summary.missing) == (10, 0, 1)
    assert "1 examples are not on the map: their answer lies in no window" in summary.warnings


def test_epoch_files_hold_what_the_log_holds(recorded):
    root, _, _ = recorded
    df = compute_metrics(root)
    epochs = [json.loads((root / f"training_dynamics_epoch_{n}.json").read_text()) for n in (1, 2, 3)]
    assert [list(epoch) for epoch in epochs] == [df.index.tolist()] * 3
    probability = pd.DataFrame(
        {n: {k: v["gold_probability"] for k, v in e.items()} for n, e in enumerate(epochs)}
    )
    probability = probability.astype(float).loc[df.index]
    np.testing.assert_allclose(probability.mean(axis=1), df["confidence"], rtol=1e-6)
    np.testing.assert_allclose(probability.std(axis=1, ddof=0), df["variability"], rtol=1e-5)
    assert epochs[0]["in none"]["gold_probability"] is None
    correct = pd.DataFrame({n: {k: v["correct"] for k, v in e.items()} for n, e in enumerate(epochs)})
    np.testing.assert_allclose(correct.astype(float).mean(axis=1).loc[df.index], df["correctness"])
    assert epochs[2]["in one"].keys() == {
        "gold_probability",
        "correct",
        "margin",
        "loss",
        "presentations",
        "prediction_start",
        "prediction_end",
    }


def test_the_map_files_hold_the_metrics(recorded):
    root, _, _ = recorded
    df = compute_metrics(root)
    for name in ("parquet", "csv", "json"):
        read = load_cartography_metrics(root / f"cartography_metrics.{name}")
        pd.testing.assert_frame_equal(read, df, check_index_type=False)
    picture = (root / "cartography_map.png").read_bytes()
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(picture) > 10_000
