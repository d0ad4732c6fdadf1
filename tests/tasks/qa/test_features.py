import datasets
import pytest

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.qa import (
    examples_without_answer_window,
    prepare_eval_features,
    prepare_train_features,
)
from tiny import tiny_tokenizer

WORDS = [f"w{number}" for number in range(40)]
CONTEXT = " ".join(WORDS)
QUESTION = "which word"
TOKENIZER = tiny_tokenizer([CONTEXT, QUESTION])
# 5 of 15 tokens go to [CLS] which word [SEP] … [SEP]: windows of 10 words that overlap by 4.
SIZES = {"max_length": 15, "doc_stride": 4}
CLS = 0


@pytest.fixture(autouse=True)
def _quiet():
    datasets.disable_progress_bars()


def example(*words, context=CONTEXT, question=QUESTION, id_="a"):
    """An example whose answers are runs of words ("w3 w4") of its context."""
    texts = list(words)
    starts = [(" " + context + " ").index(f" {text} ") for text in texts]
    return {
        "id": id_,
        "question": question,
        "context": context,
        "answers": {"text": texts, "answer_start": starts},
    }


def dataset(*rows):
    text, offset = datasets.Value("string"), datasets.Value("int64")
    answers = {"text": datasets.List(text), "answer_start": datasets.List(offset)}
    kind = datasets.Value("int64" if isinstance(rows[0]["id"], int) else "string")
    features = datasets.Features(id=kind, question=text, context=text, answers=answers)
    return datasets.Dataset.from_list(list(rows), features=features)


def windows(*rows, tokenizer=TOKENIZER, **sizes):
    return list(prepare_train_features(dataset(*rows), tokenizer, **{**SIZES, **sizes}))


def said(window, start, end):
    """The characters of the context from one token to another."""
    return CONTEXT[window["offset_mapping"][start][0] : window["offset_mapping"][end][1]]


def test_windows_cover_the_context_and_overlap():
    found = windows(example("w0"))
    first_words = [said(window, window["context_start"], window["context_start"]) for window in found]
    last_words = [said(window, window["context_end"], window["context_end"]) for window in found]
    assert first_words == ["w0", "w6", "w12", "w18", "w24", "w30"]
    assert last_words == ["w9", "w15", "w21", "w27", "w33", "w39"]
    assert [window["window"] for window in found] == [0, 1, 2, 3, 4, 5]
    assert {window["example_id"] for window in found} == {"a"}
    assert [len(window["input_ids"]) for window in found] == [15] * 6


def test_tokens_outside_the_context_have_no_characters():
    window = windows(example("w0"))[0]
    outside = [*range(window["context_start"]), *range(window["context_end"] + 1, 15)]
    assert [window["offset_mapping"][token] for token in outside] == [[-1, -1]] * 5
    assert window["offset_mapping"][window["context_start"]] == [0, 2]


def test_an_answer_in_one_window_of_several():
    found = windows(example("w10 w11"))
    assert [window["has_answer"] for window in found] == [False, True, False, False, False, False]
    assert [window["answerable"] for window in found] == [True] * 6
    target = found[1]
    assert said(target, target["start_positions"], target["end_positions"]) == "w10 w11"
    assert (target["gold_starts"], target["gold_ends"]) == (
        [target["start_positions"]],
        [target["end_positions"]],
    )
    assert [(window["start_positions"], window["end_positions"]) for window in found[2:]] == [(CLS, CLS)] * 4


def test_an_answer_in_two_windows():
    found = windows(example("w7 w8"))
    assert [window["has_answer"] for window in found] == [True, True, False, False, False, False]
    spans = [(window["start_positions"], window["end_positions"]) for window in found[:2]]
    assert spans == [(11, 12), (5, 6)]


def test_an_answer_in_no_window():
    rows = dataset(example("w3 w4 w5 w6 w7 w8 w9 w10 w11 w12 w13", id_="long"), example("w3", id_="short"))
    features = prepare_train_features(rows, TOKENIZER, **SIZES)
    long = [window for window in features if window["example_id"] == "long"]
    assert [(w["has_answer"], w["gold_starts"], w["start_positions"]) for w in long] == [(False, [], CLS)] * 6
    assert all(window["answerable"] for window in long)
    assert examples_without_answer_window(features) == ["long"]


def test_an_unanswerable_example():
    found = windows(example())
    assert [(w["start_positions"], w["end_positions"]) for w in found] == [(CLS, CLS)] * 6
    assert not any(window["has_answer"] or window["answerable"] for window in found)
    assert (
        examples_without_answer_window(prepare_train_features(dataset(example()), TOKENIZER, **SIZES)) == []
    )


def test_two_different_answers_and_a_repeated_one():
    found = windows(example("w8", "w2 w3", "w8", "w30"))
    spans = [list(zip(window["gold_starts"], window["gold_ends"], strict=True)) for window in found]
    assert [[said(w, *span) for span in s] for w, s in zip(found, spans, strict=True)] == [
        ["w8", "w2 w3"],
        ["w8"],
        [],
        [],
        ["w30"],
        ["w30"],
    ]
    # The training target is the first answer or nothing, as in run_qa.
    assert [said(w, w["start_positions"], w["end_positions"]) for w in found[:2]] == ["w8", "w8"]
    assert [w["start_positions"] for w in found[2:]] == [CLS] * 4
    assert [w["has_answer"] for w in found] == [True, True, False, False, True, True]


@pytest.mark.parametrize(
    ("word", "window", "token"), [("w0", 0, 4), ("w9", 0, 13), ("w39", 5, 13), ("w6", 1, 4)]
)
def test_answers_at_the_first_and_last_token_of_a_context(word, window, token):
    target = windows(example(word))[window]
    assert (target["start_positions"], target["end_positions"]) == (token, token)
    assert token in (target["context_start"], target["context_end"])
    assert said(target, token, token) == word


def test_an_answer_within_a_word_gets_the_tokens_that_cover_it():
    row = {**example("w10"), "answers": {"text": ["1 w1"], "answer_start": [CONTEXT.index("w11 w12") + 2]}}
    target = windows(row)[1]
    assert said(target, target["start_positions"], target["end_positions"]) == "w11 w12"


def test_one_window_that_holds_it_all_is_not_padded():
    (window,) = windows(example("w1"), max_length=384, doc_stride=128)
    assert len(window["input_ids"]) == 45
    assert (window["context_start"], window["context_end"]) == (4, 43)


def test_integer_ids_stay_integers():
    features = prepare_train_features(dataset(example("w1", id_=7)), TOKENIZER, **SIZES)
    assert features["example_id"][:] == [7] * 6


def test_evaluation_has_the_same_windows_and_no_labels():
    rows = dataset(example("w10 w11"), example(id_="b"))
    train = prepare_train_features(rows, TOKENIZER, **SIZES)
    evaluation = prepare_eval_features(rows.remove_columns("answers"), TOKENIZER, **SIZES)
    labels = {"start_positions", "end_positions", "gold_starts", "gold_ends", "has_answer", "answerable"}
    assert set(train.column_names) - set(evaluation.column_names) == labels
    assert train.remove_columns(list(labels))[:] == evaluation[:]


def test_a_context_on_the_left_where_padding_is():
    tokenizer = tiny_tokenizer([CONTEXT, QUESTION])
    tokenizer.padding_side = "left"
    found = windows(example("w7 w8"), tokenizer=tokenizer)
    assert (found[0]["context_start"], found[0]["context_end"]) == (1, 10)
    assert [said(w, w["start_positions"], w["end_positions"]) for w in found[:2]] == ["w7 w8"] * 2


def test_a_question_too_long_is_cut_and_counted(caplog):
    question = " ".join(WORDS)
    features = prepare_train_features(
        dataset(example("w8", question=question), example("w8", id_="b")), TOKENIZER, **SIZES
    )
    assert caplog.messages == ["Questions cut at their end, being longer than 6 tokens: 1"]
    cut = [window for window in features if window["example_id"] == "a"]
    assert all(window["question_cut"] for window in cut)
    assert {len(window["input_ids"]) for window in cut[:-1]} == {15}
    assert [window["has_answer"] for window in cut].count(True) >= 1
    assert not any(window["question_cut"] for window in features if window["example_id"] == "b")


@pytest.mark.parametrize(("max_length", "doc_stride", "hint"), [(128, 128, 42), (15, 11, 5), (30, -1, 10)])
def test_lengths_that_leave_no_room(max_length, doc_stride, hint):
    with pytest.raises(InputError) as caught:
        prepare_train_features(
            dataset(example("w1")), TOKENIZER, max_length=max_length, doc_stride=doc_stride
        )
    assert str(caught.value) == (
        f"max_length {max_length} and doc_stride {doc_stride} leave no room for the question: max_length must "
        "exceed doc_stride by at least 5 tokens, and doc_stride be 0 or more. "
        f"Try a doc_stride of {hint}."
    )


def test_a_window_too_short_for_anything():
    with pytest.raises(InputError) as caught:
        prepare_train_features(dataset(example("w1")), TOKENIZER, max_length=4, doc_stride=0)
    assert str(caught.value) == (
        "max_length 4 and doc_stride 0 leave no room for the question: max_length must exceed doc_stride by "
        "at least 5 tokens, and doc_stride be 0 or more. Try a larger max_length."
    )


def test_a_slow_tokenizer():
    with pytest.raises(InputError) as caught:
        prepare_train_features(dataset(example("w1")), object())
    assert str(caught.value) == (
        "Question answering needs a fast tokenizer, which knows each token's characters."
    )


def test_features_are_cached_whatever_the_tokenizer_did_before(tmp_path):
    rows = dataset(example("w1"))
    rows.save_to_disk(tmp_path)
    rows = datasets.load_from_disk(tmp_path)
    first = prepare_train_features(rows, tiny_tokenizer([CONTEXT, QUESTION]), **SIZES)
    used = tiny_tokenizer([CONTEXT, QUESTION])
    used(["w1"], ["w2"], truncation=True, max_length=9, padding="max_length")
    assert prepare_train_features(rows, used, **SIZES).cache_files == first.cache_files
    other = prepare_train_features(rows, used, max_length=16, doc_stride=4)
    assert other.cache_files != first.cache_files


def test_several_processes_give_the_same(tmp_path):
    rows = dataset(*(example("w7", id_=str(number)) for number in range(4)))
    one = prepare_train_features(rows, TOKENIZER, **SIZES)
    two = prepare_train_features(rows, TOKENIZER, num_proc=2, **SIZES)
    assert one[:] == two[:]


def test_no_offset_means_no_window():
    row = {**example("w1"), "answers": {"text": ["w1"], "answer_start": [-1]}}
    assert not any(window["has_answer"] for window in windows(row))


def test_types_of_the_columns():
    features = prepare_train_features(dataset(example("w1")), TOKENIZER, **SIZES).with_format("numpy")
    assert features["offset_mapping"][0].shape == (15, 2)
    assert features["gold_starts"][0].tolist() == [5]
    assert features.features["example_id"] == datasets.Value("string")
