"""From signals to one value per example and metric."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from dataset_cartography.errors import InputError
from dataset_cartography.metrics.base import EPOCH_NUMBERS, Array, Metric
from dataset_cartography.metrics.epochs import check_epoch_numbers
from dataset_cartography.metrics.registry import METRICS

# One block's float64 vectors stay in the processor's cache from one formula to the next.
_BLOCK = 65_536
_THREADS = 2


def compute(
    names: Sequence[str] | None,
    signals: Mapping[str, Array],
    epoch_numbers: Sequence[int] | Array,
) -> dict[str, Array]:
    """Compute metrics from signals.

    Args:
        names: Names of metrics, in the order wanted; None for all that the signals allow, in display order.
        signals: Signal name to (examples, epochs) array, all of one shape, NaN where unseen
            (`presentations`: integers, 0). Fastest where one epoch is contiguous.
        epoch_numbers: (epochs,) the numbers of the columns, rising.

    Returns:
        Metric name to (examples,) array.

    Raises:
        InputError: A name is unknown, a metric asked for lacks a signal, the shapes disagree, or a metric
            does not return one value per example.

    Example:
        >>> signals = {"gold_probability": np.array([[0.25, 0.75], [1.0, np.nan]])}
        >>> compute(["confidence", "epochs_seen"], signals, [1, 2])
        {'confidence': array([0.5, 1. ]), 'epochs_seen': array([2, 1])}
    """
    numbers = check_epoch_numbers(epoch_numbers)
    examples = _count_examples(signals, len(numbers))
    metrics = _possible(signals) if names is None else _named(names, signals)
    values: dict[str, Array] = {}

    def fill(start: int) -> None:
        rows = slice(start, min(start + _BLOCK, examples))
        block: dict[str, Array] = {name: array[rows] for name, array in signals.items()}
        block[EPOCH_NUMBERS] = numbers
        for metric in metrics:
            result = _apply(metric, block, rows.stop - rows.start)
            if start == 0:
                values[metric.name] = np.empty(examples, result.dtype)
            values[metric.name][rows] = result

    fill(0)  # The first block tells the dtypes; the others share the cores, since NumPy releases the lock.
    with ThreadPoolExecutor(max_workers=_THREADS) as pool:
        list(pool.map(fill, range(_BLOCK, examples, _BLOCK)))
    return values


def _count_examples(signals: Mapping[str, Array], epochs: int) -> int:
    """Number of examples, once all signals are known to have it."""
    examples = max((array.shape[0] for array in signals.values() if array.ndim), default=0)
    for name, array in signals.items():
        if array.shape != (examples, epochs):
            raise InputError(
                f"Signal '{name}' has shape {array.shape}; {examples} examples and {epochs} epochs need "
                f"{(examples, epochs)}."
            )
    return examples


def _possible(signals: Mapping[str, Array]) -> list[Metric]:
    return [metric for metric in METRICS.values() if set(metric.signals) <= set(signals)]


def _named(names: Sequence[str], signals: Mapping[str, Array]) -> list[Metric]:
    for name in names:
        if name not in METRICS:
            raise InputError(f"Unknown metric '{name}'; the metrics are: {', '.join(METRICS)}.")
        missing = [signal for signal in METRICS[name].signals if signal not in signals]
        if missing:
            possible = ", ".join(metric.name for metric in _possible(signals)) or "none"
            raise InputError(
                f"Metric '{name}' needs the signal '{missing[0]}', which was not recorded; "
                f"with the signals there are, these metrics are possible: {possible}."
            )
    return [METRICS[name] for name in names]


def _apply(metric: Metric, block: Mapping[str, Array], examples: int) -> Array:
    result = metric(block)
    if result.shape != (examples,):
        raise InputError(
            f"Metric '{metric.name}' must return one value per example, shape {(examples,)}; "
            f"its function returned shape {result.shape}."
        )
    return result
