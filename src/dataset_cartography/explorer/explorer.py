"""What the page asks for, answered from a map, its prepared examples and the decisions; knows nothing of HTTP."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dataset_cartography.datamap import planted_sentence
from dataset_cartography.decisions import DECISIONS, Decision
from dataset_cartography.explorer.choosing import Chooser
from dataset_cartography.explorer.decision_log import DecisionLog
from dataset_cartography.explorer.mapfile import MapFile
from dataset_cartography.explorer.picture import draw
from dataset_cartography.explorer.points import MapPoints
from dataset_cartography.explorer.prepared.filters import read_filters
from dataset_cartography.explorer.prepared.search import Search
from dataset_cartography.explorer.prepared.suspicions import Suspicions
from dataset_cartography.explorer.prepared.texts import Texts
from dataset_cartography.explorer.prepared.workspace import Workspace
from dataset_cartography.explorer.queries import UNDECIDED, Query, Sorting, Window
from dataset_cartography.pages import Pieces, Shown, one_line, show
from dataset_cartography.pages.answers import correction_form, model_labels
from dataset_cartography.pages.info import WRONG_LABEL, map_info
from dataset_cartography.pages.wrong_labels import PROBABILITY, RANK
from dataset_cartography.regions import CATEGORIES

_IDS_AT_ONCE = 50_000
_LINE = 400  # characters of an example in the table


class Explorer:
    """A map, and beside it as much of its examples as is prepared.

    Args:
        df: The map's "category", "variability" and "confidence"; the frame is not held on to.
        map_file: Where its other columns are read from.
        workspace: Where its examples are prepared.
        decisions: What was decided, and where that is written.
        title: The page's heading.
    """

    def __init__(
        self, df: pd.DataFrame, map_file: MapFile, workspace: Workspace, decisions: DecisionLog, title: str
    ) -> None:
        metrics = map_info(map_file.empty.assign(category=None))["metrics"]
        self._info = map_info(df) | {"metrics": metrics, "mode": "explorer", "title": title}
        self.points = MapPoints(df, map_file)
        self._workspace = workspace
        self._texts: Texts | None = None
        self._suspicions: Suspicions | None = None
        self._curves: npt.NDArray[np.float32] | None = None
        self._pieces: Pieces | None = None
        self._opened: frozenset[str] = frozenset()
        self._chooser = Chooser(self.points)
        self._log = decisions
        self._deciding = threading.Lock()  # so that file and map agree on which of two decisions came last
        self._labels = model_labels(self.points.facts)
        self._elsewhere = len(decisions.latest) - self._read_decisions()

    def _read_decisions(self) -> int:
        """Take notice of the decisions of earlier sessions; how many are about examples of this map."""
        latest = {id_: one for id_, one in self._log.latest.items() if self.points.could_have(id_)}
        if not latest:
            return 0
        asked = pa.array(list(latest), self.points.ids.type)
        found = np.flatnonzero(pc.is_in(self.points.ids, value_set=asked).to_numpy(zero_copy_only=False))
        for index, id_ in zip(found.tolist(), self.points.ids_at(found), strict=True):
            self._chooser.decide(index, latest[id_].decision)
        return len(found)

    def open(self, step: str) -> None:
        """Take what has become ready, one of `STEPS`."""
        if step == "text":
            self._texts = Texts(self._workspace.texts, len(self.points))
            if self._workspace.pieces.exists():
                self._pieces = Pieces.open(self._workspace.pieces, self._workspace.directory)
        elif step == "search" and self._texts is not None:  # its rows are those of the texts
            self._chooser.search = Search(self._workspace.search, self._texts.places, len(self.points))
        elif step == "filters":
            self._chooser.filters = {one.name: one for one in read_filters(self._workspace.filters)}
            self._suspicions = Suspicions.of(self._workspace.filters)
            if self._suspicions:
                for metric in (RANK, PROBABILITY):
                    numbers = self._suspicions.numbers(metric)
                    if not np.isnan(numbers).all():  # no probability where targets have no rivals
                        self.points.add(metric, numbers)
        self._opened |= {step}

    def info(self) -> dict[str, Any]:
        """What the page must know before it draws, and anew when a step has become ready."""
        prepared = sorted(self._opened)  # before all else: what becomes ready meanwhile is asked for anew
        missing = len(self.points) - (len(self._texts.places) if self._texts else len(self.points))
        notes = [*self._info["notes"]]
        notes += [sentence] if (sentence := planted_sentence(self.points.facts)) else []
        if missing:
            notes.append(
                f"{missing:,} examples of the map are not among the usable rows of the dataset: they have no text."
            )
        if self._elsewhere:
            notes.append(f"{self._elsewhere:,} of the decisions are about examples that are not on this map.")
        return self._info | {
            "metrics": self._info["metrics"]
            + [one for one in WRONG_LABEL if one["name"] in self.points.names],
            "points": int(self.points.placed.sum()),
            "task": str(self.points.facts.get("task") or ""),
            "notes": notes,
            "filters": [
                {"name": one.name, "title": one.title, "values": list(one.labels), "counts": one.counts}
                for one in self._chooser.filters.values()
            ],
            "target": None if self._texts is None else self._texts.kind.target,
            "measured": self._texts is not None and self._texts.kind.measured,
            "labels": self._relabels(),
            "correction_form": "" if self._texts is None else correction_form(self._texts.kind),
            "prepared": prepared,
            "decisions": [*DECISIONS, UNDECIDED],
            "decided": self._decision_counts(),
        }

    def _relabels(self) -> list[str]:
        """What labels there are to choose from where an example has one; empty where what is right is written."""
        if self._texts is not None and self._texts.kind.gold[-1] != "label":
            return []
        return (self._texts.labels if self._texts else []) or self._labels

    def _decision_counts(self) -> dict[str, int]:
        counts = np.bincount(self._chooser.decided + 1, minlength=len(DECISIONS) + 1)
        return {name: int(count) for name, count in zip((UNDECIDED, *DECISIONS), counts, strict=True)}

    def view(self, window: Window, query: Query) -> dict[str, Any]:
        """The chosen examples in a part of the map; see `picture.draw`."""
        return draw(self.points, self._chooser.mask(query), window)

    def select(self, query: Query, sorting: Sorting, offset: int, limit: int) -> dict[str, Any]:
        """How many examples are chosen, and a page of their table."""
        chosen = self._chooser.ordered(query, sorting)
        page = chosen[offset : offset + limit].tolist()
        return {"total": len(chosen), "rows": self._rows(page)}

    def ids(self, query: Query, sorting: Sorting) -> Iterator[list[int | str]]:
        """The chosen ids in the table's order, a part at a time."""
        # At once, so that what cannot be asked is refused before any part.
        chosen = self._chooser.ordered(query, sorting)
        starts = range(0, len(chosen), _IDS_AT_ONCE)
        return (self.points.ids_at(chosen[start : start + _IDS_AT_ONCE]) for start in starts)

    def detail(self, index: int) -> dict[str, Any]:
        """All that is known of one example."""
        id_ = self.points.ids_at([index])[0]
        shown = self._show([index], [id_])[0]
        return {**shown, **self._facts(index, id_)}

    def decide(self, index: int, decision: Decision | None) -> dict[str, Any]:
        """Decide about an example; on the disk when this returns."""
        id_ = self.points.ids_at([index])[0]
        with self._deciding:
            self._log.decide(id_, decision)
            return self._decided_now(index, id_, decision)

    def undo(self) -> dict[str, Any]:
        """Take the last decision back; `index` is None where there is none, or its example is not on this map."""
        with self._deciding:
            undone = self._log.undo()
            if undone is None:
                return {"index": None, "decision": None, "decided": self._decision_counts()}
            id_, decision = undone
            return self._decided_now(self.points.index_of(id_), id_, decision)

    def _decided_now(self, index: int | None, id_: int | str, decision: Decision | None) -> dict[str, Any]:
        if index is not None:
            self._chooser.decide(index, None if decision is None else decision.decision)
        told = None if decision is None else decision.to_json()
        return {"index": index, "id": id_, "decision": told, "decided": self._decision_counts()}

    def _rows(self, indices: Sequence[int]) -> list[dict[str, Any]]:
        ids = self.points.ids_at(indices)
        shown = self._show(indices, ids)
        target = None if self._texts is None else self._texts.kind.target
        return [
            {
                "text": one_line(one, target)[:_LINE],
                "gold": " | ".join(one["gold"]) or None,
                "prediction": one["prediction"],
                "agrees": one["agrees"],
                **self._facts(index, id_),
            }
            for index, id_, one in zip(indices, ids, shown, strict=True)
        ]

    def _facts(self, index: int, id_: int | str) -> dict[str, Any]:
        code = int(self.points.category[index])
        decision = self._log.get(id_)
        curve = self._curve(index)
        return {
            "index": index,
            "id": id_,
            "category": CATEGORIES[code] if code >= 0 else None,
            "values": self.points.values_at(index),
            "curve": [None if value != value else round(value, 7) for value in curve],
            "decision": None if decision is None else decision.to_json(),
        }

    def _curve(self, index: int) -> list[float]:
        """An example's gold probability by epoch; empty until it is prepared, and where there is no log."""
        # They need no dataset, so that no step tells when they are ready.
        if self._curves is None and self._workspace.curves.exists():
            self._curves = np.load(self._workspace.curves, mmap_mode="r")
        return [] if self._curves is None else self._curves[index].tolist()

    def _show(self, indices: Sequence[int], ids: Sequence[int | str]) -> list[Shown]:
        """How examples are shown; without their texts where these are not prepared, or not in the dataset."""
        texts, suspicions = self._texts, self._suspicions
        told = [place for place, index in enumerate(indices) if texts is not None and texts.has(index)]
        shown: list[Shown] = [_untold(id_) for id_ in ids]
        if texts is not None and told:
            chosen = [indices[place] for place in told]
            examples = texts.frame(chosen, [ids[place] for place in told])
            rows = self.points.predictions.iloc[chosen]
            if suspicions is not None:
                rows = rows.join(suspicions.frame(chosen).set_axis(rows.index, axis=0))
            pieces = None if self._pieces is None else self._pieces.take(chosen)
            records = show(rows, examples, labels=self._labels, pieces=pieces)
            for place, record in zip(told, records, strict=True):
                shown[place] = record
        return shown


def title_of(facts: Mapping[str, Any], directory: Path) -> str:
    """The page's heading: what the map was recorded from, or else where it lies."""
    about = " on ".join(str(facts[name]) for name in ("model", "dataset") if facts.get(name))
    return f"Data map: {about or directory.resolve().name}"


def _untold(id_: int | str) -> Shown:
    return {
        "id": id_,
        "question": None,
        "texts": [],
        "choices": [],
        "gold": [],
        "more_gold": 0,
        "prediction": None,
        "agrees": None,
        "correction": None,
        "notes": [],
        "columns": {},
    }
