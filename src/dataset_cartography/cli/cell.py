"""One cell of an experiment, `python -m dataset_cartography.cli.cell`: run.py, which ends with who began it."""

import os
import sys
import threading

from dataset_cartography.cli.run import main
from dataset_cartography.experiment import ALONE


def _end_with_parent() -> None:
    # The kernel closes the other end of the pipe, however the experiment's process ends. Not read through sys.stdin,
    # whose lock the interpreter would miss at its own end.
    while os.read(0, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    if os.environ.get(ALONE):
        threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.exit(main())
