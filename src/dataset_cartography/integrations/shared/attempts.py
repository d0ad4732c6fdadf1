"""Beginning a log, or going on with one: what is checked before the first step."""

from pathlib import Path

import numpy as np

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.shared.examples import Examples
from dataset_cartography.integrations.shared.interventions import refuse_others
from dataset_cartography.log import Attempt, LogPaths, LogReader, LogWriter, Manifest, refuse_recorded


def check_attempt(
    root: Path, manifest: Manifest, source: Examples, *, start_over: bool, finds_place: bool = False
) -> None:
    """See that an attempt can be recorded, and change nothing.

    Args:
        root: The cartography directory.
        manifest: What is about to be recorded, with the attempt that does.
        source: The examples.
        start_over: Whether a beginning may void what the directory holds.
        finds_place: Whether what trains finds its place in any pass again, though their lengths are not known.

    Raises:
        InputError: The directory holds a log that this run cannot go on with.
        OutputExistsError: It holds a run, and this one begins unasked.
    """
    now = manifest.attempt
    recorded = LogPaths(root).manifest.is_file()
    if not now.from_step and not (start_over and recorded):
        refuse_recorded(root)
    elif recorded:
        log = LogReader(root)
        _check_same_run(log, manifest, source)
        if now.from_step and manifest.mode != "evaluation":  # which has no steps of its own
            _check_steps(log, now, finds_place=finds_place)
    elif manifest.mode != "evaluation":  # a split that earlier attempts did not record can be added
        raise InputError(
            f"Cannot go on recording: '{root}' holds no log of the run that is resumed. Give the directory "
            "it was recorded into, or begin again without --resume_from_checkpoint."
        )


def begin_attempt(root: Path, manifest: Manifest, source: Examples, *, start_over: bool) -> Manifest:
    """Begin a log in a directory, or the next attempt of the one that it holds; `check_attempt` came before.

    Returns:
        The manifest as it stands on disk.

    Raises:
        OutputNotWritableError: It cannot be written to.
    """
    now = manifest.attempt
    recorded = LogPaths(root).manifest.is_file()
    if not recorded or not (now.from_step or start_over):
        return LogWriter.create(root, manifest, source.ids, source.facts).manifest
    writer = LogWriter(root, Manifest.read(root))
    writer.begin_attempt(now)
    return writer.manifest


def gaps(log: LogReader, from_step: int) -> dict[int, str]:
    """Passes not closed yet of which steps before `from_step` left no rows, and which.

    That is so where a checkpoint does not belong to the attempt recorded last, or rows could not be recorded.
    """
    steps_per_epoch = log.manifest.attempt.steps_per_epoch
    if log.manifest.in_passes_of_its_own:
        return {}
    closed = {epoch.number: epoch.global_step for epoch in log.manifest.epochs}
    if steps_per_epoch:
        passes = range(1, -(-from_step // steps_per_epoch) + 1)
        expected = {
            number: (
                (number - 1) * steps_per_epoch,
                min(number * steps_per_epoch, from_step),
            )
            for number in passes
            if number not in closed
        }
    else:  # the pass after the last that was closed
        expected = {max(closed, default=0) + 1: (max(closed.values(), default=0), from_step)}
    found = {}
    for number, steps in expected.items():
        missing = np.setdiff1d(np.arange(*steps), log.steps(number))
        if len(missing):
            found[number] = f"nothing was recorded of {len(missing)} of its steps (from step {missing[0]})"
    return found


def _check_same_run(log: LogReader, manifest: Manifest, source: Examples) -> None:
    root, there = log.paths.root, log.manifest
    if there.task != manifest.task:
        raise InputError(
            f"'{root}' was recorded for the task '{there.task}', but this run trains '{manifest.task}': resume with "
            "the same --task, or record into a new directory."
        )
    if there.mode != manifest.mode:
        raise InputError(
            f"'{root}' was recorded with mode '{there.mode}'; resume it with that mode, "
            "since modes are never mixed in one map."
        )
    refuse_others(there.provenance, manifest.provenance, str(root))
    if (there.examples is None) != (source.ids is None):
        was, now = ("a stream", "a dataset") if there.examples is None else ("a dataset", "a stream")
        raise InputError(
            f"'{root}' was recorded on {was}, but this run trains on {now}: record into a new directory."
        )
    if there.options.get("tokens", False) != manifest.options.get("tokens", False):
        was, now = (
            ("token by token", "as a whole")
            if there.options.get("tokens")
            else ("as a whole", "token by token")
        )
        raise InputError(
            f"'{root}' holds its sequences {was}, and this run records them {now}: resume with the same tokens "
            "(run.py: --cartography_tokens), or record into a new directory."
        )
    if source.ids is None:
        return
    if not np.array_equal(log.ids, source.ids):
        ordered = len(log.ids) == len(source.ids) and set(log.ids) == set(source.ids)
        what = "the same examples in another order" if ordered else "other examples"
        data = (
            "--eval_dataset"
            if manifest.mode == "evaluation"
            else "--dataset, --train_ids and --max_train_samples"
        )
        raise InputError(
            f"'{root}' was recorded on {what} ({len(log.ids)} there, {len(source.ids)} now): "
            f"resume with the same {data}, or record into a new directory."
        )
    if there.schema.windowed and not np.array_equal(log.facts("windows"), source.facts["windows"]):
        raise InputError(
            f"'{root}' was recorded on the same examples cut into other windows "
            f"({log.facts('windows').sum()} there, {source.facts['windows'].sum()} now): resume with the same "
            "--max_length and --doc_stride, or record into a new directory."
        )
    targets = [log.options.get("targets") for log in (there, manifest)]
    if None not in targets and targets[0] != targets[1]:
        raise InputError(
            f"'{root}' was recorded with other labels or answers than this run trains on: one map cannot hold both. "
            "Resume with the same data, or record into a new directory."
        )


def _check_steps(log: LogReader, now: Attempt, *, finds_place: bool) -> None:
    root, before = log.paths.root, log.manifest.attempt
    lengths = before.steps_per_epoch, now.steps_per_epoch
    if None not in lengths and lengths[0] != lengths[1]:
        raise InputError(
            f"'{root}' was recorded with {lengths[0]} optimizer steps an epoch, and this run makes {lengths[1]}, so "
            "that Trainer would resume in another epoch: keep processes × batch size × gradient accumulation as they "
            "were, or record into a new directory."
        )
    sizes = before.step_size, now.step_size
    in_mid_epoch = now.steps_per_epoch is None or now.from_step % now.steps_per_epoch
    if in_mid_epoch and None not in sizes and sizes[0] != sizes[1]:
        raise InputError(
            f"'{root}' was recorded with {sizes[0]} rows in an optimizer step, and this run takes {sizes[1]}, so that "
            "the epoch that is resumed would leave out rows or repeat them: keep processes × batch size × gradient "
            "accumulation as they were, or record into a new directory."
        )
    from_step = now.from_step
    unknown = now.steps_per_epoch is None and not finds_place
    if unknown and any((log.steps(number) < from_step).any() for number in _later_passes(log)):
        raise InputError(
            f"Cannot resume at step {from_step}: it lies beyond the first pass over a stream without a length, whose "
            "place Trainer cannot find again (it would begin the stream anew in mid-pass). Begin again in a new "
            "directory, or give the stream a __len__."
        )


def _later_passes(log: LogReader) -> list[int]:
    folders = log.paths.dynamics.glob("epoch=*")
    return sorted(number for folder in folders if (number := int(folder.name.removeprefix("epoch="))) > 1)
