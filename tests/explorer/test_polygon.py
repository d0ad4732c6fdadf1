import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_cartography.explorer.polygon import PolygonIndex

# Few distinct values, so that corners and points meet on the very same heights.
NUMBER = st.sampled_from([0.0, 0.1, 0.2, 0.25, 1 / 3, 0.5, 0.7, 1.0])
POLYGON = st.lists(st.tuples(NUMBER, NUMBER), max_size=8)


def contains(polygon, x, y):
    """`d3.polygonContains`, line by line."""
    inside = False
    if polygon:
        x0, y0 = polygon[-1]
    for x1, y1 in polygon:
        if ((y1 > y) != (y0 > y)) and (x < (x0 - x1) * (y - y1) / (y0 - y1) + x1):
            inside = not inside
        x0, y0 = x1, y1
    return inside


@settings(max_examples=200, deadline=None)
@given(POLYGON, st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=30))
def test_it_agrees_with_d3_on_every_point(polygon, points):
    x, y = np.array(points, np.float32).T
    expected = [contains(polygon, float(a), float(b)) for a, b in zip(x, y, strict=True)]
    assert PolygonIndex(x, y).inside(polygon).tolist() == expected


def test_a_lasso_over_many_points():
    rng = np.random.default_rng(0)
    x, y = rng.random((2, 2000)).astype(np.float32)
    turn = np.linspace(0, 2 * np.pi, 100, endpoint=False)
    polygon = np.stack([0.5 + 0.3 * np.cos(turn), 0.5 + 0.4 * np.sin(3 * turn)], 1).tolist()
    expected = [contains(polygon, float(a), float(b)) for a, b in zip(x, y, strict=True)]
    assert PolygonIndex(x, y).inside(polygon).tolist() == expected


def test_points_without_a_place_are_never_inside():
    x, y = np.array([0.2, np.nan, 0.2], np.float32), np.array([0.5, 0.5, np.nan], np.float32)
    box = [(0, 0), (1, 0), (1, 1), (0, 1)]
    assert PolygonIndex(x, y).inside(box).tolist() == [True, False, False]


@pytest.mark.parametrize("polygon", [[], [(0.2, 0.5)], [(0, 0), (1, 1)]])
def test_what_encloses_nothing_holds_nothing(polygon):
    point = np.array([0.2], np.float32)
    assert not PolygonIndex(point, point).inside(polygon).any()
