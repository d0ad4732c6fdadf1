"""Make docs/cli.md from the commands' own argparse parsers: `make docs`, or `python docs/generate.py`."""

import argparse
import importlib
import inspect
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from transformers import HfArgumentParser

from dataset_cartography.cli import analyze, datamap
from dataset_cartography.cli.run import CartographyArguments, RunArguments, RunTrainingArguments

TARGET = Path(__file__).with_name("cli.md")
# Where the Python functions of the verbs are imported from, the shortest way first.
HOMES = (
    "dataset_cartography",
    "dataset_cartography.plotting",
    "dataset_cartography.comparison",
    "dataset_cartography.uncertainty",
    "dataset_cartography.tasks.experiment",
    "dataset_cartography.selection",
    "dataset_cartography.report",
    "dataset_cartography.explorer",
    "dataset_cartography.formats.allenai",
    "dataset_cartography.tasks.apply",
    "dataset_cartography.tasks.noise",
    "dataset_cartography.cli.demo",
)
COMMON = {
    "do_train": "Train",
    "do_eval": "Evaluate, after training or alone",
    "num_train_epochs": "Passes over the training data; a map needs 3 or more",
    "per_device_train_batch_size": "Windows in a batch, on each device",
    "learning_rate": "The highest learning rate",
    "seed": "Decides the order of the data, the dropout and the weights of a new head",
    "resume_from_checkpoint": "The checkpoint folder to go on from; the same cartography directory is continued",
}


def render() -> str:
    """The whole page, as Markdown."""
    parts = [
        "# Commands",
        "Made from the commands' own help by `make docs`; do not edit it by hand.",
        "Input that cannot be used ends in one sentence on standard error and exit code 2.",
        *_run(),
        *_analyze(),
        *_datamap(),
    ]
    return "\n\n".join(parts) + "\n"


def _run() -> Iterable[str]:
    ours = HfArgumentParser([RunArguments, CartographyArguments])
    yield "## run.py"
    yield "Fine-tunes a question-answering model, evaluates it, and records its data map."
    yield _code(
        "python run.py --do_train --do_eval --dataset demo --model demo --enable_cartography "
        "--cartography_output_dir ./cartography_output"
    )
    yield _table(ours)
    yield (
        "Every flag of `transformers.TrainingArguments` works beside them; `python run.py --help` lists all. "
        "These have a default of our own:"
    )
    yield _rows(
        (f"`--{field.name}`", _with_default(str(field.metadata["help"]), field.default))
        for field in fields(RunTrainingArguments)
        if field.name in RunTrainingArguments.__annotations__
    )
    yield "These are used most:"
    yield _rows((f"`--{name}`", text) for name, text in COMMON.items())


def _analyze() -> Iterable[str]:
    parser = analyze.make_parser()
    yield "## analyze_cartography.py"
    yield str(parser.description)
    yield _example(parser)
    yield _table(parser)


def _datamap() -> Iterable[str]:
    parser = datamap.make_parser()
    verbs = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    yield "## datamap"
    yield "`datamap VERB …`; each verb is one Python function."
    for name, sub in verbs.choices.items():
        verb = datamap.VERBS[name]
        yield f"### datamap {name}"
        yield f"{verb.help[0].upper()}{verb.help[1:]}."
        yield _code(verb.example)
        yield f"Python: {_import_line(verb.function)}"
        yield _table(sub)


def _import_line(function: str) -> str:
    """How the function is imported, and its first line of documentation."""
    for home in HOMES:
        found = getattr(importlib.import_module(home), function, None)
        if found is not None:
            summary = (inspect.getdoc(found) or "").split("\n")[0].rstrip(".")
            return f"`from {home} import {function}`. {summary}."
    raise LookupError(f"{function} is in none of {', '.join(HOMES)}: add its module to HOMES.")


def _example(parser: argparse.ArgumentParser) -> str:
    return _code(str(parser.epilog).removeprefix("Example: "))


def _table(parser: argparse.ArgumentParser) -> str:
    return _rows(
        (f"`{_usage(action)}`", _with_default(_help(action), action.default))
        for action in parser._actions
        if not isinstance(action, argparse._HelpAction)
    )


def _usage(action: argparse.Action) -> str:
    """What is typed: `--name VALUE`, with the choices where there are any."""
    value = "{" + ",".join(map(str, action.choices)) + "}" if action.choices else _placeholder(action)
    if not action.option_strings:
        return f"{action.dest} {value}" if action.choices else action.dest
    # HfArgumentParser makes switches that may be followed by a truth value.
    switch = action.nargs == 0 or (action.nargs == "?" and action.const is True)
    more = " …" if action.nargs == "+" else ""
    return action.option_strings[0] + ("" if switch else f" {value}{more}")


def _placeholder(action: argparse.Action) -> str:
    kinds = {"int": "N", "float": "X", "Path": "PATH"}
    return str(action.metavar or kinds.get(getattr(action.type, "__name__", ""), "TEXT"))


def _help(action: argparse.Action) -> str:
    return (action.help or "") % vars(action)


def _with_default(text: str, default: object) -> str:
    text = text.removesuffix(".")
    if default in (None, False, [], argparse.SUPPRESS) or "default" in text:
        return text
    return f"{text}; default `{default}`"


def _rows(rows: Iterable[tuple[str, ...]]) -> str:
    lines = ["| argument | meaning |", "|---|---|"]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _code(command: str) -> str:
    return f"```bash\n{command}\n```"


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
