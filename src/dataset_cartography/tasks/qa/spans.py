"""Characters -> tokens: where an answer lies in the windows of its example. Pure NumPy."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Offsets = npt.NDArray[np.int64]
TokenSpan = tuple[int, int]


def token_spans(
    windows: Sequence[Offsets], answers: Sequence[tuple[int, int]]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Find the tokens that cover each answer, in every window that holds all of them.

    A token belongs to an answer if they share a character; characters that the tokenizer dropped belong to
    none. An answer lies in a window if all its tokens, over all windows, do.

    Args:
        windows: For each window of one example, the (tokens, 2) characters [start, end) of its context
            tokens, in order of position.
        answers: Characters [start, end) of each answer in the context.

    Returns:
        Spans (windows, answers, 2): first and last token, inclusive, counted from the window's first context
        token; and whether the answer lies in the window (windows, answers). Other spans mean nothing.
    """
    spans = np.zeros((len(windows), len(answers), 2), dtype=np.int64)
    inside = np.zeros((len(windows), len(answers)), dtype=np.bool_)
    if not len(answers):
        return spans, inside
    begins, ends = np.asarray(answers, dtype=np.int64).T
    first_character = np.full(len(answers), np.iinfo(np.int64).max)
    last_character = np.full(len(answers), -1)
    for window, offsets in enumerate(windows):
        if not len(offsets):
            continue
        starts, stops = offsets.T
        first = np.searchsorted(stops, begins, side="right")
        last = np.searchsorted(starts, ends, side="left") - 1
        spans[window, :, 0], spans[window, :, 1] = first, last
        inside[window] = first <= last
        # The outermost characters of the answer that any window has a token for.
        reach = np.append(starts, np.iinfo(np.int64).max)[first]
        first_character = np.minimum(first_character, reach)
        last_character = np.maximum(last_character, np.where(last >= 0, stops[last], -1))
    for window, offsets in enumerate(windows):
        if len(offsets):
            inside[window] &= (offsets[0, 0] <= first_character) & (offsets[-1, 1] >= last_character)
    return spans, inside


def distinct_spans(spans: Offsets, inside: npt.NDArray[np.bool_], shift: int) -> list[TokenSpan]:
    """One window's spans that lie in it, without repeats, in the order of the answers.

    Args:
        spans: (answers, 2) as `token_spans` gives them.
        inside: (answers,)
        shift: The window's first context token.
    """
    return list(dict.fromkeys((int(start) + shift, int(end) + shift) for start, end in spans[inside]))
