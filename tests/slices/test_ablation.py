import numpy as np
import pandas as pd
import pytest

from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.slices import compare_ablation

CATEGORIES = ["easy", "ambiguous", "hard"]


def map_of(categories, confidence=None, ids=None):
    index = pd.Index(ids if ids is not None else range(len(categories)), name="example_id")
    values = np.linspace(0, 1, len(categories)) if confidence is None else confidence
    category = pd.Categorical(categories, CATEGORIES, ordered=True)
    return pd.DataFrame({"confidence": values, "category": category}, index=index)


def test_what_stays_and_what_moves():
    full = map_of(["easy", "easy", "easy", "hard", "hard", None, "easy"], ids=list("abcdefg"))
    ablated = map_of(
        ["hard", "easy", "easy", "ambiguous", "hard", "easy"], [0, 0.7, 0.9, 0.1, 0, 1], list("dcbaeh")
    )
    found = compare_ablation(full, ablated)
    assert (found.common, found.full_only, found.ablated_only) == (5, 1, 1)
    assert found.moves.to_numpy().tolist() == [[2, 1, 0], [0, 0, 0], [0, 0, 2]]
    assert (found.moves.index.name, found.moves.columns.name) == ("whole input", "ablated")
    assert found.kept["easy"] == pytest.approx(2 / 3)
    assert np.isnan(found.kept["ambiguous"])
    assert found.kept_by_chance.tolist() == [0.4, 0.2, 0.4]
    assert found.easy_without == pytest.approx(2 / 3)
    assert found.artefacts == ("b", "c")
    assert found.effects is None
    assert found.words == (
        "Of the 3 examples that are easy with the whole input, 2 (67%) are easy without the withheld part, too; "
        "chance would give 40%."
    )


def test_no_easy_examples():
    found = compare_ablation(map_of(["hard", "hard"]), map_of(["easy", "hard"]))
    assert np.isnan(found.easy_without)
    assert found.artefacts == ()
    assert found.words == "None of the 2 examples on both maps is easy with the whole input."


def test_integer_ids_stay_integers():
    found = compare_ablation(map_of(["easy"] * 3), map_of(["easy"] * 3))
    assert found.artefacts == (2, 1, 0)
    assert all(type(one) is int for one in found.artefacts)


def test_the_slices_with_the_artefacts():
    n = 400
    negated = np.arange(n) % 4 == 0
    full = map_of(["easy"] * n)
    ablated = map_of(np.where(negated | (np.arange(n) % 10 == 0), "easy", "hard"))
    slices = pd.DataFrame({"negation": np.where(negated, "not", "no")}, index=full.index)[::-1]
    found = compare_ablation(full, ablated, slices=slices)
    first = found.effects.iloc[0]
    assert first[["region", "feature", "slice"]].tolist() == ["easy without", "negation", "not"]
    assert (first["count"], first["share_inside"]) == (100, 1.0)
    assert first["share_outside"] == pytest.approx(20 / 300)


def test_errors():
    good = map_of(["easy", "hard"])
    with pytest.raises(MissingColumnError) as caught:
        compare_ablation(good, good[["confidence"]])
    assert str(caught.value) == (
        "Column 'category' not found in the ablated map; its columns are: 'confidence'. Call categorize_examples first."
    )
    with pytest.raises(InputError) as caught:
        compare_ablation(map_of(["easy", "hard"], ids=["a", "a"]), good)
    assert str(caught.value) == "An id stands more than once in the map; every id must stand for one example."
    with pytest.raises(InputError) as caught:
        compare_ablation(good, map_of(["easy"], ids=["x"]))
    assert str(caught.value) == (
        "None of the 2 examples on the map is among the 1 on the ablated map: compare maps of one dataset."
    )
