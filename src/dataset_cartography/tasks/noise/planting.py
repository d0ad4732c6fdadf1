"""Planting wrong labels: which examples get one, and what is kept of it."""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.noise.draws import draw

if TYPE_CHECKING:
    import datasets

logger = logging.getLogger(__name__)

KINDS = ("confusable", "uniform", "boundary")
TASKS = (
    "qa",
    "classification",
    "nli",
    "multiple-choice",
    "multi-label",
    "regression",
    "token-classification",
    "seq2seq",
    "causal-lm",
    "dpo",
)
_WITH_BOUNDARIES = ("qa", "token-classification")

Confusion = npt.NDArray[Any]


class Noise(Protocol):
    """One task's wrong labels, of one kind.

    Attributes:
        labelled: (examples,) Whether an example has a label that can be made wrong.
    """

    @property
    def labelled(self) -> npt.NDArray[np.bool_]: ...  # noqa: D102

    def other(self, row: int, chance: float) -> Any:
        """A wrong label for a row; None if there is no plausible one. `chance` (0 to below 1) decides among several."""

    def written(self, row: int) -> Any:
        """The row's own label, as the truth has it."""

    def name(self, label: Any) -> Any:
        """A label that `other` gave, as the truth has it."""

    def relabelled(self, labels: Mapping[int, Any], key: str) -> "datasets.Dataset":
        """The examples with these labels by row; `key` names the result for caches."""


def plant_label_noise(
    examples: "datasets.Dataset",
    task: str,
    share: float,
    *,
    kind: str = "confusable",
    seed: int = 0,
    confusion: Confusion | None = None,
) -> tuple["datasets.Dataset", pd.DataFrame]:
    """Make a known share of the labels wrong, in a way that people err.

    - Classification, NLI. `confusable`: the label that this one is taken for, drawn by a confusion matrix: the one
      given, else one estimated from the texts (`confusion.estimate_confusion`). `uniform`: any other label in use.
    - Multiple choice. `confusable`: the other choice that reads most like the right one. `uniform`: any other choice.
    - Question answering. `confusable`: another span of the context with as many words and of the same answer type
      (`slices.answer_type`), the most alike in form. `uniform`: any other span with as many words. `boundary`: a word
      more or less at one side. All gold answers are replaced, those beside the commonest by what lies as far from its
      new place; how many there are stays. Unanswerable questions are left alone.
    - Token classification, an entity of a sentence. `confusable`: of another type, with a boundary a token off, or not
      tagged at all (where tags mark no entities: a token gets a tag that its word has elsewhere). `boundary`: with a
      boundary a token off. `uniform`: a token gets any other tag.
    - Multi-label. `confusable`: a label is forgotten, or one added that often goes with those given. `uniform`: any
      one label is added or taken away.
    - Regression. `confusable`: 1 to 2 standard deviations off, within the data's range. `uniform`: the target of
      another example, too far off to count as a correct prediction.
    - Sequences. `confusable`: the target of another example, of about the same length. `uniform`: any other's. Texts
      without a prompt are left alone.
    - Preference pairs: chosen and rejected change places. `confusable`: of pairs whose answers are more alike than
      those of half of the pairs. `uniform`: of any.

    Which examples are chosen, and what they get, depends on the seed, on their ids and, where the confusion matrix is
    estimated, on all examples, never on the order of the rows; of two shares with one seed the smaller is part of the
    larger.

    Args:
        examples: In the task's one form, as its `load` keeps them, with the column `id`.
        task: One of `TASKS`.
        share: Of all examples, more than 0 and less than 1; rounded to a whole number of examples.
        kind: One of `KINDS`.
        seed: Any integer.
        confusion: (labels, labels) how often each label (row) is taken for each other one (column), in the order of
            the labels' names; any unit, the diagonal does not count. A row of zeros means all others alike.

    Returns:
        The examples, in their order, and what was planted: a frame with the columns `id`, `original`, `planted` (a
        label's name; a choice's position; a question's answers; lists of labels or tags; a number; a text; which answer
        is preferred) and `kind`, in the order of drawing. Its `attrs` say
        `share`, `kind`, `seed`, `count`, and `passed_over`: how many examples were drawn that have no plausible other
        label.

    Raises:
        InputError: An argument has no such value, or too few examples have another plausible label.
    """
    Planting(share, kind, seed).check(task)
    draws = draw(examples["id"][:], seed)
    noise = _noise(examples, task, kind, draws.order, confusion)
    wanted = _count(share, len(examples))
    labels: dict[int, Any] = {}
    passed_over = 0
    for row in draws.order[noise.labelled[draws.order]].tolist():
        if len(labels) == wanted:
            break
        label = noise.other(row, float(draws.chances[row]))
        if label is None:
            passed_over += 1
        else:
            labels[row] = label
    if len(labels) < wanted:
        raise InputError(
            f"Cannot plant {wanted} wrong labels ({share:g} of {len(examples)} examples) of the kind '{kind}': only "
            f"{len(labels)} examples have another plausible label. Give a smaller share, or another kind."
        )
    ids = examples.select(list(labels))["id"][:]
    original, wrong = [noise.written(row) for row in labels], [noise.name(label) for label in labels.values()]
    planted = pd.DataFrame({"id": ids, "original": original, "planted": wrong, "kind": kind})
    planted.attrs = {
        "share": share,
        "kind": kind,
        "seed": seed,
        "count": wanted,
        "passed_over": passed_over,
    }
    if passed_over:
        logger.info("%d examples drawn have no other plausible label and keep theirs", passed_over)
    return noise.relabelled(labels, f"{share!r} {kind} {seed}"), planted


@dataclass(frozen=True)
class Planting:
    """What a run is asked to plant; arguments as of `plant_label_noise`.

    Attributes:
        confusion_from: The cartography directory of an earlier run on the same data, whose predictions over all
            epochs say what is taken for what; None to estimate it from the texts.
    """

    share: float
    kind: str = "confusable"
    seed: int = 0
    confusion_from: str | None = None

    def check(self, task: str) -> None:
        """See that this can be planted, before any data is read.

        Raises:
            InputError: The task is not known here, or does not go with the kind; the share is none; or the confusion
                is for other tasks or kinds.
        """
        if task not in TASKS:
            raise InputError(
                f"Wrong labels cannot be planted for the task '{task}': choose from {', '.join(TASKS)}."
            )
        if self.kind not in KINDS:
            raise InputError(
                f"There is no kind of label noise '{self.kind}': choose from {', '.join(KINDS)}."
            )
        if self.kind == "boundary" and task not in _WITH_BOUNDARIES:
            raise InputError(
                f"The kind 'boundary' moves the ends of an answer or an entity, which the task '{task}' does not have: "
                "choose confusable or uniform."
            )
        if not 0 < self.share < 1:
            raise InputError(
                f"The share of labels to plant must be more than 0 and less than 1, but is {self.share:g}."
            )
        if self.confusion_from is not None:
            _check_confusable(task, self.kind)

    def plant(self, examples: "datasets.Dataset", task: str) -> tuple["datasets.Dataset", pd.DataFrame]:
        """Plant in examples; as `plant_label_noise`, with `confusion_from` in the frame's `attrs`.

        Raises:
            MissingFileError: There is no run in `confusion_from`.
        """
        confusion = None
        if self.confusion_from is not None:
            from dataset_cartography.tasks.noise.confusion import confusion_of_run

            self.check(task)
            confusion = confusion_of_run(Path(self.confusion_from), examples)
        noisy, planted = plant_label_noise(
            examples, task, self.share, kind=self.kind, seed=self.seed, confusion=confusion
        )
        if self.confusion_from is not None:
            planted.attrs["confusion_from"] = self.confusion_from
        return noisy, planted

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "Planting":
        """Read what `attrs` of a planted frame, or the manifest, say."""
        return cls(facts["share"], facts["kind"], facts["seed"], facts.get("confusion_from"))


def _noise(
    examples: "datasets.Dataset",
    task: str,
    kind: str,
    order: npt.NDArray[np.int64],
    confusion: Confusion | None,
) -> Noise:
    if confusion is not None:
        _check_confusable(task, kind)
    if task == "qa":
        from dataset_cartography.tasks.noise.spans import SpanNoise

        return SpanNoise(examples, kind)
    if task == "multiple-choice":
        from dataset_cartography.tasks.noise.choices import ChoiceNoise

        return ChoiceNoise(examples, kind)
    if task in ("multi-label", "token-classification"):
        from dataset_cartography.tasks.noise.lists import LabelSetNoise, TagNoise

        return LabelSetNoise(examples, kind) if task == "multi-label" else TagNoise(examples, kind)
    if task == "regression":
        from dataset_cartography.tasks.noise.values import ValueNoise

        return ValueNoise(examples, kind)
    if task == "dpo":
        from dataset_cartography.tasks.noise.preferences import PreferenceNoise

        return PreferenceNoise(examples, kind)
    if task in ("seq2seq", "causal-lm"):
        from dataset_cartography.tasks.noise.texts import TextNoise

        columns = ("source", "target") if task == "seq2seq" else ("prompt", "completion")
        return TextNoise(examples, *columns, kind)
    from dataset_cartography.tasks.noise.labels import LabelNoise

    texts = ("premise", "hypothesis") if task == "nli" else ("text",)
    return LabelNoise(examples, texts, kind, order, confusion)


def _check_confusable(task: str, kind: str) -> None:
    if kind != "confusable" or task not in ("classification", "nli"):
        raise InputError(
            "A confusion of labels is for the kind 'confusable' of the tasks classification and nli, but the kind is "
            f"'{kind}' and the task '{task}': leave it out."
        )


def _count(share: float, examples: int) -> int:
    """The share in examples, halves rounded up; the tiny sum takes away what binary fractions lack."""
    count = math.floor(share * examples + 0.5 + 1e-9)
    if not count:
        raise InputError(
            f"A share of {share:g} of {examples} examples is none: give at least {0.5 / examples:.2g}."
        )
    return count
