"""The texts of a report's examples, cut to the widest excerpts that fit into the page."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dataset_cartography.pages.alignment import Alignment
from dataset_cartography.pages.runs import GOLD, PREDICTED, ShownText
from dataset_cartography.pages.shown import Shown, show_all
from dataset_cartography.plotting.style import count_words
from dataset_cartography.report.packing import Array, Packer
from dataset_cartography.slices import kind_of

_WIDTHS = (960, 720, 540, 400, 300, 240, 190, 150, 120, 90, 60, 40, 25, 15, 10)  # characters, tried in turn
_WITH_COLUMNS = (
    120  # characters; sooner than show less of the texts, the dataset's other columns are left out
)
_MEASURED = 1_500  # examples that the size is estimated on, in runs of
_RUN = 250
_SAFE_INTEGER = 2**53 - 1
AS_GOLD, AS_MARKED = (
    0,
    1,
)  # stand for an answer that is there already: the first gold one, the marked run of text


@dataclass
class PackedTexts:
    """The packed texts, and the names that the header needs to read them."""

    packer: Packer
    names: list[str]
    columns: list[str]
    big_ids: bool
    notes: list[str]


def fit_texts(shown: Alignment, budget: int) -> PackedTexts:
    """Pack the texts in the widest excerpts of which all fit, or else in the narrowest.

    Args:
        shown: the examples beside their rows of the map.
        budget: bytes in the page.
    """
    sample = _runs(len(shown.map_df))
    scale = len(shown.map_df) / max(len(sample), 1)
    part = shown.take(sample)
    tries = [
        *((width, True) for width in _WIDTHS if width >= _WITH_COLUMNS),
        *((width, False) for width in _WIDTHS),
    ]
    for width, with_columns in tries:
        texts = _pack_texts(part, width, with_columns)
        if texts.packer.size * scale > budget:
            continue
        if scale > 1:
            texts = _pack_texts(shown, width, with_columns)
        if texts.packer.size <= budget:
            return texts
    return _pack_texts(shown, *tries[-1])


def _runs(count: int) -> Array:
    """Positions of runs of neighbours, spread evenly: neighbours often repeat each other, and pack well."""
    if count <= _MEASURED:
        return np.arange(count)
    starts = np.linspace(0, count - _RUN, _MEASURED // _RUN).astype(int)
    return np.unique((starts[:, None] + np.arange(_RUN)).ravel())


def _pack_texts(all_shown: Alignment, width: int, with_columns: bool) -> PackedTexts:
    rows, examples = all_shown.map_df, all_shown.examples
    columns: dict[str, list[Any]] = {}
    texts: dict[str, list[Any]] = {}
    others: dict[str, list[Any]] = {}
    agrees = np.full(len(rows), 2, np.uint8)
    cut = 0
    for place, shown in enumerate(show_all(rows, examples, width=width, pieces=all_shown.pieces)):
        for name, value in _fields(shown).items():
            columns.setdefault(name, []).append(value)
        for text in shown["texts"]:
            _put(texts, text["name"], place, _packed(text))
            cut += text["before"] or text["after"]
        for name, cell in shown["columns"].items():
            _put(others, name, place, cell)
        if shown["agrees"] is not None:
            agrees[place] = shown["agrees"]
    notes = _cut_notes(cut, width if "answers" in kind_of(examples.columns).gold else 2 * width)
    if others and not with_columns:
        others = {}
        notes.append("The dataset's other columns are left out here; the filters have those of few values.")
    packer = Packer()
    packer.add_array("agrees", agrees)
    big = any(isinstance(value, int) and abs(value) > _SAFE_INTEGER for value in columns.get("ids", ()))
    if big:  # a number of JavaScript would round them
        columns["ids"] = [str(value) for value in columns["ids"]]
    for name, values in columns.items():
        packer.add_column(name, values)
    for prefix, group in (("text", texts), ("column", others)):
        for place, values in enumerate(group.values()):
            packer.add_column(f"{prefix}-{place}", values + [None] * (len(rows) - len(values)))
    return PackedTexts(packer, list(texts), list(others), big, notes)


def _cut_notes(cut: int, width: int) -> list[str]:
    note = (
        f"Of {count_words(cut, 'longer text')}, about {width} characters are kept here, so that this file stays "
        "small; search looks at what is kept."
    )
    return [note] if cut else []


def _fields(shown: Shown) -> dict[str, Any]:
    """What is packed of one example besides its texts; answers that stand in them, marked, are not packed again."""
    gold: list[str | int] = [*shown["gold"]]
    if gold and shown["gold"][0] == _marked(shown["texts"], GOLD):
        gold[0] = AS_MARKED
    prediction: str | int | None = shown["prediction"]
    if prediction is not None and prediction in shown["gold"][:1]:
        prediction = AS_GOLD
    elif prediction is not None and prediction == _marked(shown["texts"], PREDICTED):
        prediction = AS_MARKED
    return {
        "ids": shown["id"],
        "question": shown["question"],
        "choices": [part for run in shown["choices"] for part in run] or None,
        "gold": gold,
        "more_gold": shown["more_gold"],
        "prediction": prediction,
        "notes": shown["notes"] or None,
    }


def _marked(texts: list[ShownText], mark: int) -> str:
    return "".join(run[0] for text in texts for run in text["segments"] if run[1] & mark)


def _packed(text: ShownText) -> str | list[Any]:
    """Plain text as it is; else a number, and runs and marks in turn.

    The number is 1 for "begins earlier" + 2 for "goes on" + 4 where each run has a note after its marks, empty or not.
    """
    runs = text["segments"]
    noted = any(len(run) > 2 for run in runs)
    flags = int(text["before"]) + 2 * int(text["after"]) + 4 * noted
    if not flags and len(runs) == 1 and not runs[0][1]:
        return runs[0][0]
    return [flags, *(part for run in runs for part in (run if len(run) > 2 or not noted else (*run, "")))]


def _put(columns: dict[str, list[Any]], name: str, place: int, value: Any) -> None:
    values = columns.setdefault(name, [])
    values.extend([None] * (place - len(values)))
    values.append(value)
