"""Rows of any dataset of preference pairs -> one form: ``id``, ``prompt``, ``chosen``, ``rejected``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import datasets
from datasets import Features, List, Value

from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.cells import as_text, spelled
from dataset_cartography.tasks.checked import Checked, leave_out
from dataset_cartography.tasks.classification.rows import find_column, renamed
from dataset_cartography.tasks.example_ids import give_ids
from dataset_cartography.tasks.fingerprint import code_version, fingerprint
from dataset_cartography.tasks.loading import keep_first
from dataset_cartography.tasks.sequences import chat
from dataset_cartography.tasks.sequences.chat import as_dialogue, read_messages

PROMPT, CHOSEN, REJECTED = COLUMNS = ("prompt", "chosen", "rejected")
MESSAGES = "messages"
"""Of conversations: what was said before the answer."""

_SORTED = ("__answer_1__", "__answer_2__")
"""Both answers in an order of their own, for a moment: a pair that is swapped keeps its id."""
_KNOWN_AS = {
    PROMPT: ("prompt", "question", "instruction", "query"),
    CHOSEN: ("chosen", "chosen_response", "preferred", "answer_chosen", "response_chosen"),
    REJECTED: ("rejected", "rejected_response", "dispreferred", "answer_rejected", "response_rejected"),
}
_TURNS = List({"role": Value("string"), "content": Value("string")})


@dataclass(frozen=True)
class PairColumns:
    """The dataset's own names.

    Attributes:
        prompt: None where both answers begin with it.
        chosen: The preferred answer's.
        rejected: The other's.
    """

    prompt: str | None
    chosen: str
    rejected: str

    @property
    def names(self) -> list[str]:
        """Those that there are."""
        return [name for name in (self.prompt, self.chosen, self.rejected) if name is not None]


@dataclass(frozen=True)
class Pair:
    """One example; of conversations, also what was said before the answers."""

    prompt: str
    chosen: str
    rejected: str
    messages: list[dict[str, str]] | None = None


def find_columns(raw: datasets.Dataset, options: Options, where: str) -> PairColumns:
    """The columns of prompt and answers: those asked for, or the usual ones.

    Raises:
        MissingColumnError: An answer has none.
    """
    asked: Sequence[str | None] = options.text_columns or (None, None, None)
    usual = {name.lower() for name in raw.column_names}
    told = asked[0] is not None or bool(usual & {*_KNOWN_AS[PROMPT]})
    names = [
        find_column(column, _KNOWN_AS[column], name, raw, "--text_column", where)
        if column != PROMPT or told
        else None
        for column, name in zip(COLUMNS, asked, strict=True)
    ]
    return PairColumns(names[0], str(names[1]), str(names[2]))


def read_pair(row: Mapping[str, Any], columns: PairColumns) -> Pair:
    """One row; of conversations, the prompt is what both answers have in common, written out as a dialogue."""
    given = row[columns.prompt] if columns.prompt is not None else None
    chosen, rejected = spelled(row[columns.chosen]), spelled(row[columns.rejected])
    talks = [read_messages(value) for value in (chosen, rejected)]
    if all(talks):
        before = read_messages(spelled(given)) or (
            [{"role": "user", "content": as_text(given)}] if given else []
        )
        shared = _common(*talks)
        if not before or talks[0][: len(before)] == before:
            before = talks[0][:shared]
        answers = [turns[shared:] for turns in talks]
        said = [turns[-1]["content"] if turns else "" for turns in answers]
        return Pair(as_dialogue(before), said[0], said[1], before)
    texts = as_text(row[columns.chosen]), as_text(row[columns.rejected])
    if columns.prompt is not None:
        turns = read_messages(spelled(given))
        return Pair(as_dialogue(turns) if turns else as_text(given), *texts, turns or None)
    shared = _common(*texts)
    # Words are never cut: an answer begins after white space.
    begin = max((place + 1 for place, one in enumerate(texts[0][:shared]) if one.isspace()), default=0)
    return Pair(texts[0][:begin], texts[0][begin:], texts[1][begin:])


def _common(one: Sequence[Any], other: Sequence[Any]) -> int:
    """How many items both begin with."""
    shortest = min(len(one), len(other))
    return next((place for place in range(shortest) if one[place] != other[place]), shortest)


def normalize(
    raw: datasets.Dataset,
    options: Options,
    *,
    where: str = "the dataset",
    max_samples: int | None = None,
) -> datasets.Dataset:
    """Bring rows into one form; every column that is not read is kept as it is.

    Args:
        raw: Rows as they were read.
        options: With `text_columns`, if the usual names are not meant.
        where: What the rows are, for messages.
        max_samples: Keep only the first so many rows.

    Returns:
        Columns ``prompt``, ``chosen``, ``rejected``, strings; ``messages``, of conversations, those before the answer;
        ``id``, as `example_ids.give_ids` finds it or makes it of the prompt and both answers, whichever is chosen.

    Raises:
        MissingColumnError: An answer has no column.
        InputError: Unusable ids.
    """
    columns = find_columns(raw, options, where)
    rows = keep_first(raw, max_samples)
    read = rows.select_columns(columns.names)
    talks = read_pair(read[0], columns).messages is not None
    kinds = {name: Value("string") for name in (*COLUMNS, *_SORTED)} | ({MESSAGES: _TURNS} if talks else {})
    texts = read.map(
        _read,
        batched=True,
        fn_kwargs={"columns": columns, "talks": talks},
        remove_columns=columns.names,
        features=Features(kinds),
        new_fingerprint=fingerprint(read._fingerprint, columns.names, code_version(__file__, chat.__file__)),
        desc="Reading pairs",
    )
    others = renamed(rows.remove_columns(columns.names), {}, list(kinds))
    joined = datasets.concatenate_datasets([texts, others], axis=1) if others.column_names else texts
    return give_ids(joined, content=[PROMPT, *_SORTED], where=where).remove_columns([*_SORTED])


def _read(batch: dict[str, list[Any]], columns: PairColumns, talks: bool) -> dict[str, list[Any]]:
    pairs = [
        read_pair(dict(zip(batch, values, strict=True)), columns)
        for values in zip(*batch.values(), strict=True)
    ]
    texts: dict[str, list[Any]] = {name: [getattr(pair, name) for pair in pairs] for name in COLUMNS}
    answers = [sorted((pair.chosen, pair.rejected)) for pair in pairs]
    texts |= {name: [each[place] for each in answers] for place, name in enumerate(_SORTED)}
    return {**texts, MESSAGES: [pair.messages or [] for pair in pairs]} if talks else texts


def check_rows(examples: datasets.Dataset) -> Checked:
    """Leave out pairs of which an answer is empty, or both are the same.

    Raises:
        InputError: No row is left.
    """
    faults = []
    for chosen, rejected in zip(examples[CHOSEN][:], examples[REJECTED][:], strict=True):
        reasons = [
            f"the {name} answer is empty"
            for name, text in ((CHOSEN, chosen), (REJECTED, rejected))
            if not text.strip()
        ]
        if not reasons and chosen == rejected:
            reasons = ["both answers are the same"]
        faults.append("; ".join(reasons) or None)
    return leave_out(examples, faults)
