"""How each set's models are trained, and what is compared; the training whose map chooses is like the others."""

import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from prepare import Files

from dataset_cartography.log import LogPaths

RUN = Path(__file__).resolve().parents[2] / "run.py"
SEED = 42  # of the training whose map chooses; the experiments have others
QUICK = ("--max_train_samples", "300", "--num_train_epochs", "2")
QUICK_SUSPECTS = 20
# The same everywhere: what saves time.
FAST = (
    *("--optim", "adamw_torch_fused"),
    *("--train_sampling_strategy", "group_by_length"),
    *("--per_device_eval_batch_size", "64"),
    "--use_cpu",
)


@dataclass(frozen=True)
class Recipe:
    """A set's training, and its experiment.

    Attributes:
        training: run.py's flags beside `FAST`.
        equal: What all trainings have in common: epochs or steps.
        seeds: How many.
        suspects: How many suspected errors are removed or corrected, in the place of the paper's subsets; 0 for none.
        shorter: Flags of the trainings that are compared, where they are not the recorded one's.
    """

    training: Sequence[str]
    equal: str
    seeds: int
    suspects: int = 0
    shorter: Sequence[str] = ()


def flags(name: str, *, bf16: bool) -> list[str]:
    """run.py's flags for a set's trainings, all of them."""
    return ["--model", "demo", *RECIPES[name].training, *FAST, *(["--bf16"] if bf16 else [])]


def train_map(name: str, files: Files, map_dir: Path, *, bf16: bool, quick: bool) -> float | None:
    """Record the training whose map chooses, unless it is there; the seconds it took.

    One that was cut short is recorded anew: nothing of its model is kept to go on with.
    """
    if LogPaths(map_dir).metrics_parquet.is_file():
        return None
    shutil.rmtree(map_dir, ignore_errors=True)
    begin = time.perf_counter()
    command = [sys.executable, str(RUN), "--do_train", "--dataset", str(files.train), "--seed", str(SEED)]
    command += [*flags(name, bf16=bf16), *(QUICK if quick else ())]
    command += ["--enable_cartography", "--cartography_output_dir", str(map_dir)]
    command += ["--output_dir", str(map_dir.with_name("model")), "--save_strategy", "no"]
    command += ["--report_to", "none", "--disable_tqdm", "true"]
    with map_dir.with_suffix(".txt").open("w", encoding="utf-8") as output:
        code = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False).returncode
    if code:
        raise SystemExit(f"The training whose map chooses ended with exit code {code}: see '{output.name}'.")
    shutil.rmtree(map_dir.with_name("model"))
    return time.perf_counter() - begin


def experiment_flags(
    name: str, files: Files, *, seeds: int | None, equal: str | None, bf16: bool, quick: bool
) -> list[str]:
    """`datamap experiment`'s options for a set; of the trainings' flags, those that the recorded one does not tell.

    Args:
        name: The set's.
        files: Its examples.
        seeds: How many, if not the recipe's number.
        equal: What the trainings have in common, if not what the recipe says.
        bf16: As of `flags`.
        quick: Whether it is a rehearsal.
    """
    recipe = RECIPES[name]
    words = ["--dataset", str(files.train), "--eval", str(files.evaluation)]
    if files.out_of_domain.is_file():
        words += ["--ood", str(files.out_of_domain)]
    words += ["--seeds", *map(str, range(seeds or recipe.seeds))]
    words += ["--equal", equal or recipe.equal]
    if recipe.suspects:
        words += ["--arms", "--without_errors", str(QUICK_SUSPECTS if quick else recipe.suspects)]
    return [*words, *recipe.shorter, *FAST, *(["--bf16"] if bf16 else [])]


RECIPES: dict[str, Recipe] = {
    # At equal steps every subset would cost as much as all: three times the hours.
    "squad": Recipe(
        training=(
            *("--task", "qa", "--max_length", "160", "--doc_stride", "48"),
            *("--num_train_epochs", "3", "--per_device_train_batch_size", "16", "--learning_rate", "3e-4"),
        ),
        equal="epochs",
        seeds=3,
    ),
    "snli": Recipe(
        training=(
            *("--task", "nli", "--max_length", "64"),
            *("--num_train_epochs", "3", "--per_device_train_batch_size", "16", "--learning_rate", "1.5e-4"),
        ),
        equal="epochs",
        seeds=3,
    ),
    # Recorded as `datamap demo` trains, which ranks wrong labels better than fewer or larger steps do; the twenty
    # trainings that are compared take two thirds of its time.
    "demo": Recipe(
        training=(
            *("--task", "qa", "--max_length", "128", "--doc_stride", "32"),
            *("--num_train_epochs", "4", "--per_device_train_batch_size", "8", "--learning_rate", "2e-4"),
        ),
        equal="steps",
        seeds=5,
        suspects=300,  # as many as are wrong: 36 are found wrong with a probability of one half
        shorter=("--num_train_epochs", "3", "--per_device_train_batch_size", "16", "--learning_rate", "3e-4"),
    ),
}
"""By the set's name."""
