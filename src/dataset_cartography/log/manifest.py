"""The manifest: one small JSON file that says what a log holds and which of its rows count."""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from dataset_cartography.errors import LogError, MissingFileError
from dataset_cartography.log.paths import LogPaths
from dataset_cartography.schema import EXAMPLE, SCHEMA_VERSION, SCHEMAS, STREAMED_EXAMPLE, Column, TaskSchema

Mode = Literal["in_training", "epoch_end", "evaluation", "out_of_fold", "checkpoints", "boosting", "imported"]


@dataclass(frozen=True)
class Attempt:
    """One call of `train()`.

    Attributes:
        number: From 1.
        from_step: The step it set out from; 0 = from the beginning.
        steps_per_epoch: Optimizer steps in a pass, or None where the data has no length.
        processes: How many processes trained, and wrote.
        step_size: Rows of the dataset in an optimizer step, all processes together; None if unknown.
    """

    number: int
    from_step: int = 0
    steps_per_epoch: int | None = None
    processes: int = 1
    step_size: int | None = None


@dataclass(frozen=True)
class Epoch:
    """A pass over the data that is closed.

    Attributes:
        number: From 1.
        global_step: Optimizer steps done when it was closed.
        attempt: The attempt that closed it.
        complete: Whether it ran to its end and all of its rows were written.
        note: Why it is not complete, for people.
    """

    number: int
    global_step: int
    attempt: int = 1
    complete: bool = True
    note: str = ""


@dataclass(frozen=True)
class Manifest:
    """What a log holds.

    Attributes:
        task: Key of `schema.SCHEMAS`.
        mode: "in_training" (dropout on, weights moving), "epoch_end" (one clean pass),
            "evaluation" (the passes that evaluation makes over a split of its own), "out_of_fold" (the same over the
            examples that a model was not trained on, for several models together), "checkpoints" (a clean pass with the
            weights of each saved checkpoint), "boosting" (the answers of the first trees, more of them from epoch to
            epoch, whose numbers are rounds), or "imported".
        id_type: "string" or "integer": what `examples.parquet` holds and every reader gives back.
        examples: Number of examples; None for a stream, whose examples are known when the log is read.
        attempts: All calls of `train()`, oldest first.
        epochs: All closed epochs, in order.
        options: How signals were taken (such as the longest decodable answer).
        run: A name that no other run has; checkpoints bear it too.
        provenance: Model, data, versions, settings: for people and reports, never for arithmetic.
    """

    task: str
    mode: Mode
    id_type: Literal["string", "integer"]
    examples: int | None
    attempts: tuple[Attempt, ...] = (Attempt(1),)
    epochs: tuple[Epoch, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    run: str = ""
    schema_version: int = SCHEMA_VERSION

    @property
    def attempt(self) -> Attempt:
        """The attempt that writes, or wrote last."""
        return self.attempts[-1]

    @property
    def in_passes_of_its_own(self) -> bool:
        """Whether an epoch's rows come from a pass that one attempt makes as a whole, not from training steps."""
        return self.mode in ("epoch_end", "evaluation", "out_of_fold", "checkpoints", "boosting")

    @property
    def schema(self) -> TaskSchema:
        """What this log's rows say."""
        return SCHEMAS[self.task]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of a part file."""
        if self.examples is not None:
            return self.schema.columns
        return tuple(STREAMED_EXAMPLE if column is EXAMPLE else column for column in self.schema.columns)

    def step_limit(self, epoch: int, attempt: int) -> int | None:
        """First step from which an attempt's rows of an epoch are void; None if they all count, 0 if none does.

        An attempt that set out from step s takes the place of everything that earlier attempts did at step s
        or later; their rows stay on disk and are passed over. A pass of its own counts as a whole: the one of
        the attempt that closed the epoch.
        """
        if self.in_passes_of_its_own:
            closed_by = {other.number: other.attempt for other in self.epochs}
            return None if closed_by.get(epoch) == attempt else 0
        later = [other.from_step for other in self.attempts if other.number > attempt]
        return min(later) if later else None

    def with_attempt(self, attempt: Attempt) -> "Manifest":
        """Begin another attempt, which is given the next number; epochs that ended after its step are open again."""
        number = max((other.number for other in self.attempts), default=0) + 1
        step = attempt.from_step
        return replace(
            self,
            attempts=(*self.attempts, replace(attempt, number=number)),
            epochs=tuple(epoch for epoch in self.epochs if epoch.global_step <= step and step > 0),
        )

    def with_epoch(self, epoch: Epoch) -> "Manifest":
        """Close an epoch (or close it again)."""
        others = [other for other in self.epochs if other.number != epoch.number]
        return replace(self, epochs=tuple(sorted([*others, epoch], key=lambda e: e.number)))

    def to_json(self) -> str:
        """The file's content: stable order, for people too."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def read(cls, root: Path) -> "Manifest":
        """Read and check the manifest of a cartography directory.

        Raises:
            MissingFileError: There is none: the sentence says what was looked for and how to make one.
            LogError: It is unreadable or of another schema version.
        """
        path = LogPaths(root).manifest
        if not path.is_file():
            raise MissingFileError(
                f"No cartography files found in '{root}': looked for '{path.name}'. Make them with "
                f"`python run.py --do_train --enable_cartography --cartography_output_dir {root} …`, "
                f'with `track(trainer, "{root}")`, or with `datamap import`.'
            )
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            version = raw["schema_version"]
            if version != SCHEMA_VERSION:
                raise LogError(
                    f"'{path}' has schema version {version}; this release reads version {SCHEMA_VERSION}. "
                    "Read it with the release that wrote it, or record the run again."
                )
            raw["attempts"] = tuple(Attempt(**attempt) for attempt in raw["attempts"])
            raw["epochs"] = tuple(Epoch(**epoch) for epoch in raw["epochs"])
            manifest = cls(**raw)
            _ = manifest.schema
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, LogError):
                raise
            raise LogError(
                f"'{path}' is not a readable manifest ({error}). If the file was edited, restore it; "
                "the rows in 'dynamics' are untouched."
            ) from error
        return manifest
