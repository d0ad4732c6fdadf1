"""The text of tokens, one by one, by the tokenizer that a run kept beside its log."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from dataset_cartography.dynamics.tokens import UNREADABLE, pieces_of_text, token_reader
from dataset_cartography.errors import LogError, MissingExtraError
from dataset_cartography.log import LogPaths

logger = logging.getLogger(__name__)


class TokenTexts:
    """Says what text each token of a sequence adds to it; remembers pairs of tokens, for there are few of them.

    Args:
        decode: Tokens to text.
    """

    def __init__(self, decode: Callable[[Sequence[int]], str]) -> None:
        self._decode = decode
        self._known: dict[tuple[int, ...], str] = {}

    @classmethod
    def of(cls, directory: Path) -> "TokenTexts | None":
        """Of the tokenizer in a cartography directory; None where there is none, or nothing to read it with."""
        paths = LogPaths(directory)
        if not paths.tokenizer.is_dir():
            return None
        try:
            return cls(token_reader(paths))
        except (LogError, MissingExtraError) as error:
            logger.warning("Tokens are not shown one by one. %s", error)
            return None

    def __call__(self, tokens: Sequence[int]) -> list[str]:
        """The text that each token adds; none within a character that several make."""
        texts = [
            self._added(pair)
            for pair in [tuple(tokens[max(0, place - 1) : place + 1]) for place in range(len(tokens))]
        ]
        # Parts of characters need more than the token before them.
        return pieces_of_text(tokens, self._decode) if UNREADABLE in "".join(texts) else texts

    def _added(self, tokens: tuple[int, ...]) -> str:
        """What the last of two tokens, or the only one, adds."""
        if tokens not in self._known:
            before = self._decode(list(tokens[:-1])) if tokens[1:] else ""
            self._known[tokens] = self._decode(list(tokens))[len(before) :]
        return self._known[tokens]
