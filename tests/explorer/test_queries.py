import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.explorer.queries import Query, Sorting, Window, example_index, row_range


def test_nothing_asked_is_everything():
    assert Query.of(None) == Query.of({}) == Query()
    everything = {"categories": None, "decisions": None, "filters": {}, "search": "", "polygon": None}
    assert Query.of(everything) == Query.of(dict.fromkeys(everything)) == Query()


def test_a_query_is_a_key_of_caches():
    raw = {
        "categories": ["hard", "easy", "hard"],
        "filters": {"source": [1, 0]},
        "ranges": {"forgetting_events": [2, None]},
        "search": " dose ",
        "polygon": [[0, 0], [0.5, 1]],
        "decisions": ["none"],
    }
    query = Query(
        categories=("easy", "hard"),
        filters=(("source", (1, 0)),),
        ranges=(("forgetting_events", 2.0, float("inf")),),
        search="dose",
        polygon=((0.0, 0.0), (0.5, 1.0)),
        decisions=("none",),
    )
    assert Query.of(raw) == query
    assert hash(Query.of(raw)) == hash(query)


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ([], "'query' must be an object, not []."),
        ([1], "'query' must be an object, not [1]."),
        ({"filters": []}, "'filters' must be an object, not []."),
        ({"polygon": [[0, 0]] * 20_001}, "'polygon' can have 20,000 corners at most, not 20,001."),
        ({"polygon": [[1, 10**400]]}, "'polygon' must be a number, not 1" + "0" * 59 + "."),
        ({"categories": "hard"}, "'categories' must hold a list, not \"hard\"."),
        ({"categories": ["worst"]}, "'categories' can name easy, ambiguous, hard, not 'worst'."),
        ({"filters": {"source": ["web"]}}, "'filters' must be a whole number, not \"web\"."),
        (
            {"ranges": {"confidence": [1]}},
            "Each of 'ranges' must be two numbers, the least and the greatest value, or null.",
        ),
        ({"ranges": {"confidence": ["a", 1]}}, "'ranges' must be a number, not \"a\"."),
        ({"search": 7}, "'search' must be text, not 7."),
        ({"polygon": [[1]]}, "Each corner of 'polygon' must be two numbers: variability and confidence."),
        ({"polygon": [[1, float("nan")]]}, "'polygon' must be a number, not NaN."),
        ({"polygon": [[1, 1e300]]}, "'polygon' must be a number, not 1e+300."),
        (
            {"decisions": ["yes"]},
            "'decisions' can name ok, wrong_label, ambiguous, drop, relabel, none, not 'yes'.",
        ),
    ],
)
def test_what_is_no_query(raw, sentence):
    with pytest.raises(InputError) as error:
        Query.of(raw)
    assert str(error.value) == sentence


def test_windows():
    whole = {"x0": 0, "x1": 0.5, "y0": 0, "y1": 1, "columns": 10, "rows": 5}
    assert Window.of(whole) == Window(0.0, 0.5, 0.0, 1.0, 10, 5)
    with pytest.raises(InputError) as error:
        Window.of(whole | {"x0": 0.5, "columns": 10_000_000})
    assert str(error.value) == (
        "A view needs x0 < x1, y0 < y1 and 1 to 1,000,000 cells; it is x 0.5 to 0.5, y 0 to 1, "
        "10,000,000 × 5 cells."
    )


def test_sorting_and_rows():
    assert Sorting.of({}) == Sorting()
    assert Sorting.of({"sort": "confidence", "descending": True}) == Sorting("confidence", descending=True)
    assert row_range({}) == (0, 50)
    assert row_range({"offset": 100, "limit": 1000}) == (100, 1000)
    with pytest.raises(InputError) as error:
        Sorting.of({"descending": "no"})
    assert str(error.value) == "'descending' must be true or false, not \"no\"."
    with pytest.raises(InputError) as error:
        row_range({"offset": 0, "limit": 1001})
    assert (
        str(error.value) == "Rows are asked for from 0 on and at most 1,000 at a time, not 1,001 from 0 on."
    )


def test_indices():
    assert example_index(3, 4) == example_index("3", 4) == 3
    with pytest.raises(InputError) as error:
        example_index(4, 4)
    assert str(error.value) == "There is no example 4: the map's 4 are counted from 0."
    for value in (-1, True, 1.5, None, "", "²", "1" * 40):
        with pytest.raises(InputError):
            example_index(value, 4)
