"""Names of the files in a cartography directory."""

from dataclasses import dataclass
from pathlib import Path

CHECKPOINT_MARK = "cartography.json"
"""The file in a Trainer's checkpoint that tells of which run it is."""


@dataclass(frozen=True)
class LogPaths:
    """Where everything of one run lies, below its directory."""

    root: Path

    @property
    def manifest(self) -> Path:
        """What was recorded, how, and which attempts count."""
        return self.root / "manifest.json"

    @property
    def examples(self) -> Path:
        """The ids, in the order that the rows' `example` refers to."""
        return self.root / "examples.parquet"

    @property
    def ids(self) -> Path:
        """Parent of a stream's id files: which id a row's `example`, a hash of it, stands for."""
        return self.root / "ids"

    def id_part(self, attempt: int, rank: int, number: int) -> Path:
        """One file of a stream's ids."""
        return self.ids / f"attempt{attempt:02d}-rank{rank}-{number:06d}.parquet"

    @property
    def tokenizer(self) -> Path:
        """Beside a log of single tokens: the tokenizer that says what they are."""
        return self.root / "tokenizer"

    @property
    def dynamics(self) -> Path:
        """Parent of the epochs' directories."""
        return self.root / "dynamics"

    def epoch(self, number: int) -> Path:
        """Directory of one epoch's part files."""
        return self.dynamics / f"epoch={number:04d}"

    def part(self, epoch: int, attempt: int, rank: int, number: int) -> Path:
        """One part file."""
        return self.epoch(epoch) / f"attempt{attempt:02d}-rank{rank}-{number:06d}.parquet"

    def epoch_json(self, number: int) -> Path:
        """The contract's per-epoch export."""
        return self.root / f"training_dynamics_epoch_{number}.json"

    @property
    def maps(self) -> tuple[Path, ...]:
        """The map, in every form it is exported in."""
        return self.metrics_json, self.metrics_csv, self.metrics_parquet, self.picture

    @property
    def metrics_json(self) -> Path:
        """The map as one JSON object keyed by id."""
        return self.root / "cartography_metrics.json"

    @property
    def metrics_csv(self) -> Path:
        """The map as a table for people and spreadsheets."""
        return self.root / "cartography_metrics.csv"

    @property
    def metrics_parquet(self) -> Path:
        """The map as we read it back: types and ids exact."""
        return self.root / "cartography_metrics.parquet"

    @property
    def label_errors(self) -> Path:
        """The ranking of the labels by suspicion, as a table for people and spreadsheets."""
        return self.root / "label_errors.csv"

    @property
    def label_error_units(self) -> Path:
        """The same of tags, or of a set's labels, each by itself."""
        return self.root / "label_error_units.csv"

    @property
    def picture(self) -> Path:
        """The data map, drawn."""
        return self.root / "cartography_map.png"

    @property
    def out_of_fold(self) -> Path:
        """A log of its own: every example as models answer it that were not trained on it."""
        return self.root / "out_of_fold"

    @property
    def unfinished_folds(self) -> Path:
        """Where the folds that are done are kept until `out_of_fold` can be made of all."""
        return self.root / "out_of_fold.unfinished"

    @property
    def probabilities(self) -> Path:
        """Beside an out-of-fold log: the probability of each label after the last epoch."""
        return self.root / "probabilities.parquet"
