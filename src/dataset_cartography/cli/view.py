"""`datamap view`: a map beside its dataset, as a local page to explore and decide in."""

import argparse
import functools
import logging
import webbrowser
from pathlib import Path
from typing import Any

from dataset_cartography.cli.console import add_region_options, categorized
from dataset_cartography.cli.examples import Source, add_dataset_options, load_examples
from dataset_cartography.explorer import MapFile, file_facts, fingerprint, is_loopback, serve_explorer

logger = logging.getLogger(__name__)


def view_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `datamap view`."""
    parser.add_argument("directory", type=Path, help="the cartography directory")
    add_dataset_options(parser, required=False)
    parser.add_argument(
        "--decisions", type=Path, help="the file of the decisions (default: decisions.jsonl in the directory)"
    )
    parser.add_argument("--by", metavar="NAME", help="who decides, noted with each decision")
    parser.add_argument("--title", help="the page's heading (default: the model and the dataset)")
    parser.add_argument(
        "--port", type=int, default=0, help="the port to listen at (default: any that is free)"
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="the address to listen at (default: %(default)s, which only this machine can reach)",
    )
    parser.add_argument("--no_browser", action="store_true", help="print the address, and open nothing")
    add_region_options(parser)


def run_view(arguments: argparse.Namespace) -> None:
    """Serve a map until Ctrl-C."""
    facts = MapFile(arguments.directory).facts
    source = Source.of(arguments).resolved(facts)
    if not is_loopback(arguments.host):
        logger.warning(
            "listening at %s: whoever can reach this machine and has the page's address can read the examples and "
            "decide",
            arguments.host,
        )

    def on_ready(address: str) -> None:
        print(
            f"The explorer is at\n  {address}\nCtrl-C ends it; decisions are saved as they are made.",
            flush=True,
        )
        if not arguments.no_browser:
            webbrowser.open(address)

    serve_explorer(
        arguments.directory,
        functools.partial(load_examples, facts, source),
        examples_key=_examples_key(source),
        categorize=functools.partial(categorized, arguments=arguments),
        decisions=arguments.decisions,
        by=arguments.by,
        title=arguments.title,
        host=arguments.host,
        port=arguments.port,
        on_ready=on_ready,
    )


def _examples_key(source: Source) -> str:
    """A name for what the options say and, where they name files, for these as they are now."""
    path = Path(str(source.dataset)).expanduser()
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    facts: list[Any] = [file_facts(file) for file in files]
    return fingerprint(source, str(path.resolve()) if path.exists() else "", facts)
