"""The errors a user can meet, each one sentence that says what, where, what exists and what to do.

Every class derives from `CartographyError`, so that the command line can turn any of them into one line
and exit code 2, and from the builtin a Python caller would expect.
"""


class CartographyError(Exception):
    """Base of every error this package raises on purpose."""

    def __str__(self) -> str:
        # KeyError would show the repr of its message.
        return str(self.args[0]) if self.args else ""


class InputError(CartographyError, ValueError):
    """A value, file or dataset that cannot be used as it is."""


class MissingFileError(CartographyError, FileNotFoundError):
    """A file or directory that should exist does not."""


class MissingColumnError(CartographyError, KeyError):
    """A dataset or map lacks a column that is needed."""

    @classmethod
    def of(cls, column: str, available: list[str], where: str, hint: str) -> "MissingColumnError":
        """Build the message from its four facts: what is missing, where, what exists, what to do."""
        found = ", ".join(repr(name) for name in available) or "none"
        return cls(f"Column '{column}' not found in {where}; its columns are: {found}. {hint}")


class OutputExistsError(CartographyError, FileExistsError):
    """The output directory already holds a recorded run; nothing recorded is overwritten unasked."""


class OutputNotWritableError(CartographyError, PermissionError):
    """The output directory cannot be written to."""


class MissingExtraError(CartographyError, ImportError):
    """An optional dependency is needed and not installed."""

    @classmethod
    def of(cls, purpose: str, extra: str) -> "MissingExtraError":
        """Name the purpose and the exact line that installs what it needs."""
        return cls(f"{purpose} needs an extra: pip install 'dataset-cartography[{extra}]'")


class OfflineError(CartographyError, ConnectionError):
    """A model or dataset lives on a hub that cannot be reached from here."""


class LogError(CartographyError, ValueError):
    """A recorded log is damaged, of another schema version, or not a log at all."""


class RecordingError(CartographyError, RuntimeError):
    """Rows could not be recorded, and the user asked that the training stop then."""
