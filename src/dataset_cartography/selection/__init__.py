"""Selection: which examples to train on, by a rule that says exactly how many, and a note of how they were chosen."""

from dataset_cartography.selection.choose import Selection, select_examples
from dataset_cartography.selection.files import (
    ID_SUFFIXES,
    check_ids_file,
    how_path,
    write_how,
    write_ids,
)
from dataset_cartography.selection.located import located
from dataset_cartography.selection.order import ENDS, RANDOM
from dataset_cartography.selection.suspects import suspected_errors

__all__ = [
    "ENDS",
    "ID_SUFFIXES",
    "RANDOM",
    "Selection",
    "check_ids_file",
    "how_path",
    "located",
    "select_examples",
    "suspected_errors",
    "write_how",
    "write_ids",
]
