"""Signals of sequences against a token-by-token computation, on both paths: a host's, and a device's."""

import numpy as np
import pytest
import torch

from dataset_cartography.signals import FEATURE, sequences
from dataset_cartography.signals.sequences import IGNORED, Pieces, answered_signals, sequence_signals

VOCABULARY = 11


@pytest.fixture(params=["host", "device"], autouse=True)
def path(request, monkeypatch):
    """A device must not be asked what a tensor holds; its way of computing works on a host too."""
    monkeypatch.setattr(sequences, "_on_host", lambda _values: request.param == "host")
    return request.param


@pytest.fixture(params=[torch.float32, torch.bfloat16, torch.float16])
def batch(request):
    """Logits (3, 7, vocabulary), some of whose labels are the likeliest, and some of these tied; and labels."""
    draw = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 7, VOCABULARY, generator=draw).mul(3).to(request.param)
    labels = torch.randint(0, VOCABULARY, (3, 7), generator=draw)
    best = logits.argmax(-1)
    labels[0] = best[0]
    labels[1, 1:] = best[1, :-1]
    logits[1, 2, 4] = logits[1, 2].max()
    labels[0, :3] = IGNORED
    labels[2, 5:] = IGNORED
    return logits, labels


def slow(logits, labels, *, shift):
    """Of each row, what is told of each target token: (log-probability, margin, likeliest, token)."""
    rows = []
    for scores, targets in zip(logits.double(), labels.tolist(), strict=True):
        told = []
        for place, target in enumerate(targets):
            if target == IGNORED or (shift and place == 0):
                continue
            values = scores[place - shift]
            others = torch.cat([values[:target], values[target + 1 :]])
            told.append(
                (
                    float(values.log_softmax(0)[target]),
                    float(values[target] - others.max()),
                    int(np.argmax(values.numpy())),
                    target,
                )
            )
        rows.append(told)
    return rows


def kept(signals):
    """Rows that are not to be left out, as lists."""
    there = signals["unit"] >= 0
    return {name: values[there].tolist() for name, values in signals.items()}


@pytest.mark.parametrize("size", [1, 3 * VOCABULARY, 2**20])
@pytest.mark.parametrize("shift", [True, False])
def test_sums_over_each_row(shift, size, batch, monkeypatch):
    monkeypatch.setattr(sequences, "_VALUES_AT_ONCE", {"cpu": size})
    told = slow(*batch, shift=shift)
    found = kept(sequence_signals(*batch, shift=shift))
    assert found["tokens"] == [len(row) for row in told]
    assert found["correct_tokens"] == [sum(best == gold for _, _, best, gold in row) for row in told]
    for name, function in (("gold_logprob", sum), ("lowest_logprob", min)):
        wanted = [function([one[0] for one in row]) for row in told]
        np.testing.assert_allclose(found[name], wanted, atol=2e-6, rtol=1e-6)
    np.testing.assert_allclose(found["margin"], [sum(one[1] for one in row) for row in told], atol=1e-5)
    assert found["gold"] == found["prediction"] == [-1, -1, -1]
    assert found[FEATURE] == [0, 1, 2]
    assert found["unit"] == [0, 0, 0]


@pytest.mark.parametrize("shift", [True, False])
def test_every_token(shift, batch):
    told = slow(*batch, shift=shift)
    found = kept(sequence_signals(*batch, shift=shift, tokens=True))
    flat = [one for row in told for one in row]
    np.testing.assert_allclose(found["gold_logprob"], [one[0] for one in flat], atol=2e-6)
    assert found["lowest_logprob"] == found["gold_logprob"]
    np.testing.assert_allclose(found["margin"], [one[1] for one in flat], atol=2e-6)
    assert found["prediction"] == [one[2] for one in flat]
    assert found["gold"] == [one[3] for one in flat]
    assert found["correct_tokens"] == [one[2] == one[3] for one in flat]
    assert found["tokens"] == [1] * len(flat)
    assert found["unit"] == [place for row in told for place in range(len(row))]
    assert found[FEATURE] == [number for number, row in enumerate(told) for _ in row]


def test_a_token_that_is_ruled_out():
    logits = torch.tensor([[[0.0, -torch.inf, 0.0], [0.0, 0.0, -torch.inf]]])
    found = kept(sequence_signals(logits, torch.tensor([[0, 1]]), shift=True))
    assert found["gold_logprob"] == [-torch.inf]
    assert found["correct_tokens"] == [0]


def test_only_one_token_is_allowed():
    logits = torch.full((1, 2, 3), -torch.inf)
    logits[..., 2] = 5.0
    found = kept(sequence_signals(logits, torch.tensor([[0, 2]]), shift=True))
    assert found["gold_logprob"] == [0.0]
    assert found["correct_tokens"] == [1]


@pytest.mark.parametrize("tokens", [False, True])
def test_nothing_to_learn_leaves_every_row_out(tokens, batch):
    logits, labels = batch
    found = sequence_signals(logits, torch.full_like(labels, IGNORED), shift=True, tokens=tokens)
    assert kept(found)["unit"] == []


def test_virtual_tokens_come_before(batch):
    logits, labels = batch
    longer = torch.cat([torch.zeros(3, 4, VOCABULARY, dtype=logits.dtype), logits], dim=1)
    assert kept(sequence_signals(longer, labels, shift=True)) == kept(
        sequence_signals(logits, labels, shift=True)
    )


@pytest.mark.parametrize("tokens", [False, True])
def test_pieces_of_a_flattened_row(tokens, batch):
    """Three sequences end to end in one row are as three rows, each first token aside."""
    logits, labels = batch
    pieces = Pieces.packed(torch.tensor([7, 7, 7]), None, labels.view(1, -1), None)
    found = sequence_signals(
        logits.view(1, 21, -1), labels.view(1, -1), shift=True, pieces=pieces, tokens=tokens
    )
    assert kept(found) == kept(sequence_signals(logits, labels, shift=True, tokens=tokens))


@pytest.mark.parametrize("side", ["left", "right"])
def test_pieces_of_padded_rows(side):
    draw = torch.Generator().manual_seed(1)
    lengths, in_row = torch.tensor([3, 2, 4, 5]), torch.tensor([2, 1, 1])
    whole = [
        (torch.randn(size, VOCABULARY, generator=draw), torch.randint(0, VOCABULARY, (size,), generator=draw))
        for size in lengths.tolist()
    ]
    logits, labels, mask = torch.randn(3, 6, VOCABULARY), torch.full((3, 6), IGNORED), torch.zeros(3, 6)
    for row, parts in enumerate((whole[:2], whole[2:3], whole[3:])):
        size = sum(len(targets) for _, targets in parts)
        there = slice(6 - size, 6) if side == "left" else slice(0, size)
        logits[row, there] = torch.cat([scores for scores, _ in parts])
        labels[row, there] = torch.cat([targets for _, targets in parts])
        mask[row, there] = 1
    pieces = Pieces.packed(lengths, in_row, labels, mask)
    found = kept(sequence_signals(logits, labels, shift=True, pieces=pieces))
    for place, (scores, targets) in enumerate(whole):
        alone = kept(sequence_signals(scores[None], targets[None], shift=True))
        assert found["tokens"][place] == alone["tokens"][0]
        assert found["gold_logprob"][place] == pytest.approx(alone["gold_logprob"][0])


@pytest.mark.parametrize("tokens", [False, True])
def test_answered_log_probabilities(tokens, batch):
    logits, labels = batch[0].float(), batch[1]
    logprobs = logits[:, :-1].log_softmax(-1).gather(-1, labels[:, 1:].clamp(min=0)[..., None]).squeeze(-1)
    right = logits[:, :-1].argmax(-1) == labels[:, 1:]
    found = kept(answered_signals(logprobs, right, labels, tokens=tokens))
    wanted = kept(sequence_signals(logits, labels, shift=True, tokens=tokens))
    assert np.isnan(found.pop("margin")).all()
    wanted.pop("margin")
    for name in ("gold_logprob", "lowest_logprob"):
        np.testing.assert_allclose(found.pop(name), wanted.pop(name), atol=2e-6)
    predicted, known = found.pop("prediction"), wanted.pop("prediction")
    assert found == wanted
    assert all(ours in (-1, theirs) for ours, theirs in zip(predicted, known, strict=True))
