"""The files of the contract, written while training goes on and at its end."""

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

from dataset_cartography.datamap import compute_metrics
from dataset_cartography.errors import CartographyError, MissingExtraError
from dataset_cartography.formats.contract import JSON_LIMIT, export_epoch, export_map
from dataset_cartography.log import LogReader
from dataset_cartography.regions import assign_categories

logger = logging.getLogger(__name__)


def export_closed_epoch(root: Path, number: int, *, again: bool = True) -> None:
    """Write the JSON file of a closed epoch; never raises.

    Args:
        root: The cartography directory.
        number: The epoch's.
        again: Whether to write one that is there already; a killed process may not have come to it.
    """
    with going_on("the epoch's JSON file"):
        log = LogReader(root)
        if again or not log.paths.epoch_json(number).is_file():
            export_epoch(log, number)


def export_whole_map(root: Path) -> None:
    """Write the map of what was recorded: its tables and its picture; never raises."""
    with going_on("the map"):
        if LogReader(root).is_larger_than(JSON_LIMIT):
            logger.warning(
                "The map is left out, since the run has more than %s examples; `datamap metrics %s` makes it.",
                f"{JSON_LIMIT:,}",
                root,
            )
            return
        export_map(assign_categories(compute_metrics(root)), root)


@contextlib.contextmanager
def going_on(what: str) -> Iterator[None]:
    """An export that fails must not cost the user the trained model: the log stays and can be read later."""
    try:
        yield
    except MissingExtraError as error:
        logger.warning("Left out %s: %s", what, error)
    except CartographyError as error:
        logger.warning("Could not write %s: %s", what, error)
    except Exception as error:  # noqa: BLE001
        logger.warning(
            "Could not write %s (%s); the log is safe, make it with `datamap metrics`.", what, error
        )
