import base64
import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from dataset_cartography.plotting.notebook import map_html


class Words(HTMLParser):
    """The text of a page, and the tags it has."""

    def __init__(self, page):
        super().__init__()
        self.text, self.tags = [], set()
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)

    def handle_data(self, data):
        self.text.append(data.strip())


def test_a_map_shows_picture_regions_and_sentences(make_map):
    df = make_map(300)
    df.attrs["cartography"]["coverage"] = [
        {"epoch": 1, "seen": 300, "missing": 0, "complete": True},
        {"epoch": 2, "seen": 300, "missing": 0, "complete": False, "note": "<script>alert(1)</script>"},
    ]
    page = map_html(df)
    shown = Words(page)
    counts = df["category"].value_counts()
    for name in ("easy", "ambiguous", "hard"):
        assert {name, f"{counts[name]:,}", f"{counts[name] / 300:.1%}"} <= set(shown.text)
    assert "Every example was seen once in each of 2 epochs." in shown.text
    assert "Note: epoch 2 is incomplete: <script>alert(1)</script>." in shown.text
    assert shown.tags == {"div", "img", "table", "thead", "tbody", "tr", "th", "td", "span", "p"}
    (picture,) = re.findall(r"data:image/png;base64,([^\"]+)", page)
    assert base64.b64decode(picture).startswith(b"\x89PNG")


def test_regions_are_shown_by_the_default_rule_where_there_are_none_yet(make_map):
    df = make_map(300)
    plain = Words(map_html(df.drop(columns="category"))).text
    said = "Regions by the default thresholds; categorize_examples(df) adds them as a column."
    assert said in plain
    assert said not in Words(map_html(df)).text
    assert f"{(df['category'] == 'easy').sum():,}" in plain


def test_examples_never_seen_and_empty_regions_are_told(make_map):
    df = make_map(20)
    df["category"] = "easy"
    df["presentations"] = pd.array([0] + [5] * 19)
    df.loc[0, ["confidence", "variability"]] = None
    df.loc[0, "category"] = None
    shown = Words(map_html(df)).text
    assert "1 example never seen." in shown
    assert shown[shown.index("hard") : shown.index("hard") + 2] == ["hard", "0"]


@pytest.mark.parametrize("attrs", [{}, {"cartography": {}}])
def test_a_map_without_facts_is_shown(make_map, attrs):
    df = make_map(30)
    df.attrs = attrs
    assert "<img" in map_html(df)
