"""Span signals against a twin that looks at every span."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_cartography.signals import span_signals

CAP = 4


def slow_window(start, end, target, context, golds):
    """One window, one span at a time, in Python floats."""
    lse_start = math.log(sum(math.exp(z) for z in start))
    lse_end = math.log(sum(math.exp(z) for z in end))
    lse = lse_start + lse_end
    spans = [
        (s, e) for s in range(context[0], context[1] + 1) for e in range(s, min(s + CAP, context[1] + 1))
    ]
    others = [(start[s] + end[e], -s, -e) for s, e in spans if (s, e) not in golds]
    # Between gold spans the one listed first wins a tie, between gold and other the earlier one.
    decodable = [span for span in golds if span in spans]
    best_gold = max(decodable, key=lambda span: start[span[0]] + end[span[1]], default=None)
    candidates = others + (
        [(start[best_gold[0]] + end[best_gold[1]], -best_gold[0], -best_gold[1])] if decodable else []
    )
    null = start[0] + end[0]
    gold = max((start[s] + end[e] for s, e in decodable or golds), default=null)
    logit, s, e = max(candidates, default=(-math.inf, 1, 1))
    target_logprob = start[target[0]] - lse_start, end[target[1]] - lse_end
    return {
        "start_logprob": target_logprob[0],
        "end_logprob": target_logprob[1],
        "gold_logprob": math.log(sum(math.exp(start[s] + end[e] - lse) for s, e in golds))
        if golds
        else sum(target_logprob),
        "null_logprob": null - lse,
        "start_lse": lse_start,
        "end_lse": lse_end,
        "prediction_logprob": logit - lse,
        "margin": gold - max(others, default=(-math.inf,))[0],
        "prediction_start": -s,
        "prediction_end": -e,
        "has_answer": bool(golds),
        "has_target": bool(golds),
        "correct": (-s, -e) in golds,
    }


@st.composite
def windows(draw):
    length = draw(st.integers(6, 14))
    # Halves make ties common, as low precision does.
    logit = st.integers(-8, 8).map(lambda value: value / 2)
    logits = [draw(st.lists(logit, min_size=length, max_size=length)) for _ in range(2)]
    first = draw(st.integers(1, length - 3))
    last = draw(st.integers(first + 1, length - 1))
    span = st.integers(first, last).flatmap(lambda s: st.tuples(st.just(s), st.integers(s, last)))
    golds = draw(st.lists(span, max_size=3, unique=True))
    return *logits, golds[0] if golds else (0, 0), (first, last), golds


@settings(max_examples=300, deadline=None)
@given(windows())
def test_equals_the_twin_that_looks_at_every_span(window):
    start, end, target, context, golds = window
    spans = [*golds, *[(-1, -1)] * (4 - len(golds))]
    fast = span_signals(
        torch.tensor([start]),
        torch.tensor([end]),
        torch.tensor([target[0]]),
        torch.tensor([target[1]]),
        context_start=torch.tensor([context[0]]),
        context_end=torch.tensor([context[1]]),
        gold_spans=torch.tensor([spans]),
        max_answer_length=CAP,
    )
    for name, value in slow_window(*window).items():
        assert fast[name].item() == pytest.approx(value, abs=1e-4), name


def test_a_gold_span_that_is_too_long_to_be_decoded_is_never_the_prediction():
    start, end = torch.zeros(1, 12), torch.zeros(1, 12)
    start[0, 2], end[0, 8], start[0, 4], end[0, 5] = 9.0, 9.0, 5.0, 5.0
    signals = span_signals(start, end, torch.tensor([2]), torch.tensor([8]), max_answer_length=CAP)
    assert not signals["correct"].item()
    assert (signals["prediction_start"].item(), signals["prediction_end"].item()) == (2, 5)
    assert signals["margin"].item() == pytest.approx(18.0 - 14.0)


def test_gold_probability_of_one_span_is_the_likelihood_the_model_is_trained_on():
    torch.manual_seed(0)
    start, end = torch.randn(3, 9), torch.randn(3, 9)
    targets = torch.tensor([2, 5, 8]), torch.tensor([3, 5, 8])
    loss = (
        torch.nn.functional.cross_entropy(start, targets[0], reduction="none")
        + torch.nn.functional.cross_entropy(end, targets[1], reduction="none")
    ) / 2
    signals = span_signals(start, end, *targets)
    torch.testing.assert_close(signals["gold_logprob"], -2 * loss)


def test_a_window_the_loss_ignores_has_no_gold():
    signals = span_signals(torch.zeros(1, 5), torch.zeros(1, 5), torch.tensor([7]), torch.tensor([7]))
    assert signals["gold_logprob"].isnan().all()
    assert not signals["has_answer"].item()


def test_a_negative_target_is_the_null_answer_as_in_the_models_own_loss():
    start, end = torch.randn(1, 5), torch.randn(1, 5)
    ours = span_signals(start, end, torch.tensor([-100]), torch.tensor([-100]))
    null = span_signals(start, end, torch.tensor([0]), torch.tensor([0]))
    torch.testing.assert_close(ours["gold_logprob"], null["gold_logprob"])


def test_a_window_without_context_predicts_nothing():
    signals = span_signals(
        torch.zeros(1, 5),
        torch.zeros(1, 5),
        torch.tensor([0]),
        torch.tensor([0]),
        context_start=torch.tensor([5]),
        context_end=torch.tensor([4]),
    )
    assert signals["prediction_start"].item() == signals["prediction_end"].item() == -1


def test_bf16_logits_are_read_in_float32_and_stay_where_they_are():
    torch.manual_seed(1)
    start, end = torch.randn(2, 8, dtype=torch.bfloat16), torch.randn(2, 8, dtype=torch.bfloat16)
    targets = torch.tensor([2, 3]), torch.tensor([4, 3])
    low, high = span_signals(start, end, *targets), span_signals(start.float(), end.float(), *targets)
    for name in low:
        torch.testing.assert_close(low[name], high[name])


def test_gradients_are_left_alone():
    start = torch.randn(1, 6, requires_grad=True)
    signals = span_signals(start, torch.randn(1, 6), torch.tensor([2]), torch.tensor([3]))
    assert not signals["gold_logprob"].requires_grad


def test_logits_far_from_zero_lose_no_digits():
    torch.manual_seed(2)
    near = 3 * torch.randn(64, 40), 3 * torch.randn(64, 40)
    start, end = (logits + 500 for logits in near)
    starts = torch.randint(1, 35, (64,))
    ends = starts + torch.randint(0, 5, (64,))
    signals = span_signals(start, end, starts, ends)
    row = torch.arange(64)
    start_logprobs, end_logprobs = start.log_softmax(-1), end.log_softmax(-1)
    expected = {
        "start_logprob": start_logprobs[row, starts],
        "end_logprob": end_logprobs[row, ends],
        "gold_logprob": start_logprobs[row, starts] + end_logprobs[row, ends],
        "null_logprob": start_logprobs[:, 0] + end_logprobs[:, 0],
        "prediction_logprob": start_logprobs[row, signals["prediction_start"]]
        + end_logprobs[row, signals["prediction_end"]],
    }
    for name, values in expected.items():
        # In units of each value: float32 itself tells no more of a log-probability of -20.
        torch.testing.assert_close(signals[name], values, atol=1e-6, rtol=2e-7, msg=name)
    for name, logits in (("start_lse", start), ("end_lse", end)):
        torch.testing.assert_close(signals[name], logits.double().logsumexp(-1).float(), atol=1e-4, rtol=0)
