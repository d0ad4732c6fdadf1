"""Conversations in the spellings that datasets have, and as text."""

from collections.abc import Mapping, Sequence
from typing import Any

from jinja2.exceptions import TemplateError

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.cells import as_text
from dataset_cartography.tasks.hub import first_line

_ROLES = {"human": "user", "gpt": "assistant", "bot": "assistant", "model": "assistant"}

Message = dict[str, str]
"""`role` (system, user, assistant, …) and `content`."""


def read_messages(value: Any) -> list[Message]:
    """A conversation as messages: `role` and `content`, or ShareGPT's `from` and `value`; empty if it is none."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    messages = []
    for turn in value:
        if not isinstance(turn, Mapping):
            return []
        role = as_text(turn.get("role") or turn.get("from")).strip().lower()
        content = turn.get("content") if turn.get("content") is not None else turn.get("value")
        messages.append({"role": _ROLES.get(role, role), "content": as_text(content)})
    return messages


def split_messages(messages: Sequence[Message]) -> tuple[list[Message], Message | None]:
    """What was said before the last answer of the assistant, and that answer; what comes after it is left out."""
    for place in range(len(messages) - 1, -1, -1):
        if messages[place]["role"] == "assistant":
            return list(messages[:place]), messages[place]
    return list(messages), None


def as_dialogue(messages: Sequence[Message]) -> str:
    """Messages as text: each after its role, and a last line for the assistant to go on with."""
    said = "".join(f"{message['role'].capitalize()}: {message['content']}\n" for message in messages)
    return f"{said}Assistant: "


def templated(messages: Sequence[Message], answer: Message, tokenizer: Any) -> tuple[str, str]:
    """The prompt and the answer as a tokenizer's chat template writes them.

    Where the template writes a prompt in another way once it is answered, the answer begins where the two part.

    Raises:
        InputError: The template refuses the conversation, such as for a role it does not know.
    """
    try:
        told = tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=True)
        whole = tokenizer.apply_chat_template([*messages, answer], tokenize=False)
    except TemplateError as error:
        roles = ", ".join(message["role"] or "(none)" for message in (*messages, answer))
        raise InputError(
            f"The tokenizer's chat template refuses a conversation of {roles}: {first_line(error)}. Leave such "
            "conversations out or change their roles, or choose another --model."
        ) from error
    shared = next(
        (place for place, (one, other) in enumerate(zip(told, whole, strict=False)) if one != other),
        min(len(told), len(whole)),
    )
    return whole[:shared], whole[shared:]
