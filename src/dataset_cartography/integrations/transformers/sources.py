"""What a trainer's data is for: telling the task, and choosing what knows about it."""

import logging
from collections.abc import Callable
from typing import Any, Protocol

import numpy.typing as npt
from accelerate.utils import extract_model_from_parallel
from transformers import Trainer

from dataset_cartography.errors import InputError
from dataset_cartography.integrations.shared.examples import Examples, Signals
from dataset_cartography.integrations.transformers.examples import (
    TRAINING,
    StreamKeys,
    is_stream,
    known_columns,
)
from dataset_cartography.integrations.transformers.labels import LabelledRows, LabelledStream, LabelSignals
from dataset_cartography.integrations.transformers.preferences import PreferenceSignals, is_preference_trainer
from dataset_cartography.integrations.transformers.questions import (
    CarriedFeatures,
    QuestionAnsweringRows,
    QuestionAnsweringStream,
)
from dataset_cartography.integrations.transformers.sequences import (
    SequenceSignals,
    sequence_rows,
)
from dataset_cartography.integrations.transformers.units import (
    UnitSignals,
    WordFeatures,
    has_label_matrix,
    unit_rows,
)
from dataset_cartography.integrations.transformers.values import ValueSignals, value_rows
from dataset_cartography.schema import (
    CAUSAL_LM,
    CLASSIFICATION,
    MULTI_LABEL,
    MULTIPLE_CHOICE,
    NLI,
    PREFERENCE,
    QUESTION_ANSWERING,
    REGRESSION,
    SCHEMAS,
    SEQ2SEQ,
    TOKEN_CLASSIFICATION,
    TaskSchema,
)
from dataset_cartography.signals.question_answering import MAX_ANSWER_LENGTH

logger = logging.getLogger(__name__)

Array = npt.NDArray[Any]

HEADS = {
    "ForQuestionAnswering": QUESTION_ANSWERING,
    "ForMultipleChoice": MULTIPLE_CHOICE,
    "ForSequenceClassification": CLASSIFICATION,
    "ForTokenClassification": TOKEN_CLASSIFICATION,
    "ForCausalLM": CAUSAL_LM,
    "LMHeadModel": CAUSAL_LM,
    "ForConditionalGeneration": SEQ2SEQ,
    "MTModel": SEQ2SEQ,
}
"""How transformers ends the names of a task's models."""

NOT_YET = ("ForMaskedLM",)


class Source(Examples, Protocol):
    """The examples of a trainer's dataset, and how signals of them are taken.

    Attributes:
        row_ids: Shape (rows,), the id of each row's example; None for a stream.
        id_column: The column of ids, if the user named one.
        carried: What travels with a batch, from row numbers or, of a stream, features; can be pickled.
    """

    @property
    def row_ids(self) -> Array | None: ...  # noqa: D102
    @property
    def id_column(self) -> str | None: ...  # noqa: D102
    @property
    def carried(self) -> Callable[[Any], dict[str, Any]]: ...  # noqa: D102


def source_of(
    trainer: Trainer,
    dataset: Any,
    schema: TaskSchema,
    id_column: str | None,
    where: str = TRAINING,
    *,
    tokens: bool = False,
) -> Source:
    """What knows about a dataset's examples.

    Args:
        trainer: The trainer.
        dataset: Its training or evaluation dataset.
        schema: The task's.
        id_column: The column of ids, if the user named one.
        where: What the dataset is, for messages.
        tokens: Of sequences, whether every target token is a row.

    Raises:
        InputError: It is no dataset that can be recorded, or the task has no target tokens.
        MissingColumnError: It has no id column.
    """
    if tokens and schema.pieces != "tokens":
        raise InputError(
            f"tokens=True records every target token of a sequence (causal-lm, seq2seq), of which the task "
            f"'{schema.task}' has none: leave it out."
        )
    if schema.windowed:
        # What counts as correct is what the trainer's own evaluation can decode.
        longest = getattr(trainer, "max_answer_length", MAX_ANSWER_LENGTH)
        if is_stream(dataset):
            return QuestionAnsweringStream(CarriedFeatures(_stream_keys(trainer, id_column)), longest)
        return QuestionAnsweringRows.of(dataset, id_column, longest, where)
    signals = _signals_of(trainer, schema, tokens=tokens)
    if is_stream(dataset):
        keys = _stream_keys(trainer, id_column)
        return LabelledStream(signals, WordFeatures(keys) if schema is TOKEN_CLASSIFICATION else keys)
    if isinstance(signals, UnitSignals):
        return unit_rows(signals, dataset, id_column, where)
    if isinstance(signals, ValueSignals):
        return value_rows(signals, dataset, id_column, where)
    if isinstance(signals, SequenceSignals):
        return sequence_rows(
            signals, dataset, id_column, where, packs=getattr(trainer.args, "packing", False)
        )
    return LabelledRows.of(signals, dataset, id_column, where)


def _signals_of(trainer: Trainer, schema: TaskSchema, *, tokens: bool = False) -> Signals:
    """How signals are taken of a task whose features are an example each."""
    if schema is PREFERENCE:
        return PreferenceSignals(trainer)
    config = getattr(trainer.model, "config", None)
    spans = ("start_positions", "end_positions")
    names = [name for name in trainer.label_names or () if name not in spans]
    if schema is REGRESSION:
        # As the configuration of a model of `run.py` tells how its targets were standardised.
        mean, scale = getattr(config, "target_mean", 0.0), getattr(config, "target_scale", 1.0)
        return ValueSignals(names, mean, scale)
    if schema.pieces == "tokens":
        text = getattr(config, "get_text_config", lambda: config)()
        return SequenceSignals(schema, names, getattr(text, "vocab_size", None), tokens=tokens)
    if schema.pieces == "units":
        return UnitSignals(schema, names, getattr(config, "num_labels", None))
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
    if is_preference_trainer(trainer):
        return _told(PREFERENCE, f"the trainer is a {type(trainer).__name__}")
    # The head's name lies within what compiles the model, and within an adapter's wrapper.
    model = extract_model_from_parallel(trainer.model)
    if hasattr(model, "get_base_model"):
        model = model.get_base_model()
    columns = known_columns(trainer.train_dataset)
    matrix = has_label_matrix(trainer.train_dataset)
    schema, why = _by_head(model, columns, matrix) or _by_columns(model, columns, matrix)
    return _told(schema, why)


def _told(schema: TaskSchema, why: str) -> TaskSchema:
    logger.info("Recording task '%s': %s. Give task=… if it is another.", schema.task, why)
    return schema


def _by_head(model: Any, columns: set[str], matrix: bool) -> tuple[TaskSchema, str] | None:
    name = type(model).__name__
    for ending, schema in HEADS.items():
        if not name.endswith(ending):
            continue
        config = getattr(model, "config", None)
        problem = getattr(config, "problem_type", None)
        if schema is SEQ2SEQ and not getattr(config, "is_encoder_decoder", True):
            return CAUSAL_LM, f"the model is {name}, a decoder"
        if schema is CLASSIFICATION:
            if problem == "multi_label_classification":
                return MULTI_LABEL, f"the model is {name}, with problem_type {problem!r}"
            outputs = getattr(config, "num_labels", 2)
            if problem == "regression" or (problem is None and outputs == 1):
                why = f"the model is {name}, with problem_type {problem!r} and {outputs} labels"
                return REGRESSION, why
            if problem is None and matrix:
                return MULTI_LABEL, f"the model is {name}, and the labels are lists of numbers"
            if {"premise", "hypothesis"} <= columns:
                return NLI, f"the model is {name}, and the data has a premise and a hypothesis"
        return schema, f"the model is {name}"
    if name.endswith(NOT_YET):
        raise InputError(
            f"track does not record what {name} is trained for yet; it records {', '.join(SCHEMAS)}."
        )
    return None


def _by_columns(model: Any, columns: set[str], matrix: bool) -> tuple[TaskSchema, str]:
    if {"start_positions", "end_positions"} <= columns:
        return QUESTION_ANSWERING, "the training dataset has start_positions and end_positions"
    if matrix:
        return MULTI_LABEL, "the training dataset's labels are lists of numbers"
    if {"premise", "hypothesis"} <= columns and columns & {"label", "labels"}:
        return NLI, "the training dataset has a premise, a hypothesis and labels"
    if columns & {"label", "labels"}:
        return CLASSIFICATION, "the training dataset has labels"
    raise InputError(
        f"track cannot tell what {type(model).__name__} is trained for: give it the task, one of "
        f"{', '.join(SCHEMAS)}."
    )
