"""The hidden truth: written whole, read back as it was, by nobody but what evaluates."""

import ast
from pathlib import Path

import pytest

import dataset_cartography
from dataset_cartography.errors import InputError, MissingFileError
from dataset_cartography.log import LogPaths, Manifest
from dataset_cartography.tasks.noise import plant_label_noise, planted_path, read_planted, write_planted

SOURCE = Path(dataset_cartography.__file__).parent
# Who may know of planted labels at all: what plants, and what evaluates.
PLANTS = {
    "cli/run.py",
    "cli/run_arguments.py",
    "cli/plant.py",
    "cli/demo.py",
    "cli/errors.py",
    "cli/error_units.py",
    "cli/cross_fit.py",
}
# Who may read which were planted. `datamap errors` evaluates too, apart from what it ranks by.
READS = {"cli/plant.py", "cli/errors.py", "cli/error_units.py"}


def mentions(path):
    """The names that a module imports from the room of planted noise."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dataset_cartography.tasks"):
            if node.module.startswith("dataset_cartography.tasks.noise"):
                yield from (alias.name for alias in node.names)
            yield from ("noise" for alias in node.names if alias.name == "noise")
        elif isinstance(node, ast.Import):
            yield from (
                "noise" for alias in node.names if alias.name.startswith("dataset_cartography.tasks.noise")
            )


def test_only_what_plants_and_what_evaluates_knows_of_it():
    others = {path.relative_to(SOURCE).as_posix(): path for path in SOURCE.rglob("*.py")}
    found = {
        name: set(mentions(path)) for name, path in others.items() if not name.startswith("tasks/noise/")
    }
    assert {name for name, names in found.items() if names} == PLANTS
    assert {name for name, names in found.items() if "read_planted" in names or "noise" in names} == READS


def test_the_truths_file_has_its_name_in_one_place_only():
    naming = [path for path in SOURCE.rglob("*.py") if "planted.parquet" in path.read_text(encoding="utf-8")]
    assert [path.relative_to(SOURCE).as_posix() for path in naming] == ["tasks/noise/truth.py"]


@pytest.fixture
def run(tmp_path):
    """A cartography directory whose manifest says that 12 labels were planted."""
    facts = {"planted_labels": {"share": 0.1, "kind": "confusable", "seed": 0, "count": 12}}
    manifest = Manifest("classification", "in_training", "string", 120, provenance=facts)
    LogPaths(tmp_path).manifest.write_text(manifest.to_json())
    return tmp_path


@pytest.mark.parametrize(
    ("data", "task"), [("texts", "classification"), ("choices", "multiple-choice"), ("questions", "qa")]
)
def test_the_truth_comes_back_as_it_was(request, tmp_path, data, task):
    planted = plant_label_noise(request.getfixturevalue(data), task, 0.1)[1]
    file = tmp_path / "noisy.planted"
    write_planted(planted, file)
    for path in (file, tmp_path / "noisy.jsonl"):
        again = read_planted(path)
        assert again.to_dict("records") == planted.to_dict("records")
        assert again.attrs == planted.attrs
        assert type(again["id"].tolist()[0]) is type(planted["id"].tolist()[0])


def test_the_truth_of_a_run_lies_in_its_directory(run, texts):
    planted = plant_label_noise(texts, "classification", 0.1)[1]
    write_planted(planted, planted_path(run))
    assert (run / "planted.parquet").is_file()
    assert read_planted(run)["id"].tolist() == planted["id"].tolist()


def test_the_truth_of_another_run_is_refused(run, texts):
    write_planted(plant_label_noise(texts, "classification", 0.2)[1], planted_path(run))
    with pytest.raises(InputError) as error:
        read_planted(run)
    assert str(error.value) == (
        f"'{run / 'planted.parquet'}' holds 24 planted labels, but '{run / 'manifest.json'}' says 12: it belongs to "
        "another run."
    )


def test_a_run_without_planted_labels_has_no_truth_even_where_a_file_lies(tmp_path, texts):
    write_planted(plant_label_noise(texts, "classification", 0.1)[1], planted_path(tmp_path))
    with pytest.raises(MissingFileError) as error:
        read_planted(tmp_path)
    assert str(error.value) == (
        f"No labels were planted in the run of '{tmp_path}': record one with run.py --plant_label_noise."
    )


def test_a_missing_or_damaged_truth_is_told(run):
    with pytest.raises(MissingFileError) as missing:
        read_planted(run)
    assert str(missing.value) == (
        f"No planted labels at '{run / 'planted.parquet'}', which `run.py --plant_label_noise` writes into the "
        "cartography directory and `datamap plant` beside the dataset."
    )
    planted_path(run).write_text("no parquet")
    with pytest.raises(InputError) as damaged:
        read_planted(run)
    assert str(damaged.value).startswith(f"'{run / 'planted.parquet'}' cannot be read as planted labels (")
