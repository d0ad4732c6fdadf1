"""What an experiment was begun with: kept beside its results, so that it goes on as it began or not at all."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dataset_cartography.errors import InputError
from dataset_cartography.experiment.arms import Arm, Cell
from dataset_cartography.experiment.paths import CELLS, RESULT
from dataset_cartography.log import write_atomically

FORMAT_VERSION = 1
EQUAL = ("steps", "epochs")


@dataclass(frozen=True)
class Plan:
    """An experiment, before anything is trained.

    Attributes:
        task: As in run.py's `--task`.
        metric: What is compared, in percent; see `measures.measure_of`.
        map: The cartography directory whose map chooses.
        dataset: What is trained on, as run.py takes it.
        split: Its split.
        examples: How many can be trained on.
        evaluations: By name ("eval", "ood") the dataset and split that is evaluated.
        arms: Name, whether trained at every fraction, and control of each.
        fractions: Shares of the examples.
        seeds: Of training, and of what is drawn at random.
        equal: What the trainings have in common: "steps", or "epochs".
        training: run.py's other flags.
        threads: Of the processor, for each training.
        cells: Name of each training, and a digest of its examples.
        about: The selections in words: how suspects were chosen, say.
    """

    task: str
    metric: str
    map: str
    dataset: str
    split: str
    examples: int
    evaluations: Mapping[str, Mapping[str, str]]
    arms: Sequence[Mapping[str, Any]]
    fractions: Sequence[float]
    seeds: Sequence[int]
    equal: str
    training: Sequence[str]
    threads: int
    cells: Mapping[str, str]
    about: Mapping[str, Any] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION

    def to_json(self) -> dict[str, Any]:
        """As it stands in the file."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain


def describe_arms(arms: Sequence[Arm]) -> list[dict[str, Any]]:
    """What a plan says of its arms."""
    return [{"name": arm.name, "fractions": arm.fractions, "control": arm.control} for arm in arms]


def digest_cells(cells: Sequence[Cell]) -> dict[str, str]:
    """A digest of each cell's examples, their order left aside."""
    return {
        cell.name: hashlib.sha256(
            json.dumps(sorted(cell.ids, key=lambda id_: (str(type(id_)), id_))).encode()
        ).hexdigest()[:16]
        for cell in cells
    }


def settle_plan(plan: Plan, path: Path) -> dict[str, Any]:
    """Write the plan, or see that the experiment that is there was begun with the same.

    One that has no result yet is replaced: what was mistaken in it can be mended.

    Returns:
        The plan of the file.

    Raises:
        InputError: It was begun with another; the sentence says in what they differ.
    """
    now = plan.to_json()
    if not path.is_file() or not has_results(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        content = json.dumps(now, ensure_ascii=False, indent=1) + "\n"
        write_atomically(path, lambda to: to.write_text(content, encoding="utf-8"))
        return now
    before = read_plan(path)
    # Only a preference of the machine that began.
    now["threads"] = before.get("threads")
    differing = [name for name in now if now[name] != before.get(name)]
    if not differing:
        return before
    if differing == ["cells"] or differing == ["examples", "cells"]:
        raise InputError(
            f"The experiment in '{path.parent}' was begun with another map in '{plan.map}': its selections would be "
            "others now. Give another --output_dir."
        )
    told = ", ".join(
        f"{name} (was {_short(before.get(name))}, is {_short(now[name])})"
        for name in differing
        if name != "cells"
    )
    raise InputError(
        f"The experiment in '{path.parent}' was begun otherwise: {told}. Go on with it by the same command, or give "
        "another --output_dir."
    )


def has_results(directory: Path) -> bool:
    """Whether any cell of an experiment is finished."""
    return any(directory.glob(f"{CELLS}/*/{RESULT}"))


def read_plan(path: Path) -> dict[str, Any]:
    """Read a plan's file.

    Raises:
        InputError: It is damaged, or of a later version.
    """
    try:
        plan = json.loads(path.read_text(encoding="utf-8"))
        version = plan["format_version"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"'{path}' is not an experiment's plan: give another --output_dir.") from error
    if version != FORMAT_VERSION:
        raise InputError(
            f"'{path}' is an experiment of format {version}, and this version knows {FORMAT_VERSION}: give another "
            "--output_dir."
        )
    return dict(plan)


def _short(value: Any) -> str:
    text = (
        " ".join(value)
        if isinstance(value, list) and all(isinstance(each, str) for each in value)
        else json.dumps(value)
    )
    return text if len(text) <= 80 else f"{text[:79]}…"
