import pandas as pd
import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.selection import located


def test_ids_are_found_as_they_are_and_only_then_as_text():
    assert located(pd.Index([7, 8]), [8, 9], "asked for").tolist() == [1, -1]
    assert located(pd.Index([7, 8]), ["8", "007"], "asked for").tolist() == [1, -1]
    assert located(pd.Index(["7", "8"]), [8], "asked for").tolist() == [1]
    # Where one is found as it is, the others are not read as text.
    assert located(pd.Index([7, 8]), [8, "7"], "asked for").tolist() == [1, -1]
    assert located(pd.Index(["a"]), [], "asked for").tolist() == []


def test_none_at_all_is_told():
    with pytest.raises(InputError) as error:
        located(pd.Index([7]), ["x", "y"], "asked for")
    assert (
        str(error.value) == "None of the 2 ids asked for, such as 'x', is on the map, where the first is 7."
    )
    with pytest.raises(InputError) as empty:
        located(pd.Index([]), ["x"], "asked for", "in the file")
    assert (
        str(empty.value) == "None of the 1 ids asked for, such as 'x', is in the file, where there are none."
    )
