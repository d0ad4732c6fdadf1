"""What a log says about whether an example's label is wrong: one value each, higher is more suspicious.

Every signal is a `Signal`: its formula and the words in which it is given as a reason. None needs more than the log.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dataset_cartography.dynamics import Dynamics
from dataset_cartography.label_errors.alternatives import Alternatives, find_alternatives, other_probability
from dataset_cartography.label_errors.neighbours import Neighbours
from dataset_cartography.metrics import METRICS
from dataset_cartography.metrics.base import EPOCH_NUMBERS, Array
from dataset_cartography.metrics.reductions import mean


class Evidence:
    """A run's dynamics, and what several signals are made of.

    Args:
        dynamics: Read with `predictions=True`.
        neighbours: What the labels of the nearest examples say, where embeddings are given.
        has_rivals: Whether there is something that could be predicted instead of a label; of a text, any other is.
    """

    def __init__(
        self, dynamics: Dynamics, neighbours: Neighbours | None = None, *, has_rivals: bool = True
    ) -> None:
        self.dynamics = dynamics
        self.neighbours = neighbours
        self.has_rivals = has_rivals

    @cached_property
    def alternatives(self) -> Alternatives:
        """The rivals of the labels."""
        return find_alternatives(self.dynamics)

    @cached_property
    def other_probability(self) -> Array:
        """Probability of the best other label, (examples, epochs)."""
        return other_probability(self.dynamics)

    def metric(self, name: str) -> Array:
        """A metric of the map, (examples,)."""
        numbers = {EPOCH_NUMBERS: np.array(self.dynamics.epochs)}
        values: Array = METRICS[name]({**self.dynamics.signals, **numbers}).astype(float)
        return values


@dataclass(frozen=True)
class Signal:
    """One piece of evidence.

    Attributes:
        name: In tables.
        words: The reason that it is, where it is high; completes "because …".
        function: (examples,), higher is more suspicious; NaN where unknown.
        needs: A recorded signal that not every task has.
    """

    name: str
    words: str
    function: Callable[[Evidence], Array]
    needs: str | None = None

    def is_recorded(self, evidence: Evidence) -> bool:
        """Whether the log holds what it needs."""
        return self.needs is None or self.needs in evidence.dynamics.signals

    def __call__(self, evidence: Evidence) -> Array:
        """Its value for every example."""
        return self.function(evidence)


def _first_learned(evidence: Evidence) -> Array:
    first = evidence.metric("first_learned_epoch")
    late = evidence.dynamics.epochs[-1] + 1  # later than all: never learned
    return np.where(evidence.metric("never_learned") == 1, late, first)


def _forgetting(evidence: Evidence) -> Array:
    """Forgetting events; one never learned has none to lose, and counts above all that were (Toneva et al. 2019)."""
    events = evidence.metric("forgetting_events")
    return np.where(evidence.metric("never_learned") == 1, len(evidence.dynamics.epochs), events)


def _memorised_late(evidence: Evidence) -> Array:
    """How much the label's probability rose from the first half of the epochs to the last epoch, on disbelief before.

    (1 - mean of the first half) · last gold probability: high only where the label was unlikely and was learned in
    the end, as what is memorised is.
    """
    gold = evidence.dynamics.signals["gold_probability"]
    early = mean(gold[:, : max(1, gold.shape[1] // 2)])
    return (1 - early) * evidence.metric("last_gold_probability")


def _distance(evidence: Evidence) -> Array:
    """Mean of √((1 - p)² + q²), p the label's probability and q the best other one's.

    EL2N (Paul et al. 2021) with the labels that are neither left out, so that spans have it too; of two classes it is
    EL2N.
    """
    gold = evidence.dynamics.signals["gold_probability"]
    return mean(np.hypot(1 - gold, evidence.other_probability))


def _deviance(evidence: Evidence) -> Array:
    """Mean of √(2 · loss), the deviance residual: between confidence and loss in what one bad epoch weighs."""
    return mean(np.sqrt(2 * evidence.dynamics.signals["loss"]))


def _damped_aum(evidence: Evidence) -> Array:
    """Minus the mean of sign(m) · log(1 + |m|), m the margin: AUM in which an extreme epoch weighs less."""
    margin = evidence.dynamics.signals["margin"]
    return -mean(np.copysign(np.log1p(np.abs(margin)), margin))


def _behind(evidence: Evidence) -> Array:
    """Mean of q - p, as in `_distance`: the normalised margin of Northcutt et al. (2021), turned round."""
    return mean(evidence.other_probability - evidence.dynamics.signals["gold_probability"])


SIGNALS: dict[str, Signal] = {
    signal.name: signal
    for signal in (
        Signal("unlikely", "the label stayed unlikely", lambda e: 1 - e.metric("confidence")),
        Signal("low_aum", "another label scored higher", lambda e: -e.metric("aum")),
        Signal("damped_aum", "another label scored higher, epoch after epoch", _damped_aum),
        Signal("mean_loss", "its loss stayed high", lambda e: e.metric("mean_loss")),
        Signal("deviance", "its loss stayed high, epoch after epoch", _deviance),
        Signal("last_loss", "its loss was high at the end", lambda e: e.metric("last_loss")),
        Signal("distance", "label and prediction were far apart", _distance),
        Signal("behind", "another label was more likely", _behind),
        Signal("el2n", "the prediction was far from the label", lambda e: e.metric("el2n"), needs="el2n"),
        Signal("forgetting", "it was learned and forgotten, or never learned", _forgetting),
        Signal("first_learned", "it was learned late", _first_learned),
        Signal("never_learned", "it was never learned", lambda e: e.metric("never_learned")),
        Signal(
            "alternative_share",
            "the same other label was predicted again and again",
            lambda e: e.alternatives.share,
        ),
        Signal(
            "alternative_agreement",
            "whenever another label was predicted, it was the same one",
            lambda e: e.alternatives.agreement,
        ),
        Signal("alternative_probability", "another label was likely", lambda e: e.alternatives.probability),
        Signal("memorised_late", "it was unlikely at first and learned only at the end", _memorised_late),
    )
}
"""All signals by name."""
