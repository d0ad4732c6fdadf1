"""Tags, several labels and shaded tokens on the page that report and explorer share, in a browser."""

import pytest

from dataset_cartography.datamap import compute_metrics
from dataset_cartography.pages import read_pieces
from dataset_cartography.plotting import plot_data_map
from dataset_cartography.regions import categorize_examples
from dataset_cartography.report import write_report, writing
from new_tasks import record_task

pytestmark = pytest.mark.slow


@pytest.fixture
def opened(browser_page, tmp_path, monkeypatch):
    """Opens the report of a task, with the example of this number, and says what its detail shows."""
    monkeypatch.setattr(writing, "_page_figures", lambda found: {"data_map": plot_data_map(found.map_df)})

    def show(task, number, change=lambda examples: examples):
        run = record_task(task, tmp_path, tokens=True)
        df = categorize_examples(compute_metrics(run.directory))
        pieces = read_pieces(run.directory, df.index)
        path = write_report(df, change(run.examples), tmp_path / "report.html", pieces=pieces)
        browser_page.goto(path.as_uri())
        browser_page.wait_for_selector('body[data-ready="true"]')
        browser_page.locator(f'#table tr[data-id="{task}-{number}"]').click()
        browser_page.wait_for_selector(f'#detail[data-id="{task}-{number}"]')
        return browser_page

    return show


def test_tokens_are_shaded_by_their_probability(opened):
    page = opened("causal-lm", 2)
    detail = page.locator("#detail")
    assert [one.inner_text() for one in detail.locator("h4").all()] == ["prompt", "completion"]
    shaded = detail.locator('.excerpt [class^="shade-"]')
    texts = [one.inner_text() for one in shaded.all()]
    assert " ".join(" ".join(texts).split()) == "I do not like pears . </s>"
    assert shaded.first.get_attribute("title") in ("below 0.2", "below 0.05")
    strengths = {one.get_attribute("class") for one in shaded.all()}
    assert strengths <= {"shade-2", "shade-3"}
    # Readable without colours, too: the stronger, the thicker the line below.
    lines = [
        detail.locator(f".shades .shade-{step}").evaluate("one => getComputedStyle(one).boxShadow")
        for step in (1, 2, 3, 4)
    ]
    assert len(set(lines)) == 4
    assert detail.locator(".answers").count() == 0  # the target stands among the texts
    assert page.locator("#table thead .answer").inner_text() == "completion"
    row = page.locator('#table tr[data-id="causal-lm-2"]')
    assert row.locator(".line.gold").inner_text() == "I do not like pears ."
    assert row.locator(".text .line").inner_text() == "How many apples are 2 and 3 ?"


def test_entities_have_their_tags(opened):
    page = opened("token-classification", 2)
    detail = page.locator("#detail")
    assert [one.inner_text() for one in detail.locator(".tag").all()] == [
        "person 0–1",
        "none, predicted location 4",
    ]
    assert detail.locator("mark.predicted").inner_text() == "Alan Turing"
    assert detail.locator(".excerpt > span.predicted").inner_text() == "Rome"
    assert detail.locator(".answers dd").all_inner_texts() == [
        "Alan Turing (person)",
        "Alan Turing (person) · Rome (location) not the gold one",
    ]


def test_an_example_is_chosen_by_any_of_its_tags(opened):
    page = opened("token-classification", 0)
    page.locator("#more-filters").evaluate("one => one.open = true")
    tags = page.locator('fieldset[data-filter="tags"]')
    assert [box.get_attribute("data-value") for box in tags.locator("input").all()] == ["person", "location"]
    tags.locator('input[data-value="location"]').check()
    page.wait_for_selector('#count[data-total="34"]')  # two have lost their place
    tags.locator('input[data-value="person"]').check()
    page.wait_for_selector('#count[data-total="36"]')


def test_several_labels_and_values(opened):
    page = opened("multi-label", 2)
    assert page.locator("#detail .answers dd").all_inner_texts() == [
        "sport",
        "sport · health not the gold one",
    ]
    assert "Predicted, not given: health." in page.locator("#detail").inner_text()


def test_a_value_is_within_its_tolerance_or_not(opened):
    page = opened("regression", 2)
    assert page.locator("#detail .answers").inner_text().split("\n") == [
        "target",
        "5.27",
        "predicted",
        "1.23 beyond the tolerance",
    ]


def test_hostile_tags_tokens_and_targets(opened):
    bad = '"><img src=x onerror=alert(1)>\u202e'

    def change(examples):
        tags = [["B-" + bad if tag == "B-location" else tag for tag in cell] for cell in examples["tags"]]
        words = [[bad if word == "went" else word for word in cell] for cell in examples["tokens"]]
        return examples.assign(tags=tags, tokens=words)

    page = opened("token-classification", 1, change)
    assert "onerror=alert(1)>⟨U+202E⟩ 3, predicted" in "".join(page.locator("#detail .tag").all_inner_texts())
    assert page.locator("img[src=x]").count() == 0
