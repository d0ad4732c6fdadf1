"""`from_checkpoints`: the dynamics of a run that was never tracked, from the checkpoints that it saved."""

import json
import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from transformers import Trainer

from dataset_cartography.errors import InputError, MissingFileError
from dataset_cartography.integrations.shared.exports import export_closed_epoch, export_whole_map
from dataset_cartography.integrations.shared.recording import Recording
from dataset_cartography.integrations.transformers.checkpoints import (
    STATE,
    Skipped,
    step_of,
    steps_of,
    why_unloadable,
)
from dataset_cartography.integrations.transformers.clean_pass import record_clean_pass
from dataset_cartography.integrations.transformers.exactness import stored_weights
from dataset_cartography.integrations.transformers.examples import is_stream
from dataset_cartography.integrations.transformers.processes import processes_of
from dataset_cartography.integrations.transformers.sources import schema_of, source_of
from dataset_cartography.integrations.transformers.tokens import keep_tokenizer
from dataset_cartography.integrations.transformers.track import describe_trainer
from dataset_cartography.log import Attempt, check_writable

logger = logging.getLogger(__name__)


def from_checkpoints(
    checkpoints: str | Path | Sequence[str | Path],
    trainer: Trainer,
    output_dir: str | Path,
    *,
    id_column: str | None = None,
    task: str | None = None,
    tokens: bool = False,
    provenance: Mapping[str, Any] | None = None,
) -> Path:
    """Record the dynamics of a run from its saved checkpoints: one clean pass over the training data with each.

    An epoch of the log is a checkpoint, numbered from 1 in the order of their steps. With a checkpoint saved at each
    epoch's end, the values are those that `track(…, mode="epoch_end")` would have recorded in the run. Nothing is
    trained; afterwards the trainer's model has the weights of the last checkpoint.

    Args:
        checkpoints: The folder that holds the run's `checkpoint-N` folders, or those to be used. A folder whose
            weights are missing or damaged is passed over with a warning.
        trainer: A trainer with the model and the training data of the run; with the same data, collator, precision
            and kind of model as then, and of preference pairs the same reference. A Trainer's checkpoints in any form
            that it can load: safetensors, in shards, adapters.
        output_dir: The cartography directory, new or empty.
        id_column: As in `track`.
        task: As in `track`.
        tokens: As in `track`.
        provenance: Further facts about the run that its map shall tell.

    Returns:
        The cartography directory.

    Raises:
        MissingFileError: There is no checkpoint with whole weights.
        InputError: Weights do not fit the trainer's model, or its data is a stream or none that can be recorded.
        OutputExistsError: The directory holds a run already.
        OutputNotWritableError: It cannot be written to.
    """
    root = Path(output_dir)
    if trainer.train_dataset is None or is_stream(trainer.train_dataset):
        raise InputError(
            "from_checkpoints goes through the training data once with each checkpoint: give it a trainer with a "
            "train_dataset that is no stream."
        )
    usable, skipped = usable_checkpoints(checkpoints)
    source = source_of(trainer, trainer.train_dataset, schema_of(trainer, task), id_column, tokens=tokens)
    processes = processes_of(trainer)
    recording = Recording(processes, source, root, "checkpoints", "stop")
    if processes.is_main:
        check_writable(root)
        for each in skipped:
            logger.warning("The checkpoint '%s' is passed over: %s.", each.path, each.reason)
    facts = {
        **describe_trainer(trainer),
        "checkpoints": [folder.name for folder in usable.values()],
        **(provenance or {}),
    }
    recording.prepare(Attempt(1, processes=processes.count), provenance=facts)
    recording.open()
    try:
        if tokens and processes.is_main:
            keep_tokenizer(trainer, root)
        for number, (step, folder) in enumerate(usable.items(), 1):
            _load(trainer, folder)
            recording.begin_epoch(number)
            record_clean_pass(trainer, recording, step)
            if recording.close_epoch(step, complete=True) and processes.is_main:
                export_closed_epoch(root, number)
    except BaseException:
        recording.abandon()
        raise
    recording.close()
    if processes.is_main:
        export_whole_map(root)
    return root


def usable_checkpoints(
    checkpoints: str | Path | Sequence[str | Path],
) -> tuple[dict[int, Path], list[Skipped]]:
    """The checkpoints whose weights can be loaded, by their steps, in order; and the others.

    Args:
        checkpoints: As `from_checkpoints` takes them.

    Raises:
        MissingFileError: There is none.
        InputError: One of them does not tell its step, or two have the same.
    """
    if isinstance(checkpoints, (str, Path)):
        where = f"'{checkpoints}'"
        steps = steps_of(Path(checkpoints))
        if not steps and (Path(checkpoints) / STATE).is_file():  # a checkpoint itself
            steps = _by_step([Path(checkpoints)])
    else:
        where = "what was given"
        steps = _by_step([Path(folder) for folder in checkpoints])
    reasons = {step: why_unloadable(folder) for step, folder in steps.items()}
    usable = {step: folder for step, folder in steps.items() if reasons[step] is None}
    skipped = [Skipped(folder, reason) for step, folder in steps.items() if (reason := reasons[step])]
    if not usable:
        faults = "; ".join(f"{each.path.name}: {each.reason}" for each in skipped)
        raise MissingFileError(
            f"No checkpoint in {where} has whole weights: looked for folders checkpoint-N, as Trainer saves them"
            f"{f' ({faults})' if faults else ''}. Save them with save_strategy='epoch' and without save_total_limit."
        )
    return usable, skipped


def _by_step(folders: Sequence[Path]) -> dict[int, Path]:
    found: dict[int, Path] = {}
    for folder in folders:
        named = folder.name.removeprefix("checkpoint-")
        told = (folder / STATE).is_file()
        step = int(named) if named.isdigit() else step_of(folder) if told else None
        if step is None:
            raise InputError(
                f"'{folder}' does not tell after how many steps it was saved: name it checkpoint-N, or keep its "
                "trainer_state.json."
            )
        if step in found:
            raise InputError(
                f"'{found[step]}' and '{folder}' were both saved after step {step}: give one of them."
            )
        found[step] = folder
    return dict(sorted(found.items()))


ADAPTER = "adapter_config.json"
_DECIDING = ("peft_type", "r", "lora_alpha", "use_rslora", "use_dora")


def _refuse_other_adapter(trainer: Trainer, folder: Path) -> None:
    """Refuse an adapter whose weights would load, and mean something else."""
    if not (folder / ADAPTER).is_file():
        return
    configs = getattr(trainer.model, "peft_config", None)
    if not configs:
        raise InputError(
            f"The checkpoint '{folder}' holds an adapter, and the trainer's model has none: give it one as the run "
            "did (peft's get_peft_model; run.py: --lora_r)."
        )
    then, now = json.loads((folder / ADAPTER).read_text()), next(iter(configs.values())).to_dict()
    for name in _DECIDING:
        if name in then and then[name] != now.get(name):
            raise InputError(
                f"The adapter of the checkpoint '{folder}' has {name} {then[name]}, and that of the trainer's model "
                f"{now.get(name)}: give it one as the run did."
            )


def _missing(model: Any, stored: set[str]) -> list[str]:
    """The model's weights that are not stored, except those that share their place with one, or never are."""
    state = model.state_dict()
    places = {state[name].data_ptr() for name in stored}
    left_out = set(getattr(model, "_keys_to_ignore_on_save", None) or ())
    patterns = getattr(model, "_keys_to_ignore_on_load_missing", None) or ()
    return [
        name
        for name, weights in state.items()
        if name not in stored | left_out
        and weights.numel()
        and weights.data_ptr() not in places
        and not any(re.search(pattern, name) for pattern in patterns)
    ]


def _load(trainer: Trainer, folder: Path) -> None:
    """Load a checkpoint's weights.

    Raises:
        InputError: They are of another model.
    """
    _refuse_other_adapter(trainer, folder)
    stored = stored_weights(folder)
    unknown = sorted(stored - trainer.model.state_dict().keys())
    try:
        if unknown:
            raise KeyError(f"it has no '{unknown[0]}'")
        if stored and (missing := _missing(trainer.model, stored)):  # which Trainer would leave as they are
            raise KeyError(f"its '{missing[0]}' is not among them")
        trainer._load_from_checkpoint(str(folder))
    except (RuntimeError, ValueError, KeyError) as error:
        if isinstance(error, InputError):
            raise
        # "Error(s) in loading state_dict for …:", then a line each.
        lines = str(error.args[0] if error.args else error).strip().splitlines() or [type(error).__name__]
        raise InputError(
            f"The weights of the checkpoint '{folder}' do not fit the trainer's {type(trainer.model).__name__}: "
            f"{lines[min(1, len(lines) - 1)].strip().rstrip('.')}. Give the trainer the kind of model that the run "
            "trained."
        ) from error
