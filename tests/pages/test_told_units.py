import numpy as np
import pandas as pd
import pytest

from dataset_cartography.pages import Pieces, show

NAMES = ["O", "B-place", "I-place", "B-person", "I-person"]
WORDS = ["Ada", "Lovelace", "saw", "New", "York", "."]
TAGS = ["B-person", "I-person", "O", "B-place", "I-place", "O"]


def pieces(*predictions, units=None, names=NAMES):
    """Pieces of examples, each given by the names of what was predicted; None where a token was not read."""
    numbers = [[-1 if name is None else names.index(name) for name in one] for one in predictions]
    ends = np.cumsum([len(one) for one in numbers])
    flat = np.concatenate(numbers).astype(np.int32)
    unit = np.concatenate([np.arange(len(one)) for one in numbers]) if units is None else np.array(units)
    return Pieces(ends - [len(one) for one in numbers], ends, unit, flat * 0, flat, flat * np.float32(0))


def tagged(*predictions, tags=TAGS, words=WORDS, units=None, names=NAMES, **arguments):
    frame = pd.DataFrame({"tokens": [words], "tags": [tags]}, index=["s"])
    known = pieces(*predictions, units=units, names=names) if predictions else None
    (shown,) = show(pd.DataFrame(index=frame.index), frame, labels=names, pieces=known, **arguments)
    return shown


def test_a_sentence_with_its_entities():
    shown = tagged(TAGS)
    assert shown["texts"] == [
        {
            "name": "tokens",
            "segments": [
                ("Ada Lovelace", 3, "person 0–1"),
                (" saw ", 0),
                ("New York", 3, "place 3–4"),
                (" .", 0),
            ],
            "before": False,
            "after": False,
        }
    ]
    assert shown["gold"] == ["Ada Lovelace (person)", "New York (place)"]
    assert shown["prediction"] == "Ada Lovelace (person) · New York (place)"
    assert shown["agrees"] is True
    assert shown["correction"] is None
    assert shown["notes"] == []


def test_where_nothing_is_known_of_the_predictions():
    shown = tagged()
    assert [run for run in shown["texts"][0]["segments"] if len(run) > 2] == [
        ("Ada Lovelace", 1, "person 0–1"),
        ("New York", 1, "place 3–4"),
    ]
    assert (shown["prediction"], shown["agrees"], shown["correction"]) == (None, None, None)


@pytest.mark.parametrize(
    ("predicted", "run"),
    [
        (["O", "O", "O", "B-place", "I-place", "O"], ("Ada Lovelace", 1, "person 0–1, predicted none")),
        (["B-place", "I-place", *TAGS[2:]], ("Ada Lovelace", 3, "person 0–1, predicted place 0–1")),
        (["O", "B-person", *TAGS[2:]], ("Ada Lovelace", 3, "person 0–1, predicted person 1")),
        (
            ["B-person", "B-person", *TAGS[2:]],
            ("Ada Lovelace", 3, "person 0–1, predicted person 0 and person 1"),
        ),
        ([*TAGS[:5], "B-person"], (".", 2, "none, predicted person 5")),
        ([*TAGS[:5], "I-place"], (".", 2, "none, predicted place 3–5")),
    ],
)
def test_what_was_predicted_otherwise(predicted, run):
    shown = tagged(predicted)
    assert run in shown["texts"][0]["segments"]
    assert shown["agrees"] is False


def test_the_correction_is_what_apply_reads():
    assert tagged(["O", "B-person", *TAGS[2:]])["correction"] == "0: O, 1: B-person"


def test_tokens_that_were_cut_off_are_neither_right_nor_wrong():
    shown = tagged(TAGS[:4], units=[0, 1, 2, 3])
    assert shown["agrees"] is True
    assert shown["notes"] == ["2 of the tokens were not given to the model: cut off, or of no text."]
    assert tagged(TAGS[:5], units=range(5))["notes"] == [
        "1 of the tokens was not given to the model: cut off, or of no text."
    ]


def test_a_sentence_without_entities():
    shown = tagged(["O"] * 6, tags=["O"] * 6)
    assert (shown["gold"], shown["prediction"], shown["agrees"]) == (["(no entity)"], "(no entity)", True)


def test_tags_of_every_token():
    names = ["NOUN", "VERB"]
    shown = tagged(["NOUN", "NOUN"], words=["dogs", "bark"], tags=names, names=names)
    assert shown["texts"][0]["segments"] == [
        ("dogs", 0, "NOUN 0"),
        (" ", 0),
        ("bark", 2, "VERB 1, predicted NOUN"),
    ]
    assert (shown["gold"], shown["prediction"]) == (["NOUN VERB"], "NOUN NOUN")


def test_many_entities_and_long_sentences():
    words, tags = ["word", "Rome"] * 300, ["O", "B-place"] * 300
    predicted = [*tags[:401], "O", *tags[402:]]
    shown = tagged(predicted, words=words, tags=tags, width=50)
    assert shown["more_gold"] == 297
    text = shown["texts"][0]
    assert text["before"]
    assert text["after"]
    assert ("Rome", 1, "place 401, predicted none") in text["segments"]  # it is in the middle


def test_hostile_tags_and_words():
    shown = tagged(tags=["B-</script>\u202e", "O"], words=["<b>", "\x00"])
    assert shown["texts"][0]["segments"] == [("<b>", 1, "</script>⟨U+202E⟩ 0"), (" ⟨U+0000⟩", 0)]
    assert shown["gold"] == ["<b> (</script>⟨U+202E⟩)"]


def several(labels, predicted=None, **arguments):
    names = ["sport", "money", "music"]
    frame = pd.DataFrame({"text": ["a text"], "labels": [labels]}, index=["t"])
    known = None
    if predicted is not None:
        flags = np.array([name in predicted for name in names], np.int32)
        known = Pieces(np.array([0]), np.array([3]), np.arange(3), flags, flags, flags * np.float32(1))
    (shown,) = show(pd.DataFrame(index=frame.index), frame, labels=names, pieces=known, **arguments)
    return shown


def test_several_labels():
    shown = several(["sport", "money"], ["money", "music"])
    assert shown["gold"] == ["sport", "money"]
    assert shown["prediction"] == "money · music"
    assert shown["agrees"] is False
    assert shown["notes"] == ["Given, not predicted: sport.", "Predicted, not given: music."]
    assert shown["correction"] == "money, music"
    same = several(np.array(["money"]), ["money"])
    assert (same["agrees"], same["notes"], same["correction"]) == (True, [], None)
    unknown = several(["money"])
    assert (unknown["prediction"], unknown["agrees"], unknown["notes"]) == (None, None, [])


def test_no_label_and_many():
    shown = several([], [])
    assert (shown["gold"], shown["prediction"], shown["agrees"]) == (["(no label)"], "(no label)", True)
    assert several(["sport"], [])["correction"] == "(no label)"
    many = several([f"label {place}" for place in range(20)])
    assert (len(many["gold"]), many["more_gold"]) == (12, 8)
