"""The processes of a trainer's run."""

from transformers import Trainer

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.shared.processes import Processes


def processes_of(trainer: Trainer) -> Processes:
    """Those that train together with this one.

    Raises:
        InputError: They were started together, but each one's trainer trains alone: all would write the same files.
    """
    processes = Processes()
    if processes.count != trainer.args.world_size:
        raise InputError(
            f"{processes.count} processes were started together, but Trainer trains in each of them alone, and all "
            "would write the same files: on CPU, tell Trainer with --use_cpu (TrainingArguments(use_cpu=True))."
        )
    return processes
