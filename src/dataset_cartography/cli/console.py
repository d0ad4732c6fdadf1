"""What all commands share: errors as one line and exit code 2, and tables for people."""

import argparse
import functools
import logging
import os
import sys
from collections.abc import Callable, Sequence
from typing import Protocol

import pandas as pd

from dataset_cartography.datamap import EpochCoverage, MapSummary, ModeWords, coverage_sentences
from dataset_cartography.errors import CartographyError
from dataset_cartography.regions import METHODS, assign_categories

USER_ERROR = 2
BROKEN_PIPE = 141  # what a shell says of a program that SIGPIPE ended
_NAMED = 5  # ids that a sentence names


class EntryPoint(Protocol):
    """A command as scripts call it: without arguments it reads the command line."""

    def __call__(self, argv: Sequence[str] | None = None) -> int:
        """Run; the exit code."""


def entry_point(main: Callable[[Sequence[str] | None], None]) -> EntryPoint:
    """Make a command's main function return an exit code: 0, or 2 with one sentence on standard error."""

    @functools.wraps(main)
    def wrapped(argv: Sequence[str] | None = None) -> int:
        logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
        logging.getLogger("dataset_cartography").setLevel(logging.INFO)
        try:
            main(sys.argv[1:] if argv is None else argv)
        except CartographyError as error:
            # Other libraries' words, quoted in it, can run over several lines.
            print("error:", " ".join(str(error).split("\n")), file=sys.stderr)
            return USER_ERROR
        except BrokenPipeError:
            # Who reads, such as `head`, has what they wanted; nor is the rest to be written when Python ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return BROKEN_PIPE
        except OSError as error:
            # The disk, its permissions or its space: nothing that a traceback would explain.
            what = f"'{error.filename}'" if error.filename else "a file"
            why = error.strerror or " ".join(str(error).split())
            print(f"error: Cannot use {what}: {why}.", file=sys.stderr)
            return USER_ERROR
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            return 130
        return 0

    return wrapped


def add_region_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where one region ends and the next begins."""
    parser.add_argument("--method", default="threshold", choices=METHODS, help="how regions are told apart")
    parser.add_argument(
        "--confidence_threshold", type=float, help="easy at or above it, hard below (see categorize_examples)"
    )
    parser.add_argument(
        "--variability_threshold", type=float, help="ambiguous at or above it (see categorize_examples)"
    )


def categorized(df: pd.DataFrame, arguments: argparse.Namespace) -> pd.DataFrame:
    """Put a map's examples into regions as the options say."""
    return assign_categories(
        df, arguments.method, arguments.confidence_threshold, arguments.variability_threshold
    )


def print_summary(summary: MapSummary) -> None:
    """Print a map's summary: coverage, regions, stability, warnings."""
    epochs = (
        f"{len(summary.epochs)} {summary.words.epoch if len(summary.epochs) == 1 else summary.words.epochs}"
    )
    mapped = summary.examples - summary.unseen - summary.missing
    # "3 evaluation passes" say it themselves.
    how = f", {summary.words.short}" if summary.words.short and summary.words.epoch == "epoch" else ""
    print(f"\nData map: {mapped} of {summary.examples} examples, {epochs}{how}")
    print_coverage(summary.coverage, summary.words)
    print_table(
        ["region", "examples", "share", "median confidence", "median variability"],
        [
            [
                region.category,
                str(region.count),
                f"{region.share:.1%}",
                _number(region.median_confidence),
                _number(region.median_variability),
            ]
            for region in summary.regions.regions
        ],
    )
    regions = summary.regions
    if regions.ambiguous_high_confidence:
        print(
            f"{regions.ambiguous_high_confidence} of the ambiguous examples have a confidence of "
            f"{regions.high_confidence:g} or more."
        )
    if summary.stable_share is not None:
        print(f"{summary.stable_share:.0%} of the examples keep their region whichever epoch is left out.")
    for warning in summary.warnings:
        print(f"Note: {warning}.")


def print_coverage(coverage: Sequence[EpochCoverage], words: ModeWords) -> None:
    """Print what the epochs saw: a sentence where each saw every example, else a line of each that did not."""
    for sentence in coverage_sentences(coverage, words):
        print(sentence)
    short = [epoch for epoch in coverage if epoch.missing or not epoch.complete]
    if short:
        print_table(
            [words.epoch, "seen", "missing", "twice or more", ""],
            [
                [
                    str(epoch.epoch),
                    f"{epoch.seen:,}",
                    f"{epoch.missing:,}",
                    f"{epoch.repeated:,}",
                    "" if epoch.complete else "incomplete",
                ]
                for epoch in short
            ],
        )


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: first column left-aligned, the others right-aligned."""
    widths = [max(len(line[i]) for line in (header, *rows)) for i in range(len(header))]
    for line in (header, *rows):
        cells = [
            line[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)),
        ]
        print(("  " + "  ".join(cells)).rstrip())


def _number(value: float) -> str:
    if pd.isna(value):
        return "-"
    return f"{value:.2f}" if value == 0 or value >= 0.1 else f"{value:.2g}"


def name_ids(ids: Sequence[int | str]) -> str:
    """The first few ids for a sentence: "1, 2, …"."""
    return ", ".join([*map(repr, ids[:_NAMED]), *(["…"] if len(ids) > _NAMED else [])])
