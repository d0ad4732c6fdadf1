import numpy as np

from dataset_cartography.report import write_analysis, write_report
from rankings import ranking

HOSTILE = "<img src=x onerror=alert(1)>\u202e"


def test_the_page_shows_the_labels_to_look_at_first(data, tmp_path):
    df, examples = data
    order = df.index[::-1]
    spans = {"suggested_start": np.full(12, -1), "suggested_end": np.full(12, -1)}
    some = ranking(order, "(no answer)", reason=f"never learned {HOSTILE}", **spans)
    page = write_report(df, examples, tmp_path / "r.html", ranking=some).read_text(encoding="utf-8")
    section = page.split('<section id="wrong-labels"')[1].split("</section>")[0]
    assert (
        "About 6 of 12 labels are estimated to be wrong; reviewing the first 2 should find 80% of them."
        in section
    )
    cards = section.split("<article")[1:]
    assert len(cards) == 12
    assert '<span class="rank">1</span> <b>almost certainly wrong</b>' in cards[0]
    assert "0.95 · looks wrong" in cards[0]
    assert order[0] in cards[0]
    assert "never learned &lt;img src=x onerror=alert(1)&gt;⟨U+202E⟩" in cards[0]
    assert "<bdi>(no answer)</bdi>" in cards[0]
    assert "predicted in 50% of the epochs; best other than the label: 0.75 on average" in cards[0]
    assert "Looks wrong" not in cards[0]  # said once
    assert "<details><summary>Show 6 more</summary>" in section
    assert '<a href="#wrong-labels">' in page
    samples = page.split('<section id="samples"')[1]
    assert "Looks ambiguous (estimated probability of a wrong label" in samples
    assert "<img src=x" not in page


def test_labels_without_an_example_are_passed_over_and_the_table_has_all(data, tmp_path):
    df, examples = data
    paths = write_analysis(df, examples.iloc[:4], tmp_path, ranking=ranking(df.index[::-1], "x"))
    section = (
        paths.html.read_text(encoding="utf-8").split('<section id="wrong-labels"')[1].split("</section>")[0]
    )
    assert section.count("<article") == 4
    assert '<span class="rank">9</span>' in section
    assert "tables/label_errors.csv" in section
    table = paths.tables["label_errors"].read_text().splitlines()
    assert table[0].startswith("example_id,rank,score,probability,looks_like,reason")
    assert len(table) == 13


def test_without_a_ranking_nothing_is_said_of_wrong_labels(data, tmp_path):
    df, examples = data
    write_analysis(df, examples, tmp_path, ranking=ranking(df.index, "x"))
    paths = write_analysis(df, examples, tmp_path)
    page = paths.html.read_text(encoding="utf-8")
    assert '<section id="wrong-labels"' not in page
    assert 'href="#wrong-labels"' not in page
    assert not (tmp_path / "tables" / "label_errors.csv").exists()
