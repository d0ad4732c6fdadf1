import pytest

from dataset_cartography.pages.runs import SHADES, of_runs, shade


@pytest.mark.parametrize(
    ("probability", "step"),
    [
        (1.0, 0),
        (0.5, 0),
        (0.49, 1),
        (0.2, 1),
        (0.1, 2),
        (0.05, 2),
        (0.02, 3),
        (0.01, 3),
        (0.001, 4),
        (0.0, 4),
    ],
)
def test_shades(probability, step):
    assert shade(probability) == step
    assert len(SHADES) == 4


def test_what_is_not_known_is_not_shaded():
    assert shade(float("nan")) == 0


def test_neighbours_of_the_same_marks_are_one_run():
    shown = of_runs("text", [("a", 0), (" ", 0), ("b", 1), ("c", 1), ("d", 1, "note"), ("e", 1)], 100)
    assert shown == {
        "name": "text",
        "segments": [("a ", 0), ("bc", 1), ("d", 1, "note"), ("e", 1)],
        "before": False,
        "after": False,
    }


def test_a_long_text_is_cut_around_a_run():
    words = [(f"word{place} ", 0) for place in range(100)]
    runs = [*words, ("here", 3, "what it is"), *((f" word{place}", 0) for place in range(100))]
    shown = of_runs("text", runs, 60, around=100)
    assert ("here", 3, "what it is") in shown["segments"]
    assert shown["before"]
    assert shown["after"]
    text = "".join(run[0] for run in shown["segments"])
    assert text.startswith("word")  # whole words
    assert 60 <= len(text) <= 100
    start = of_runs("text", runs, 60)
    assert not start["before"]
    assert start["after"]


def test_hostile_text_is_written_out():
    shown = of_runs("text", [("a\u202eb", 0), ("\x00", 4)], 100)
    assert shown["segments"] == [("a⟨U+202E⟩b", 0), ("⟨U+0000⟩", 4)]
