"""Draws: from seed and id alone."""

import hashlib

import numpy as np
import pytest

from dataset_cartography.tasks.noise.draws import draw, pick


def test_a_draw_is_the_examples_own_whatever_the_order_of_the_rows():
    ids = [f"e{number}" for number in range(50)]
    forward, backward = draw(ids, 3), draw(ids[::-1], 3)
    assert [ids[row] for row in forward.order] == [ids[::-1][row] for row in backward.order]
    np.testing.assert_array_equal(forward.chances, backward.chances[::-1])


def test_seeds_differ_and_chances_are_uniform():
    ids = list(range(4000))
    one, other = draw(ids, 0), draw(ids, 1)
    assert list(one.order[:20]) != list(other.order[:20])
    assert sorted(one.order) == ids
    assert one.chances.min() >= 0
    assert one.chances.max() < 1
    assert one.chances.mean() == pytest.approx(0.5, abs=0.02)
    assert abs(np.corrcoef(one.chances, other.chances)[0, 1]) < 0.05
    # Which examples are drawn first says nothing of what they get.
    assert one.chances[one.order[:400]].mean() == pytest.approx(0.5, abs=0.05)


def test_the_numbers_are_those_of_sha_256_on_every_machine():
    drawn = draw(["a", "b", "c"], 7)
    digests = [hashlib.sha256(text).digest() for text in (b"7:a", b"7:b", b"7:c")]
    assert drawn.order.tolist() == sorted(range(3), key=lambda row: digests[row]) == [2, 0, 1]
    chances = [(int.from_bytes(digest[16:24], "big") >> 11) / 2**53 for digest in digests]
    assert drawn.chances.tolist() == chances == [0.5576417064815318, 0.3932003529298853, 0.06922667173976305]


def test_every_item_can_be_picked():
    assert [pick("abc", chance) for chance in (0.0, 0.33, 0.34, 0.99999999999)] == ["a", "a", "b", "c"]
