import numpy as np
import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.cross_fit import assign_folds, check_folds, check_processes

IDS = np.array([f"e{number}" for number in range(101)], object)
LABELS = np.array([0] * 70 + [1] * 25 + [2] * 4 + [3] + [4])


@pytest.mark.parametrize("folds", [2, 3, 10, 101])
def test_folds_are_of_one_size_and_so_are_each_labels_parts(folds):
    found = assign_folds(IDS, LABELS, folds, seed=0)
    sizes = np.bincount(found, minlength=folds)
    assert (len(sizes), sizes.sum()) == (folds, 101)
    assert np.ptp(sizes) <= 1
    for label in range(5):
        assert np.ptp(np.bincount(found[label == LABELS], minlength=folds)) <= 1


@pytest.mark.parametrize("labels", [LABELS, None])
def test_an_examples_fold_does_not_depend_on_the_order_of_the_rows(labels):
    order = np.random.default_rng(1).permutation(101)
    found = assign_folds(IDS, labels, 4, seed=7)
    shuffled = assign_folds(IDS[order], None if labels is None else labels[order], 4, seed=7)
    np.testing.assert_array_equal(found[order], shuffled)
    assert (found != assign_folds(IDS, labels, 4, seed=8)).any()


def test_integer_ids():
    found = assign_folds(np.arange(6), None, 3, seed=0)
    assert sorted(found.tolist()) == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: check_folds(1),
            "--cross_fit must be 2 or more folds, but is 1: with 3, each model learns two thirds.",
        ),
        (
            lambda: check_folds(9, 8),
            "--cross_fit 9 asks for more folds than there are examples to train on, which are 8.",
        ),
        (
            lambda: check_processes(2),
            (
                "--cross_fit trains in one process, but 2 train together: record the run with them, and add the folds "
                "afterwards in one, with 2 times the batch size (--resume_from_checkpoint last --cross_fit …)."
            ),
        ),
    ],
)
def test_what_cannot_be_made_is_refused(call, sentence):
    with pytest.raises(InputError) as error:
        call()
    assert str(error.value) == sentence


def test_what_can_be_made():
    check_folds(2)
    check_folds(8, 8)
    check_processes(1)
