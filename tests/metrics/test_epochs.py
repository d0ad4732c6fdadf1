import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.metrics import epoch_window


@pytest.mark.parametrize(
    ("burn_in", "burn_out", "kept"),
    [
        (0, None, [1, 2, 3, 4, 5]),
        (0, 3, [1, 2, 3]),
        (2, None, [3, 4, 5]),
        (1, 4, [2, 3, 4]),
        (4, 99, [5]),
    ],
)
def test_kept_epochs(burn_in, burn_out, kept):
    numbers = [1, 2, 3, 4, 5]
    assert numbers[epoch_window(numbers, burn_in, burn_out)] == kept


def test_numbers_count_not_places():
    assert epoch_window((3, 5, 8), burn_in=3, burn_out=5) == slice(1, 2)


@pytest.mark.parametrize(
    ("numbers", "burn_in", "burn_out", "message"),
    [
        ([1, 2], -1, None, "burn_in must be 0 or more; got -1."),
        (
            [1, 2, 3],
            2,
            2,
            (
                "burn_in must be below burn_out, since the epochs kept are burn_in < number <= burn_out; got "
                "burn_in=2 and burn_out=2."
            ),
        ),
        (
            [1, 2, 3],
            3,
            None,
            "No epoch is left with burn_in=3 and burn_out=None; the epochs recorded are: 1, 2, 3.",
        ),
        (
            range(1, 21),
            20,
            30,
            "No epoch is left with burn_in=20 and burn_out=30; the epochs recorded are: 1 to 20.",
        ),
        ([], 0, None, "No epoch is left with burn_in=0 and burn_out=None; the epochs recorded are: none."),
        ([1, 1], 0, None, "Epoch numbers must rise from column to column; got [1, 1]."),
    ],
)
def test_refusals(numbers, burn_in, burn_out, message):
    with pytest.raises(InputError) as error:
        epoch_window(numbers, burn_in, burn_out)
    assert str(error.value) == message
