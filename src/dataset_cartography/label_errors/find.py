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
from dataset_cartography.label_errors.outcomes import as_outcomes
from dataset_cartography.label_errors.ranking import Ranking, rank_labels
from dataset_cartography.label_errors.reasons import give_reasons, join_clauses
from dataset_cartography.label_errors.review import expected, expected_of_units
from dataset_cartography.label_errors.signals import Evidence
from dataset_cartography.label_errors.suggestions import SUGGESTED, suggest
from dataset_cartography.label_errors.tokens import unlikely_tokens
from dataset_cartography.label_errors.units import RankedUnits, example_columns, unit_columns
from dataset_cartography.label_errors.values import suggest_preferences, suggest_values
from dataset_cartography.label_errors.words import reasons_of, speech_of
from dataset_cartography.log import LogReader
from dataset_cartography.metrics.base import Array

REVIEW = "review"
"""Key of `DataFrame.attrs` under which a ranking carries what reviewing it promises."""
_SHARED_LABELS = ("classification", "nli")
"""Tasks whose examples share labels, so that those of neighbours say something."""


def find_label_errors(
    directory: str | Path,
    *,
    n: int | None = None,
    examples: pd.DataFrame | None = None,
    reading: Reading | None = None,
    embeddings: ArrayLike | None = None,
    units: bool = False,
) -> pd.DataFrame:
    """Rank the labels of a recorded run by how suspicious they are.

    An example of several decisions (tags, or any number of labels) is as suspicious as its most suspicious one. Of a
    number, the rivals of the target are a higher value and a lower one; a pair of answers may be the wrong way round. A
    text that a model shall write has no rival: its ranking has no probability, and no suggestion.

    Args:
        directory: The cartography directory.
        n: How many of the most suspicious ones; default all.
        examples: The run's examples, index = id. For question answering: their `context` gives suggestions their
            text, their `answers` tell whether gold answers disagree.
        reading: How windows make an example (tasks with windows).
        embeddings: (examples, dimensions) of the examples' texts in the log's order: neighbours then count as
            evidence. For tasks with labels only.
        units: Of tasks with several decisions an example: whether each tag or label gets a row of its own.

    Returns:
        A row per example whose label was seen, the most suspicious first, indexed by id:

        - `rank` from 1; `score`, higher is more suspicious; `probability`, estimated, that the label is wrong;
        - `looks_like`: "wrong", "ambiguous", "hard" or "sound"; `reason`: why, in words;
        - `suggested`: what the model would put in the label's place: the label's name (its number where the run
          does not know names, as with choices), or the answer's text (missing without its context). For question
          answering also `suggested_start` and `suggested_end`, characters of the context (-1 = "no answer"). Of tags
          and lists of labels, the change in words; of numbers, the number; of pairs "rejected", to swap the two.
          Missing where nothing but the label was ever predicted;
        - `correction`, of the last four: what stands for the label then, as `datamap apply` reads it;
        - `suggested_share` of the epochs predicted that; `suggested_probability`: mean probability of the best
          other label.

        With `units`, a row per tag or label, indexed by its example's id, with `unit`, its number within the example,
        `text`, its token or label, and the labels `given` and `suggested`.

        `attrs["cartography"]` holds a map's facts, and `attrs["review"]` what is expected of the whole ranking:
        `expected_wrong` labels, and `to_catch_80`, how many first ones to review to catch 80% of them.

    Raises:
        MissingFileError: There is no log in the directory.
        InputError: No epoch ran to its end, n is below 1, the embeddings do not fit, or the task has no units.
        LogError: The log is damaged.
    """
    if n is not None and n < 1:
        raise InputError(f"n must be 1 or more, or None for all; got {n}.")
    log = LogReader(directory)
    task, labels = log.manifest.task, log.manifest.provenance.get("labels")
    if examples is not None:
        check_unique_ids(examples.index.to_numpy(), "the examples")
    if embeddings is not None and task not in _SHARED_LABELS:
        raise InputError(
            f"Neighbours need labels that examples share; those of the task '{task}' do not, so its ranking takes no "
            "embeddings."
        )
    if log.manifest.schema.pieces == "units":
        return _find_in_units(log, n, examples, reading, each=units)
    if units:
        raise InputError(f"An example of the task '{task}' has one label: there are no units of it to rank.")
    dynamics = load_dynamics(log, reading=reading, predictions=True)
    evidence = Evidence(
        as_outcomes(log, dynamics),
        _neighbours(log, dynamics, examples, labels, embeddings),
        has_rivals=log.manifest.schema.pieces != "tokens",
    )
    ranking = _rank(evidence)
    order = _most_suspicious_first(ranking)
    rows = order[:n]
    looks = looks_like(evidence, ranking.probability)[rows]
    reasons = give_reasons(evidence, rows, speech_of(task, labels), reasons_of(task))
    if task == "regression":
        suggestions, off = suggest_values(log, dynamics, evidence, rows)
        reasons = join_clauses(reasons, off)
    elif task == "dpo":
        suggestions = suggest_preferences(evidence, rows)
    elif not evidence.has_rivals:
        suggestions = {SUGGESTED: np.full(len(rows), None, dtype=object)}
    else:
        contexts = _column(log, rows, examples, "context")
        suggestions = suggest(evidence, rows, labels=labels, contexts=contexts)
    if log.manifest.schema.pieces == "tokens":
        reasons = join_clauses(reasons, unlikely_tokens(log, rows))
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
    review = expected(ranking.probability[order])
    return _table(log, columns, rows, review, facts_of(log, dynamics, reading))


def _find_in_units(
    log: LogReader, n: int | None, examples: pd.DataFrame | None, reading: Reading | None, *, each: bool
) -> pd.DataFrame:
    """The ranking of a run whose examples are several decisions: of each of them, or of the examples."""
    ranked = RankedUnits.of(log)
    if each:
        ranking = ranked.ranking
        order = _most_suspicious_first(ranking)
        chosen = order[:n]
        rows, units = ranked.units.example[chosen], chosen
        told = unit_columns(ranked, units, examples)
        review = expected_of_units(ranking.probability[order], ranked.is_worst[order])
    else:
        worst = ranked.worst
        ranking = Ranking(*(np.where(worst < 0, np.nan, values[worst]) for values in ranked.ranking))
        order = _most_suspicious_first(ranking)
        chosen = rows = order[:n]
        units = worst[rows]
        told = example_columns(ranked, rows, units, examples)
        review = expected(ranking.probability[order])
    columns = {
        "rank": np.arange(1, len(chosen) + 1),
        "score": ranking.score[chosen],
        "probability": ranking.probability[chosen],
        "looks_like": ranked.looks[units],
        **told,
        "suggested_share": ranked.evidence.alternatives.share[units],
        "suggested_probability": ranked.evidence.alternatives.probability[units],
    }
    facts = facts_of(log, load_dynamics(log, reading=reading), reading)
    return _table(log, columns, rows, review, facts)


def _most_suspicious_first(ranking: Ranking) -> Array:
    """Positions of the rows that were seen."""
    known = np.flatnonzero(~np.isnan(ranking.score))
    # Of equal scores the more probable first, so that probabilities never rise along the ranking.
    order: Array = known[np.lexsort((-ranking.probability[known], -ranking.score[known]))]
    return order


def _table(
    log: LogReader, columns: dict[str, Any], rows: Array, review: dict[str, float], facts: dict[str, Any]
) -> pd.DataFrame:
    """The ranking as `find_label_errors` gives it; `rows` are the positions of its examples in the log."""
    ids = log.examples.column("id").to_pandas()
    df = pd.DataFrame(columns, index=pd.Index(ids.iloc[rows], name=INDEX))
    df.attrs[FACTS] = facts
    df.attrs[REVIEW] = review
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
