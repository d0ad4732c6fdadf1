"""Rows of any question-answering dataset -> one form: ``id``, ``question``, ``context``, ``answers``."""

from typing import Any

import datasets
from datasets import Features, List, Value

from dataset_cartography.errors import MissingColumnError
from dataset_cartography.tasks import cells
from dataset_cartography.tasks.cells import as_text, spelled
from dataset_cartography.tasks.example_ids import give_ids
from dataset_cartography.tasks.fingerprint import code_version, fingerprint

ANSWER_COLUMNS = ("answers", "answer", "answer_text")
ANSWERS = {"text": List(Value("string")), "answer_start": List(Value("int64"))}
NO_OFFSET = -1  # `answer_start` is missing, or is no number
LARGEST_OFFSET = 2**31 - 1

Answers = dict[str, list[Any]]


def normalize(raw: datasets.Dataset, *, where: str = "the dataset") -> datasets.Dataset:
    """Bring rows into the form of SQuAD on the hub; every other column is kept as it is.

    - ``id``: as `example_ids.give_ids` finds or makes it, from question, context and answers.
    - ``question``, ``context``: strings; null becomes empty.
    - ``answers``: ``{"text": [str], "answer_start": [int]}``, character offsets in the context, -1 where
      missing. Read from ``answers``, ``answer`` or ``answer_text``, which hold: that form with lists or
      single values; a list of ``{"text", "answer_start"}``; a list of texts; one text with the column
      ``answer_start``; or any of these as JSON or as a Python literal in a string. Null, empty lists and
      empty texts are no answer: the question is unanswerable. So is one whose ``is_impossible`` is true.

    An answer that cannot be understood becomes its own text without an offset, so that `check_rows` leaves
    the row out and shows it.

    Args:
        raw: Rows as they were read.
        where: What they are, for messages.

    Raises:
        MissingColumnError: No question, context or answers.
        InputError: The ids are not unique, have gaps, or are neither integers nor strings.
    """
    answer_column = next((name for name in ANSWER_COLUMNS if name in raw.column_names), None)
    for column in ("question", "context"):
        _need(column, column in raw.column_names, raw, where)
    _need("answers", answer_column is not None, raw, where)
    if not _in_form(raw):
        form = {"question": Value("string"), "context": Value("string"), "answers": ANSWERS}
        options = {"answer_column": answer_column}
        raw = raw.map(
            normalize_batch,
            batched=True,
            fn_kwargs=options,
            remove_columns=[answer_column],
            features=Features({**{k: v for k, v in raw.features.items() if k != answer_column}, **form}),
            new_fingerprint=fingerprint(raw._fingerprint, options, code_version(__file__, cells.__file__)),
            desc="Reading rows",
        )
    return give_ids(raw, content=("question", "context", "answers"), where=where)


def _in_form(raw: datasets.Dataset) -> bool:
    """Whether rows need no rewriting, as those of SQuAD on the hub."""
    features = raw.features
    offsets = [{**ANSWERS, "answer_start": List(Value(kind))} for kind in ("int32", "int64")]
    return (
        features["question"] == features["context"] == Value("string")
        and features.get("answers") in offsets
        and "is_impossible" not in features
        and not any(raw.data.column(name).null_count for name in ("question", "context", "answers"))
    )


def _need(column: str, exists: bool, raw: datasets.Dataset, where: str) -> None:
    if not exists:
        hint = (
            "Question answering needs 'question', 'context' and 'answers' (or 'answer' and 'answer_start')."
        )
        raise MissingColumnError.of(column, raw.column_names, where, hint)


def normalize_batch(batch: dict[str, list[Any]], answer_column: str) -> dict[str, list[Any]]:
    """Questions, contexts and answers of some rows in the one form; see `normalize`."""
    size = len(batch["question"])
    starts = batch.get("answer_start", [None] * size)
    impossible = batch.get("is_impossible", [False] * size)
    return {
        "question": [as_text(value) for value in batch["question"]],
        "context": [as_text(value) for value in batch["context"]],
        "answers": [
            {"text": [], "answer_start": []} if _is_true(no_answer) else read_answers(value, start)
            for value, start, no_answer in zip(batch[answer_column], starts, impossible, strict=True)
        ],
    }


def read_answers(value: Any, start: Any = None) -> Answers:
    """One cell of answers, in any of the forms that `normalize` lists, as lists of texts and offsets.

    Args:
        value: The cell.
        start: The row's own ``answer_start`` column, used where the cell has no offset.
    """
    value = _answers_spelled(value)
    if isinstance(value, dict) and "text" in value:
        texts, starts = value["text"], value.get("answer_start", start)
    elif (
        isinstance(value, list) and value and all(isinstance(item, dict) and "text" in item for item in value)
    ):
        texts, starts = [item["text"] for item in value], [item.get("answer_start") for item in value]
    else:
        texts, starts = ([] if value == {} else value), start
    texts = texts if isinstance(texts, list) else [texts]
    starts = starts if isinstance(starts, list) else [starts]
    starts = starts + [None] * (len(texts) - len(starts))
    pairs = [(as_text(text), _offset(offset)) for text, offset in zip(texts, starts, strict=False)]
    pairs = [(text, offset) for text, offset in pairs if text]
    return {"text": [text for text, _ in pairs], "answer_start": [offset for _, offset in pairs]}


def _answers_spelled(cell: Any) -> Any:
    """What a text cell spells, if it spells answers; else the cell (the text "[1]" is a text)."""
    value = spelled(cell)
    if isinstance(value, dict) or (
        isinstance(value, list) and all(isinstance(item, dict | str) for item in value)
    ):
        return value
    return cell


def _offset(value: Any) -> int:
    try:
        number = float(value)  # from CSV it may come as "12" or "12.0"
    except (TypeError, ValueError, OverflowError):
        return NO_OFFSET
    return int(number) if 0 <= number <= LARGEST_OFFSET and number.is_integer() else NO_OFFSET


def _is_true(value: Any) -> bool:
    return value is True or (isinstance(value, str) and value.strip().lower() in ("true", "1"))
