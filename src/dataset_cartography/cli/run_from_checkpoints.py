"""`run.py --from_checkpoints`: a map of a run that was not recorded, and no training."""

import json
from pathlib import Path

from dataset_cartography.cli.run_arguments import CartographyArguments, RunArguments, RunTrainingArguments
from dataset_cartography.errors import InputError
from dataset_cartography.integrations.transformers.from_checkpoints import ADAPTER, usable_checkpoints
from dataset_cartography.log import refuse_recorded
from dataset_cartography.schema import PREFERENCE
from dataset_cartography.tasks.dpo.task import REFERENCE

CONFIG = "config.json"


def check_from_checkpoints(
    arguments: RunArguments, cartography: CartographyArguments, training: RunTrainingArguments
) -> bool:
    """Whether a map is made of saved checkpoints; then, if none is given, the model is their own.

    Raises:
        InputError: Nothing is recorded, or it is trained too.
        MissingFileError: There are no checkpoints.
        OutputExistsError: The cartography directory holds a run.
    """
    given = cartography.from_checkpoints
    if given is None:
        return False
    if training.do_train:
        raise InputError(
            "--from_checkpoints records what a run saved that is over, and trains nothing: leave out --do_train."
        )
    if not cartography.enable_cartography:
        raise InputError("--from_checkpoints records a map: give --enable_cartography too.")
    if cartography.cartography_splits != ["train"]:
        raise InputError("--from_checkpoints records the training split: leave out --cartography_splits.")
    refuse_recorded(Path(cartography.cartography_output_dir))
    usable, _ = usable_checkpoints(given)
    _take_model_of(next(iter(usable.values())), arguments)
    return True


def _take_model_of(checkpoint: Path, arguments: RunArguments) -> None:
    """Where no model is given, it is the checkpoint's own; of an adapter the one below it, with an adapter alike."""
    default = RunArguments.__dataclass_fields__["model"].default
    adapter = checkpoint / ADAPTER
    if adapter.is_file():
        told = json.loads(adapter.read_text())
        arguments.lora_r = arguments.lora_r or told.get("r")
        if arguments.model == default:
            arguments.model = str(told.get("base_model_name_or_path") or default)
    elif arguments.model == default and (checkpoint / CONFIG).is_file():
        # Preference pairs are compared with the model that the run set out from, which none of the checkpoints is.
        told = json.loads((checkpoint / CONFIG).read_text()) if arguments.task == PREFERENCE.task else {}
        arguments.model = str(told.get(REFERENCE, checkpoint))
