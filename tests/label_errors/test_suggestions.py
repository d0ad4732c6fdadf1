"""What the model would put in a label's place, as names, numbers and texts."""

import pandas as pd

from dataset_cartography.label_errors import Evidence
from dataset_cartography.label_errors.suggestions import NO_ANSWER, suggest
from dataset_cartography.pages import NO_ANSWER as SHOWN
from made_dynamics import make_dynamics

CLASSES = Evidence(
    make_dynamics(gold=[[0.1], [0.9], [0.1]], margin=[[-1], [1], [-1]], predictions=[[2], [0], [4]])
)
SPANS = Evidence(
    make_dynamics(
        gold=[[0.1], [0.1], [0.9], [0.1]],
        margin=[[-1], [-1], [1], [-1]],
        starts=[[4], [-1], [0], [4]],
        ends=[[9], [-1], [3], [99]],
    )
)


def test_labels_have_their_names_and_a_number_beyond_them_stays_one():
    found = suggest(CLASSES, [0, 1, 2], labels=["a", "b", "<c>"])
    assert found["suggested"].tolist() == ["<c>", None, "4"]


def test_labels_without_names_are_numbers():
    assert suggest(CLASSES, [2, 1])["suggested"].tolist() == [4, pd.NA]


def test_a_span_has_its_place_and_its_text_where_the_context_is_known():
    found = suggest(SPANS, [0, 1, 2, 3], contexts=["The \u202ecat sat", None, "The cat", "short"])
    assert found["suggested"].tolist() == ["\u202ecat ", NO_ANSWER, None, None]
    assert found["suggested_start"].tolist() == [4, -1, pd.NA, 4]
    assert found["suggested_end"].tolist() == [9, -1, pd.NA, 99]
    assert suggest(SPANS, [0], contexts=[None])["suggested"].tolist() == [None]
    assert "suggested" not in suggest(SPANS, [0])


def test_no_answer_reads_as_on_pages():
    assert NO_ANSWER == SHOWN
