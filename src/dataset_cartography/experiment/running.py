"""The cells of an experiment, one after the other or several at once."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataset_cartography.experiment.arms import FULL
from dataset_cartography.experiment.cells import CellFolder, discard_unfinished
from dataset_cartography.experiment.paths import RESULTS
from dataset_cartography.log import DirectoryLock, write_atomically


@dataclass(frozen=True)
class Progress:
    """A cell that was finished just now, and how many are."""

    result: dict[str, Any]
    finished: int
    cells: int


def run_cells(
    folders: Sequence[CellFolder],
    *,
    equal_steps: bool,
    threads: int,
    workers: int = 1,
    part: tuple[int, int] = (1, 1),
    on_cell: Callable[[Progress], None] | None = None,
) -> None:
    """Train the cells that are not finished.

    Each is a process of its own, so that its result depends on nothing but its own flags, and a kill costs the cells
    that were running.

    Args:
        folders: All cells, in the order of their training.
        equal_steps: Whether every arm makes as many steps as the first training on the full data.
        threads: Of the processor, for each.
        workers: Trained at once.
        part: (i, k): of the cells only the i-th, (i + k)-th, …; the other parts run elsewhere, on the same folder.
        on_cell: Told of each cell that is finished.

    Raises:
        OutputExistsError: Another process runs the experiment.
        CartographyError: A training failed; those that were running are stopped, and finished cells are kept.
    """
    with _alone(folders[0].path.parent) if part == (1, 1) else contextlib.nullcontext():
        steps = _full_steps(folders[0], threads, folders, on_cell) if equal_steps else None
        number, parts = part
        mine = [folder for folder in folders[number - 1 :: parts] if not folder.finished]
        stop = threading.Event()

        def run(folder: CellFolder) -> dict[str, Any] | None:
            if stop.is_set():
                return None
            try:
                return folder.run(None if folder.cell.arm == FULL else steps, threads)
            except BaseException:
                stop.set()  # before this thread takes the next cell
                raise

        with ThreadPoolExecutor(workers) as pool:
            futures = [pool.submit(run, folder) for folder in mine]
            try:
                for future in as_completed(futures):
                    if (result := future.result()) is not None:
                        _tell(result, folders, on_cell)
            except BaseException:
                stop.set()
                for folder in mine:
                    folder.stop()
                raise


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Keep other processes out, so that what is unfinished is nobody's; parts run beside each other without it."""
    lock = DirectoryLock(
        root,
        f"Another process runs the experiment in '{root.parent}' at this moment: wait for it, or divide the trainings "
        "by --part.",
    )
    try:
        discard_unfinished(root)
        yield
    finally:
        lock.release()


def write_results(folders: Sequence[CellFolder]) -> list[dict[str, Any]]:
    """Write a line for each finished cell, in the order of the plan; the lines."""
    results = [folder.result() for folder in folders if folder.finished]
    content = "".join(json.dumps(result) + "\n" for result in results)
    path: Path = folders[0].path.parent.parent / RESULTS
    write_atomically(path, lambda to: to.write_text(content, encoding="utf-8"))
    return results


def _full_steps(
    full: CellFolder,
    threads: int,
    folders: Sequence[CellFolder],
    on_cell: Callable[[Progress], None] | None,
) -> int:
    """The steps of a training on the full data, which is run for it if need be."""
    if full.finished:
        return int(full.result()["steps"])
    result = full.run(None, threads)
    _tell(result, folders, on_cell)
    return int(result["steps"])


def _tell(
    result: dict[str, Any], folders: Sequence[CellFolder], on_cell: Callable[[Progress], None] | None
) -> None:
    results = write_results(folders)
    if on_cell is not None:
        on_cell(Progress(result, len(results), len(folders)))
