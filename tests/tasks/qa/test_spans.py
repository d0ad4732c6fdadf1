import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dataset_cartography.tasks.qa.spans import distinct_spans, token_spans


def by_loop(windows, answer):
    """Per window the tokens that share a character with the answer, if the window has all there are."""
    begin, end = answer

    def touching(window):
        return [token for token, (start, stop) in enumerate(window) if start < end and stop > begin]

    everything = {tuple(window[token]) for window in windows for token in touching(window)}
    spans = []
    for window in windows:
        tokens = touching(window)
        whole = tokens and {tuple(window[token]) for token in tokens} == everything
        spans.append((tokens[0], tokens[-1]) if whole else None)
    return spans


@st.composite
def cases(draw):
    widths = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4)), min_size=1, max_size=25))
    tokens, place = [], 0
    for gap, width in widths:
        tokens.append((place + gap, place + gap + width))
        place += gap + width
    size = draw(st.integers(1, len(tokens)))
    step = draw(st.integers(1, size))
    windows = [tokens[begin : begin + size] for begin in range(0, max(1, len(tokens) - size + step), step)]
    begin = draw(st.integers(0, place))
    return windows, (begin, draw(st.integers(begin + 1, place + 2)))


@given(cases())
def test_spans_agree_with_a_loop_over_tokens(case):
    windows, answer = case
    spans, inside = token_spans([np.array(window) for window in windows], [answer])
    found = [tuple(span[0]) if here[0] else None for span, here in zip(spans.tolist(), inside, strict=True)]
    assert [tuple(span) if span else None for span in found] == by_loop(windows, answer)


def test_no_answers_and_no_tokens():
    empty = np.zeros((0, 2), dtype=np.int64)
    spans, inside = token_spans([empty], [])
    assert (spans.shape, inside.shape) == ((1, 0, 2), (1, 0))
    assert not token_spans([empty], [(0, 3)])[1].any()


def test_repeated_spans_count_once_in_the_order_of_answers():
    spans = np.array([[4, 5], [0, 1], [4, 5], [2, 2]])
    inside = np.array([True, True, True, False])
    assert distinct_spans(spans, inside, 10) == [(14, 15), (10, 11)]
