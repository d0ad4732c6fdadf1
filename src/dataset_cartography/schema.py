"""What one recorded row holds, per task: the facts that signals, log and dynamics agree on.

A row is one presentation of one example in one epoch, or of one of its pieces: a window of a long text, a token or
label with a decision of its own (a unit), a part of a sequence of tokens. Rows are small numbers: log-probabilities,
never logits, never text, never ids.
"""

from dataclasses import dataclass, replace
from typing import Literal

SCHEMA_VERSION = 1
"""Written into every manifest; a reader refuses a log of another version."""


@dataclass(frozen=True)
class Column:
    """A column of the log.

    Attributes:
        name: Its name.
        dtype: Its NumPy dtype.
        meaning: What it says.
        resolution: Values are stored to the nearest multiple of it: what is only ever compared, or averaged,
            need not keep bits that no compression can shrink. 0 stores them as they are.
        sum_of: Columns whose sum it mostly is; where it is, nothing is stored, and readers add them up.
    """

    name: str
    dtype: str
    meaning: str
    resolution: float = 0.0
    sum_of: tuple[str, ...] = ()


FINE = 2.0**-17
"""Resolution of log-probabilities and logits that are only compared: an error of at most 4e-6."""


EXAMPLE = Column("example", "int32", "position of the example in examples.parquet")
STREAMED_EXAMPLE = Column(
    "example", "int64", "in a stream: the example's id if that is an integer, else a hash that `ids` resolves"
)
WINDOW = Column("window", "int16", "number of the window within its example, from 0")
UNIT = Column("unit", "int32", "number of the token, label or part of a sequence within its example, from 0")
ATTEMPT = Column("attempt", "int16", "number of the train() call, from 1")
RANK = Column("rank", "int16", "process that saw the row")
GLOBAL_STEP = Column(
    "global_step",
    "int32",
    "optimizer steps done before the forward pass; for a clean pass, before the epoch's last step",
)


Pieces = Literal["whole", "windows", "units", "tokens"]
"""What a row is: a whole example; a window of it; one of its decisions; a token, or several, of a sequence."""

Pooling = Literal["geometric", "min", "product", "mean"]
"""How the probabilities of an example's units or tokens make its own; see `dynamics.Reading`."""


@dataclass(frozen=True)
class TaskSchema:
    """The columns a task's rows carry.

    Attributes:
        task: Name as in `run.py --task`.
        pieces: What a row is.
        signals: What a forward pass says about a row, in log order.
        gold_probability: Words for an axis: what the gold probability of a row's piece is.
        correct: Words for an axis: when a row's piece counts as predicted correctly.
        prediction: Those of the signals that say what was predicted of an example as a whole; a map shows the last
            epoch's.
        unit: For people: what a unit is called.
        right: Of tasks with units or tokens: whether an example is right where "all" of them are, or counts by the
            "share" of them, if a reader does not say.
        pooling: Of tasks with units or tokens: how an example's gold probability is made of theirs, if a reader does
            not say.
    """

    task: str
    pieces: Pieces
    signals: tuple[Column, ...]
    gold_probability: str
    correct: str
    prediction: tuple[str, ...]
    unit: str = ""
    right: Literal["all", "share"] = "all"
    pooling: Pooling = "geometric"

    @property
    def windowed(self) -> bool:
        """Whether an example can be cut into several windows."""
        return self.pieces == "windows"

    @property
    def pooled(self) -> bool:
        """Whether an example is pooled from units or tokens when the log is read."""
        return self.pieces in ("units", "tokens")

    @property
    def piece(self) -> Column | None:
        """The column that numbers the pieces of an example; None where a row is a whole one."""
        return None if self.pieces == "whole" else WINDOW if self.windowed else UNIT

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns of a part file: keys first, then the signals."""
        piece = () if self.piece is None else (self.piece,)
        return (EXAMPLE, *piece, ATTEMPT, RANK, GLOBAL_STEP, *self.signals)


CLASSIFICATION = TaskSchema(
    task="classification",
    pieces="whole",
    signals=(
        Column("gold_logprob", "float32", "log P(gold label)"),
        Column("margin", "float32", "logit of the gold label minus the largest other logit"),
        Column("el2n", "float32", "L2 norm of softmax minus one-hot gold"),
        Column("correct", "bool", "whether the label with the largest logit is the gold one"),
        Column("prediction", "int32", "label with the largest logit"),
    ),
    gold_probability="P(gold label)",
    correct="largest logit is the gold label's",
    prediction=("prediction",),
)

NLI = replace(CLASSIFICATION, task="nli")
"""Natural language inference: a label for a pair of sentences."""

MULTIPLE_CHOICE = replace(
    CLASSIFICATION,
    task="multiple-choice",
    gold_probability="P(right choice)",
    correct="largest logit is the right choice's",
)
"""One of several choices, each read with the question: a label is a choice's position."""

QUESTION_ANSWERING = TaskSchema(
    task="qa",
    pieces="windows",
    signals=(
        Column("start_logprob", "float32", "log P(start = training target)"),
        Column("end_logprob", "float32", "log P(end = training target)"),
        Column(
            "gold_logprob",
            "float32",
            "log of P(start)·P(end) summed over the distinct gold spans; "
            "missing where it is start_logprob + end_logprob",
            sum_of=("start_logprob", "end_logprob"),
        ),
        Column("null_logprob", "float32", "log P(start = [CLS]) + log P(end = [CLS])"),
        Column(
            "start_lse",
            "float32",
            "log-sum-exp of the start logits: adds back what a softmax removes",
            2 * FINE,
        ),
        Column("end_lse", "float32", "log-sum-exp of the end logits", 2 * FINE),
        Column("prediction_logprob", "float32", "log P(start)·P(end) of the best decodable span", FINE),
        Column(
            "margin", "float32", "logit (start + end) of the best gold span minus the best other span", FINE
        ),
        Column(
            "prediction_start", "int32", "first character of the best decodable span, -1 if there is none"
        ),
        Column("prediction_end", "int32", "character after the best decodable span, -1 if there is none"),
        Column("has_answer", "bool", "whether the window holds a gold span"),
        Column("has_target", "bool", "whether the training target is a span of this window, not [CLS]"),
        Column("correct", "bool", "whether the best decodable span is a gold span"),
    ),
    gold_probability="P(start)·P(end) of the gold span",
    correct="the decoded span is exactly a gold span (positions)",
    prediction=("prediction_start", "prediction_end"),
)

PREFERENCE = TaskSchema(
    task="dpo",
    pieces="whole",
    signals=(
        Column("gold_logprob", "float32", "log P(chosen preferred over rejected) = log sigmoid(margin)"),
        Column(
            "margin", "float32", "β · (chosen_logratio - rejected_logratio), the implicit reward's margin"
        ),
        Column("chosen_logratio", "float32", "log P(chosen) of the policy minus that of the reference"),
        Column("rejected_logratio", "float32", "log P(rejected) of the policy minus that of the reference"),
        Column("correct", "bool", "whether the margin is positive"),
        Column("prediction", "int32", "which is preferred: 0 = chosen, 1 = rejected"),
    ),
    gold_probability="P(chosen preferred over rejected)",
    correct="the chosen answer's implicit reward is higher",
    prediction=("prediction",),
)
"""Pairs of a chosen and a rejected answer (direct preference optimisation, Rafailov et al. 2023)."""

REGRESSION = TaskSchema(
    task="regression",
    pieces="whole",
    signals=(
        Column("squared_error", "float32", "(prediction - target)², the mean over several outputs"),
        Column("target", "float32", "the target; missing where there are several outputs"),
        Column("prediction", "float32", "the predicted value; missing where there are several outputs"),
    ),
    gold_probability="2^-(error/h)²",
    correct="the error is at most {tolerance:g} σ",
    prediction=("prediction",),
)
"""A real-valued target; what its gold probability is, and why, says `dynamics.regression`."""

MULTI_LABEL = TaskSchema(
    task="multi-label",
    pieces="units",
    signals=(
        Column("gold_logprob", "float32", "log P(the unit's gold label)"),
        Column("margin", "float32", "logit of the gold label minus the largest other logit"),
        Column("correct", "bool", "whether the label with the largest logit is the gold one"),
        Column("prediction", "int32", "label with the largest logit"),
        Column("gold", "int32", "the gold label"),
    ),
    gold_probability="P(label's presence or absence)",
    correct="presence or absence is right",
    prediction=(),
    unit="label",
    # Most decisions are easy (no entity, label not given): a mean over them hides the one that is not.
    pooling="min",
)
"""Any number of labels an example: each label is a unit, a decision between 1 (given) and 0."""

TOKEN_CLASSIFICATION = replace(
    MULTI_LABEL,
    task="token-classification",
    gold_probability="P(gold tag)",
    correct="largest logit is the gold tag's",
    unit="token",
)
"""A tag for every token: a unit is a labelled token."""

CAUSAL_LM = TaskSchema(
    task="causal-lm",
    pieces="tokens",
    signals=(
        Column("gold_logprob", "float32", "sum of log P(token) over the piece's target tokens"),
        Column(
            "lowest_logprob",
            "float32",
            "the least log P of a target token; missing where it is gold_logprob, of a single token",
            sum_of=("gold_logprob",),
        ),
        Column("margin", "float32", "sum over the target tokens of the logit minus the largest other logit"),
        Column("tokens", "int32", "how many target tokens the piece has"),
        Column("correct_tokens", "int32", "of how many the logit is the largest"),
        Column("gold", "int32", "the target token where it is one, else -1"),
        Column("prediction", "int32", "the token with the largest logit where it is one, else -1"),
    ),
    gold_probability="P(target token)",
    correct="logit is the largest",
    prediction=(),
    unit="token",
    right="share",
)
"""Language modelling, supervised fine-tuning among it: a piece is a sequence's target tokens, or one of them."""

SEQ2SEQ = replace(CAUSAL_LM, task="seq2seq")
"""A sequence from a sequence."""

SCHEMAS = {
    schema.task: schema
    for schema in (
        QUESTION_ANSWERING,
        CLASSIFICATION,
        NLI,
        MULTIPLE_CHOICE,
        MULTI_LABEL,
        REGRESSION,
        TOKEN_CLASSIFICATION,
        SEQ2SEQ,
        CAUSAL_LM,
        PREFERENCE,
    )
}
