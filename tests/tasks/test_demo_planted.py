"""Counting planted wrong labels among the most suspicious."""

import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.demo import PlantedReport, planted_wrong_found

TRUTH = {"a": "wrong_label", "b": "clean", "c": "wrong_label", "d": "hard", "e": "clean"}


def test_k_defaults_to_the_number_of_wrong_labels():
    assert planted_wrong_found(["a", "b", "c", "d", "e"], TRUTH) == PlantedReport(1, 2, 2 * 2 / 5)


def test_k_can_be_given():
    assert planted_wrong_found(["a", "b", "c", "d", "e"], TRUTH, k=3) == PlantedReport(2, 3, 3 * 2 / 5)


def test_examples_left_out_of_the_map_do_not_count():
    assert planted_wrong_found(["d", "a", "b"], TRUTH) == PlantedReport(0, 1, 1 / 3)


def test_no_examples_find_nothing():
    assert planted_wrong_found([], TRUTH) == PlantedReport(0, 0, 0.0)


def test_an_example_without_truth_is_refused():
    with pytest.raises(InputError) as error:
        planted_wrong_found(["a", "z", "y"], TRUTH)
    assert str(error.value) == (
        "2 of 3 examples have no planted truth, 'z' for one; only the demo dataset and datasets made by "
        "planting noise have it."
    )


@pytest.mark.parametrize("k", [0, 6])
def test_a_k_that_cannot_be_looked_at_is_refused(k):
    with pytest.raises(InputError) as error:
        planted_wrong_found(["a", "b", "c", "d", "e"], TRUTH, k=k)
    assert str(error.value) == f"Cannot look at the {k} most suspicious of 5 examples; give a k from 1 to 5."
