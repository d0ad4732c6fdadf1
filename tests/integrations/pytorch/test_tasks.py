"""Every task in a loop: what its map says is what the loss says of each example."""

import numpy as np
import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, logsigmoid

from dataset_cartography.dynamics import load_dynamics, load_units
from dataset_cartography.integrations.pytorch import DynamicsRecorder
from dataset_cartography.integrations.shared import exports
from dataset_cartography.log import LogReader

SIZE, LENGTH, CLASSES = 6, 5, 4
NONE = -100


@pytest.fixture(autouse=True)
def no_map(monkeypatch):
    monkeypatch.setattr(exports, "export_map", lambda df, root: [])


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def numbers(*shape, below=CLASSES, seed=1):
    return torch.randint(below, shape, generator=torch.Generator().manual_seed(seed))


def with_gaps(labels):
    """Labels of which some are none, and each row has one at least."""
    labels = labels.clone()
    labels[:, 0] = NONE
    labels[::2, 3] = NONE
    return labels


def cut(values, part):
    if isinstance(values, tuple):
        return tuple(value[part] for value in values)
    return {"logits": values["logits"][part]} if isinstance(values, dict) else values[part]


def recorded(root, task, outputs, targets, **options):
    """Record one epoch in batches of two; its log."""
    with DynamicsRecorder(root, range(SIZE), task=task, **options) as recorder:
        for start in range(0, SIZE, 2):
            part = slice(start, start + 2)
            recorder.record(list(range(SIZE))[part], cut(outputs, part), cut(targets, part))
        recorder.end_epoch()
    return LogReader(root)


def losses(root, task, outputs, targets, **options):
    return load_dynamics(recorded(root, task, outputs, targets, **options)).signals["loss"][:, 0]


def same(here, there):
    np.testing.assert_allclose(here, there.numpy(), atol=1e-5)


@pytest.mark.parametrize("task", ["classification", "nli", "multiple-choice"])
def test_labels(task, tmp_path):
    logits, labels = drawn(SIZE, CLASSES), numbers(SIZE)
    same(losses(tmp_path, task, logits, labels), cross_entropy(logits, labels, reduction="none"))


@pytest.mark.parametrize("shape", [(SIZE,), (SIZE, 1)])
def test_two_labels_by_one_logit(shape, tmp_path):
    logits, labels = drawn(*shape), numbers(*shape, below=2).float()
    expected = binary_cross_entropy_with_logits(logits, labels, reduction="none").flatten()
    same(losses(tmp_path, "classification", logits, labels), expected)


def test_many_labels(tmp_path):
    logits, labels = drawn(SIZE, CLASSES), numbers(SIZE, CLASSES, below=2).float()
    expected = binary_cross_entropy_with_logits(logits, labels, reduction="none").mean(-1)
    same(losses(tmp_path, "multi-label", logits, labels), expected)


@pytest.mark.parametrize("shape", [(SIZE,), (SIZE, 1), (SIZE, 3)])
def test_values(shape, tmp_path):
    values, targets = drawn(*shape), drawn(*shape, seed=2)
    squared = (values - targets).square().reshape(SIZE, -1).mean(-1)
    log = recorded(tmp_path, "regression", values, targets.flatten() if shape == (SIZE, 1) else targets)
    rows = log.read(1, ["squared_error"]).columns
    same(rows["squared_error"], squared)


def token_losses(logits, labels):
    flat = cross_entropy(logits.transpose(1, 2), labels, ignore_index=NONE, reduction="none")
    return flat.sum(-1) / (labels != NONE).sum(-1)


def test_tags(tmp_path):
    logits, tags = drawn(SIZE, LENGTH, CLASSES), with_gaps(numbers(SIZE, LENGTH))
    same(losses(tmp_path, "token-classification", logits, tags), token_losses(logits, tags))


@pytest.mark.parametrize("tokens", [False, True])
@pytest.mark.parametrize("task", ["causal-lm", "seq2seq"])
def test_sequences(task, tokens, tmp_path):
    logits, labels = drawn(SIZE, LENGTH, CLASSES), with_gaps(numbers(SIZE, LENGTH))
    shifted = (logits[:, :-1], labels[:, 1:]) if task == "causal-lm" else (logits, labels)
    log = recorded(tmp_path, task, logits, labels, tokens=tokens)
    same(load_dynamics(log).signals["loss"][:, 0], token_losses(*shifted))
    if tokens:
        assert len(load_units(log).unit) == int((shifted[1] != NONE).sum())


def test_pairs(tmp_path):
    policy, reference = (drawn(SIZE), drawn(SIZE, seed=2)), (drawn(SIZE, seed=3), drawn(SIZE, seed=4))
    margin = 0.3 * ((policy[0] - reference[0]) - (policy[1] - reference[1]))
    same(losses(tmp_path, "dpo", policy, reference, beta=0.3), -logsigmoid(margin))


def test_spans(tmp_path):
    """Rows 0 and 1 are two windows of one example, and so on: of an answer the best window counts."""
    logits = drawn(SIZE, LENGTH), drawn(SIZE, LENGTH, seed=2)
    targets = torch.tensor([1, 0, 2, 0, 3, 0]), torch.tensor([2, 0, 2, 0, 4, 0])
    with DynamicsRecorder(tmp_path, task="qa") as recorder:
        for start in range(0, SIZE, 2):
            part = slice(start, start + 2)
            recorder.record(
                [f"q{start}"] * 2,
                {"start_logits": logits[0][part], "end_logits": logits[1][part]},
                tuple(target[part] for target in targets),
                window=torch.tensor([0, 1]),
            )
        recorder.end_epoch()
    both = sum(cross_entropy(*pair, reduction="none") for pair in zip(logits, targets, strict=True))
    # The loss of a span is the mean of its ends'.
    same(load_dynamics(LogReader(tmp_path)).signals["loss"][:, 0], both[::2] / 2)
    assert LogReader(tmp_path).ids.tolist() == ["q0", "q2", "q4"]


def test_a_models_whole_answer(tmp_path):
    """An output that has logits will do, in half precision too."""
    logits, labels = drawn(SIZE, CLASSES).bfloat16(), numbers(SIZE)
    expected = cross_entropy(logits.float(), labels, reduction="none")
    same(losses(tmp_path, "classification", {"logits": logits}, labels), expected)


def test_a_batch_of_one_that_is_squeezed(tmp_path):
    """As the last batch of an epoch may be: a single number, and no batch of them."""
    values, targets = drawn(SIZE), drawn(SIZE, seed=2)
    pair = tuple(drawn(2, SIZE, seed=3))
    for task, outputs, given in (
        ("regression", values, targets),
        ("classification", values, (targets > 0).long()),
        ("dpo", pair, (values, targets)),
    ):
        whole = losses(tmp_path / task, task, outputs, given)
        with DynamicsRecorder(tmp_path / f"{task} one by one", task=task) as recorder:
            for row in range(SIZE):
                one = [
                    tuple(part[row] for part in each) if isinstance(each, tuple) else each[row]
                    for each in (outputs, given)
                ]
                recorder.record([row], *one)
            recorder.end_epoch()
        log = LogReader(tmp_path / f"{task} one by one")
        np.testing.assert_array_equal(load_dynamics(log).signals["loss"][:, 0], whole)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int32])
def test_numbers_of_any_width(dtype, tmp_path):
    logits, tags = drawn(SIZE, LENGTH, CLASSES), numbers(SIZE, LENGTH)
    narrow = losses(tmp_path / "narrow", "token-classification", logits, tags.to(dtype))
    np.testing.assert_array_equal(narrow, losses(tmp_path / "wide", "token-classification", logits, tags))
