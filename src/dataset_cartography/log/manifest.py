"""The manifest: one small JSON file that says what a log holds and which of its rows count."""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from dataset_cartography.errors import LogError, MissingFileError
from dataset_cartography.log.paths import LogPaths
from dataset_cartography.schema import SCHEMA_VERSION, SCHEMAS, TaskSchema

Mode = Literal["in_training", "epoch_end", "evaluation", "imported"]


@dataclass(frozen=True)
class Attempt:
    """One call of `train()`: its number from 1, and the step it set out from (0 = from the beginning)."""

    number: int
    from_step: int = 0


@dataclass(frozen=True)
class Epoch:
    """A pass over the data that ran to its end."""

    number: int
    global_step: int
    attempt: int = 1
    complete: bool = True


@dataclass(frozen=True)
class Manifest:
    """What a log holds.

    Attributes:
        task: Key of `schema.SCHEMAS`.
        mode: "in_training" (dropout on, weights moving), "epoch_end" (one clean pass),
            "evaluation" (the passes that evaluation makes over a split of its own), or "imported".
        id_type: "string" or "integer": what `examples.parquet` holds and every reader gives back.
        examples: Number of examples.
        attempts: All calls of `train()`, oldest first.
        epochs: All closed epochs, in order.
        options: How signals were taken (such as the longest decodable answer).
        provenance: Model, data, versions, settings: for people and reports, never for arithmetic.
    """

    task: str
    mode: Mode
    id_type: Literal["string", "integer"]
    examples: int
    attempts: tuple[Attempt, ...] = (Attempt(1),)
    epochs: tuple[Epoch, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    schema_version: int = SCHEMA_VERSION

    @property
    def schema(self) -> TaskSchema:
        """The columns of this log's rows."""
        return SCHEMAS[self.task]

    def step_limit(self, attempt: int) -> int | None:
        """First step from which an attempt's rows are void, or None if they all count.

        An attempt that set out from step s takes the place of everything that earlier attempts did at step s
        or later; their rows stay on disk and are passed over.
        """
        later = [other.from_step for other in self.attempts if other.number > attempt]
        return min(later) if later else None

    def with_attempt(self, from_step: int) -> "Manifest":
        """Begin another attempt from a step; epochs that ended after it are open again."""
        number = max((attempt.number for attempt in self.attempts), default=0) + 1
        return replace(
            self,
            attempts=(*self.attempts, Attempt(number, from_step)),
            epochs=tuple(epoch for epoch in self.epochs if epoch.global_step <= from_step and from_step > 0),
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
