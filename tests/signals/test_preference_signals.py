"""Preference pairs: log-probabilities of answers, and implicit rewards, by hand."""

import math

import pytest
import torch

from dataset_cartography.signals import preference_signals, sequence_logprobs


def test_the_margin_is_beta_times_the_difference_of_the_log_ratios():
    signals = preference_signals(
        torch.tensor([-3.0, -5.0]),
        torch.tensor([-4.0, -5.0]),
        torch.tensor([-3.5, -5.0]),
        torch.tensor([-3.0, -6.0]),
        beta=0.5,
    )
    assert signals["chosen_logratio"].tolist() == [0.5, 0.0]
    assert signals["rejected_logratio"].tolist() == [-1.0, 1.0]
    assert signals["margin"].tolist() == [0.75, -0.5]
    expected = [math.log(1 / (1 + math.exp(-margin))) for margin in (0.75, -0.5)]
    assert signals["gold_logprob"].tolist() == pytest.approx(expected)
    assert signals["correct"].tolist() == [True, False]
    assert signals["prediction"].tolist() == [0, 1]


def test_the_log_probability_of_an_answer_is_the_sum_over_its_tokens():
    tokens = torch.tensor([[0.0, -1.0, -2.0, 0.0], [0.0, -4.0, 0.0, 0.0]])
    completion = torch.tensor([[0, 1, 1, 0], [0, 1, 0, 0]])
    assert sequence_logprobs(tokens, completion).tolist() == [-3.0, -4.0]


def test_with_an_alpha_what_is_longer_than_the_other_answer_counts_less():
    # The chosen answer has three tokens, the rejected one.
    tokens = torch.tensor([[-1.0, -2.0, -3.0], [-4.0, 0.0, 0.0]])
    completion = torch.tensor([[1, 1, 1], [1, 0, 0]])
    assert sequence_logprobs(tokens, completion, 0.5).tolist() == [-1.0 + 0.5 * -5.0, -4.0]
