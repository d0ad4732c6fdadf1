import pytest

from dataset_cartography.slices.tags import Entity, about, entities, mark_entities


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("", []),
        ("O O", []),
        ("B-x I-x O B-x", [(0, 2, "x"), (3, 4, "x")]),
        ("B-x B-x", [(0, 1, "x"), (1, 2, "x")]),
        ("I-x I-x I-y", [(0, 2, "x"), (2, 3, "y")]),  # IOB1, and what a model may say
        ("B-x O I-x", [(0, 1, "x"), (2, 3, "x")]),
        ("B-x E-x S-y U-y L-x", [(0, 2, "x"), (2, 3, "y"), (3, 4, "y"), (4, 5, "x")]),
        ("B-creative-work I-creative-work", [(0, 2, "creative-work")]),
        ("NOUN VERB VERB", [(0, 1, "NOUN"), (1, 2, "VERB"), (2, 3, "VERB")]),
    ],
)
def test_entities_as_conlleval_reads_them(tags, expected):
    assert entities(tags.split()) == [Entity(*one) for one in expected]


def test_tags_that_mark_entities():
    assert mark_entities(["O", "B-x", "I-x"])
    assert mark_entities([])
    assert not mark_entities(["O", "NOUN"])
    assert not mark_entities(["B-", "O"])
    assert [about(tag) for tag in ("B-x", "O", "NOUN", "X-ray")] == ["x", "O", "NOUN", "X-ray"]
