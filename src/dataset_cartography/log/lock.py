"""One run at a time in a directory."""

import errno
import fcntl
import os
from pathlib import Path

from dataset_cartography.errors import OutputExistsError


class DirectoryLock:
    """Held while a process records into a directory; the kernel lets it go when the process dies.

    The same process may take it again: a run that was broken off in a notebook can be resumed there.

    Args:
        root: The cartography directory.

    Raises:
        OutputExistsError: Another process is recording into the directory.
    """

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self._file = (root / ".lock").open("a")
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            if error.errno not in (errno.EACCES, errno.EAGAIN):
                return  # a file system without locks
            raise OutputExistsError(
                f"Another process is recording into '{root}' at this moment: wait for it, or give another directory "
                "(--cartography_output_dir)."
            ) from error

    def release(self) -> None:
        """Let another process in."""
        if not self._file.closed:
            os.truncate(self._file.fileno(), 0)
            self._file.close()
