"""The page that report and explorer share, on data inside it, in a browser."""

import csv
import io
import json

import numpy as np
import pandas as pd
import pytest

from dataset_cartography.pages.alignment import align
from dataset_cartography.pages.assets import app_fragment, app_scripts, app_style
from dataset_cartography.pages.filters import make_filters
from dataset_cartography.regions import categorize_examples
from dataset_cartography.report.embedded import embed

pytestmark = pytest.mark.slow

HOSTILE = {
    "<script>window.ran = 1</script>": "script",
    '"><img src=x onerror="window.ran = 2">': "handler",
    "javascript:window.ran=3": "address",
    "</script><script>window.ran = 4</script><!--": "end of a block",
    "\u202eright to left\u2066": "turned",
    "lines\u2028 and\u2029 nulls \x00 \x1b[31m": "controls",
    "=1+1": "formula",
    "@SUM(A1)": "formula",
    'quoted "text", with\r\nlines': "CSV",
    "{{ 7*7 }} ${7*7} %s &lt;b&gt;": "templates",
}


def page_of(path, df, examples, curves=None, slices=None):
    """A page with nothing but the map, as strict as a report."""
    filters = make_filters(slices if slices is not None else examples[["section"]])
    style, scripts = app_style(), app_scripts("embedded")
    allowed = " ".join(script.csp for script in scripts)
    policy = f"default-src 'none'; style-src {style.csp}; script-src {allowed}; base-uri 'none'; form-action 'none'"
    with path.open("w", encoding="utf-8") as file:
        file.write(f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><style>{style.text}</style>')
        file.write(
            f'<meta http-equiv="Content-Security-Policy" content="{policy}"></head><body>{app_fragment()}'
        )
        file.writelines(embed(df, align(df, examples), title="Map", curves=curves, filters=filters))
        file.writelines(f"<script>{script.text}</script>" for script in scripts)
        file.write("</body></html>")
    return path.as_uri()


def generated(n):
    rng = np.random.default_rng(3)
    probabilities = 1 / (1 + np.exp(-rng.normal(0.7, 1.6, (n, 1)) - rng.normal(0, 1, (n, 4))))
    index = pd.Index([f"id-{k}" for k in range(n)], name="example_id")
    df = pd.DataFrame(
        {
            "confidence": probabilities.mean(1),
            "variability": probabilities.std(1),
            "correctness": (probabilities > 0.5).mean(1),
            "forgetting_events": rng.integers(0, 3, n),
        },
        index=index,
    )
    contexts = [f"The note of day {k} says: dose {k} mg of café crème, twice." for k in range(n)]
    answers = [
        {"text": [f"{k} mg"], "answer_start": [text.index(f"{k} mg")]} for k, text in enumerate(contexts)
    ]
    df["prediction_start"] = [answer["answer_start"][0] for answer in answers]
    df["prediction_end"] = [
        start + len(answer["text"][0]) for start, answer in zip(df["prediction_start"], answers, strict=True)
    ]
    examples = pd.DataFrame(
        {
            "question": [f"What is dose number {k}?" for k in range(n)],
            "context": contexts,
            "answers": answers,
            "section": rng.choice(["plan", "history"], n),
        },
        index=index,
    )
    return categorize_examples(df), examples, pd.DataFrame(probabilities, index=index, columns=[1, 2, 3, 4])


@pytest.fixture
def small(browser_page, tmp_path):
    df, examples, curves = generated(400)
    open_page(browser_page, page_of(tmp_path / "page.html", df, examples, curves))
    return browser_page, df, examples


def open_page(page, address):
    page.goto(address)
    page.wait_for_selector('body[data-ready="true"]')
    settle(page)


def settle(page):
    page.wait_for_selector('body[data-busy="false"]')


def to_pixels(page, x, y):
    """Where a place of the map lies in the window."""
    told = {
        name: float(value)
        for name, value in page.evaluate("({...document.querySelector('#map').dataset})").items()
    }
    box = page.locator("#map").bounding_box()
    across = (x - told["x0"]) / (told["x1"] - told["x0"])
    up = (y - told["y0"]) / (told["y1"] - told["y0"])
    return box["x"] + told["left"] + across * told["width"], box["y"] + told["top"] + (1 - up) * told[
        "height"
    ]


def drag(page, corners):
    places = [to_pixels(page, *corner) for corner in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()
    settle(page)


def downloaded(page, button):
    with page.expect_download() as waiting:
        page.click(button)
    settle(page)
    return waiting.value.suggested_filename, waiting.value.path().read_bytes().decode("utf-8")


def chosen_ids(page):
    name, text = downloaded(page, "#download-ids")
    assert name == "ids.json"
    return json.loads(text)


def total(page):
    return int(page.get_attribute("#count", "data-total"))


def test_a_lasso_chooses_exactly_the_examples_in_its_area(small):
    page, df, _ = small
    page.click("#tool-lasso")
    drag(page, [(0.1, 0.9), (0.4, 0.55), (0.12, 0.3)])
    x, y = df["variability"], df["confidence"]
    above = y <= 0.9 + (0.55 - 0.9) * (x - 0.1) / 0.3
    below = y >= 0.3 + (0.55 - 0.3) * (x - 0.12) / 0.28
    right = x >= 0.1 + 0.02 * (0.9 - y) / 0.6
    inside = df.index[above & below & right]
    assert 20 < len(inside) < 380
    assert sorted(chosen_ids(page)) == sorted(inside)
    assert total(page) == len(inside)
    assert page.inner_text("#count") == f"{len(inside)} of 400 examples"
    page.click("#clear-selection")
    settle(page)
    assert total(page) == 400


def test_a_box_stays_exact_after_zooming(small):
    page, df, _ = small
    page.mouse.move(*to_pixels(page, 0.2, 0.6))
    page.mouse.wheel(0, -500)
    settle(page)
    assert float(page.get_attribute("#map", "data-x1")) < 0.5
    page.click("#tool-box")
    drag(page, [(0.17, 0.7), (0.24, 0.52)])
    inside = df.index[df["variability"].between(0.17, 0.24) & df["confidence"].between(0.52, 0.7)]
    assert len(inside) > 5
    assert sorted(chosen_ids(page)) == sorted(inside)
    page.click("#reset-view")
    settle(page)
    assert float(page.get_attribute("#map", "data-x1")) > 0.5


def inside(corners, x, y):
    """Whether points lie in a polygon that may cross itself: a line to the right meets its border an odd number."""
    found = np.zeros(len(x), bool)
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        with np.errstate(divide="ignore", invalid="ignore"):
            found ^= ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return found


def test_a_lasso_that_crosses_itself_and_leaves_the_zoomed_plot_chooses_what_is_seen_in_it(small):
    page, df, examples = small
    page.mouse.move(*to_pixels(page, 0.15, 0.7))
    page.mouse.wheel(0, -500)
    settle(page)
    page.check('#filters [data-filter="section"] [data-value="plan"]')
    page.fill("#search", "DOSE")
    settle(page)
    x0, x1, y0, y1 = (float(page.get_attribute("#map", f"data-{name}")) for name in ("x0", "x1", "y0", "y1"))
    places = [(0.15, 0.9), (0.95, -0.4), (0.05, -0.4), (0.85, 0.9)]  # a bow tie, in parts of what is in view
    corners = [(x0 + (x1 - x0) * right, y0 + (y1 - y0) * up) for right, up in places]
    page.click("#tool-lasso")
    drag(page, corners)
    x, y = df["variability"].to_numpy(), df["confidence"].to_numpy()
    seen = (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1) & (examples["section"] == "plan").to_numpy()
    drawn = inside(corners, x, y) & (examples["section"] == "plan").to_numpy()
    expected = df.index[drawn & seen]
    assert 10 < len(expected) < min(seen.sum(), drawn.sum())
    assert sorted(chosen_ids(page)) == sorted(expected)
    assert total(page) == len(expected)
    page.keyboard.press("Escape")
    settle(page)
    assert total(page) == (examples["section"] == "plan").sum()


def test_search_ignores_case_accents_and_order_and_wants_every_word(small):
    page, _, _ = small
    with_17 = sum("17" in str(k) for k in range(400))
    searches = {"CAFE 17": with_17, "mg creme number 17": with_17, "dose unicorn": 0, "id-399": 1, "": 400}
    for words, expected in searches.items():
        page.fill("#search", words)
        settle(page)
        assert (words, total(page)) == (words, expected)


def test_filters_add_up_within_a_group_and_narrow_across_groups(small):
    page, df, examples = small
    page.check('#filters [data-filter="category"] [data-value="hard"]')
    page.check('#filters [data-filter="category"] [data-value="easy"]')
    page.check('#filters [data-filter="section"] [data-value="plan"]')
    settle(page)
    expected = df.index[df["category"].isin(["hard", "easy"]) & (examples["section"] == "plan")]
    assert sorted(chosen_ids(page)) == sorted(expected)
    page.click("#clear-filters")
    settle(page)
    assert total(page) == 400


def test_bounds_of_metrics_take_in_both_ends(small):
    page, df, _ = small
    low, high = df["confidence"].quantile([0.2, 0.7], interpolation="nearest")
    group = page.locator('#filters [data-filter="metric"]')
    group.locator("select").select_option("confidence")
    group.locator("input").first.fill(repr(float(low)))
    group.locator("input").nth(1).fill(repr(float(high)))
    group.locator("input").nth(1).press("Enter")
    settle(page)
    between = df["confidence"].between(low, high)
    assert sorted(chosen_ids(page)) == sorted(df.index[between])
    page.click("text=and another")
    group.locator("select").nth(1).select_option("variability")
    group.locator("input").nth(3).fill("0.2")
    group.locator("input").nth(3).press("Tab")
    settle(page)
    assert sorted(chosen_ids(page)) == sorted(df.index[between & (df["variability"] <= 0.2)])
    page.click("#clear-filters")
    settle(page)
    assert total(page) == 400


def test_the_table_shows_text_and_is_sorted_and_paged(small):
    page, df, examples = small
    order = df.sort_values("confidence", kind="stable").index
    rows = page.locator("#table tr[data-index]")
    assert rows.evaluate_all("rows => rows.map((row) => row.dataset.id)") == order[:50].tolist()
    assert examples.loc[order[0], "question"] in rows.first.inner_text()
    page.select_option("#sort", "variability")
    settle(page)
    widest = df.sort_values("variability", kind="stable").index
    page.click("#next-page")
    settle(page)
    first = rows.first.get_attribute("data-id")
    page.click("#sort-direction")
    settle(page)
    assert {first, rows.first.get_attribute("data-id")} <= {widest[50], widest[-51], widest[0], widest[-1]}
    assert chosen_ids(page)[0] == rows.first.get_attribute("data-id")


def test_an_opened_example_shows_its_marked_text_and_values(small):
    page, df, examples = small
    page.locator("#table tr[data-index]").nth(3).click()
    settle(page)
    name = page.get_attribute("#detail", "data-id")
    assert page.locator("#detail .question").inner_text() == examples.loc[name, "question"]
    assert page.locator("#detail .excerpt").inner_text() == examples.loc[name, "context"]
    assert (
        page.locator("#detail .excerpt mark.predicted").inner_text()
        == examples.loc[name, "answers"]["text"][0]
    )
    assert page.locator("#detail svg.curve circle").count() == 4
    assert f"{df.loc[name, 'confidence']:.4f}" in page.locator("#detail .values").inner_text()
    page.keyboard.press("j")
    settle(page)
    order = df.sort_values("confidence", kind="stable").index.tolist()
    assert page.get_attribute("#detail", "data-id") == order[order.index(name) + 1]


def test_hover_and_click_find_the_nearest_example(small):
    page, df, _ = small
    name = df["variability"].idxmax()
    x, y = to_pixels(page, df.loc[name, "variability"], df.loc[name, "confidence"])
    page.mouse.move(x + 2, y - 2)
    page.wait_for_selector("#map .card:not([hidden])")
    assert name in page.inner_text("#map .card")
    page.mouse.click(x + 2, y - 2)
    settle(page)
    assert page.get_attribute("#detail", "data-id") == name


def test_everything_works_from_the_keyboard(small):
    page, _, _ = small
    page.focus("#map")
    before = page.get_attribute("#map", "data-x0")
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    settle(page)
    assert page.get_attribute("#map", "data-x0") != before
    page.focus("#select-view")
    page.keyboard.press("Enter")
    settle(page)
    assert 0 < total(page) < 400
    page.locator('#table tr[tabindex="0"]').focus()
    page.keyboard.press("Enter")
    settle(page)
    page.locator("#table tr[data-index]").nth(1).focus()
    page.keyboard.press("Space")
    settle(page)
    opened = page.get_attribute("#detail", "data-index")
    assert opened == page.locator("#table tr[data-index]").nth(1).get_attribute("data-index")
    page.keyboard.press("ArrowDown")
    settle(page)
    assert page.get_attribute("#detail", "data-index") != opened
    assert page.locator("#table tr[aria-current]").evaluate("row => row === document.activeElement")


def hostile_data():
    texts = list(HOSTILE)
    n = 3 * len(texts)
    index = pd.Index([f"{text}{k}" if k >= len(texts) else text for k, text in enumerate(texts * 3)])
    df = pd.DataFrame(
        {"confidence": np.linspace(0.05, 0.95, n), "variability": np.linspace(0.4, 0.02, n), "prediction": 0},
        index=index,
    )
    long = "long <b>text</b> " * 6_000
    examples = pd.DataFrame(
        {
            "text": [*(f"{text} again" for text in texts * 3)],
            "label": pd.Categorical(texts * 3),
            "=<script>window.ran = 5</script>\u202e": texts * 3,
            "long": long,
        },
        index=index,
    )
    examples["text"] = examples["text"].astype(object)
    examples.iloc[0, 0], examples.iloc[1, 0] = long, "half a pair \ud800"
    return categorize_examples(df), examples


def test_hostile_text_is_shown_and_never_runs(browser_page, tmp_path):
    page = browser_page
    df, examples = hostile_data()
    slices = pd.DataFrame({"<img src=x onerror=alert(1)>": examples["label"].astype(str)}, index=df.index)
    open_page(page, page_of(tmp_path / "page.html", df, examples, slices=slices))
    for place in range(len(HOSTILE)):
        page.locator("#table tr[data-index]").nth(place).click()
        settle(page)
    page.mouse.move(*to_pixels(page, df["variability"].iloc[1], df["confidence"].iloc[1]))
    page.wait_for_selector("#map .card:not([hidden])")
    shown = page.inner_text("body")
    for told in (
        "<script>window.ran = 1</script>",
        "javascript:window.ran=3",
        "⟨U+202E⟩right to left⟨U+2066⟩",
        "⟨U+0000⟩",
    ):
        assert told in shown
    assert "\u202e" not in shown
    assert page.evaluate("window.ran") is None
    assert page.locator("img, iframe, a[href], [onerror]").count() == 0
    assert sorted(chosen_ids(page)) == sorted(df.index)
    page.fill("#search", "<script>window.ran = 1</script>")
    settle(page)
    assert total(page) == 3


def test_a_downloaded_table_runs_in_no_spreadsheet(browser_page, tmp_path):
    page = browser_page
    df, examples = hostile_data()
    open_page(page, page_of(tmp_path / "page.html", df, examples, slices=examples[["label"]]))
    name, text = downloaded(page, "#download-table")
    assert name == "selection.csv"
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["id"] for row in rows[6:8]] == ["'=1+1", "'@SUM(A1)"]
    assert rows[6]["gold"] == "'=1+1"
    assert rows[8]["id"] == 'quoted "text", with\r\nlines'
    assert float(rows[0]["confidence"]) == pytest.approx(0.05)
    assert not any(cell[:1] in "=+-@\t\r" for row in rows for cell in row.values() if cell)


def test_many_filters_wait_until_they_are_asked_for(browser_page, tmp_path):
    page = browser_page
    df, examples, _ = generated(40)
    slices = pd.DataFrame({f"part {k}": ["one", "two"] * 20 for k in range(5)}, index=df.index)
    open_page(page, page_of(tmp_path / "page.html", df, examples, slices=slices))
    group = page.locator('[data-filter="part 4"]')
    assert not group.is_visible()
    page.click("#more-filters summary")
    group.locator('[data-value="one"]').check()
    settle(page)
    assert total(page) == 20


def test_a_text_that_is_cut_shows_no_half_character(browser_page, tmp_path):
    page = browser_page
    df, examples, _ = generated(6)
    examples["question"] = "x" + "\U0001f600" * 400
    open_page(page, page_of(tmp_path / "page.html", df, examples))
    assert "⟨" not in page.inner_text("#table")
    assert "\U0001f600…" in page.text_content("#table")


def test_integer_ids_stay_integers_with_all_their_digits(browser_page, tmp_path):
    df, examples, _ = generated(5)
    ids = [1, -2, 2**60 + 1, 7, 2**53 + 1]
    df.index = examples.index = pd.Index(ids)
    open_page(browser_page, page_of(tmp_path / "page.html", df, examples, slices=examples[["section"]]))
    assert sorted(chosen_ids(browser_page)) == sorted(ids)
    shown = browser_page.locator("#table tr[data-index]").evaluate_all(
        "rows => rows.map((row) => row.dataset.id)"
    )
    assert sorted(shown) == sorted(map(str, ids))


def test_many_examples_are_cells_that_become_points(browser_page, tmp_path):
    page = browser_page
    df, examples, _ = generated(30_000)
    open_page(page, page_of(tmp_path / "page.html", df, examples))
    kind = "document.querySelector('#map .surface').dataset.picture"
    assert page.evaluate(kind) == "grid"
    page.mouse.move(*to_pixels(page, 0.15, 0.8))
    page.mouse.wheel(0, -900)
    settle(page)
    page.mouse.wheel(0, -900)
    settle(page)
    assert page.evaluate(kind) == "points"
    page.click("#reset-view")
    settle(page)
    page.click("#tool-box")
    drag(page, [(0.1, 0.9), (0.2, 0.6)])
    inside = df["variability"].between(0.1, 0.2) & df["confidence"].between(0.6, 0.9)
    assert total(page) == int(inside.sum())
