"""The docs cannot lag: commands, names, columns, messages and links are checked against the code."""

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import textwrap
from itertools import chain
from pathlib import Path

import pytest

import dataset_cartography
from dataset_cartography.cli.datamap import VERBS
from dataset_cartography.metrics import METRICS
from dataset_cartography.schema import (
    CAUSAL_LM,
    CLASSIFICATION,
    MULTI_LABEL,
    PREFERENCE,
    QUESTION_ANSWERING,
    REGRESSION,
)

ROOT = Path(__file__).parents[1]
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CARTOGRAPHY_README.md", *DOCS]
NAMES = [name for name in dataset_cartography.__all__ if not name.startswith("__")]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)


def text_of(page):
    return page.read_text(encoding="utf-8")


def prose_of(page):
    return FENCE.sub("", text_of(page))


def python_of(page):
    return [code for language, code in FENCE.findall(text_of(page)) if language == "python"]


def anchors_of(page):
    """The names GitHub gives to headings."""
    titles = re.findall(r"^#+ (.+)$", prose_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def section(page, heading):
    """The text from a heading to the next one of its level."""
    return re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text_of(page), re.M | re.S)[1]


def test_the_command_reference_is_up_to_date():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    assert text_of(ROOT / "docs" / "cli.md") == generate.render(), "run `make docs`"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_in_the_docs(verb):
    assert f"datamap {verb}" in "".join(map(text_of, DOCS))


@pytest.mark.parametrize("name", [*NAMES, *METRICS])
def test_every_name_is_in_the_written_docs(name):
    written = "".join(text_of(page) for page in DOCS if page.name != "cli.md")
    assert re.search(rf"`{name}\b", written), f"{name} is not explained in docs/"


def test_every_page_is_on_the_map_of_the_docs():
    missing = [page.name for page in DOCS if f"({page.name})" not in text_of(ROOT / "docs" / "index.md")]
    assert missing == ["index.md"]


@EVERY_PAGE
def test_relative_links_lead_somewhere(page):
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose_of(page)):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if link.startswith(("https://", "http://")):
            continue
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            broken.append(link)
    assert broken == []


@EVERY_PAGE
def test_python_in_the_docs_parses(page):
    for code in python_of(page):
        assert ast.parse(code).body


def test_part_file_columns_are_those_of_the_schema():
    rows = re.findall(
        r"^\| `(\w+)` \| (\w+) \| (.+) \|$", section(ROOT / "docs" / "files.md", "Part files"), re.M
    )
    others = (MULTI_LABEL, CAUSAL_LM, REGRESSION, PREFERENCE)
    columns = [
        *QUESTION_ANSWERING.columns,
        *CLASSIFICATION.columns,
        *chain(*(each.signals for each in others)),
    ]
    assert rows == [(column.name, column.dtype, column.meaning) for column in columns]


def test_quoted_messages_are_in_the_code():
    source = "".join(text_of(path) for path in sorted((ROOT / "src").rglob("*.py")))
    source = re.sub(r'"\n\s*f?"', "", source)  # sentences run over several lines
    quoted = re.findall(
        r'"([^"]+)"', "".join(re.findall(r"^## .+$", text_of(ROOT / "docs" / "troubleshooting.md"), re.M))
    )
    assert len(quoted) > 10
    pieces = [piece.strip() for message in quoted for piece in message.split("…")]
    assert [piece for piece in pieces if piece not in source] == []


def run(arguments, folder):
    """Run Python in a folder; its output, or the test fails with what it said."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory):
    """A folder with a small random model that knows the words of the demo data."""
    from dataset_cartography.tasks.demo import generate_demo_examples
    from tiny import tiny_qa_model, tiny_tokenizer

    rows = generate_demo_examples(60)
    tokenizer = tiny_tokenizer([row[name] for row in rows for name in ("question", "context")])
    folder = tmp_path_factory.mktemp("model")
    tokenizer.save_pretrained(folder)
    tiny_qa_model(len(tokenizer)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def recorded(tiny_model, tmp_path_factory):
    """A folder in which docs/evaluation_results.md's first command was run, with a small model and few examples."""
    folder = tmp_path_factory.mktemp("recorded")
    command = """
        --do_train --do_eval --eval_split train --dataset demo:60 --num_train_epochs 3 --max_length 128
        --doc_stride 32 --save_strategy no --output_dir ./trained_models/qa --enable_cartography
        --cartography_output_dir ./cartography_output
    """
    run([ROOT / "run.py", *command.split(), "--model", tiny_model], folder)
    # docs/slices.md compares with a run of which part of the input was withheld.
    shutil.copytree(folder / "cartography_output", folder / "cartography_hypothesis_only")
    for seed in ("seed1", "seed2", "seed3"):  # docs/uncertainty.md merges several runs
        shutil.copytree(folder / "cartography_output", folder / seed)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    # The gallery's code makes its pictures: tests/plotting/test_gallery.py.
    "page",
    [page for page in PAGES[2:] if python_of(page) and page.name != "gallery.md"],
    ids=lambda path: path.name,
)
def test_python_in_the_docs_runs(page, recorded):
    for code in python_of(page):
        run(["-W", "error", "-c", textwrap.dedent(code)], recorded)


@pytest.mark.slow
def test_the_example_script_runs(tiny_model, tmp_path):
    shown = run([ROOT / "examples" / "track_question_answering.py", tiny_model, "map"], tmp_path)
    assert len(re.findall(r"^demo-\d{5}: confidence 0\.\d{3}, margin -?\d+\.\d\d$", shown, re.M)) == 5
    assert (tmp_path / "map" / "cartography_map.png").is_file()
