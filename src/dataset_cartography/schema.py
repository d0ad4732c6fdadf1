"""What one recorded row holds, per task: the facts that signals, log and dynamics agree on.

A row is one presentation of one example (for windowed tasks: of one window of it) in one epoch. Rows are
small numbers: log-probabilities, never logits, never text, never ids.
"""

from dataclasses import dataclass, replace

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
ATTEMPT = Column("attempt", "int16", "number of the train() call, from 1")
RANK = Column("rank", "int16", "process that saw the row")
GLOBAL_STEP = Column(
    "global_step",
    "int32",
    "optimizer steps done before the forward pass; for a clean pass, before the epoch's last step",
)


@dataclass(frozen=True)
class TaskSchema:
    """The columns a task's rows carry.

    Attributes:
        task: Name as in `run.py --task`.
        windowed: Whether an example can be cut into several windows.
        signals: What a forward pass says about a row, in log order.
        gold_probability: Words for an axis: what the gold probability of an example is.
        correct: Words for an axis: when an example counts as predicted correctly.
        prediction: Those of the signals that say what was predicted; a map shows the last epoch's.
    """

    task: str
    windowed: bool
    signals: tuple[Column, ...]
    gold_probability: str
    correct: str
    prediction: tuple[str, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns of a part file: keys first, then the signals."""
        window = (WINDOW,) if self.windowed else ()
        return (EXAMPLE, *window, ATTEMPT, RANK, GLOBAL_STEP, *self.signals)


CLASSIFICATION = TaskSchema(
    task="classification",
    windowed=False,
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
    windowed=True,
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

SCHEMAS = {schema.task: schema for schema in (QUESTION_ANSWERING, CLASSIFICATION, NLI, MULTIPLE_CHOICE)}
