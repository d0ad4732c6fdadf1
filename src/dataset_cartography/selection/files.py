"""Chosen ids as a file, and beside it a note of how they were chosen."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dataset_cartography.errors import InputError
from dataset_cartography.log import write_atomically

ID_SUFFIXES = (".json", ".txt")
_HOW = ".selection"  # no suffix of a dataset's files: a folder of them can hold it


def check_ids_file(path: Path) -> None:
    """Refuse a name from which the format cannot be told.

    Raises:
        InputError: It ends in none of `ID_SUFFIXES`.
    """
    if path.suffix.lower() not in ID_SUFFIXES:
        raise InputError(
            f"Cannot write ids to '{path}': its name must end in one of {', '.join(ID_SUFFIXES)}."
        )


def write_ids(ids: Sequence[int | str], path: Path) -> None:
    """Write ids as a JSON list (`.json`), which keeps integers integers, or as lines of text (`.txt`).

    Raises:
        InputError: The name ends in something else, or an id cannot be told from its neighbours as a line.
    """
    check_ids_file(path)
    if path.suffix.lower() == ".json":
        content = "[" + ",\n ".join(json.dumps(id_, ensure_ascii=False) for id_ in ids) + "]\n"
    else:
        lines = [str(id_) for id_ in ids]
        # A list in JSON is told from lines by its bracket.
        odd = [
            line
            for line in lines
            if line.splitlines() != [line] or not line.strip() or line.lstrip()[0] == "["
        ]
        if odd:
            raise InputError(
                f"The id {odd[0]!r} cannot be written as a line of text: give a name that ends in .json."
            )
        content = "".join(f"{line}\n" for line in lines)
    write_atomically(path, lambda to: to.write_text(content, encoding="utf-8", newline="\n"))


def how_path(path: Path) -> Path:
    """Where the note on a selection lies: beside it, its name and `.selection`."""
    return path.with_name(f"{path.name}{_HOW}")


def write_how(how: Mapping[str, Any], path: Path) -> Path:
    """Write how a selection was made, as JSON beside the file or folder `path`; the note's path."""
    note = how_path(path)
    content = json.dumps(how, ensure_ascii=False, indent=2, default=str) + "\n"
    write_atomically(note, lambda to: to.write_text(content, encoding="utf-8", newline="\n"))
    return note
