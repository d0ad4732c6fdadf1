"""Edge (extra: train): from a map and a dataset to a finished experiment."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import pandas as pd

from dataset_cartography.datamap import FACTS, PLANTED, load_cartography_metrics
from dataset_cartography.dynamics import Reading
from dataset_cartography.errors import InputError, MissingColumnError
from dataset_cartography.experiment import (
    EQUAL,
    SUBSETS,
    CellFolder,
    Plan,
    Progress,
    describe_arms,
    digest_cells,
    has_results,
    make_arms,
    make_cells,
    read_scores,
    results_frame,
    run_cells,
    settle_plan,
    write_results,
)
from dataset_cartography.experiment.arms import known_ids
from dataset_cartography.experiment.conclusions import conclude
from dataset_cartography.experiment.measures import measure_of
from dataset_cartography.experiment.paired import scipy_special
from dataset_cartography.experiment.paths import CELLS, CONCLUSIONS, CORRECTED_ROWS, PLAN, TABLE
from dataset_cartography.experiment.table import experiment_table
from dataset_cartography.label_errors import find_label_errors
from dataset_cartography.log import LogPaths, Manifest, write_atomically
from dataset_cartography.pages import NO_ANSWER
from dataset_cartography.regions import assign_categories
from dataset_cartography.schema import SCHEMAS
from dataset_cartography.selection import all_located, select_examples, suspected_errors
from dataset_cartography.tasks.apply import apply_decisions
from dataset_cartography.tasks.base import DEFAULTS, Options
from dataset_cartography.tasks.registry import TASKS
from dataset_cartography.tasks.write_rows import write_rows

_WRITTEN = ("regression", "dpo")  # their corrections are written, and not chosen among labels
_SHARED = {"qa": "context", "nli": "premise"}
_BEGINNING = 100  # characters
_RECIPE = (
    "num_train_epochs",
    "learning_rate",
    "lr_scheduler_type",
    "warmup_steps",
    "per_device_train_batch_size",
    "gradient_accumulation_steps",
)


@dataclass(frozen=True)
class Experiment:
    """What came of an experiment.

    Attributes:
        plan: What it was begun with, as `experiment.json` has it.
        table: A row per evaluation, fraction and arm; see `experiment.table.experiment_table`.
        conclusions: Sentences that say what can be concluded, and what cannot.
        results: A row per finished cell.
        directory: Where all of it is.
    """

    plan: dict[str, Any]
    table: pd.DataFrame
    conclusions: list[str]
    results: pd.DataFrame
    directory: Path


def run_experiment(
    directory: str | Path,
    output_dir: str | Path,
    *,
    evaluation: tuple[str, str],
    ood: tuple[str, str] | None = None,
    dataset: str | None = None,
    split: str | None = None,
    task: str | None = None,
    options: Options = DEFAULTS,
    subsets: Sequence[str] = SUBSETS,
    fractions: Sequence[float] = (0.33, 0.1),
    seeds: Sequence[int] = (0, 1, 2),
    equal: str = "steps",
    stratify: str | None = None,
    selections: Mapping[str, Sequence[Any]] | None = None,
    without_errors: int | None = None,
    without_errors_from: float | None = None,
    most_examples: int | None = None,
    training: Sequence[str] = (),
    workers: int = 1,
    part: tuple[int, int] = (1, 1),
    on_cell: Callable[[Progress], None] | None = None,
) -> Experiment:
    """Train on parts of the data that a map chooses, and on as much drawn at random; evaluate, and compare.

    The paper's experiment (Swayamdipta et al. 2020, section 3) on the user's data, with controls: each arm is trained
    from the same model with every seed, and compared with a random subset of its size and with the full data, paired by
    seed and by evaluated example. Each training is a process of its own (`run.py`); those that are finished are kept,
    and the same call goes on after a kill.

    Args:
        directory: The cartography directory of a run on the dataset.
        output_dir: Where the experiment is kept.
        evaluation: Dataset and split that every model is evaluated on.
        ood: The same for a second dataset, of another domain.
        dataset: What is trained on; default: what the map was recorded on.
        split: Its split; default: the map's.
        task: As in run.py's `--task`; default: the map's.
        options: How the dataset's columns are called, if not by the usual names.
        subsets: Which of "random", "stratified", "easy", "hard", "ambiguous" are trained at each fraction; random is
            trained in any case. Easy, hard: the highest, lowest confidence; ambiguous: the highest variability.
        fractions: Shares of the map's examples.
        seeds: Of training; random subsets are drawn anew with each.
        equal: "steps": every arm makes as many optimizer steps as the full data, so that a smaller set is seen more
            often; "epochs": every arm sees its examples equally often, so that a smaller set makes fewer steps.
        stratify: The column, of the map or the dataset, whose shares "stratified" keeps; default: the labels, where the
            task has labels of its own, else the region.
        selections: The user's own: ids by name; each is compared with as many drawn at random.
        without_errors: Arms without the first so many suspected label errors, with them corrected (where the model
            says how), and with as many examples removed at random.
        without_errors_from: The same for those that are at least so probably wrong.
        most_examples: A rehearsal: draw so many of the map's examples and leave out the others altogether; of
            selections and suspects take the same share.
        training: run.py's other flags, `--model` among them; `recipe_of` has those of the map's run.
        workers: Trainings at a time.
        part: (i, k): train only every k-th cell from the i-th on; other processes, on other machines, train the others
            into the same `output_dir`.
        on_cell: Told of each cell that is finished.

    Returns:
        The experiment, as far as its cells are finished.

    Raises:
        InputError: A value is out of range, the experiment there was begun otherwise, or run.py refuses its flags.
        CartographyError: A training failed; finished cells are kept.
    """
    scipy_special()  # missed now, and not after hours of training
    output_dir = Path(output_dir)
    df = load_cartography_metrics(directory)
    facts = df.attrs.get(FACTS, {})
    _check(df, fractions, seeds, equal, workers, part)
    task = task or str(facts.get("task", "qa"))
    if task not in TASKS:
        raise InputError(
            f"An experiment trains by run.py, whose tasks are {', '.join(TASKS)}; the map is of '{task}'."
        )
    given = (dataset or str(facts.get("dataset") or ""), split or str(facts.get("split") or "train"))
    if PLANTED in facts and not dataset:
        raise InputError(
            "The map's run learnt wrong labels that were planted in training, which its dataset does not have: write "
            "them with `datamap plant`, record a run on what it wrote, and experiment with that map."
        )
    if not given[0]:
        raise InputError(
            "The map does not say which dataset it was recorded on: name the dataset, as given to run.py."
        )
    # By rank, so that each region has its third however short the run was.
    pool = assign_categories(df[df[["confidence", "variability"]].notna().all(axis=1)], "quantile")
    examples = _examples_of(pool, given, task, options)
    whole = pool
    if most_examples is not None and most_examples < len(pool):
        pool, selections = _drawn(pool, most_examples, selections or {})
    corrections = None
    if without_errors is not None or without_errors_from is not None:
        suspected = _suspected(directory, whole, pool, without_errors, without_errors_from)
        corrections = _corrections(suspected, examples, task)
    arms = make_arms(
        pool,
        subsets,
        strata=_strata(pool, stratify, examples) if "stratified" in subsets else "category",
        selections=selections,
        suspects=corrections.suspects if corrections else (),
        unmended=corrections.unmended if corrections else (),
        corrected=str(output_dir / CORRECTED_ROWS) if corrections and len(corrections.decisions) else None,
    )
    cells = make_cells(arms, fractions if subsets else (), seeds)
    threads = int(os.environ.get("OMP_NUM_THREADS") or max(1, (os.cpu_count() or 1) // workers))
    plan = Plan(
        task=task,
        metric=measure_of(task).name,
        map=str(directory),
        dataset=given[0],
        split=given[1],
        examples=len(pool),
        evaluations={
            name: {"dataset": each[0], "split": each[1]}
            for name, each in (("eval", evaluation), ("ood", ood))
            if each is not None
        },
        arms=describe_arms(arms),
        fractions=list(fractions),
        seeds=list(seeds),
        equal=equal,
        training=list(training),
        threads=threads,
        cells=digest_cells(cells),
        about=corrections.about if corrections else {},
    )
    clusters = _clusters(plan, options)  # and with them every evaluation can be read
    begun = has_results(output_dir)
    settled = settle_plan(plan, output_dir / PLAN)
    if corrections is not None and len(corrections.decisions) and not begun:
        applied = apply_decisions(given[0], corrections.decisions, task=task, split=given[1], options=options)
        write_rows(applied.rows, output_dir / CORRECTED_ROWS)
    folders = [CellFolder(plan, cell, output_dir / CELLS) for cell in cells]
    run_cells(
        folders,
        equal_steps=equal == "steps",
        threads=settled["threads"],
        workers=workers,
        part=part,
        on_cell=on_cell,
    )
    results = results_frame(write_results(folders), plan.metric)
    table = experiment_table(settled, results, read_scores(folders), clusters)
    conclusions = conclude(settled, table)
    write_atomically(output_dir / TABLE, lambda to: table.to_csv(to, index=False))
    text = "".join(f"{sentence}\n" for sentence in conclusions)
    write_atomically(output_dir / CONCLUSIONS, lambda to: to.write_text(text, encoding="utf-8"))
    return Experiment(settled, table, conclusions, results, output_dir)


def _check(
    df: pd.DataFrame,
    fractions: Sequence[float],
    seeds: Sequence[int],
    equal: str,
    workers: int,
    part: tuple[int, int],
) -> None:
    for name in ("confidence", "variability"):
        if name not in df.columns:
            hint = "An experiment's arms are chosen by them."
            raise MissingColumnError.of(name, [str(column) for column in df.columns], "the map", hint)
    if bad := [fraction for fraction in fractions if not 0 < fraction < 1]:
        raise InputError(f"A fraction must be above 0 and below 1; got {bad[0]:g}.")
    if bad := [seed for seed in seeds if not 0 <= seed < 2**32]:
        raise InputError(f"A seed must be from 0 to 4294967295; got {bad[0]}.")
    # As cells are named.
    for name, values in (("fractions", [f"{fraction:g}" for fraction in fractions]), ("seeds", seeds)):
        if len(set(values)) < len(values) or (name == "seeds" and not values):
            raise InputError(
                f"The {name} must be different ones, at least one; got {', '.join(map(str, values))}."
            )
    if equal not in EQUAL:
        raise InputError(f"What is equal must be {' or '.join(EQUAL)}; got '{equal}'.")
    if workers < 1:
        raise InputError(f"The workers must be 1 or more; got {workers}.")
    if not 1 <= part[0] <= part[1]:
        raise InputError(f"The part must be i/k with i from 1 to k; got {part[0]}/{part[1]}.")


def _clusters(plan: Plan, options: Options) -> dict[str, "pd.Series[Any]"]:
    """Which evaluation examples share a text, and so fare alike: questions on one context, hypotheses on one premise.

    Contexts that begin alike count as one: AddOneSent's variants are a context with one more sentence at its end.
    """
    column = _SHARED.get(plan.task)
    clusters = {}
    for name, given in plan.evaluations.items():
        examples = TASKS[plan.task].load(given["dataset"], given["split"], options=options).kept
        if column is None:
            continue
        beginnings = [text[:_BEGINNING] for text in examples[column][:]]
        clusters[name] = pd.Series(beginnings, index=pd.Index(map(str, examples["id"][:])))
    return clusters


def _examples_of(pool: pd.DataFrame, given: tuple[str, str], task: str, options: Options) -> datasets.Dataset:
    """What is trained on, of which the map's examples are a part."""
    examples: datasets.Dataset = TASKS[task].load(*given, options=options).kept
    where = f"in the dataset '{given[0]}' ({given[1]})"
    all_located(
        pd.Index(examples["id"][:], dtype=object),
        pool.index.tolist(),
        "of the map",
        where,
        told=f"the map's {len(pool):,} examples",
        absent=f"not {where}: give the dataset and split that it was recorded on.",
    )
    return examples


def _strata(pool: pd.DataFrame, stratify: str | None, examples: datasets.Dataset) -> "pd.Series[Any] | str":
    """What "stratified" keeps the shares of: a column of the map, or of the dataset by id."""
    if stratify is not None and stratify in pool.columns:
        return stratify
    # Answers and choices are no classes.
    name = stratify or ("label" if hasattr(examples.features.get("label"), "names") else None)
    if name is None:
        return "category"
    if name not in examples.column_names:
        have = [*examples.column_names, *(str(column) for column in pool.columns)]
        raise MissingColumnError.of(name, have, "the dataset and its map", "Choose one of them.")
    return pd.Series(examples[name][:], index=pd.Index(examples["id"][:]))


@dataclass(frozen=True)
class _Corrections:
    """Suspected errors.

    Attributes:
        suspects: All of them.
        unmended: Those for which no other label was ever predicted.
        decisions: The new label of each of the others, as `apply_decisions` takes them.
    """

    suspects: list[Any]
    unmended: list[Any]
    decisions: pd.DataFrame

    @property
    def about(self) -> dict[str, Any]:
        """What a plan says of them."""
        told = self.decisions["relabel"].to_dict()
        digest = hashlib.sha256(
            json.dumps([[str(id_), new] for id_, new in told.items()]).encode()
        ).hexdigest()
        return {
            "suspected_errors": len(self.suspects),
            "without_another_label": len(self.unmended),
            "corrections": digest[:16],
        }


def _drawn(
    pool: pd.DataFrame, most: int, selections: Mapping[str, Sequence[Any]]
) -> tuple[pd.DataFrame, dict[str, list[Any]]]:
    """So many examples at random, and the same share of each selection, of which all are kept."""
    kept = {}
    for name, ids in selections.items():
        known = known_ids(pool, ids, name)
        kept[name] = known[: max(1, len(known) * most // len(pool))]
    drawn = [*select_examples(pool, n=most, by="random"), *(id_ for ids in kept.values() for id_ in ids)]
    return pool[pool.index.isin(drawn)], kept


def _suspected(
    directory: str | Path,
    whole: pd.DataFrame,
    pool: pd.DataFrame,
    first: int | None,
    probability: float | None,
) -> pd.DataFrame:
    """The ranking's rows of the suspects among the whole map's examples, or as large a share of a pool of them."""
    reading = Reading(**whole.attrs.get(FACTS, {}).get("reading", {}))
    ranking = find_label_errors(directory, reading=reading)
    ranking = ranking[ranking.index.isin(whole.index)]
    suspects = suspected_errors(ranking, first=first, probability=probability)
    if not suspects:
        raise InputError(
            f"No label is wrong with a probability of {probability} or more: give a lower one, or a number of suspects."
        )
    if len(suspects) == len(whole):
        raise InputError(
            f"All {len(whole):,} examples would be left out as suspected errors: leave out fewer."
        )
    if len(pool) < len(whole):
        share = max(1, len(suspects) * len(pool) // len(whole))
        suspects = suspected_errors(ranking[ranking.index.isin(pool.index)], first=share)
    return ranking.loc[suspects]


def _corrections(suspected: pd.DataFrame, examples: datasets.Dataset, task: str) -> _Corrections:
    new = _labels_of(suspected, examples, task)
    decisions = pd.DataFrame(
        {"decision": "relabel", "relabel": new, "time": "", "by": "the model's suggestion"}, dtype=object
    )
    mended = decisions["relabel"].notna()
    _check_labels(decisions.loc[mended, "relabel"].to_dict(), examples)
    return _Corrections(suspected.index.tolist(), decisions.index[~mended].tolist(), decisions[mended])


def _check_labels(new: Mapping[Any, str], examples: datasets.Dataset) -> None:
    """Refuse corrections after which a class has no example: a model of the rest could not be evaluated on it."""
    names = getattr(examples.features.get("label"), "names", None)
    if names is None:
        return
    before = [names[number] for number in examples["label"][:]]
    after = {new.get(id_, name) for id_, name in zip(examples["id"][:], before, strict=True)}
    if gone := sorted(set(before) - after):
        raise InputError(
            f"With the labels that the model suggests no example would be '{gone[0]}' any more, and there would be no "
            "model to evaluate on it: leave out fewer suspected errors."
        )


def _labels_of(suspected: pd.DataFrame, examples: datasets.Dataset, task: str) -> "pd.Series[Any]":
    """What a person would write as the new label of each; None where there is none."""
    if task == "qa":
        spans = suspected[["suggested_start", "suggested_end"]]
        texts = [
            None if pd.isna(start) else NO_ANSWER if start < 0 else f"[{start}, {end}]"
            for start, end in spans.itertuples(index=False)
        ]
        return pd.Series(texts, index=suspected.index, dtype=object)
    name = (
        "suggested" if SCHEMAS[task].prediction == ("prediction",) and task not in _WRITTEN else "correction"
    )
    if name not in suspected:  # what is right would have to be written
        return pd.Series(None, index=suspected.index, dtype=object)
    new = suspected[name].astype(object).where(suspected[name].notna(), None)
    if task != "multiple-choice":
        return new.map(str, na_action="ignore")
    choices = dict(zip(examples["id"][:], examples["choices"][:], strict=True))
    return pd.Series(
        [None if number is None else choices[id_][int(number)] for id_, number in new.items()],
        index=new.index,
        dtype=object,
    )


def recipe_of(directory: str | Path) -> list[str]:
    """run.py's flags for the model, the input and the schedule of a recorded run; none where its log is not there."""
    if not LogPaths(Path(directory)).manifest.is_file():
        return []
    provenance = Manifest.read(Path(directory)).provenance
    told = {name: provenance.get(name) for name in ("model", "max_length", "doc_stride", "ablation")}
    if "dataset" not in provenance:  # `track` alone, whose word for a model may be the name of its class
        told["model"] = None
    training = provenance.get("training", {})
    told |= {name: training.get(name) for name in _RECIPE}
    if (training.get("max_steps") or 0) > 0:
        told["max_steps"] = training["max_steps"]
    return [word for name, value in told.items() if value is not None for word in (f"--{name}", str(value))]
