"""`datamap apply`: decisions about examples become a corrected dataset, and a list of what changed."""

import argparse
import json
import logging
from pathlib import Path

from dataset_cartography.cli.console import name_ids
from dataset_cartography.cli.examples import Source, add_dataset_options
from dataset_cartography.datamap import FACTS, load_cartography_metrics, planted_sentence
from dataset_cartography.decisions import read_decisions
from dataset_cartography.errors import MissingExtraError, OutputExistsError
from dataset_cartography.log import write_atomically

logger = logging.getLogger(__name__)

_LEFT = {
    "ok": "ok",
    "relabel": "relabelled to the label that stands there already",
    "wrong_label": "wrong, but without a correction",
    "ambiguous": "ambiguous",
}


def apply_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `datamap apply`."""
    parser.add_argument("directory", type=Path, help="the cartography directory")
    parser.add_argument(
        "--output", type=Path, required=True, help="the new dataset: a .jsonl, .csv, .tsv or .parquet file"
    )
    parser.add_argument(
        "--decisions", type=Path, help="the file of the decisions (default: decisions.jsonl in the directory)"
    )
    add_dataset_options(parser, required=False)
    parser.add_argument(
        "--allow_new_labels",
        action="store_true",
        help="take labels that no example has yet (classification, nli, multi-label, token-classification)",
    )
    parser.add_argument(
        "--drop_wrong_labels",
        action="store_true",
        help="also drop what was marked wrong_label, which says no right label (default: left as it is)",
    )


def run_apply(arguments: argparse.Namespace) -> None:
    """Write the corrected dataset and its changes."""
    try:
        from dataset_cartography.tasks.apply import apply_decisions
        from dataset_cartography.tasks.base import Options
        from dataset_cartography.tasks.write_rows import check_suffix, write_rows
    except ImportError as error:
        raise MissingExtraError.of("Correcting a dataset", "train") from error
    output = arguments.output
    changes_path = output.with_name(f"{output.name}.changes.jsonl")
    check_suffix(output)
    for path in (output, changes_path):
        if path.exists():
            raise OutputExistsError(
                f"'{path}' exists already, and is not overwritten: give another --output."
            )
    decisions = read_decisions(arguments.decisions or arguments.directory)
    facts = load_cartography_metrics(arguments.directory).attrs.get(FACTS, {})
    source = Source.of(arguments).resolved(facts)
    if planted := planted_sentence(facts):
        logger.warning("%s. What was dropped or found wrong may be right there.", planted)
    applied = apply_decisions(
        str(source.dataset),
        decisions,
        task=str(source.task),
        split=str(source.split),
        options=Options(text_columns=source.text_columns, label_column=source.label_column),
        allow_new_labels=arguments.allow_new_labels,
        drop_wrong_labels=arguments.drop_wrong_labels,
    )
    output.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(change, ensure_ascii=False) for change in applied.changes.to_dict("records")]
    # The list first: a corrected dataset without it would not say what was done to it.
    write_atomically(
        changes_path, lambda path: path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    )
    write_rows(applied.rows, output)
    what = applied.changes["what"]
    relabelled, dropped = (int((what == name).sum()) for name in ("relabel", "drop"))
    print(f"{relabelled:,} relabelled, {dropped:,} dropped, {len(applied.rows):,} rows left.")
    left = [f"{count:,} {_LEFT[name]}" for name, count in applied.left.items() if count]
    if left:
        print(f"Decided about and left as they are: {', '.join(left)}.")
    if applied.unknown:
        count = len(applied.unknown)
        ids = "1 id that was decided about is" if count == 1 else f"{count:,} ids that were decided about are"
        print(f"Note: {ids} not in the dataset: {name_ids(applied.unknown)}.")
    print(f"Wrote:\n  {output}\n  {changes_path}")
