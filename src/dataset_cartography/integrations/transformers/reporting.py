"""The map so far, sent where the user's Trainer reports already (`report_to`): TensorBoard, W&B, MLflow.

`Trainer.log` would do it too, but it writes into `state.log_history` and fires an event that others hear. So the
integrations' own writers are used, and only those that the Trainer has made: no run is ever started here.
"""

import contextlib
import logging
import math
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import numpy as np
import pandas as pd
from transformers import Trainer
from transformers.integrations import MLflowCallback, TensorBoardCallback, WandbCallback

from dataset_cartography.datamap import compute_metrics
from dataset_cartography.errors import InputError
from dataset_cartography.formats.contract import JSON_LIMIT
from dataset_cartography.log import LogReader
from dataset_cartography.regions import assign_categories, summarize_regions

if TYPE_CHECKING:
    from PIL.Image import Image

    # Scalars by name, pictures by name, and the optimizer step they belong to.
    Send = Callable[[dict[str, float], dict[str, Image], int], None]

logger = logging.getLogger(__name__)

_METRICS = ("confidence", "variability", "correctness")  # all that regions and picture show
_DPI = 100
_complained: WeakSet[Trainer] = WeakSet()  # a tracker that is down is down in every epoch: once is enough


def report_map(trainer: Trainer, root: Path, *, name: str = "cartography") -> None:
    """Send the map so far to the trackers that the trainer reports to, at the current optimizer step.

    Sent are, under `name/`: `easy`, `ambiguous`, `hard` and `uncategorized` (numbers of examples), `easy_share`,
    `ambiguous_share` and `hard_share` (of the examples that have a category, 0 to 1), `mean_confidence` and
    `mean_variability`, and the picture `map`. A value that is unknown is left out. Call it on the main process,
    during training, when an epoch's rows are on disk. Nothing is computed without a tracker, nor for more than
    `JSON_LIMIT` examples, which is logged. It never raises: the first failure of a run is logged as a warning,
    others for debugging only.

    Args:
        trainer: The trainer, in training; neither its state nor a random state is changed.
        root: The cartography directory.
        name: What stands before the names of all values.
    """
    with _going_on(trainer, "report the map"), _random_states_kept():
        services = list(_services(trainer)) if trainer.is_world_process_zero() else []
        if not services:
            return
        if LogReader(root).is_larger_than(JSON_LIMIT):
            raise InputError(
                f"the run has more than {JSON_LIMIT:,} examples, whose map would hold up the training and take "
                f"its memory; `datamap metrics {root}` makes it"
            )
        df = assign_categories(compute_metrics(root, metrics=_METRICS))
        values = {f"{name}/{key}": value for key, value in _values(df).items() if math.isfinite(value)}
        pictures = {}
        with _going_on(trainer, "draw the map for the trackers"):
            pictures[f"{name}/map"] = _picture(df)
        for service, send in services:
            with _going_on(trainer, f"report the map to {service}"):
                send(values, pictures, trainer.state.global_step)


def _services(trainer: Trainer) -> "Iterator[tuple[str, Send]]":
    """The trackers that are open now, each with the function that sends to it."""
    for callback in trainer.callback_handler.callbacks:
        if isinstance(callback, TensorBoardCallback):
            if callback.tb_writer is not None:
                yield "TensorBoard", _to_tensorboard(callback.tb_writer)
        elif isinstance(callback, WandbCallback):
            wandb = callback._wandb
            run = wandb.run if wandb is not None else None
            if run is not None and not getattr(run, "disabled", False):
                yield "Weights & Biases", _to_wandb(wandb)
        elif isinstance(callback, MLflowCallback):
            mlflow = callback._ml_flow
            # Without an active run, MLflow would start one at the first value.
            run = mlflow.active_run() if callback._initialized else None
            if run is not None:
                yield "MLflow", _to_mlflow(mlflow, waits=not callback._async_log)


def _to_tensorboard(writer: Any) -> "Send":
    def send(values: dict[str, float], pictures: "dict[str, Image]", step: int) -> None:
        for key, value in values.items():
            writer.add_scalar(key, value, step)
        for key, picture in pictures.items():
            writer.add_image(key, np.asarray(picture), step, dataformats="HWC")
        writer.flush()

    return send


def _to_wandb(wandb: Any) -> "Send":
    def send(values: dict[str, float], pictures: "dict[str, Image]", step: int) -> None:
        images = {key: wandb.Image(picture) for key, picture in pictures.items()}
        # W&B's own step is left to count rows, as Trainer leaves it: a row behind it would be dropped.
        wandb.log({**values, **images, "train/global_step": step})

    return send


def _to_mlflow(mlflow: Any, *, waits: bool) -> "Send":
    def send(values: dict[str, float], pictures: "dict[str, Image]", step: int) -> None:
        # Old versions of MLflow do not know the argument; new ones need not hold up the training.
        mlflow.log_metrics(values, step=step, **({} if waits else {"synchronous": False}))
        for key, picture in pictures.items():
            mlflow.log_image(picture, key=key, step=step, synchronous=waits)

    return send


def _values(df: pd.DataFrame) -> dict[str, float]:
    """A categorized map in numbers; NaN where unknown."""
    summary = summarize_regions(df)
    counts = {region.category: region.count for region in summary.regions}
    shares = {f"{region.category}_share": region.share for region in summary.regions}
    means = {f"mean_{axis}": float(df[axis].mean()) for axis in ("confidence", "variability")}
    return {**counts, "uncategorized": summary.uncategorized, **shares, **means}


def _picture(df: pd.DataFrame) -> "Image":
    """The picture that `datamap plot` would write."""
    from dataset_cartography.plotting import plot_data_map, save_figure

    figure = plot_data_map(df).figure
    from PIL import Image  # comes with matplotlib, whose absence the line above explains

    with tempfile.TemporaryDirectory() as folder:
        path = save_figure(figure, Path(folder) / "map.png", dpi=_DPI)
        with Image.open(path) as file:
            return file.convert("RGB")


@contextlib.contextmanager
def _going_on(trainer: Trainer, what: str) -> Iterator[None]:
    """Nothing that a tracker does may stop the training."""
    try:
        yield
    except Exception as error:  # noqa: BLE001
        first = trainer not in _complained
        _complained.add(trainer)
        logger.log(
            logging.WARNING if first else logging.DEBUG,
            "Could not %s (%s: %s). Training and recording go on; further failures to report are not mentioned.",
            what,
            type(error).__name__,
            error,
        )


@contextlib.contextmanager
def _random_states_kept() -> Iterator[None]:
    """Clients that retry draw their waiting times from the random state that the user has seeded."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002
