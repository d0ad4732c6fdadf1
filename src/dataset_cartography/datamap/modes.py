"""How a map was recorded, in words for axes, pages and summaries."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ModeWords:
    """The words of one mode of recording.

    Attributes:
        short: For a subtitle; empty where the mode is not known.
        long: For a page.
        epoch: What a column of the dynamics is called.
        epochs: Its plural.
        example: What a point on the map is.
    """

    short: str
    long: str
    epoch: str = "epoch"
    epochs: str = "epochs"
    example: str = "training example"

    def say(self, sentence: str) -> str:
        """A sentence about epochs in this mode's words."""
        return sentence.replace("epochs", self.epochs).replace("epoch", self.epoch)


MODES = {
    "in_training": ModeWords(
        "recorded in training", "in training, as each example was learned from (dropout on, weights moving)"
    ),
    "epoch_end": ModeWords(
        "recorded in a pass after each epoch", "in a clean pass over all examples after each epoch"
    ),
    "evaluation": ModeWords(
        "recorded in evaluation passes",
        "in the passes that evaluation makes over this split (dropout off)",
        "evaluation pass",
        "evaluation passes",
        "example of the evaluated split",
    ),
    "out_of_fold": ModeWords(
        "recorded out of fold",
        "out of fold: after each epoch, by a model that was not trained on the example (dropout off)",
    ),
    "checkpoints": ModeWords(
        "recorded from saved checkpoints",
        "in a clean pass over all examples with the weights of each saved checkpoint (dropout off)",
        "checkpoint",
        "checkpoints",
    ),
    "boosting": ModeWords(
        "recorded by boosting round",
        "after each boosting round that is named, as the trees grown until then answer",
        "boosting round",
        "boosting rounds",
    ),
    "imported": ModeWords("imported", "by another tool, and imported from its files"),
}
"""By `Manifest.mode`."""


def mode_words(mode: str) -> ModeWords:
    """The words of a mode; of one that is not known, its own name."""
    return MODES.get(mode) or ModeWords(mode, mode)
