import base64
import math
import threading

import numpy as np
import pandas as pd
import pytest

from dataset_cartography.decisions import Decision, read_decisions
from dataset_cartography.errors import InputError
from dataset_cartography.explorer.decision_log import DecisionLog
from dataset_cartography.explorer.explorer import Explorer
from dataset_cartography.explorer.mapfile import MapFile
from dataset_cartography.explorer.prepared.workspace import Workspace
from dataset_cartography.explorer.queries import Query, Sorting, Window
from dataset_cartography.label_errors import find_label_errors

WHOLE = Window(0.0, 0.5, 0.0, 1.0, 8, 4)
MAP_ORDER = Sorting()

ENLARGED = "The axes are enlarged: the examples lie in a small part of them."


def array(typed):
    return np.frombuffer(base64.b64decode(typed["base64"]), typed["dtype"])


def ids(explorer, sorting=MAP_ORDER, **query):
    return [id_ for part in explorer.ids(Query.of(query), sorting) for id_ in part]


@pytest.fixture
def bare(directory, df):
    """An explorer whose examples are not prepared yet."""
    return Explorer(
        df, MapFile(directory), Workspace.of(directory, "none"), DecisionLog(directory / "d.jsonl"), "A map"
    )


def test_few_examples_are_points(explorer, df):
    view = explorer.view(WHOLE, Query())
    assert view["kind"] == "points"
    index = array(view["index"])
    assert index.dtype == np.int32
    assert index.tolist() == list(range(29))
    assert array(view["x"]).tolist() == df["variability"].to_numpy(np.float32)[:29].tolist()
    assert array(view["y"]).tolist() == df["confidence"].to_numpy(np.float32)[:29].tolist()
    assert array(view["correctness"]).tolist() == df["correctness"].to_numpy(np.float32)[:29].tolist()


def test_many_examples_are_a_grid(explorer, df, monkeypatch):
    monkeypatch.setattr("dataset_cartography.explorer.picture.MOST_POINTS", 5)
    view = explorer.view(WHOLE, Query())
    assert (view["kind"], view["columns"], view["rows"]) == ("grid", 8, 4)
    count, mean = array(view["count"]).reshape(4, 8), array(view["correctness"]).reshape(4, 8)
    assert count.dtype == np.uint32
    expected = np.zeros((4, 8))
    sums = np.zeros((4, 8))
    for row in df.iloc[:29].itertuples():
        cell = min(int(row.confidence * 4), 3), min(int(row.variability * 16), 7)
        expected[cell] += 1
        sums[cell] += row.correctness
    assert count.tolist() == expected.tolist()
    np.testing.assert_allclose(mean, np.where(expected, sums / np.maximum(expected, 1), np.nan), rtol=1e-6)
    inside = explorer.view(Window(0.0, 0.5, 0.5, 1.0, 1, 1), Query())
    assert array(inside["count"]).tolist() == [int((df["confidence"] >= 0.5).sum())]


def test_every_condition_narrows(explorer, df):
    hard = df.index[df["category"] == "hard"].tolist()
    assert ids(explorer, categories=["hard"]) == hard
    assert ids(explorer, categories=[]) == []
    assert len(ids(explorer)) == 30
    source = next(one for one in explorer.info()["filters"] if one["name"] == "source")
    web = source["values"].index("web")
    assert ids(explorer, filters={"source": [web]}) == [f"e{k}" for k in range(3, 30, 2)]
    assert ids(explorer, filters={"source": [0, 1]}) == [f"e{k}" for k in range(2, 30)]
    assert ids(explorer, search="number2 two", filters={"source": [web]}) == ["e23", "e29"]
    box = [[0, 0], [0.5, 0], [0.5, 0.3], [0, 0.3]]
    assert ids(explorer, polygon=box) == df.index[df["confidence"] < 0.3].tolist()
    assert ids(explorer, polygon=box, search="number2 two") == ["e20", "e23", "e26"]
    bound = float(df["confidence"].iloc[7])  # both ends are included, whatever 32 bits make of them
    narrow = (df["confidence"] >= bound) & (df["variability"] <= 0.3)
    assert ids(explorer, ranges={"confidence": [bound, None], "variability": [None, 0.3]}) == (
        df.index[narrow].tolist()
    )
    with pytest.raises(InputError) as error:
        ids(explorer, ranges={"beauty": [0, 1]})
    assert str(error.value).startswith("The map has no metric 'beauty'; it has: ")


def test_the_table_is_sorted_and_paged(explorer, df):
    by_confidence = df["confidence"].sort_values(kind="stable").index.tolist()
    assert ids(explorer, Sorting("confidence")) == by_confidence
    falling = ids(explorer, Sorting("confidence", descending=True))
    assert falling[:29] == by_confidence[:29][::-1]
    assert falling[29] == "e29"  # without a value, last either way
    assert ids(explorer, Sorting(descending=True)) == df.index.tolist()[::-1]
    page = explorer.select(Query(), Sorting("confidence"), 10, 5)
    assert page["total"] == 30
    assert [row["id"] for row in page["rows"]] == by_confidence[10:15]
    with pytest.raises(InputError) as error:
        explorer.select(Query(), Sorting("beauty"), 0, 5)
    assert str(error.value).startswith("The map has no metric 'beauty'; it has: confidence, variability")


def test_a_row_of_the_table(explorer, df):
    row = explorer.select(Query(), MAP_ORDER, 7, 1)["rows"][0]
    values = row.pop("values")
    del values["wrong_label_probability"], values["wrong_label_rank"]
    assert set(values) == set(df.columns) - {"prediction", "category"}
    for name, value in values.items():
        told = df[name].iloc[7]
        assert value is None if pd.isna(told) else value == pytest.approx(float(told), rel=1e-6)
    curve = row.pop("curve")
    assert len(curve) == 3
    assert math.isclose(sum(curve) / 3, df["confidence"].iloc[7], rel_tol=1e-6)
    assert row == {
        "index": 7,
        "id": "e7",
        "text": "Note number7 about Café Überweisung xxxxxxx",
        "gold": "one",
        "prediction": "one",
        "agrees": True,
        "category": df["category"].iloc[7],
        "decision": None,
    }


def test_the_detail_of_an_example(explorer):
    detail = explorer.detail(8)
    assert detail["texts"][0]["segments"] == [("Note number8 about Café Überweisung xxxxxxxx", 0)]
    assert detail["gold"] == ["two"]
    assert detail["columns"] == {"source": "books", "pages": "8"}
    assert {"index", "id", "category", "values", "curve", "decision"} <= set(detail)


def test_examples_that_the_dataset_lacks_have_no_text(explorer):
    assert explorer.info()["notes"] == [
        ENLARGED,
        "2 examples of the map are not among the usable rows of the dataset: they have no text.",
    ]
    row = explorer.select(Query(), MAP_ORDER, 0, 3)["rows"][0]
    assert (row["id"], row["text"], row["gold"], row["prediction"]) == ("e0", "", None, None)
    assert explorer.detail(0)["texts"] == []


def test_map_lasso_and_table_work_before_the_texts_are_there(bare, df):
    assert bare.info()["filters"] == []
    assert len(array(bare.view(WHOLE, Query())["index"])) == 29
    box = [[0, 0], [0.5, 0], [0.5, 0.3], [0, 0.3]]
    assert ids(bare, polygon=box) == df.index[df["confidence"] < 0.3].tolist()
    row = bare.select(Query(), MAP_ORDER, 7, 1)["rows"][0]
    assert (row["id"], row["text"], row["curve"]) == ("e7", "", [])
    assert bare.info()["prepared"] == []
    with pytest.raises(InputError) as error:
        bare.view(WHOLE, Query(search="note"))
    assert str(error.value) == "The search index is not ready yet: its progress stands on the page."
    with pytest.raises(InputError) as error:
        bare.view(WHOLE, Query(filters=(("source", (0,)),)))
    assert str(error.value) == (
        "There is no filter 'source'; there are: none yet: the examples are still being described."
    )


def test_decisions_are_asked_for_as_they_change(explorer):
    assert ids(explorer, decisions=["drop"]) == []
    told = explorer.decide(3, Decision("drop"))
    assert told == {"index": 3, "id": "e3", "decision": {"decision": "drop"}, "decided": told["decided"]}
    assert told["decided"] == {"none": 29, "ok": 0, "wrong_label": 0, "ambiguous": 0, "drop": 1, "relabel": 0}
    explorer.decide(5, Decision("relabel", "two"))
    assert ids(explorer, decisions=["drop"]) == ["e3"]
    assert ids(explorer, decisions=["drop", "relabel"]) == ["e3", "e5"]
    assert len(ids(explorer, decisions=["none"])) == 28
    assert explorer.detail(5)["decision"] == {"decision": "relabel", "relabel": "two"}
    assert explorer.undo()["index"] == 5
    assert explorer.undo()["id"] == "e3"
    assert explorer.undo() == {"index": None, "decision": None, "decided": explorer.info()["decided"]}
    assert len(ids(explorer, decisions=["none"])) == 30


def test_decisions_of_an_earlier_session(directory, df, prepared):
    log = DecisionLog(directory / "decisions.jsonl")
    for id_, decision in (("e4", "ok"), ("elsewhere", "drop"), (2**70, "ok"), (4, "drop")):
        log.decide(id_, Decision(decision))
    explorer = Explorer(df, MapFile(directory), prepared[0], log, "A map")
    assert ids(explorer, decisions=["ok"]) == ["e4"]
    assert ids(explorer, decisions=["drop"]) == []
    assert explorer.info()["notes"] == [
        ENLARGED,
        "3 of the decisions are about examples that are not on this map.",
    ]
    assert explorer.undo() == {
        "index": None,
        "id": 4,
        "decision": None,
        "decided": explorer.info()["decided"],
    }


def test_info_says_what_the_page_needs(explorer):
    info = explorer.info()
    assert info["prepared"] == ["filters", "search", "text"]
    assert (info["mode"], info["title"], info["total"], info["points"]) == ("explorer", "A map", 30, 29)
    assert info["labels"] == ["zero", "one", "two"]
    assert info["epochs"] == [1, 2, 3]
    assert info["task"] == "classification"
    assert info["decisions"] == ["ok", "wrong_label", "ambiguous", "drop", "relabel", "none"]
    source = next(one for one in info["filters"] if one["name"] == "source")
    assert dict(zip(source["values"], source["counts"], strict=True)) == {"books": 14, "web": 14}


def test_a_value_that_a_filter_does_not_have_is_one_sentence(explorer):
    for place in (2, -1):
        with pytest.raises(InputError) as error:
            ids(explorer, filters={"source": [0, place]})
        assert str(error.value) == f"The filter 'source' has 2 values, counted from 0, and no {place}."


def test_decisions_made_at_once_leave_file_and_map_agreeing(explorer, directory):
    def press(name):
        for index in range(29):
            explorer.decide(index, Decision(name))

    threads = [threading.Thread(target=press, args=(name,)) for name in ("ok", "drop", "ambiguous")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written = read_decisions(directory)["decision"]
    assert len(written) == 29
    for name in ("ok", "drop", "ambiguous"):
        assert sorted(ids(explorer, decisions=[name])) == sorted(written.index[written == name])


def test_labels_are_ranked_once_the_filters_are_ready(explorer, directory, df):
    assert explorer.info()["metrics"][-1]["name"] == "wrong_label_probability"
    ranking = find_label_errors(directory)
    page = explorer.select(Query(), Sorting("wrong_label_rank"), 0, 5)
    assert [row["id"] for row in page["rows"]] == ranking.index[:5].tolist()
    suspected = ranking.index[ranking["looks_like"] != "sound"].intersection(df.index[2:])
    index = df.index.get_loc(suspected[0])
    (note,) = explorer.detail(index)["notes"]
    said = ranking.loc[suspected[0]]
    about = f"estimated probability of a wrong label {said['probability']:.2f}"
    assert note.startswith(f"Looks {said['looks_like']} ({about}): {said['reason']}.")


def test_labels_are_not_ranked_before(directory, df, prepared):
    places = df[["variability", "confidence", "category"]]
    log = DecisionLog(directory / "decisions.jsonl")
    made = Explorer(places, MapFile(directory), prepared[0], log, "A map")
    made.open("text")
    assert "wrong_label_probability" not in [metric["name"] for metric in made.info()["metrics"]]
    assert "wrong_label_probability" not in made.detail(7)["values"]
