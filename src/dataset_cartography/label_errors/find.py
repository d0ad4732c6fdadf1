"""The labels of a run, the most suspicious first: how sure, what they look like, why, and what they should be."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from dataset_cartography.datamap import FACTS, INDEX, PLANTED, facts_of
from dataset_cartography.dynamics import Dynamics, Reading, load_dynamics
from dataset_cartography.errors import InputError
from dataset_cartography.ids import check_unique_ids
from dataset_cartography.label_errors.looks import SOUND, gold_answer_notes, look_again, looks_like
from dataset_cartography.label_errors.neighbours import (
    Neighbours,
    add_neighbours,
    check_embeddings,
    find_neighbours,
    learned_labels,
)
from dataset_cartography.label_errors.ranking import Ranking, rank_labels
from dataset_cartography.label_errors.reasons import Speech, give_reasons, join_clauses
from dataset_cartography.label_errors.review import to_catch
from dataset_cartography.label_errors.signals import Evidence
from dataset_cartography.label_errors.suggestions import SUGGESTED, suggest
from dataset_cartography.log import LogReader
from dataset_cartography.metrics.base import Array

REVIEW = "review"
"""Key of `DataFrame.attrs` under which a ranking carries what reviewing it promises."""
_NOUNS = {"qa": "answer", "multiple-choice": "choice"}


def find_label_errors(
    directory: str | Path,
    *,
    n: int | None = None,
    examples: pd.DataFrame | None = None,
    reading: Reading | None = None,
    embeddings: ArrayLike | None = None,
) -> pd.DataFrame:
    """Rank the labels of a recorded run by how suspicious they are.

    Args:
        directory: The cartography directory.
        n: How many of the most suspicious ones; default all.
        examples: The run's examples, index = id. For question answering: their `context` gives suggestions their
            text, their `answers` tell whether gold answers disagree.
        reading: How windows make an example (tasks with windows).
        embeddings: (examples, dimensions) of the examples' texts in the log's order: neighbours then count as
            evidence. For tasks with labels only.

    Returns:
        A row per example whose label was seen, the most suspicious first, indexed by id:

        - `rank` from 1; `score`, higher is more suspicious; `probability`, estimated, that the label is wrong;
        - `looks_like`: "wrong", "ambiguous", "hard" or "sound"; `reason`: why, in words;
        - `suggested`: what the model would put in the label's place: the label's name (its number where the run
          does not know names, as with choices), or the answer's text (missing without its context). For question
          answering also `suggested_start` and `suggested_end`, characters of the context (-1 = "no answer"). Missing
          where nothing but the label was ever predicted;
        - `suggested_share` of the epochs predicted that; `suggested_probability`: mean probability of the best
          other label.

        `attrs["cartography"]` holds a map's facts, and `attrs["review"]` what is expected of the whole ranking:
        `expected_wrong` labels, and `to_catch_80`, how many first ones to review to catch 80% of them.

    Raises:
        MissingFileError: There is no log in the directory.
        InputError: No epoch ran to its end, n is below 1, or the embeddings do not fit.
        LogError: The log is damaged.
    """
    if n is not None and n < 1:
        raise InputError(f"n must be 1 or more, or None for all; got {n}.")
    log = LogReader(directory)
    labels = log.manifest.provenance.get("labels")
    if examples is not None:
        check_unique_ids(examples.index.to_numpy(), "the examples")
    dynamics = load_dynamics(log, reading=reading, predictions=True)
    evidence = Evidence(dynamics, _neighbours(log, dynamics, examples, labels, embeddings))
    ranking = _rank(evidence)
    known = np.flatnonzero(~np.isnan(ranking.score))
    # Of equal scores the more probable first, so that probabilities never rise along the ranking.
    order = known[np.lexsort((-ranking.probability[known], -ranking.score[known]))]
    rows = order[:n]
    speech = Speech(_NOUNS.get(log.manifest.task, "label"), labels)
    looks = looks_like(evidence, ranking.probability)[rows]
    reasons = give_reasons(evidence, rows, speech)
    suggestions = suggest(evidence, rows, labels=labels, contexts=_column(log, rows, examples, "context"))
    # A run's planted labels are not the dataset's: its gold answers would tell which those are.
    if log.manifest.schema.windowed and PLANTED not in log.manifest.provenance:
        rivals = (evidence.alternatives.take(each)[rows] for each in dynamics.predictions.values())
        answers = _column(log, rows, examples, "answers")
        notes = gold_answer_notes(answers, suggestions[SUGGESTED], *rivals)
        looks, reasons = look_again(looks, notes), join_clauses(reasons, np.where(looks == SOUND, "", notes))
    columns: dict[str, Any] = {
        "rank": np.arange(1, len(rows) + 1),
        "score": ranking.score[rows],
        "probability": ranking.probability[rows],
        "looks_like": looks,
        "reason": reasons,
        **suggestions,
        "suggested_share": evidence.alternatives.share[rows],
        "suggested_probability": evidence.alternatives.probability[rows],
    }
    ids = log.examples.column("id").to_pandas()
    df = pd.DataFrame(columns, index=pd.Index(ids.iloc[rows], name=INDEX))
    df.attrs[FACTS] = facts_of(log, evidence.dynamics, reading)
    probability = ranking.probability[order]
    df.attrs[REVIEW] = {
        "expected_wrong": float(probability.sum()),
        "to_catch_80": to_catch(probability, 0.8),
    }
    return df


def _neighbours(
    log: LogReader,
    dynamics: Dynamics,
    examples: pd.DataFrame | None,
    labels: Sequence[str] | None,
    embeddings: ArrayLike | None,
) -> Neighbours | None:
    if embeddings is None:
        return None
    if log.manifest.task in _NOUNS:
        raise InputError(
            f"Neighbours need labels that examples share; those of the task '{log.manifest.task}' do not, so its "
            "ranking takes no embeddings."
        )
    checked = check_embeddings(embeddings, log.size)
    return find_neighbours(checked, learned_labels(dynamics, log.ids, examples, labels))


def _rank(evidence: Evidence) -> Ranking:
    """The ranking by the log, in the order that neighbours add to it.

    How many labels are wrong, and so the probability at each rank, is the log's estimate; neighbours say which.
    """
    ranking = rank_labels(evidence)
    if evidence.neighbours is None:
        return ranking
    score = add_neighbours(ranking.score, evidence.neighbours)
    known = np.flatnonzero(~np.isnan(score))
    probability = np.full(len(score), np.nan)
    order = known[np.argsort(-score[known], kind="stable")]
    probability[order] = np.sort(ranking.probability[known])[::-1]
    return Ranking(score, probability)


def _column(log: LogReader, rows: Array, examples: pd.DataFrame | None, name: str) -> list[Any]:
    """A column's values of the examples asked for, None where one is not known."""
    if examples is None or name not in examples:
        return [None] * len(rows)
    return examples[name].reindex(log.ids[rows]).tolist()
