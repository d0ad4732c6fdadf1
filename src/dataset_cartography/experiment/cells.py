"""One cell of an experiment: a training in a process of its own, and what is kept of it."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dataset_cartography.errors import CartographyError, InputError
from dataset_cartography.experiment.arms import Cell
from dataset_cartography.experiment.measures import MEASURES, Measure
from dataset_cartography.experiment.paths import RESULT
from dataset_cartography.experiment.plan import Plan
from dataset_cartography.log import write_atomically
from dataset_cartography.selection import write_ids

SCORES, OUTPUT, COMMAND = "scores.parquet", "output.txt", "command.txt"
_USER_ERROR = 2
ALONE = "CARTOGRAPHY_CELL_OF"
"""Environment variable that tells a training that it is a cell: it ends when its standard input is closed."""


class CellFolder:
    """Where a cell's training runs, and where its result is.

    The training runs in a folder of a passing name, which gets the cell's name when all of it is there: a folder of
    that name is a finished cell, whoever was killed.

    Args:
        plan: The experiment.
        cell: The training.
        root: The folder of all cells.
    """

    def __init__(self, plan: Plan, cell: Cell, root: Path) -> None:
        self.plan = plan
        self.cell = cell
        self.path = root / cell.name
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    @property
    def finished(self) -> bool:
        """Whether its result is there."""
        return (self.path / RESULT).is_file()

    @property
    def _failed(self) -> Path:
        """The output of a training that failed."""
        return self.path.with_name(f"{self.cell.name}.failed.txt")

    def result(self) -> dict[str, Any]:
        """What came of it: `cell`, `arm`, `fraction`, `seed`, `examples`, `steps`, `seconds`, and `eval`, `ood`."""
        return dict(json.loads((self.path / RESULT).read_text(encoding="utf-8")))

    def flags(self, folder: Path, steps: int | None) -> list[str]:
        """run.py's flags.

        Args:
            folder: Where the training runs.
            steps: Optimizer steps to make; None for as many as the plan's flags say.
        """
        plan, cell = self.plan, self.cell
        flags = ["--do_train", "--do_eval", "--task", plan.task]
        flags += [
            "--dataset",
            cell.dataset or plan.dataset,
            "--train_split",
            "train" if cell.dataset else plan.split,
        ]
        flags += ["--train_ids", str(folder / "ids.json")]
        for name, evaluated in plan.evaluations.items():
            flags += [f"--{name}_dataset", evaluated["dataset"], f"--{name}_split", evaluated["split"]]
        flags += ["--output_dir", str(folder / "model"), "--seed", str(cell.seed)]
        flags += ["--save_strategy", "no", "--report_to", "none", "--disable_tqdm", "true", *plan.training]
        return flags if steps is None else [*flags, "--max_steps", str(steps)]

    def run(self, steps: int | None, threads: int) -> dict[str, Any]:
        """Train, evaluate, and keep the result; the same as `result`.

        Raises:
            InputError: run.py refused what it was asked; its own sentence.
            CartographyError: The training failed; the sentence says where its output is.
        """
        folder = self.path.with_name(f".{self.cell.name}.{uuid.uuid4().hex[:8]}")
        folder.mkdir(parents=True)
        try:
            write_ids(list(self.cell.ids), folder / "ids.json")
            flags = self.flags(folder, steps)
            own = [word.replace(str(folder), str(self.path)) for word in flags]
            (folder / COMMAND).write_text(shlex.join(["python", "run.py", *own]) + "\n", encoding="utf-8")
            with (folder / OUTPUT).open("w", encoding="utf-8") as output:
                code = self._train(flags, output, threads)
            if code:
                self._fail(folder, code)
            result = self._collect(folder)
            write_atomically(
                folder / RESULT, lambda to: to.write_text(json.dumps(result) + "\n", encoding="utf-8")
            )
            shutil.rmtree(folder / "model")
            self._keep(folder)
            self._failed.unlink(missing_ok=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return self.result()

    def _keep(self, folder: Path) -> None:
        try:
            folder.rename(self.path)
        except OSError:
            if not self.finished:  # by another part, which needed it too
                raise

    def stop(self) -> None:
        """End its training, if it is running."""
        self._stopped = True
        if self._process is not None:
            self._process.kill()

    def _train(self, flags: Sequence[str], output: Any, threads: int) -> int:
        environment = os.environ | {
            "OMP_NUM_THREADS": str(threads),
            "TOKENIZERS_PARALLELISM": "false",
            ALONE: "1",
        }
        command = [sys.executable, "-m", "dataset_cartography.cli.cell", *flags]
        # The pipe is closed when this process ends, however it ends, and the training with it.
        with subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, env=environment
        ) as self._process:
            try:
                if self._stopped:  # before there was a process to end
                    self._process.kill()
                return self._process.wait()
            except BaseException:
                self._process.kill()
                raise

    def _fail(self, folder: Path, code: int) -> None:
        if self._stopped:
            raise CartographyError(f"The training of the cell {self.cell.name} was stopped.")
        said = (folder / OUTPUT).read_text(encoding="utf-8", errors="replace")
        kept = self._failed
        kept.write_text(said, encoding="utf-8")
        lines = [line.strip() for line in said.splitlines() if line.strip()] or ["it said nothing"]
        # Libraries have last words of their own.
        sentences = [line for line in lines if line.startswith("error: ")]
        if code == _USER_ERROR and sentences:
            raise InputError(f"The cell {self.cell.name}: {sentences[-1].removeprefix('error: ')}")
        raise CartographyError(
            f"The training of the cell {self.cell.name} {_ended(code)} ({lines[-1][:200]}): its output is in '{kept}'. "
            "Finished cells are kept: the same command goes on."
        )

    def _collect(self, folder: Path) -> dict[str, Any]:
        model, cell = folder / "model", self.cell
        state = json.loads((model / "trainer_state.json").read_text(encoding="utf-8"))
        seconds = next(
            line["train_runtime"] for line in reversed(state["log_history"]) if "train_runtime" in line
        )
        tables, metrics = [], {}
        for name in self.plan.evaluations:
            told = json.loads((model / f"{name}_metrics.json").read_text(encoding="utf-8"))
            table = _scores(model / f"{name}_predictions.jsonl", name, MEASURES[self.plan.metric])
            # An evaluation need not report it, for it is a mean of what it says of its examples.
            metrics[name] = {self.plan.metric: 100 * float(pc.mean(table["score"]).as_py()), **told}
            tables.append(table)
        pq.write_table(pa.concat_tables(tables), folder / SCORES)
        return {
            "cell": cell.name,
            "arm": cell.arm,
            "fraction": cell.fraction,
            "seed": cell.seed,
            "examples": len(cell.ids),
            "steps": state["global_step"],
            "seconds": round(float(seconds), 1),
            **metrics,
        }


def discard_unfinished(root: Path) -> None:
    """Remove what trainings left that were killed."""
    for folder in root.glob(".*-seed*"):
        shutil.rmtree(folder, ignore_errors=True)


def _ended(code: int) -> str:
    """How a process ended; a negative code is the signal that killed it, as of a machine out of memory."""
    return f"ended with exit code {code}" if code >= 0 else f"was killed by signal {-code}"


def _scores(path: Path, evaluation: str, measure: Measure) -> pa.Table:
    """A row per evaluated example: its id, and its score from 0 to 1."""
    with path.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return pa.table(
        {
            "evaluation": pa.array([evaluation] * len(rows)),
            "id": pa.array([str(row["id"]) for row in rows]),
            "score": pa.array(measure.scores(rows), pa.float64()),
        }
    )
