import random

import numpy as np
import pytest

from dataset_cartography.slices.near_duplicates import near_duplicate_groups
from dataset_cartography.slices.words import fold

WORDS = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "theta",
    "kappa",
    "lambda",
    "omega",
    "rho",
    "chi",
]


def text(seed, length=30):
    rng = random.Random(seed)
    return " ".join(rng.choice(WORDS) + str(rng.randrange(100)) for _ in range(length))


def groups(*columns):
    return near_duplicate_groups([[fold(text) for text in texts] for texts in columns]).tolist()


def test_copies_with_small_changes_are_one_group_and_others_are_alone():
    texts = [text(0), text(1), text(0).upper() + "!", text(2), text(0) + " please", text(1, 60)]
    assert groups(texts) == [0, 1, 0, 3, 0, 5]


def test_all_texts_must_be_nearly_the_same():
    questions, contexts = [text(0)] * 3, [text(1), text(2), text(1) + "."]
    assert groups(questions, contexts) == [0, 1, 0]


def test_texts_without_words_stand_alone():
    assert groups(["", "", "?!", "a", "a"]) == [0, 1, 2, 3, 3]
    assert groups(["", "", "x"], ["same", "same", "same"]) == [0, 0, 2]
    assert groups([]) == []


def test_hostile_texts():
    texts = ["\ud800 lone", "\ud800 lone", "\x00", "药 ", "药", "x" * 300_000, "x" * 300_000]
    assert groups(texts) == [0, 0, 2, 3, 3, 5, 5]


def pieces(value):
    padded = f"____{' '.join(value.split())}____"
    return {padded[start : start + 5] for start in range(len(padded) - 4)}


@pytest.mark.parametrize("changed", range(0, 30, 3))
def test_the_estimate_agrees_with_the_pieces_that_both_have(changed):
    first, together, likeness = text(0, 30), 0, []
    for seed in range(40):
        rng = random.Random(seed)
        other = first.split()
        for place in rng.sample(range(30), changed):
            other[place] = f"new{rng.randrange(10_000)}"
        other = " ".join(other)
        a, b = pieces(first), pieces(other)
        likeness.append(len(a & b) / len(a | b))
        together += len(set(groups([first, other]))) == 1
    if np.mean(likeness) > 0.9:
        assert together == 40
    if np.mean(likeness) < 0.55:
        assert together == 0
