import base64
import json
import re
import zlib

import numpy as np
import pandas as pd
import pytest

from dataset_cartography.pages.alignment import align
from dataset_cartography.pages.filters import make_filters
from dataset_cartography.regions import categorize_examples
from dataset_cartography.report.embedded import embed, sample_points, size_budget
from dataset_cartography.report.packing import Packer, rounded

BLOCK = re.compile(r'<script type="text/plain" data-block="([a-z_]+(?:-\d+)?)">([A-Za-z0-9+/=]*)</script>\n')


def unpacked(elements):
    found = [BLOCK.fullmatch(element).groups() for element in elements]
    return {name: zlib.decompress(base64.b64decode(data), 31) for name, data in found}


def floats(data):
    return np.ascontiguousarray(np.frombuffer(data, np.uint8).reshape(4, -1).T).view("<f4").ravel()


def column(data):
    told = json.loads(data)
    return [told["values"][code] for code in told["codes"]] if "codes" in told else told["values"]


def generated(n, words=40):
    rng = np.random.default_rng(0)
    vocabulary = np.array([f"{a}{b}{c}" for a in "bdfglm" for b in "aeiou" for c in "nrst"])
    index = pd.Index([f"e{k}" for k in range(n)], name="example_id")
    df = pd.DataFrame(
        {"confidence": rng.random(n), "variability": rng.random(n) / 2, "mean_loss": rng.random(n)},
        index=index,
    )
    texts = [" ".join(row) for row in rng.choice(vocabulary, (n, words))]
    examples = pd.DataFrame({"text": texts, "label": rng.choice(["yes", "no"], n)}, index=index)
    return categorize_examples(df), examples


def embedded(df, examples, **options):
    blocks = unpacked(embed(df, align(df, examples), title="Map", **options))
    return json.loads(blocks.pop("header")), blocks


def test_numbers_and_texts_come_back(data):
    df, examples = data
    curves = pd.DataFrame(np.linspace(0, 1, 36).reshape(12, 3), index=df.index, columns=[1, 2, 3])
    curves.iloc[0, 1] = np.nan
    filters = make_filters(examples[["section"]])
    header, blocks = embedded(df, examples, curves=curves, filters=filters, notes=["First."])
    info = header["info"]
    names = [metric["name"] for metric in info["metrics"]]
    for place, name in enumerate(names):
        expected = df[name].to_numpy("float64", na_value=np.nan).astype("f4")
        np.testing.assert_array_equal(floats(blocks[f"metric-{place}"]), expected)
    assert [info["categories"][code] for code in blocks["category"]] == df["category"].tolist()
    section = np.frombuffer(blocks["filter-0"], "<i2")
    assert [info["filters"][0]["values"][code] for code in section] == examples["section"].tolist()
    assert info["filters"][0]["counts"] == [8, 4]
    kept = np.frombuffer(blocks["curves"], "<u2").reshape(12, 3)
    assert kept[0, 1] == 65535
    np.testing.assert_allclose(kept[1:] / 65534, curves.to_numpy()[1:], atol=1e-5)
    assert column(blocks["ids"]) == df.index.tolist()
    assert column(blocks["question"]) == examples["question"].tolist()
    assert column(blocks["column-0"]) == examples["section"].tolist()
    assert header["columns"] == ["section"]
    assert (info["mode"], info["total"], info["points"], info["epochs"]) == ("report", 12, 12, [1, 2, 3])
    assert info["notes"] == ["First."]


def test_an_answer_that_is_marked_in_the_text_is_not_packed_twice(data):
    header, blocks = embedded(*data)
    assert header["texts"] == ["context"]
    edges, *runs = column(blocks["text-0"])[0]
    assert (edges, runs[2:4]) == (0, ["two puffs", 3])
    assert column(blocks["gold"]) == [[1]] * 12
    # As the gold answer; no answer; not recorded.
    assert column(blocks["prediction"]) == [0, "(no answer)", None] * 4
    assert list(blocks["agrees"]) == [1, 0, 2] * 4


def test_nothing_of_the_dataset_stands_in_the_page_as_itself(data):
    df, examples = data
    hostile = "</script><script>alert(1)</script>"
    examples = examples.assign(question=hostile, **{hostile: hostile})
    elements = list(embed(df, align(df, examples), title=hostile))
    assert not any("alert" in element for element in elements)
    header = json.loads(unpacked(elements)["header"])
    assert (header["info"]["title"], header["columns"]) == (hostile, ["section", hostile])


def test_integer_ids_keep_their_type_and_all_their_digits():
    df, examples = generated(3)
    for ids, big in (([1, -2, 3], False), ([2**53, 2**60 + 1, 3], True)):
        index = pd.Index(ids, name="example_id")
        header, blocks = embedded(df.set_axis(index), examples.set_axis(index))
        assert header["big_ids"] is big
        assert column(blocks["ids"]) == ([str(value) for value in ids] if big else ids)


def test_examples_without_coordinates_are_no_points():
    df, examples = generated(30)
    df.iloc[3, df.columns.get_indexer(["confidence", "variability"])] = np.nan
    df = categorize_examples(df)
    header, blocks = embedded(df, examples)
    assert (header["count"], header["info"]["points"], blocks["category"][3]) == (30, 29, 255)


def test_a_sample_keeps_shares_and_small_regions():
    n = 40_000
    df = pd.DataFrame({"category": pd.Categorical(["easy"] * (n - 600) + ["hard"] * 500 + [None] * 100)})
    chosen = sample_points(df, 10_000)
    counts = df["category"].iloc[chosen].value_counts(dropna=False)
    assert len(chosen) == len(np.unique(chosen)) == 10_000
    assert (counts["hard"], counts["easy"], int(counts[counts.index.isna()].iloc[0])) == (500, 9_400, 100)
    assert np.all(np.diff(chosen) > 0)
    np.testing.assert_array_equal(chosen, sample_points(df, 10_000))
    np.testing.assert_array_equal(sample_points(df, n), np.arange(n))
    large = pd.DataFrame({"category": ["easy"] * 30_000 + ["ambiguous"] * 20_000 + ["hard"] * 10_000})
    counts = large["category"].iloc[sample_points(large, 6_000)].value_counts()
    assert counts.to_dict() == {"easy": 3_000, "ambiguous": 2_000, "hard": 1_000}


def test_a_sample_is_said_and_counted():
    df, examples = generated(300)
    header, blocks = embedded(df, examples, limit=60)
    info = header["info"]
    assert (info["total"], header["count"], len(column(blocks["ids"]))) == (300, 60, 60)
    assert sum(info["counts"].values()) == 60
    whole = df["category"].value_counts()
    parts = ", ".join(f"{info['counts'][name]} of {whole[name]} {name}" for name in info["categories"])
    (note,) = info["notes"]
    assert note == (
        f"This page holds a sample of 60 of the 300 examples, drawn by region ({parts}). Map, table, search and "
        "downloads are of this sample; the numbers elsewhere are of all examples."
    )


def test_texts_are_cut_to_fit_and_it_is_said():
    df, examples = generated(2_000, words=400)
    wide = list(embed(df, align(df, examples), title="", budget=10_000_000))
    narrow = list(embed(df, align(df, examples), title="", budget=400_000))
    assert sum(map(len, narrow)) <= 402_000  # the header is not in the budget
    assert sum(map(len, wide)) > 1_000_000
    (note,) = json.loads(unpacked(narrow)["header"])["info"]["notes"]
    width = int(re.search(r"about (\d+) characters", note)[1])
    assert 120 <= width <= 480
    assert note == (
        f"Of 2,000 longer texts, about {width} characters are kept here, so that this file stays small; search looks "
        "at what is kept."
    )


def test_texts_stay_readable_however_small_the_budget():
    df, examples = generated(50, words=400)
    header, blocks = embedded(df, examples, budget=1)
    assert header["info"]["notes"][0].startswith("Of 50 longer texts, about 20 characters are kept here")
    assert all(len(text[1]) >= 20 for text in column(blocks["text-0"]))


def test_the_largest_report_holds_even_text_that_nothing_compresses():
    rng = np.random.default_rng(1)
    n = 10_000
    df, examples = generated(n, words=3)
    letters = rng.choice(list("abcdefghijklmnopqrstuvwxyz    "), (n, 900))
    examples["text"] = ["".join(row) for row in letters]
    for place in range(20):
        examples[f"column {place}"] = ["".join(row) for row in letters[:, 40 * place : 40 * place + 30]]
    share = size_budget(100_000) // 10
    header, blocks = embedded(df, examples, budget=share)
    assert 4 / 3 * sum(len(zlib.compress(block)) for block in blocks.values()) < share
    assert header["columns"] == []
    assert header["info"]["notes"][1] == (
        "The dataset's other columns are left out here; the filters have those of few values."
    )


def test_a_text_cut_for_the_page_says_how_much_is_missing():
    df, examples = generated(50, words=400)
    examples["told"] = "x" * 300
    header, blocks = embedded(df, examples, budget=15_000)
    width = int(re.search(r"about (\d+) characters", header["info"]["notes"][0])[1]) // 2
    kept = min(200, width)
    assert 60 <= width <= 240
    assert column(blocks["column-0"])[0] == "x" * kept + f"… ({300 - kept} more characters)"


def test_many_examples_keep_four_digits_of_most_metrics():
    df, examples = generated(20_001, words=3)
    header, blocks = embedded(df, examples)
    told = {
        metric["name"]: floats(blocks[f"metric-{place}"])
        for place, metric in enumerate(header["info"]["metrics"])
    }
    np.testing.assert_array_equal(told["variability"], df["variability"].to_numpy("f4"))
    np.testing.assert_allclose(told["mean_loss"], df["mean_loss"], rtol=1e-4)
    assert header["info"]["notes"] == [
        "Metrics other than confidence and variability are kept to four digits here."
    ]


def test_curves_of_many_epochs_are_thinned_and_it_is_said():
    df, examples = generated(2_000, words=3)
    curves = pd.DataFrame(0.25, index=df.index, columns=range(1, 2_001))
    header, blocks = embedded(df, examples, curves=curves)
    assert header["curves"] == "uint8"
    epochs = header["info"]["epochs"]
    assert (len(epochs), epochs[0], epochs[-1]) == (1_500, 1, 2_000)
    assert len(blocks["curves"]) == 2_000 * 1_500
    assert header["info"]["notes"] == ["Curves show 1500 of 2000 epochs, so that this file stays small."]


@pytest.mark.parametrize(
    ("examples", "bytes_"), [(100, 1_900_000), (10_000, 1_900_000), (100_000, 18_010_000)]
)
def test_the_budget_grows_with_the_examples(examples, bytes_):
    assert size_budget(examples) == bytes_


def test_rounding_keeps_zero_and_unknown():
    values = rounded(np.array([0.0, np.nan, -1.23456789, 1e-30]))
    assert values[0] == 0
    assert np.isnan(values[1])
    np.testing.assert_allclose(values[2:], [-1.23456789, 1e-30], rtol=7e-5)


def test_a_column_keeps_values_that_only_look_the_same():
    packer = Packer()
    packer.add_column("x", ['["a"]', ["a"], '["a"]', ["a"], None, None])
    (block,) = packer.elements()
    assert column(unpacked([block])["x"]) == ['["a"]', ["a"], '["a"]', ["a"], None, None]
    assert packer.blocks == {}
