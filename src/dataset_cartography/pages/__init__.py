"""What the report and the explorer share: a map beside its examples, how one is shown, and the page they show it on.

Text that leaves this room is fit to be shown: cut, and with what acts instead of being seen written out. Escaping
is the business of whoever puts it on a page.
"""

from dataset_cartography.pages.alignment import Alignment, align
from dataset_cartography.pages.answers import NO_ANSWER
from dataset_cartography.pages.excerpt import shortened, visible
from dataset_cartography.pages.filters import Filter, make_filters, other_columns
from dataset_cartography.pages.pieces import Pieces, read_pieces
from dataset_cartography.pages.runs import ShownText
from dataset_cartography.pages.shown import Shown, last_columns, one_line, show, show_all
from dataset_cartography.pages.wrong_labels import join_ranking

__all__ = [
    "NO_ANSWER",
    "Alignment",
    "Filter",
    "Pieces",
    "Shown",
    "ShownText",
    "align",
    "join_ranking",
    "last_columns",
    "make_filters",
    "one_line",
    "other_columns",
    "read_pieces",
    "shortened",
    "show",
    "show_all",
    "visible",
]
