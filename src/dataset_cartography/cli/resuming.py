"""Which checkpoint `run.py` goes on from, and what becomes of a log and of checkpoints that are there already."""

import logging
from pathlib import Path

from transformers import TrainingArguments

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.transformers.checkpoints import (
    newest_complete,
    steps_of,
    why_another_run,
    why_incomplete,
)
from dataset_cartography.log import LogPaths, Manifest

logger = logging.getLogger(__name__)


def find_checkpoint(training: TrainingArguments, root: Path | None) -> tuple[str | None, bool]:
    """The checkpoint to go on from, and whether to start over for want of one.

    It is a folder that was given, or for `last` (or `True`, Trainer's own word) the newest that is complete and
    not another recorded run's.

    Args:
        training: With `resume_from_checkpoint`, `output_dir` and what is to be done.
        root: The cartography directory; None if nothing is recorded.

    Raises:
        InputError: The folder that was given is none, incomplete, or another run's; starting over would void a
            finished map; or nothing is trained.
    """
    asked: str | None = training.resume_from_checkpoint
    if asked is None or asked.lower() == "false":
        if training.do_train and training.process_index == 0:
            _warn_of_an_earlier_run(Path(training.output_dir))
        return None, False
    if not training.do_train:
        raise InputError(
            "--resume_from_checkpoint goes on with a training, and without --do_train there is none: give --do_train, "
            "or evaluate a checkpoint by giving its folder to --model."
        )
    manifest = Manifest.read(root) if root is not None and LogPaths(root).manifest.is_file() else None
    run = (manifest.run or None) if manifest is not None else None
    if asked.lower() not in ("last", "true"):
        return _given(asked, run, root), False
    newest, skipped = newest_complete(Path(training.output_dir), run)
    if newest is None and root is not None:
        _refuse_finished(root, training.output_dir)
    if training.process_index == 0:
        for checkpoint in skipped:
            print(f"Skipped the checkpoint '{checkpoint.path}': {checkpoint.reason}")
        if newest is None:
            which = "usable checkpoint" if skipped else "checkpoint"
            epochs = len(manifest.epochs) if manifest is not None else 0
            lost = f", which voids {epochs} recorded epoch{'s' * (epochs > 1)} in '{root}'" if epochs else ""
            print(f"No {which} in '{training.output_dir}': starting over from the beginning{lost}")
        else:
            print(f"Resuming from '{newest}'")
    return (None, True) if newest is None else (str(newest), False)


def _given(asked: str, run: str | None, root: Path | None) -> str:
    folder = Path(asked)
    if not folder.is_dir():
        raise InputError(
            f"Cannot resume: no checkpoint folder '{asked}'. Without --resume_from_checkpoint a new run is begun."
        )
    if reason := why_incomplete(folder):
        raise InputError(
            f"Cannot resume: the checkpoint '{asked}' is not whole: {reason}. Give an earlier one to "
            "--resume_from_checkpoint, or last for the newest that is whole."
        )
    if why_another_run(folder, run):
        raise InputError(
            f"Cannot resume: the checkpoint '{asked}' was made by another recorded run than that in '{root}'. Give "
            "the run's own --cartography_output_dir, or last for its newest checkpoint."
        )
    return asked


def _refuse_finished(root: Path, output_dir: str) -> None:
    """Refuse to void a map that is there, for want of a checkpoint to go on from."""
    found = next((path for path in LogPaths(root).maps if path.exists()), None)
    if found is not None:
        raise InputError(
            f"Cannot resume: '{output_dir}' holds no checkpoint to go on from, and starting over would void the run "
            f"in '{root}', whose map is made ('{found.name}'). Give the --output_dir that holds its checkpoints, or a "
            "new --cartography_output_dir, or delete the directory."
        )


def _warn_of_an_earlier_run(output_dir: Path) -> None:
    if folders := list(steps_of(output_dir).values()):
        more = f" and {len(folders) - 1} more" if len(folders) > 1 else ""
        logger.warning(
            "'%s' holds checkpoints of an earlier run (%s%s), which this one may overwrite and mixes with: give "
            "another --output_dir to keep them apart.",
            output_dir,
            folders[0].name,
            more,
        )
