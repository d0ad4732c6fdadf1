from hypothesis import given
from hypothesis import strategies as st

from dataset_cartography.pages.excerpt import make_excerpt, shortened, visible

LONG = " ".join(f"word{k}" for k in range(400))


def marked(excerpt):
    return "".join(
        f"{'[' * part.gold}{'<' * part.predicted}{part.text}{'>' * part.predicted}{']' * part.gold}"
        for part in excerpt.segments
    )


def test_marks_gold_and_prediction_also_where_they_overlap():
    text = "The dose is two puffs daily."
    assert marked(make_excerpt(text, (12, 21), (4, 15))) == "The <dose is >[<two>][ puffs] daily."
    assert marked(make_excerpt(text, (12, 21), (12, 21))) == "The dose is [<two puffs>] daily."


def test_cuts_at_words_around_the_answer():
    start = LONG.index("word200")
    excerpt = make_excerpt(LONG, (start, start + 7), (0, 5))
    assert excerpt.text.startswith("… word")
    assert excerpt.text.endswith(" …")
    assert "[word200]" in marked(excerpt)
    assert "<" not in marked(excerpt)
    assert not excerpt.marks_prediction
    assert 220 <= len(excerpt.text) <= 290


def test_without_gold_it_shows_the_prediction_or_the_beginning():
    start = LONG.index("word300")
    assert "<word300>" in marked(make_excerpt(LONG, None, (start, start + 7)))
    beginning = make_excerpt(LONG, None, None)
    assert beginning.text.startswith("word0 ")
    assert not beginning.before
    assert beginning.after


def test_a_very_long_answer_is_cut():
    excerpt = make_excerpt("y" * 100_000, (0, 100_000), None)
    assert len(excerpt.text) < 600
    assert excerpt.after


def test_empty_context():
    assert make_excerpt("", None, None).text == ""


@given(st.text(max_size=900), st.data())
def test_any_text_and_spans(text, data):
    def span():
        start = data.draw(st.integers(0, len(text)))
        return start, data.draw(st.integers(start, len(text)))

    gold = data.draw(st.one_of(st.none(), st.builds(span)))
    prediction = data.draw(st.one_of(st.none(), st.builds(span)))
    excerpt = make_excerpt(text, gold, prediction, width=60)
    inside = "".join(part.text for part in excerpt.segments)
    assert inside in visible(text)
    assert excerpt.before or excerpt.after or inside == visible(text)
    if gold and gold[1] - gold[0] <= 60 and gold[1] > gold[0]:
        assert "".join(part.text for part in excerpt.segments if part.gold) == visible(text[slice(*gold)])


def test_characters_that_act_are_written_out():
    assert visible("a\u202eb\x00c\ud800\td") == "a\u27e8U+202E\u27e9b\u27e8U+0000\u27e9c\u27e8U+D800\u27e9\td"


def test_shortened_says_how_much_is_missing():
    assert shortened("abc", 3) == "abc"
    assert shortened("x" * 2003, 3) == "xxx… (2,000 more characters)"
