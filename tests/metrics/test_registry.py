"""One metric is one file, one registry line and one line of the docs; a missing one fails here."""

import doctest
import importlib
import inspect
import math
import pkgutil
import re
from pathlib import Path

import pytest

from _reference import REFERENCE
from dataset_cartography import metrics
from dataset_cartography.metrics import METRICS

DOCS = Path(__file__).parents[2] / "docs" / "metrics.md"
MACHINERY = {"base", "compute", "epochs", "reductions", "registry"}
FILES = {module.name for module in pkgutil.iter_modules(metrics.__path__)}
EVERY = pytest.mark.parametrize("name", METRICS)


def module_of(name):
    return importlib.import_module(f"dataset_cartography.metrics.{name}")


def number(value):
    roots = {math.sqrt(2): "√2", math.sqrt(0.3125): "√0.3125", math.inf: "∞", -math.inf: "-∞"}
    return roots.get(value, f"{value:g}")


def test_every_file_is_a_metric_of_the_registry():
    assert set(METRICS) == FILES - MACHINERY


def test_every_metric_has_a_slow_twin():
    assert set(REFERENCE) == set(METRICS)


@EVERY
def test_file_function_and_registry_agree(name):
    metric = METRICS[name]
    assert metric is module_of(name).METRIC
    assert metric.name == metric.function.__name__ == name
    assert getattr(metrics, name) is metric.function
    assert name in metrics.__all__


@EVERY
def test_docstring_is_a_small_paper(name):
    text = inspect.getdoc(METRICS[name].function)
    parts = ("Formula:", "Range:", "Unseen epochs", "ne epoch", "Source:", "Args:", "Returns:", "Example:")
    assert [part for part in parts if part not in text] == []


@EVERY
def test_the_docs_table_tells_the_facts(name):
    metric = METRICS[name]
    low, high = metric.range
    closing = ")" if math.isinf(high) else "]"
    opening = "(" if math.isinf(low) else "["
    row = re.search(rf"^\| `{name}` \|.*$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert row, f"docs/metrics.md has no row for {name}"
    cells = [cell.strip() for cell in row.group().strip("|").split("|")]
    assert cells[2:] == [
        f"{opening}{number(low)}, {number(high)}{closing}",
        metric.hard_end or "neither",
        ", ".join(f"`{signal}`" for signal in metric.signals),
        metric.paper,
    ]


def test_the_docs_table_has_the_display_order():
    names = re.findall(r"^\| `(\w+)` \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert names == list(METRICS)


@pytest.mark.parametrize("name", sorted(FILES))
def test_docstring_examples_run(name):
    result = doctest.testmod(module_of(name))
    assert result.failed == 0
    assert result.attempted > 0 or name in MACHINERY


def test_the_docs_example_runs():
    (code,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    before = dict(METRICS)
    try:
        exec(compile(code, str(DOCS), "exec"), {})
        assert len(METRICS) == len(before) + 1  # the page adds a metric of one's own
    finally:
        METRICS.clear()
        METRICS.update(before)
