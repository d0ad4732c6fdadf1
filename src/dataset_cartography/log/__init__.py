"""The append-only log of a run on disk: the only room that knows paths.

    manifest.json                               what was recorded, how, and which attempts count
    examples.parquet                            ids, once; a row's `example` is a position in it
    dynamics/epoch=0001/attempt01-rank0-000001.parquet    part files, never rewritten

Everything else in the directory (JSON, CSV, pictures) is an export and can be made again from these.
"""

from dataset_cartography.log.lock import DirectoryLock
from dataset_cartography.log.manifest import Attempt, Epoch, Manifest
from dataset_cartography.log.paths import CHECKPOINT_MARK, LogPaths
from dataset_cartography.log.probabilities import Probabilities, read_probabilities, write_probabilities
from dataset_cartography.log.reader import LogReader, Rows
from dataset_cartography.log.writer import LogWriter, check_writable, refuse_recorded, write_atomically

__all__ = [
    "CHECKPOINT_MARK",
    "Attempt",
    "DirectoryLock",
    "Epoch",
    "LogPaths",
    "LogReader",
    "LogWriter",
    "Manifest",
    "Probabilities",
    "Rows",
    "check_writable",
    "read_probabilities",
    "refuse_recorded",
    "write_atomically",
    "write_probabilities",
]
