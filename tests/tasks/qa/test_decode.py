import datasets
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.qa import Prediction, decode_answers, normalize, prepare_eval_features
from dataset_cartography.tasks.qa.decode import best_spans
from tiny import tiny_tokenizer

CONTEXT = " ".join(f"w{number}" for number in range(20))
TOKENIZER = tiny_tokenizer([CONTEXT, "which word"])
NONE = {"text": [], "answer_start": []}


@pytest.fixture(autouse=True)
def _quiet():
    datasets.disable_progress_bars()


def prepared(*ids):
    rows = [{"id": id_, "question": "which word", "context": CONTEXT, "answers": NONE} for id_ in ids]
    examples = normalize(datasets.Dataset.from_list(rows))
    # Windows of w0…w9, w6…w15, w12…w19 from token 4 on.
    return examples, prepare_eval_features(examples, TOKENIZER, max_length=15, doc_stride=4)


def logits(windows, *peaks, tokens=15):
    """Zeros but for (window, start token, end token, height) in both."""
    starts, ends = np.zeros((2, windows, tokens), dtype=np.float32)
    for window, start, end, height in peaks:
        starts[window, start], ends[window, end] = height, height
    return starts, ends


def test_the_best_span_over_all_windows():
    examples, features = prepared("a", "b")
    starts, ends = logits(6, (0, 5, 6, 2.0), (2, 4, 4, 3.0), (4, 13, 13, 1.0))
    found = decode_answers(examples, features, starts, ends)
    assert found == {
        "a": Prediction("w12", CONTEXT.index("w12"), CONTEXT.index("w12") + 3, 6.0, 0.0),
        "b": Prediction("w15", CONTEXT.index("w15"), CONTEXT.index("w15") + 3, 2.0, 0.0),
    }


def test_only_spans_within_the_context_count():
    examples, features = prepared("a")
    starts, ends = logits(3, (0, 1, 2, 9.0), (0, 0, 0, 9.0), (0, 3, 14, 9.0), (1, 6, 7, 1.0))
    assert decode_answers(examples, features, starts, ends)["a"].text == "w8 w9"


def test_padding_after_a_window_is_ignored():
    examples, features = prepared("a")
    starts, ends = logits(3, (0, 6, 6, 1.0), tokens=40)
    starts[:, 15:], ends[:, 15:] = 99.0, 99.0
    assert decode_answers(examples, features, starts, ends, n_best=2)["a"].text == "w2"


def test_an_answer_no_longer_than_the_limit():
    examples, features = prepared("a")
    starts, ends = logits(3, (0, 4, 8, 5.0))
    assert decode_answers(examples, features, starts, ends, max_answer_length=5)["a"].text == "w0 w1 w2 w3 w4"
    assert decode_answers(examples, features, starts, ends, max_answer_length=4)["a"].score == 5.0


def test_no_valid_span_at_all():
    examples, features = prepared("a")
    starts, ends = logits(3, *((window, 10, 5, 5.0) for window in range(3)))
    assert decode_answers(examples, features, starts, ends, n_best=1)["a"] == Prediction(
        "", -1, -1, -np.inf, 0.0
    )
    broken = np.full_like(starts, np.nan)
    assert decode_answers(examples, features, broken, broken)["a"].text == ""


@pytest.mark.parametrize(("threshold", "text"), [(0.0, ""), (1.9, ""), (2.0, "w1"), (5.0, "w1")])
def test_the_empty_answer_by_its_threshold(threshold, text):
    examples, features = prepared("a")
    starts, ends = logits(3, (0, 5, 5, 1.0))
    starts[:, 0] = [9.0, 4.0, 7.0]  # of the windows, the one least sure of no answer counts
    found = decode_answers(
        examples, features, starts, ends, version_2_with_negative=True, null_score_diff_threshold=threshold
    )["a"]
    assert (found.text, found.score, found.null_score) == (text, 2.0, 4.0)


def test_an_empty_answer_only_where_there_may_be_one():
    examples, features = prepared("a")
    starts, ends = logits(3, (0, 5, 5, 1.0))
    starts[:, 0] = 9.0
    assert decode_answers(examples, features, starts, ends)["a"].text == "w1"


def test_windows_in_any_order_and_part():
    examples, features = prepared("a", "b")
    starts, ends = logits(6, (0, 5, 5, 3.0), (4, 6, 6, 2.0))
    order = [4, 1, 0]
    found = decode_answers(examples, features.select(order), starts[order], ends[order])
    assert {id_: answer.text for id_, answer in found.items()} == {"a": "w1", "b": "w8"}


def test_an_example_without_windows():
    examples, features = prepared("a", "b")
    starts, ends = logits(3)
    found = decode_answers(examples, features.select(range(3)), starts, ends)
    assert found["b"] == Prediction("", -1, -1, -np.inf, np.inf)


def test_logits_of_other_windows():
    examples, features = prepared("a")
    with pytest.raises(InputError) as caught:
        decode_answers(examples, features, *logits(2))
    assert str(caught.value) == (
        "The logits do not match the windows: (2, 15) for starts and (2, 15) for ends, but 3 windows."
    )


def test_a_window_of_no_example():
    examples, features = prepared("a", "b")
    with pytest.raises(InputError) as caught:
        decode_answers(examples.select([0]), features, *logits(6))
    assert str(caught.value) == "A window belongs to example 'b', which is not among the examples."


def by_loops(start, end, length, context, n_best, longest):
    """Hugging Face's search, span by span."""
    starts = sorted(range(length), key=lambda token: -start[token])[:n_best]
    ends = sorted(range(length), key=lambda token: -end[token])[:n_best]
    scores = [
        start[first] + end[last]
        for first in starts
        for last in ends
        if context[0] <= first <= last <= context[1] and last - first + 1 <= longest
    ]
    return max(scores, default=-np.inf)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 8), st.integers(1, 10))
def test_agrees_with_a_loop_over_spans(seed, tokens, n_best, longest):
    random = np.random.default_rng(seed)
    starts, ends = (
        random.permuted(np.arange(3 * tokens, dtype=np.float32)).reshape(3, tokens),
        random.normal(size=(3, tokens)).astype(np.float32),
    )
    lengths = random.integers(1, tokens + 1, size=3)
    low = random.integers(0, lengths)
    high = random.integers(low, lengths)
    scores, first, last = best_spans(
        starts, ends, lengths, (low, high), n_best=n_best, max_answer_length=longest
    )
    for row in range(3):
        expected = by_loops(starts[row], ends[row], lengths[row], (low[row], high[row]), n_best, longest)
        assert scores[row] == expected
        if np.isfinite(expected):
            assert starts[row, first[row]] + ends[row, last[row]] == expected
            assert low[row] <= first[row] <= last[row] <= high[row]
