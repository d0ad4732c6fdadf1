"""What a trainer's data is for: telling the task, and choosing what knows about it."""

import logging
from collections.abc import Callable
from typing import Any, Protocol

import numpy.typing as npt
from accelerate.utils import extract_model_from_parallel
from torch import Tensor
from transformers import Trainer

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.transformers.examples import (
    TRAINING,
    StreamKeys,
    is_stream,
    known_columns,
)
from dataset_cartography.integrations.transformers.labels import LabelledRows, LabelledStream, LabelSignals
from dataset_cartography.integrations.transformers.questions import (
    CarriedFeatures,
    QuestionAnsweringRows,
    QuestionAnsweringStream,
)
from dataset_cartography.schema import (
    CLASSIFICATION,
    MULTIPLE_CHOICE,
    NLI,
    QUESTION_ANSWERING,
    SCHEMAS,
    TaskSchema,
)
from dataset_cartography.signals.question_answering import MAX_ANSWER_LENGTH

logger = logging.getLogger(__name__)

Array = npt.NDArray[Any]

HEADS = {
    "ForQuestionAnswering": QUESTION_ANSWERING,
    "ForMultipleChoice": MULTIPLE_CHOICE,
    "ForSequenceClassification": CLASSIFICATION,
}
"""How transformers ends the names of a task's models."""

NOT_YET = ("ForTokenClassification", "ForMaskedLM", "ForCausalLM", "LMHeadModel", "ForConditionalGeneration")


class Signals(Protocol):
    """How a task's signals are taken from a batch."""

    schema: TaskSchema

    def __call__(self, inputs: Any, outputs: Any, carried: Any) -> dict[str, Tensor]:
        """Tensors of shape (batch,), named as the schema's columns."""


class Source(Protocol):
    """The examples of a dataset, and how signals of them are taken.

    Attributes:
        signals: How signals are taken.
        ids: Shape (examples,); None for a stream.
        row_ids: Shape (rows,), the id of each row's example; None for a stream.
        id_column: The column of ids, if the user named one.
        facts: Further columns of `examples.parquet`.
        options: How signals are taken, for the manifest.
        carried: What travels with a batch, from row numbers or, of a stream, features; can be pickled.
    """

    @property
    def signals(self) -> Signals: ...  # noqa: D102
    @property
    def ids(self) -> Array | None: ...  # noqa: D102
    @property
    def row_ids(self) -> Array | None: ...  # noqa: D102
    @property
    def id_column(self) -> str | None: ...  # noqa: D102
    @property
    def facts(self) -> dict[str, Array]: ...  # noqa: D102
    @property
    def options(self) -> dict[str, Any]: ...  # noqa: D102
    @property
    def carried(self) -> Callable[[Any], dict[str, Any]]: ...  # noqa: D102

    def translate(self, columns: dict[str, Array]) -> dict[str, Array]:
        """Turn row numbers into examples (and windows), and what else only the dataset knows."""


def source_of(
    trainer: Trainer, dataset: Any, schema: TaskSchema, id_column: str | None, where: str = TRAINING
) -> Source:
    """What knows about a dataset's examples.

    Args:
        trainer: The trainer.
        dataset: Its training or evaluation dataset.
        schema: The task's.
        id_column: The column of ids, if the user named one.
        where: What the dataset is, for messages.

    Raises:
        InputError: It is no dataset that can be recorded.
        MissingColumnError: It has no id column.
    """
    if schema.windowed:
        # What counts as correct is what the trainer's own evaluation can decode.
        longest = getattr(trainer, "max_answer_length", MAX_ANSWER_LENGTH)
        if is_stream(dataset):
            return QuestionAnsweringStream(CarriedFeatures(_stream_keys(trainer, id_column)), longest)
        return QuestionAnsweringRows.of(dataset, id_column, longest, where)
    signals = _signals_of(trainer, schema)
    if is_stream(dataset):
        return LabelledStream(signals, _stream_keys(trainer, id_column))
    return LabelledRows.of(signals, dataset, id_column, where)


def _signals_of(trainer: Trainer, schema: TaskSchema) -> Signals:
    """How signals are taken of a task whose features are an example each."""
    config = getattr(trainer.model, "config", None)
    spans = ("start_positions", "end_positions")
    names = [name for name in trainer.label_names or () if name not in spans]
    return LabelSignals(schema, names, getattr(config, "num_labels", None))


def _stream_keys(trainer: Trainer, id_column: str | None) -> StreamKeys:
    several = trainer.args.world_size > 1
    dispatched = several and trainer.accelerator.dispatch_batches is not False
    return StreamKeys(id_column, carry_text=not dispatched)


def schema_of(trainer: Trainer, task: str | None) -> TaskSchema:
    """Tell what is trained, from the model's head or else the data's columns, and say so.

    Args:
        trainer: The trainer.
        task: What the user says it is.

    Raises:
        InputError: The task is unknown, cannot be told, or is not recorded yet.
    """
    if task is not None:
        if task not in SCHEMAS:
            raise InputError(f"There is no task '{task}'; track records {', '.join(SCHEMAS)}.")
        return SCHEMAS[task]
    # The head's name lies within what compiles the model, and within an adapter's wrapper.
    model = extract_model_from_parallel(trainer.model)
    if hasattr(model, "get_base_model"):
        model = model.get_base_model()
    columns = known_columns(trainer.train_dataset)
    schema, why = _by_head(model, columns) or _by_columns(model, columns)
    logger.info("Recording task '%s': %s. Give task=… if it is another.", schema.task, why)
    return schema


def _by_head(model: Any, columns: set[str]) -> tuple[TaskSchema, str] | None:
    name = type(model).__name__
    for ending, schema in HEADS.items():
        if not name.endswith(ending):
            continue
        config = getattr(model, "config", None)
        problem = getattr(config, "problem_type", None)
        if schema is CLASSIFICATION:
            if (
                problem in ("regression", "multi_label_classification")
                or getattr(config, "num_labels", 2) == 1
            ):
                kind = (
                    "multi-label classification" if problem == "multi_label_classification" else "regression"
                )
                raise InputError(
                    f"track does not record {kind} yet (the model is {name}, with problem_type {problem!r} and "
                    f"{getattr(config, 'num_labels', '?')} labels); it records {', '.join(SCHEMAS)}."
                )
            if {"premise", "hypothesis"} <= columns:
                return NLI, f"the model is {name}, and the data has a premise and a hypothesis"
        return schema, f"the model is {name}"
    if name.endswith(NOT_YET):
        raise InputError(
            f"track does not record what {name} is trained for yet; it records {', '.join(SCHEMAS)}."
        )
    return None


def _by_columns(model: Any, columns: set[str]) -> tuple[TaskSchema, str]:
    if {"start_positions", "end_positions"} <= columns:
        return QUESTION_ANSWERING, "the training dataset has start_positions and end_positions"
    if {"premise", "hypothesis"} <= columns and columns & {"label", "labels"}:
        return NLI, "the training dataset has a premise, a hypothesis and labels"
    if columns & {"label", "labels"}:
        return CLASSIFICATION, "the training dataset has labels"
    raise InputError(
        f"track cannot tell what {type(model).__name__} is trained for: give it the task, one of "
        f"{', '.join(SCHEMAS)}."
    )
