"""Target tokens as rows of their own, with their text: where a sequence is easy, and where it is not."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dataset_cartography.dynamics.units import UnitDynamics, load_units
from dataset_cartography.errors import InputError, LogError, MissingExtraError
from dataset_cartography.log import LogPaths, LogReader

UNREADABLE = "\N{REPLACEMENT CHARACTER}"
_CONTEXT = 6  # tokens before one, by which its own text is told


def read_tokens(
    directory: str | Path,
    example_ids: Sequence[Any] | None = None,
    *,
    units: UnitDynamics | None = None,
) -> pd.DataFrame:
    """Read the target tokens of examples, with the probability that each was given.

    Args:
        directory: The cartography directory of a run recorded with `tokens=True`.
        example_ids: Whose; default: all.
        units: What `load_units` gave for it, if it was read before.

    Returns:
        A row a token, the tokens of an example side by side and in their order, examples in the order asked for:
        `id`, `position` (its number among the example's target tokens), `token` (its id), `text` (what it adds to the
        text before it; empty within a character; "#17" where the log has no tokenizer), and for each epoch, by its
        number, the gold probability in [0, 1].

    Raises:
        InputError: The run has no such examples, or its tokens were recorded together.
        LogError: The tokenizer beside the log is damaged.
    """
    log = LogReader(directory)
    units = load_units(log) if units is None else units
    examples = np.arange(log.size) if example_ids is None else _positions(log, example_ids)
    begin = np.searchsorted(units.example, examples)
    end = np.searchsorted(units.example, examples, side="right")
    rows = np.concatenate([np.arange(*span) for span in zip(begin, end, strict=True)] or [np.arange(0)])
    tokens = units.gold[rows]
    read = token_reader(log.paths)
    texts = [
        text
        for span in zip(begin, end, strict=True)
        for text in pieces_of_text(units.gold[slice(*span)].tolist(), read)
    ]
    probability = units.dynamics.signals["gold_probability"][rows]
    columns: dict[Any, Any] = {
        "id": log.ids[units.example[rows]],
        "position": units.unit[rows],
        "token": tokens,
        "text": pd.Series(texts, dtype=object),
    }
    columns |= {epoch: probability[:, place] for place, epoch in enumerate(units.dynamics.epochs)}
    return pd.DataFrame(columns)


def pieces_of_text(tokens: Sequence[int], decode: Any) -> list[str]:
    """What each token adds to the text of those before it; together they are the whole text.

    Args:
        tokens: Ids.
        decode: Ids to text.
    """
    pieces, known = [], 0
    for end in range(1, len(tokens) + 1):
        begin = max(0, min(known, end - 1) - _CONTEXT)
        before, text = decode(tokens[begin:known]), decode(tokens[begin:end])
        # A character of several tokens appears with its last.
        whole = not text.endswith(UNREADABLE) or end == len(tokens)
        pieces.append(text[len(before) :] if whole else "")
        known = end if whole else known
    return pieces


def _positions(log: LogReader, example_ids: Sequence[Any]) -> np.ndarray[Any, Any]:
    places = pd.Index(log.ids).get_indexer(pd.Index(list(example_ids)))
    if (places < 0).any():
        strange = example_ids[int(np.flatnonzero(places < 0)[0])]
        raise InputError(f"'{log.paths.root}' holds no example {strange!r}.")
    return places


def token_reader(paths: LogPaths) -> Any:
    """Ids to text."""
    file = paths.tokenizer / "tokenizer.json"
    if not file.is_file():
        return lambda tokens: "".join(f"#{token}" for token in tokens)
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise MissingExtraError.of("Reading what tokens say", "train") from error
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # the package raises bare ones
        raise LogError(f"'{file}' cannot be read ({error}): save the run's tokenizer there again.") from error
    return lambda tokens: tokenizer.decode(tokens, skip_special_tokens=False)
