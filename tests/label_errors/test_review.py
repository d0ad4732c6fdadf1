"""How many labels to review."""

import numpy as np
import pytest

from dataset_cartography.label_errors.review import to_catch


def test_the_least_number_whose_probabilities_reach_the_share():
    probability = np.array([0.1, 0.9, 0.5, 0.5])  # of 2.0 expected, 1.6 are 80%

    assert to_catch(probability, 0.8) == 3
    assert to_catch(probability, 0.45) == 1
    assert to_catch(probability, 1.0) == 4


def test_a_long_tail_of_negligible_probabilities_does_not_count():
    probability = np.concatenate([np.full(10, 0.5), np.full(100_000, 0.001)])

    assert to_catch(probability, 0.8) == 8


@pytest.mark.parametrize("probability", [np.array([]), np.full(5, 0.001), np.zeros(3)])
def test_nothing_to_find_needs_no_review(probability):
    assert to_catch(probability, 0.8) == 0
