"""Acting on a map: which examples to train on, how much each counts, how sure its label is taken to be, in which order.

`select_examples` chooses by a rule that says exactly how many, and notes how; `loss_weights`, `label_smoothing` and
`difficulty` are formulas over a map, which the integrations put into a training.
"""

from dataset_cartography.selection.choose import Selection, select_examples
from dataset_cartography.selection.curriculum import (
    CURRICULA,
    GROWING,
    START,
    Curriculum,
    competence,
    difficulty,
)
from dataset_cartography.selection.files import (
    ID_SUFFIXES,
    check_ids_file,
    how_path,
    write_how,
    write_ids,
)
from dataset_cartography.selection.located import all_located, located
from dataset_cartography.selection.order import ENDS, RANDOM
from dataset_cartography.selection.smoothing import MOST, SCALE, label_smoothing
from dataset_cartography.selection.suspects import suspected_errors
from dataset_cartography.selection.weights import SPREAD, loss_weights

__all__ = [
    "CURRICULA",
    "ENDS",
    "GROWING",
    "ID_SUFFIXES",
    "MOST",
    "RANDOM",
    "SCALE",
    "SPREAD",
    "START",
    "Curriculum",
    "Selection",
    "all_located",
    "check_ids_file",
    "competence",
    "difficulty",
    "how_path",
    "label_smoothing",
    "located",
    "loss_weights",
    "select_examples",
    "suspected_errors",
    "write_how",
    "write_ids",
]
