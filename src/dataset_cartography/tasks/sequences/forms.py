"""The forms in which datasets write a text given and a text wanted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import datasets

from dataset_cartography.errors import MissingColumnError
from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.cells import as_text, spelled
from dataset_cartography.tasks.classification.rows import find_column
from dataset_cartography.tasks.sequences.chat import Message, as_dialogue, read_messages, split_messages

MESSAGES = "messages"

_COMPLETIONS = ("completion", "response", "output", "answer", "target")
_INPUTS = ("input", "context")


@dataclass(frozen=True)
class Spelled:
    """One example: what is given, what is wanted, and of a conversation its messages, the wanted one last."""

    given: str
    wanted: str
    messages: list[Message] | None = None


@dataclass(frozen=True)
class Form:
    """One way to write examples.

    Attributes:
        columns: The dataset's columns that it reads.
        wanted: The one of them that holds the text wanted.
        read: A row's values of these columns to an example.
    """

    columns: tuple[str, ...]
    wanted: str
    read: Callable[[Mapping[str, Any]], Spelled]


def form_of(raw: datasets.Dataset, options: Options, where: str) -> Form:
    """Tell the form in which a dataset writes prompts and completions.

    In this order: the columns asked for; prompt and completion; messages or conversations; instruction (and input) and
    output or response; question and answer; text alone. Names count in upper and lower case.

    Args:
        raw: Rows as they were read.
        options: With `text_columns` and `label_column`, if the usual names are not meant.
        where: What the rows are, for messages.

    Raises:
        MissingColumnError: There is none of them.
    """
    lower = {name.lower(): name for name in reversed(raw.column_names)}

    def first(*names: str) -> str | None:
        return next((lower[name] for name in names if name in lower), None)

    if options.text_columns or options.label_column:
        return _asked(raw, options, first("prompt", "question", "instruction"), where)
    completion = first(*_COMPLETIONS)
    if completion is not None and (prompt := first("prompt")) is not None:
        return pair(prompt, completion)
    if (turns := first(MESSAGES, "conversations", "conversation")) is not None:
        return Form((turns,), turns, lambda row: _of_turns(row[turns]))
    if completion is not None and (asked := first("instruction")) is not None:
        more = next((lower[name] for name in _INPUTS if name in lower and lower[name] != completion), None)
        return _instruction(asked, more, completion)
    if completion is not None and (asked := first("question")) is not None:
        return pair(asked, completion, after="\n")
    if (text := first("text", "content")) is not None:
        return alone(text)
    raise MissingColumnError.of(
        "completion",
        raw.column_names,
        where,
        "Name the columns with --text_column (the prompt) and --label_column (the completion); a text alone, with "
        "--label_column.",
    )


def _asked(raw: datasets.Dataset, options: Options, prompt: str | None, where: str) -> Form:
    wanted = find_column("completion", _COMPLETIONS, options.label_column, raw, "--label_column", where)
    given = options.text_columns[0] if options.text_columns else prompt
    if given is None or given == wanted:
        return alone(wanted)
    return pair(find_column("prompt", (), given, raw, "--text_column", where), wanted)


def pair(given: str, wanted: str, after: str = "") -> Form:
    """A column for each; of conversations, both are lists of messages.

    Args:
        given: The column of what is given.
        wanted: The column of what is wanted.
        after: What stands between the two.
    """

    def read(row: Mapping[str, Any]) -> Spelled:
        said = [read_messages(spelled(row[name])) for name in (given, wanted)]
        if said[1]:
            return _of_turns([*said[0], *said[1]])
        prompt = as_text(row[given])
        return Spelled(f"{prompt}{after}" if prompt else "", as_text(row[wanted]))

    return Form((given, wanted), wanted, read)


def alone(text: str) -> Form:
    """A text, all of which is wanted."""
    return Form((text,), text, lambda row: Spelled("", as_text(row[text])))


def _instruction(asked: str, more: str | None, wanted: str) -> Form:
    columns: Sequence[str] = (asked, *(() if more is None else (more,)))

    def read(row: Mapping[str, Any]) -> Spelled:
        said = [as_text(row[name]) for name in columns]
        return Spelled("".join(f"{text}\n" for text in said if text.strip()), as_text(row[wanted]))

    return Form((*columns, wanted), wanted, read)


def _of_turns(value: Any) -> Spelled:
    before, answer = split_messages(read_messages(spelled(value)))
    if answer is None:
        return Spelled(as_dialogue(before) if before else "", "", before)
    return Spelled(as_dialogue(before) if before else "", answer["content"], [*before, answer])
