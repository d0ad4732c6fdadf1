import base64
import hashlib
import re
import sys
from html.parser import HTMLParser

import pandas as pd
import pytest

from dataset_cartography.errors import (
    InputError,
    MissingColumnError,
    MissingExtraError,
    OutputNotWritableError,
)
from dataset_cartography.pages.assets import Inline, app_scripts, app_style
from dataset_cartography.pages.info import map_info
from dataset_cartography.plotting import plot_data_map
from dataset_cartography.regions import categorize_examples
from dataset_cartography.report import write_analysis, write_report, writing
from dataset_cartography.report.tables import FEATURE_TABLES
from dataset_cartography.slices import describe_examples

HOSTILE = "<script>alert(1)</script> <img src=x onerror=alert(2)> javascript:alert(3) \u202e {{ 7 * 7 }} $x$"


class Page(HTMLParser):
    """Tags with attributes, the cells of each table by its id, and all text but that of scripts."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.tables, self.text, self._table, self._cell = [], {}, "", None, False
        self.scripts, self._script = [], False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "table":
            self._table = self.tables.setdefault(dict(attrs).get("id"), [])
        elif tag == "script":
            self._script = True
        elif tag == "tr" and self._table is not None:
            self._table.append([])
        elif tag in ("td", "th"):
            self._cell = True
            self._table[-1].append("")

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._cell = False
        elif tag == "table":
            self._table = None
        elif tag == "script":
            self._script = False

    def handle_data(self, data):
        if self._script:
            self.scripts.append(data)
            return
        self.text += data
        if self._cell:
            self._table[-1][-1] += data


@pytest.fixture
def one_picture(monkeypatch):
    """Only the map is drawn, for tests that are about words."""
    monkeypatch.setattr(writing, "_page_figures", lambda found: {"data_map": plot_data_map(found.map_df)})
    monkeypatch.setattr(writing, "_breakdown_figures", lambda _: {})


@pytest.fixture
def blank_pictures(monkeypatch):
    """Pictures are drawn and not encoded, for tests that are about which there are."""

    def save(figure, path):
        path.write_bytes(b"")
        return path

    monkeypatch.setattr(writing, "save_figure", save)


def page_of(path):
    return Page(path.read_text(encoding="utf-8"))


def test_files(data, tmp_path, blank_pictures):
    paths = write_analysis(*data, tmp_path / "out", n_examples=2)
    described = describe_examples(data[1], data[0])
    breakdowns = [*(FEATURE_TABLES[name] for name in described), "column_section"]
    assert breakdowns[0] == "question_types"
    samples = ["samples_easy", "samples_ambiguous", "samples_hard"]
    assert list(paths.tables) == ["summary_by_category", *breakdowns, "effects", "correlations", *samples]
    assert list(paths.figures) == ["data_map", "distributions", "correlations", *breakdowns]
    assert paths.html == tmp_path / "out" / "report.html"
    assert all(path.is_file() for path in (*paths.tables.values(), *paths.figures.values()))
    assert pd.read_csv(paths.tables["samples_hard"])["id"].tolist() == ["q0", "q2"]


def test_counts_in_the_page_are_those_of_the_tables(data, tmp_path, one_picture):
    paths = write_analysis(*data, tmp_path)
    shown = page_of(paths.html).tables
    summary = pd.read_csv(paths.tables["summary_by_category"])
    body = shown["table-summary"][1:-1]
    assert [row[0] for row in body] == summary["category"].tolist()
    assert [int(row[1]) for row in body] == summary["count"].tolist()
    assert shown["table-summary"][-1] == ["all", str(summary["count"].sum())]
    for name in ("question_types", "windows", "column_section"):
        table = pd.read_csv(paths.tables[name])
        assert [row[0] for row in shown[f"table-{name}"][1:]] == table.iloc[:, 0].astype(str).tolist()
        for column, place in {"count": 1, "easy": 3, "ambiguous": 4, "hard": 5}.items():
            assert [int(row[place]) for row in shown[f"table-{name}"][1:]] == table[column].tolist()


def test_hostile_text_is_shown_and_nothing_can_run_or_load(data, tmp_path, blank_pictures):
    df, examples = data
    examples = examples.rename(columns={"section": HOSTILE})
    examples["question"] = HOSTILE
    examples["context"] = HOSTILE * 3
    examples["answers"] = [{"text": [HOSTILE[3:30]], "answer_start": [3]}] * 12
    examples["source"] = [HOSTILE, "=cmd()"] * 6
    df.attrs["cartography"]["model"] = HOSTILE
    page = page_of(
        write_analysis(
            df, examples, tmp_path, title=HOSTILE, warnings=[HOSTILE], provenance={HOSTILE: HOSTILE}
        ).html
    )
    forbidden = {"iframe", "object", "embed", "link", "base", "foreignobject", "animate"}
    assert not {tag for tag, _ in page.tags} & forbidden
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") or name in ("style", "srcset") for name in attributes), tag
        assert attributes.get("href", "#").startswith("#")
        assert attributes.get("method", "dialog") == "dialog"
        assert attributes.get("src", "data:image/png;base64,").startswith("data:image/png;base64,")
    ours = {script.text for script in app_scripts("embedded")}
    assert all(text in ours or re.fullmatch("[A-Za-z0-9+/=]*", text) for text in page.scripts)
    assert ours <= set(page.scripts)
    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7 * 7 }}" in page.text
    assert "\u27e8U+202E\u27e9" in page.text
    assert "\u202e" not in page.text


def test_the_policy_allows_our_styles_and_scripts_alone(data, tmp_path, one_picture):
    html = write_report(*data, tmp_path / "r.html").read_text(encoding="utf-8")
    css = re.search("<style>(.*?)</style>", html, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    hidden = Inline("", re.search("<noscript><style>(.*?)</style>", html).group(1))
    scripts = " ".join(script.csp for script in app_scripts("embedded"))
    policies = [tag for tag in Page(html).tags if tag[1].get("http-equiv") == "Content-Security-Policy"]
    (policy,) = (tag[1]["content"] for tag in policies)
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}' {app_style().csp} {hidden.csp}; "
        f"script-src {scripts}; base-uri 'none'; form-action 'none'"
    )


def test_the_report_is_the_page_of_the_analysis_alone(data, tmp_path, one_picture):
    path = write_report(*data, tmp_path / "new" / "r.html")
    assert list((tmp_path / "new").iterdir()) == [path]
    alone, beside = page_of(path), page_of(write_analysis(*data, tmp_path / "analysis").html)
    assert alone.tables == beside.tables
    assert "tables/" not in alone.text
    assert "tables/effects.csv" in beside.text


def test_what_explains_the_regions_is_said_first_in_words(data, tmp_path, one_picture):
    df, examples = (pd.concat([frame] * 20).set_axis(range(240)) for frame in data)
    examples["section"] = ["plan" if region == "hard" else "history" for region in df["category"]]
    paths = write_analysis(df, examples, tmp_path)
    page = page_of(paths.html)
    assert "Of the 60 examples whose “section” is “plan”, 100% are hard, against 0% of the rest" in page.text
    assert page.tables["table-effects-hard"][1][0].split() == ["section", "plan"]
    effects = pd.read_csv(paths.tables["effects"])
    plan = effects[(effects["slice"] == "plan") & (effects["region"] == "hard")].iloc[0]
    assert plan[["count", "share_inside", "share_outside"]].tolist() == [60, 1.0, 0.0]
    for path in (tmp_path / "columns.html", tmp_path / "none.html"):
        columns = [] if path.stem == "none" else ["section"]
        text = page_of(write_report(df, examples, path, columns=columns)).text
        assert ("whose “section” is “plan”" in text) == (path.stem == "columns")


def test_provenance_formulas_warnings_and_curves_are_told(data, tmp_path, one_picture):
    probabilities = pd.DataFrame({1: 0.1, 2: 0.25, 3: float("nan")}, index=data[0].index)
    paths = write_analysis(
        *data,
        tmp_path,
        warnings=["not enough epochs"],
        provenance={"split": "train"},
        probabilities=probabilities,
    )
    page = page_of(paths.html)
    for words in (
        "tiny",
        "notes",
        "train",
        "torch 2.13",
        "3 (1 to 3)",
        "Not enough epochs",
        "arXiv:2009.10795",
    ):
        assert words in page.text
    assert "epoch 1: 0.10, epoch 2: 0.25, epoch 3: not seen" in page.text
    assert page.text.count("The small curve") == 1
    assert ("polyline", {"points": "4.0,29.2 60.0,25.0"}) in page.tags


def test_ids_missing_on_either_side_are_counted(data, tmp_path, one_picture):
    df, examples = data
    df.loc["q3", ["confidence", "variability"]] = float("nan")
    df.loc["q3", "category"] = None
    page = page_of(write_report(df.iloc[2:], examples.iloc[:10], tmp_path / "r.html"))
    assert (
        "The map has 10 examples, 9 of them in a region. "
        "1 has none: never seen, or without a usable answer. "
        "2 are not in the given dataset, so breakdowns and samples leave them out. "
        "2 more of the dataset are not on the map. "
        "The regions: ambiguous: variability ≥ 0.2; of the rest, easy: confidence ≥ 0.5."
    ) in page.text


def test_regions_by_rank_are_said_to_be_relative(data, tmp_path, one_picture):
    df, examples = data
    by_rank = categorize_examples(df.drop(columns="category"), method="quantile")
    told = {
        "threshold": "The model never came to believe the correct answer. Look here first for wrong labels.",
        "rank": "The model believed the correct answer less than elsewhere. Look here first for wrong labels.",
    }
    texts = {
        name: page_of(write_report(one, examples, tmp_path / f"{name}.html")).text
        for name, one in {"threshold": df, "rank": by_rank}.items()
    }
    for name, other in (("threshold", "rank"), ("rank", "threshold")):
        assert told[name] in texts[name]
        assert told[other] not in texts[name]


def test_a_value_without_end_widens_no_axis(data, tmp_path, one_picture):
    df, examples = data
    df.loc["q3", "variability"] = float("inf")
    assert map_info(df)["limits"] == {"x": [0.0, 0.5], "y": [0.0, 1.0]}
    assert write_report(df, examples, tmp_path / "r.html").is_file()


def test_integer_ids_an_empty_region_and_no_predictions(data, tmp_path, blank_pictures):
    df, examples = data
    df.index = pd.Index(range(12), name="example_id")
    examples.index = df.index
    df = df[df["category"] != "hard"].drop(columns=["prediction_start", "prediction_end", "windows"])
    paths = write_analysis(df, examples, tmp_path)
    assert pd.read_csv(paths.tables["summary_by_category"])["count"].tolist() == [3, 6, 0]
    assert pd.read_csv(paths.tables["samples_hard"]).empty
    assert pd.read_csv(paths.tables["samples_easy"])["id"].tolist() == [10, 8, 6]
    assert "not recorded" in page_of(paths.html).text
    assert "windows" not in paths.tables


def test_only_one_example_and_no_samples(data, tmp_path):
    paths = write_analysis(data[0].iloc[:1], data[1], tmp_path, n_examples=0)
    assert next(iter(paths.figures)) == "data_map"
    assert "No samples were asked for, or no example of this region has a text." in page_of(paths.html).text


def test_a_second_analysis_leaves_no_table_of_the_first(data, tmp_path, blank_pictures):
    df, examples = data
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "mine.csv").write_text("kept")
    first = write_analysis(df, examples, tmp_path)
    write_analysis(df.drop(columns="windows"), examples.drop(columns="section"), tmp_path)
    assert not first.tables["windows"].exists()
    assert not first.figures["column_section"].exists()
    assert (tmp_path / "tables" / "mine.csv").read_text() == "kept"


def test_the_same_input_gives_the_same_files(data, tmp_path, one_picture):
    one, two = (write_analysis(*data, tmp_path / name) for name in "ab")
    assert one.html.read_bytes() == two.html.read_bytes()


def test_errors(data, tmp_path, monkeypatch):
    df, examples = data
    with pytest.raises(MissingColumnError) as caught:
        write_analysis(df[["confidence"]], examples, tmp_path)
    assert str(caught.value) == (
        "Column 'category' not found in the map; its columns are: 'confidence'. "
        "Call categorize_examples first."
    )
    with pytest.raises(InputError) as caught:
        write_analysis(df, examples, tmp_path, n_examples=-1)
    assert str(caught.value) == "n_examples is -1; it must be 0 or more."
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputNotWritableError) as caught:
        write_analysis(df, examples, tmp_path / "file")
    assert str(caught.value) == (
        f"Cannot write the analysis to {tmp_path / 'file'}: Not a directory. "
        "Choose a directory you can write to."
    )
    with pytest.raises(OutputNotWritableError) as caught:
        write_report(df, examples, tmp_path / "file" / "r.html")
    assert str(caught.value) == (
        f"Cannot write the report to {tmp_path / 'file' / 'r.html'}: File exists. "
        "Choose a directory you can write to."
    )
    with pytest.raises(OutputNotWritableError) as caught:
        write_report(df, examples, tmp_path)
    assert str(caught.value) == (
        f"Cannot write the report to {tmp_path}: it is a directory. "
        f"Name a file in it, such as {tmp_path / 'report.html'}."
    )
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtraError) as caught:
        write_analysis(df, examples, tmp_path)
    assert str(caught.value) == "The report needs an extra: pip install 'dataset-cartography[report]'"
