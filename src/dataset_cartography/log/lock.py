"""One process at a time works in a directory."""

import contextlib
import errno
import fcntl
import os
from pathlib import Path

from dataset_cartography.errors import OutputExistsError


class DirectoryLock:
    """Held while a process works in a directory; the kernel lets it go when the process dies.

    The same process may take it again: a run that was broken off in a notebook can be resumed there.

    Args:
        root: The directory.
        refusal: What to say if another process holds it; by default that it records there.

    Raises:
        OutputExistsError: Another process does.
    """

    def __init__(self, root: Path, refusal: str | None = None) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self._refusal = refusal or (
            f"Another process is recording into '{root}' at this moment: wait for it, or give another directory "
            "(--cartography_output_dir)."
        )
        self._path = root / ".lock"
        self._file = self._path.open("a")
        while not self._taken():
            # Its last owner removed the file between our opening and locking it.
            self._file.close()
            self._file = self._path.open("a")

    def _taken(self) -> bool:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN):
                return True  # a file system without locks
            self._file.close()
            raise OutputExistsError(self._refusal) from error
        try:
            return os.path.samestat(os.fstat(self._file.fileno()), self._path.stat())
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Let another process in."""
        if not self._file.closed:
            with contextlib.suppress(OSError):  # the directory may be gone
                self._path.unlink()
            self._file.close()
