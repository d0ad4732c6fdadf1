"""Edge (extra: cleanlab): what cleanlab's confident learning makes of a run's out-of-fold probabilities."""

import logging
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from dataset_cartography.datamap import INDEX
from dataset_cartography.errors import InputError, MissingExtraError
from dataset_cartography.log import read_probabilities

logger = logging.getLogger(__name__)


def cleanlab_issues(directory: str | Path) -> pd.DataFrame:
    """Let cleanlab look for wrong labels (Northcutt et al. 2021, doi:10.1613/jair.1.12125), with its own defaults.

    Args:
        directory: The cartography directory of a cross-fitted run (`run.py --cross_fit`) of a task with labels.

    Returns:
        A row per example in the run's order, the index its id; `df.join(cleanlab_issues(directory))` puts it beside a
        map. Columns: `cleanlab_issue`, whether it is among `cleanlab.filter.find_label_issues`; `cleanlab_quality`,
        from 0 to 1, `cleanlab.rank.get_label_quality_scores`: the probability of its label, the lowest the most
        suspicious; `cleanlab_suggested`, the label that is more probable than its own, missing where none is.
        An example without a label, or with probabilities that are no numbers, has no issue, and the others missing.

    Raises:
        MissingExtraError: cleanlab is not installed.
        MissingFileError: There are no out-of-fold probabilities; the sentence says how to make them.
        InputError: cleanlab cannot use them.
    """
    found = read_probabilities(directory)
    try:
        from cleanlab.filter import find_label_issues
        from cleanlab.rank import get_label_quality_scores
    except ImportError as error:
        raise MissingExtraError.of("What cleanlab makes of a run", "cleanlab") from error
    labelled = (found.given >= 0) & (found.given < len(found.labels)) & np.isfinite(found.matrix).all(axis=1)
    given, matrix = found.given[labelled], found.matrix[labelled].astype(float)
    issue = np.zeros(len(found.ids), bool)
    quality = np.full(len(found.ids), np.nan)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "May not flag all label issues")  # said below, with names
            # One job: more would fork a process that has threads, and one is fast enough.
            issue[labelled] = find_label_issues(given, matrix, n_jobs=1)
        quality[labelled] = get_label_quality_scores(given, matrix)
    except (ValueError, TypeError) as error:
        sentence = " ".join(str(error).split()).rstrip(".")
        raise InputError(f"cleanlab cannot use the probabilities of '{directory}': {sentence}.") from error
    if alone := [found.labels[label] for label in np.flatnonzero(np.bincount(given) == 1)]:
        logger.warning(
            "cleanlab finds no issue with a label that one example alone has: %s.",
            ", ".join(map(repr, alone)),
        )
    likeliest = found.matrix.argmax(axis=1)
    names = pd.Series(found.labels, dtype="string").take(likeliest).reset_index(drop=True)
    suggested = names.where(labelled & (likeliest != found.given)).array
    columns = {"cleanlab_issue": issue, "cleanlab_quality": quality, "cleanlab_suggested": suggested}
    return pd.DataFrame(columns, index=pd.Index(found.ids, name=INDEX))
