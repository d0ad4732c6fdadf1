"""How a log is read where its rows leave a choice: what makes an example's gold probability, and when it is right."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

from dataset_cartography.errors import InputError
from dataset_cartography.schema import Pooling, TaskSchema

Probability = Literal["product", "geometric", "mean"]
Answers = Literal["all", "first"]
Windows = Literal["max", "mean", "shared_norm"]
Right = Literal["all", "share"]

_OF_WINDOWS = ("probability", "answers", "windows")
_OF_POOLED = ("pooling", "right")
_OF_REGRESSION = ("scale", "tolerance")

PROBABLE_ERROR = 0.6745
"""Half of a normal distribution lies within so many of its standard deviations."""


@dataclass(frozen=True)
class Reading:
    """How a log is read; single-label tasks need no choices.

    Attributes:
        probability: Question answering, of a span: "product" P(start)·P(end); "geometric" its square root, the
            scale of one decision, as in exp(-loss); "mean" (P(start) + P(end)) / 2, the training target's only.
        answers: Question answering: "all" distinct gold spans of a window add up (they are disjoint events);
            "first" takes the training target alone.
        windows: Question answering: "max" over the answer-bearing windows; their "mean"; "shared_norm" normalises
            over all windows together (Clark & Gardner 2018), the only one that a confident wrong window lowers.
        pooling: Tasks with units or tokens, of an example's: "geometric" their geometric mean, which is exp(-mean
            loss); "min" the least likely one; "product" the probability of all together; "mean" their arithmetic
            mean, for which every token must have been recorded by itself. None is as the task has it: "min" of tags
            and labels, "geometric" of sequences.
        right: Tasks with units or tokens: an example's `correct` is 1 where "all" of them are right and else 0, or
            the "share" of them that is. None is as the task has it: "all", for sequences "share".
        scale: Regression: σ, the error that is large for this target; None is the standard deviation of the
            targets, the error of whoever always says their mean.
        tolerance: Regression: a prediction is correct within so many σ, where its gold probability is 1/2; see
            `dynamics.regression` for its default.
    """

    probability: Probability = "product"
    answers: Answers = "all"
    windows: Windows = "max"
    pooling: Pooling | None = None
    right: Right | None = None
    scale: float | None = None
    tolerance: float = PROBABLE_ERROR

    def __post_init__(self) -> None:
        for name, kind in get_type_hints(type(self)).items():
            if get_origin(kind) is not Literal:
                continue
            if getattr(self, name) not in get_args(kind):
                raise InputError(
                    f"{name} must be one of {', '.join(get_args(kind))}, but is '{getattr(self, name)}'."
                )
        for name, known in (("pooling", get_args(Pooling)), ("right", get_args(Right))):
            if getattr(self, name) not in (None, *known):
                raise InputError(f"{name} must be one of {', '.join(known)}, but is '{getattr(self, name)}'.")
        if self.scale is not None and not 0 < self.scale < float("inf"):
            raise InputError(f"scale must be a number above 0, but is {self.scale:g}.")
        if not 0 < self.tolerance < float("inf"):
            raise InputError(f"tolerance must be a number above 0, but is {self.tolerance:g}.")

    def choices(self, schema: TaskSchema) -> dict[str, Any]:
        """What of this reading matters for a task, for a map's facts; `Reading(**choices)` reads alike."""
        names = _OF_WINDOWS if schema.windowed else _OF_POOLED if schema.pooled else ()
        if schema.task == "regression":
            names = _OF_REGRESSION
        return {name: value for name, value in asdict(self.of(schema)).items() if name in names}

    def of(self, schema: TaskSchema) -> "Reading":
        """This reading with what it leaves to the task."""
        return replace(self, pooling=self.pooling or schema.pooling, right=self.right or schema.right)

    def gold_probability(self, schema: TaskSchema) -> str:
        """For an axis or a report: what an example's gold probability is."""
        if schema.windowed:
            return self._of_spans()
        if schema.pooled:
            over = {
                "geometric": f"geometric mean over the {schema.unit}s",
                "min": f"least of the {schema.unit}s",
                "product": f"product over the {schema.unit}s",
                "mean": f"mean over the {schema.unit}s",
            }[self.pooling or schema.pooling]
            return f"{schema.gold_probability}, {over}"
        if schema.task == "regression":
            scale = "the targets' standard deviation" if self.scale is None else f"{self.scale:g}"
            return f"{schema.gold_probability}, h = {self.tolerance:g} σ, σ = {scale}"
        return schema.gold_probability

    def correct(self, schema: TaskSchema) -> str:
        """For an axis or a report: when an example counts as predicted correctly."""
        if schema.pooled:
            if (self.right or schema.right) == "all":
                return f"every {schema.unit}'s {schema.correct}"
            return f"share of the {schema.unit}s whose {schema.correct}"
        return schema.correct.format(tolerance=self.tolerance)

    def _of_spans(self) -> str:
        span = {
            "product": "P(start)·P(end)",
            "geometric": "√(P(start)·P(end))",
            "mean": "(P(start)+P(end))/2",
        }[self.probability]
        of = {"all": "any gold span", "first": "the first gold span"}[
            "first" if self.probability == "mean" else self.answers
        ]
        over = {
            "max": "best answer-bearing window",
            "mean": "mean of the answer-bearing windows",
            "shared_norm": "normalised over all windows",
        }[self.windows]
        return f"{span} of {of}, {over}"
