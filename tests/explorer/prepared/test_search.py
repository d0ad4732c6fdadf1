import sqlite3

import numpy as np
import pandas as pd
import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.explorer.prepared.search import Search, spaced, write_search
from dataset_cartography.explorer.prepared.texts import Texts, write_texts

EXAMPLES = 30


@pytest.fixture
def index_of(tmp_path):
    """Makes the index of a few texts, whose ids are letters."""

    def make(*texts):
        ids = pd.Index([chr(65 + k) for k in range(len(texts))])
        frame = pd.DataFrame({"text": list(texts), "label": "yes"}, index=ids)
        write_texts(tmp_path / "texts", ids, frame, lambda _: None)
        made = Texts(tmp_path / "texts", len(texts))
        write_search(tmp_path / "search", made, ids, lambda _: None)
        search = Search(tmp_path / "search", made.places, len(texts))
        return lambda text: np.flatnonzero(search.hits(text)).tolist()

    return make


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("number7", [7]),
        ("NUMBER2", [2, *range(20, 30)]),
        ("cafe number1", list(range(10, 20))),
        ("uberweis number1", [11, 12, 13, 14, 16, 17, 18, 19]),
        ("京 number2", [20, 25]),
        ("e7", [7]),
        ('"number7" AND (', []),
        ("number7*", [7]),
        ("zero number3", [3]),
        ("zero number4", []),
        ("!?", []),
        ("n", []),
    ],
)
def test_search(prepared, text, found):
    texts = Texts(prepared[0].texts, EXAMPLES)
    hits = Search(prepared[0].search, texts.places, EXAMPLES).hits(text)
    assert np.flatnonzero(hits).tolist() == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("dose", [0, 1]),
        ("Dose-finding", [0]),
        ("finding dose_b", []),
        ("caf\u00e9", [1, 2]),
        ("cafe\u0301", [1, 2]),
        ("\u304c", [3]),
        ("\u304b\u3099", [3]),
        ("\u304b", []),
        ("\u0939\u093f\u0928\u094d\u0926\u0940", [4]),
        ("x\x00y", [5]),
        ("half \ud800", []),
        ("a\u19b1b", []),
        ("NEAR(dose finding)", []),
        ("text:dose", []),
        ('dose" OR "x', []),
        ("-dose", [0, 1]),
        ("^dose*", [0, 1]),
        ("x" * 100_000, []),
    ],
)
def test_what_a_word_is(index_of, text, found):
    hindi = "\u0939\u093f\u0928\u094d\u0926\u0940"
    hits = index_of("Dose-finding", "dose cafe\u0301", "caf\u00e9", "\u304b\u3099", hindi, "y\x00x")
    assert hits(text) == found


def test_a_pasted_text_finds_its_example(index_of):
    words = [f"word{k}" for k in range(900)]
    hits = index_of(" ".join(words), " ".join(words[:-1]))
    assert hits(" ".join(words)) == [0]
    with pytest.raises(InputError) as error:
        hits(" ".join(f"word{k}" for k in range(1001)))
    assert str(error.value) == "A search can be for 1,000 words at most, not for 1,001."


def test_an_index_that_cannot_be_read_is_one_sentence(prepared):
    texts = Texts(prepared[0].texts, EXAMPLES)
    search = Search(prepared[0].search, texts.places, EXAMPLES)
    search._database = sqlite3.connect(":memory:", check_same_thread=False)
    with pytest.raises(InputError) as error:
        search.hits("note")
    assert str(error.value) == (
        "The search index cannot be read (no such table: search): start `datamap view` again."
    )


def test_letters_of_scripts_without_spaces_stand_alone():
    assert spaced("Dose \u6771\u4eac") == "Dose  \u6771  \u4eac "
    assert spaced("\u0e17\u0e14x") == " \u0e17  \u0e14 x"
