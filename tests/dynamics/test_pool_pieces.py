"""Units and tokens to examples: every pooling rule against sums written out, and what a log of them reads as."""

import numpy as np
import pytest

from dataset_cartography import compute_metrics
from dataset_cartography.dynamics import Reading, load_dynamics, load_units
from dataset_cartography.errors import InputError
from dataset_cartography.log import LogReader, LogWriter, Manifest
from dataset_cartography.schema import SCHEMAS

NAN = float("nan")
# (example, unit) -> probability of the gold tag, whether it was right; of two epochs.
FIRST = {(0, 0): (0.5, True), (0, 2): (0.125, False), (1, 0): (0.9, True)}
SECOND = {(0, 0): (0.8, True), (0, 2): (0.2, True), (2, 5): (0.25, False)}


def write(root, task, epochs, rows_of, facts=None, examples=3):
    manifest = Manifest(task=task, mode="in_training", id_type="string", examples=examples)
    ids = np.array([f"e{number}" for number in range(examples)], object)
    writer = LogWriter.create(root, manifest, ids, facts or {})
    for number, told in enumerate(epochs, start=1):
        # In any order, as training meets them.
        writer.write_part(number, rows_of(dict(reversed(told.items())), number))
        writer.close_epoch(number, number)
    return LogReader(root)


def keys(told, number):
    example, unit = np.array(list(told)).T
    return {"example": example, "unit": unit, "global_step": np.full(len(told), number)}


def tags(told, number):
    probability, right = np.array(list(told.values())).T
    return keys(told, number) | {
        "gold_logprob": np.log(probability),
        "margin": 10 * probability,
        "correct": right.astype(bool),
        "prediction": np.where(right, 3, 4),
        "gold": np.full(len(told), 3),
    }


def column(log, name, **reading):
    return load_dynamics(log, reading=Reading(**reading)).signals[name]


def test_tags_pool_to_sentences(tmp_path):
    log = write(tmp_path, "token-classification", [FIRST, SECOND], tags)
    expected = {
        "geometric": [[0.25, 0.4], [0.9, NAN], [NAN, 0.25]],
        "min": [[0.125, 0.2], [0.9, NAN], [NAN, 0.25]],
        "product": [[0.0625, 0.16], [0.9, NAN], [NAN, 0.25]],
        "mean": [[0.3125, 0.5], [0.9, NAN], [NAN, 0.25]],
    }
    for pooling, values in expected.items():
        np.testing.assert_allclose(column(log, "gold_probability", pooling=pooling), values, rtol=1e-6)
    # Loss and margin are means over the tags whatever makes the probability.
    for pooling in expected:
        loss = column(log, "loss", pooling=pooling)
        np.testing.assert_allclose(loss, -np.log(expected["geometric"]), rtol=1e-6)
        margin = column(log, "margin", pooling=pooling)
        np.testing.assert_allclose(margin, 10 * np.array(expected["mean"]), rtol=1e-6)
    np.testing.assert_allclose(column(log, "unit_accuracy"), [[0.5, 1], [1, NAN], [NAN, 0]])
    np.testing.assert_array_equal(column(log, "correct"), [[0, 1], [1, NAN], [NAN, 0]])
    np.testing.assert_array_equal(column(log, "correct", right="share"), [[0.5, 1], [1, NAN], [NAN, 0]])
    assert column(log, "presentations").tolist() == [[1, 1], [1, 0], [0, 1]]


def sequences(told, number):
    """A piece of a sequence: sum and least of its log-probabilities, how many tokens, how many right."""
    total, lowest, tokens, right = np.array(list(told.values())).T
    return keys(told, number) | {
        "gold_logprob": total,
        "lowest_logprob": lowest,
        "margin": 2 * total,
        "tokens": tokens,
        "correct_tokens": right,
        "gold": np.full(len(told), -1),
        "prediction": np.full(len(told), -1),
    }


def test_pieces_of_a_sequence_add_up(tmp_path):
    # The first example was packed into two rows: three tokens in one, one in the other.
    told = {(0, 0): (-3.0, -2.0, 3, 2), (0, 1): (-1.0, -1.0, 1, 1), (1, 0): (-4.0, -4.0, 1, 0)}
    log = write(tmp_path, "causal-lm", [told], sequences, examples=2)
    for pooling, values in {
        "geometric": [np.exp(-1), np.exp(-4)],
        "min": [np.exp(-2), np.exp(-4)],
        "product": [np.exp(-4), np.exp(-4)],
    }.items():
        np.testing.assert_allclose(column(log, "gold_probability", pooling=pooling)[:, 0], values, rtol=1e-6)
    assert column(log, "loss")[:, 0].tolist() == [1, 4]
    assert column(log, "margin")[:, 0].tolist() == [-2, -8]
    assert column(log, "correct")[:, 0].tolist() == [0.75, 0]
    assert column(log, "correct", right="all")[:, 0].tolist() == [0, 0]


def test_the_mean_needs_tokens_by_themselves(tmp_path):
    log = write(tmp_path, "causal-lm", [{(0, 0): (-3.0, -2.0, 3, 2)}], sequences, examples=1)
    told = " record with tokens=True (run.py: --cartography_tokens)"
    with pytest.raises(InputError) as caught:
        load_dynamics(log, reading=Reading(pooling="mean"))
    assert str(caught.value) == (
        "The pooling 'mean' needs every token by itself, but this log holds the tokens of a sequence together:"
        f"{told}, or choose geometric, min or product."
    )
    with pytest.raises(InputError) as caught:
        load_units(log)
    assert str(caught.value) == (
        f"'{tmp_path}' holds the tokens of a sequence together:{told} to see each by itself."
    )


def test_an_example_seen_in_part_counts_as_not_seen(tmp_path):
    whole = {(0, 0): (-3.0, -2.0, 3, 2), (0, 1): (-1.0, -1.0, 1, 1), (1, 0): (-4.0, -4.0, 1, 0)}
    cut = {key: told for key, told in whole.items() if key != (0, 1)}
    facts = {"units": np.array([4, 1])}
    log = write(tmp_path, "causal-lm", [whole, cut], sequences, facts, examples=2)
    dynamics = load_dynamics(log)
    assert dynamics.seen_in_part == (0, 1)
    np.testing.assert_allclose(dynamics.signals["gold_probability"], np.exp([[-1, NAN], [-4, -4]]), rtol=1e-6)


def test_units_have_dynamics_of_their_own(tmp_path):
    units = load_units(write(tmp_path, "token-classification", [FIRST, SECOND], tags))
    assert units.example.tolist() == [0, 0, 1, 2]
    assert units.unit.tolist() == [0, 2, 0, 5]
    assert units.gold.tolist() == [3, 3, 3, 3]
    signals = units.dynamics.signals
    np.testing.assert_allclose(
        signals["gold_probability"], [[0.5, 0.8], [0.125, 0.2], [0.9, NAN], [NAN, 0.25]], rtol=1e-6
    )
    np.testing.assert_array_equal(signals["correct"], [[1, 1], [0, 1], [1, NAN], [NAN, 0]])
    np.testing.assert_array_equal(
        units.dynamics.predictions["prediction"], [[3, 3], [4, 3], [3, NAN], [NAN, 4]]
    )


def test_a_task_without_units_has_none(tmp_path):
    manifest = Manifest(task="classification", mode="in_training", id_type="string", examples=1)
    LogWriter.create(tmp_path, manifest, np.array(["a"], object), {})
    with pytest.raises(InputError) as caught:
        load_units(LogReader(tmp_path))
    assert str(caught.value) == f"'{tmp_path}' is of the task 'classification', whose examples have no units."


def test_a_map_says_how_units_were_pooled(tmp_path):
    write(tmp_path, "token-classification", [FIRST, SECOND], tags)
    df = compute_metrics(tmp_path, reading=Reading(pooling="min", right="share"))
    assert df.attrs["cartography"]["gold_probability"] == "P(gold tag), least of the tokens"
    assert df.attrs["cartography"]["correct"] == "share of the tokens whose largest logit is the gold tag's"
    assert Reading(**df.attrs["cartography"]["reading"]) == Reading(pooling="min", right="share")
    np.testing.assert_allclose(df["confidence"], [0.1625, 0.9, 0.25], rtol=1e-6)
    np.testing.assert_allclose(df["unit_accuracy"], [0.75, 1, 0])


def test_what_a_reading_leaves_to_the_task(tmp_path):
    write(tmp_path, "token-classification", [FIRST, SECOND], tags)
    df = compute_metrics(tmp_path)
    assert df.attrs["cartography"]["reading"] == {"pooling": "min", "right": "all"}
    assert df.attrs["cartography"]["gold_probability"] == "P(gold tag), least of the tokens"
    own = {
        task: (Reading().of(schema).pooling, Reading().of(schema).right) for task, schema in SCHEMAS.items()
    }
    assert {task: own[task] for task in ("token-classification", "multi-label", "seq2seq", "causal-lm")} == {
        "token-classification": ("min", "all"),
        "multi-label": ("min", "all"),
        "seq2seq": ("geometric", "share"),
        "causal-lm": ("geometric", "share"),
    }


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"pooling": "median"}, "pooling must be one of geometric, min, product, mean, but is 'median'."),
        ({"right": "most"}, "right must be one of all, share, but is 'most'."),
        ({"scale": 0.0}, "scale must be a number above 0, but is 0."),
        ({"tolerance": NAN}, "tolerance must be a number above 0, but is nan."),
        ({"windows": "min"}, "windows must be one of max, mean, shared_norm, but is 'min'."),
    ],
)
def test_no_such_reading(choice, sentence):
    with pytest.raises(InputError) as caught:
        Reading(**choice)
    assert str(caught.value) == sentence
