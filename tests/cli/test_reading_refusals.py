"""Bad input to `analyze_cartography.py` and `datamap`: one sentence, exit code 2, no traceback."""

import json
import shutil

import pytest

from dataset_cartography.cli import analyze, datamap
from questions import generate


@pytest.fixture
def analysis(refused, recorded, questions_file):
    def call(*argv, directory=recorded, dataset=questions_file):
        return refused(analyze.main, "--cartography_dir", directory, "--dataset", dataset, *argv)

    return call


@pytest.fixture
def copy(recorded, tmp_path):
    return shutil.copytree(recorded, tmp_path / "copy")


def test_no_cartography_files(analysis, tmp_path):
    assert analysis(directory=tmp_path / "none") == (
        "No cartography files found in 'TMP/none': looked for cartography_metrics.parquet, cartography_metrics.csv, "
        "cartography_metrics.json and manifest.json. Make them with `python run.py --do_train --enable_cartography "
        "--cartography_output_dir TMP/none …`."
    )


def test_another_dataset(analysis, tmp_path):
    path = tmp_path / "other.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in generate(5, ids=list("vwxyz"))))
    assert analysis(dataset=path) == (
        "None of the map's 16 ids is among the 5 ids of the examples: the map has 'q0', the examples have 'v'. "
        "Give the dataset and split that the map was recorded on."
    )


def test_a_negative_number_of_examples(analysis):
    assert "-1" in analysis("--n_examples", "-1")


def test_no_dataset_file(analysis, tmp_path):
    assert analysis(dataset=tmp_path / "none.csv").startswith("No dataset file at 'TMP/none.csv'.")


def test_a_split_that_is_not_there(analysis):
    assert "goes by any of train" in analysis("--split", "nowhere")


def test_an_output_below_a_file(analysis, tmp_path):
    (tmp_path / "file").write_text("")
    said = analysis("--output_dir", tmp_path / "file" / "analysis")
    assert "TMP/file/analysis" in said
    assert "Not a directory" in said


def test_a_threshold_out_of_range(analysis):
    assert "confidence" in analysis("--confidence_threshold", "7")


@pytest.mark.parametrize("file", ["cartography_metrics.parquet", "cartography_metrics.csv"])
def test_a_damaged_map(analysis, copy, file):
    for name in ("cartography_metrics.parquet", "cartography_metrics.csv"):
        if name == file:
            (copy / name).write_bytes(b"\x00\xff not a map")
            break
        (copy / name).unlink()
    assert file in analysis(directory=copy)


def test_a_damaged_part(refused, copy):
    part = next(copy.glob("dynamics/*/*.parquet"))
    part.write_bytes(part.read_bytes()[:-20])
    assert refused(datamap.main, "metrics", copy).startswith("Part file 'TMP/copy/dynamics/epoch=")


def test_a_part_without_a_column(refused, copy):
    import pyarrow.parquet as pq

    part = next(copy.glob("dynamics/*/*.parquet"))
    pq.write_table(pq.read_table(part, partitioning=None).drop_columns(["margin"]), part)
    assert part.name in refused(datamap.main, "metrics", copy)


def test_examples_that_are_fewer_than_the_rows_say(refused, copy):
    import pyarrow.parquet as pq

    path = copy / "examples.parquet"
    pq.write_table(pq.read_table(path)[:5], path)
    assert refused(datamap.main, "metrics", copy) == (
        "'TMP/copy/examples.parquet' holds 5 examples, but the manifest says 16. Restore it from a copy, or record "
        "the run again."
    )


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"schema_version": 1}', "\x00"])
def test_a_damaged_manifest(refused, copy, content):
    (copy / "manifest.json").write_text(content)
    assert refused(datamap.main, "metrics", copy).startswith(
        "'TMP/copy/manifest.json' is not a readable manifest"
    )


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["--metrics", "confusion"], "Unknown metric 'confusion'; the metrics are: confidence, "),
        (["--metrics", "el2n"], "Metric 'el2n' needs the signal 'el2n', which was not recorded"),
        (["--burn_in", "-1"], "burn_in must be 0 or more; got -1."),
        (["--burn_out", "0"], "burn_in must be below burn_out"),
        (["--burn_in", "9"], "No epoch is left with burn_in=9"),
        (["--probability", "odd"], "probability must be one of product, geometric, mean, but is 'odd'."),
        (["--windows", "odd"], "windows must be one of max, mean, shared_norm, but is 'odd'."),
        (["--answers", "odd"], "answers must be one of all, first, but is 'odd'."),
        (["--variability_threshold", "2"], "The variability threshold"),
        (["--confidence_threshold", "nan"], "The confidence threshold"),
    ],
)
def test_metrics_that_cannot_be_made(refused, copy, argv, sentence):
    before = {path.name: path.read_bytes() for path in copy.iterdir() if path.is_file()}
    assert refused(datamap.main, "metrics", copy, *argv).startswith(sentence)
    if "threshold" not in argv[0]:
        assert {path.name: path.read_bytes() for path in copy.iterdir() if path.is_file()} == before


@pytest.mark.parametrize("verb", ["metrics", "plot"])
def test_no_log(refused, tmp_path, verb):
    assert refused(datamap.main, verb, tmp_path / "none").startswith(
        "No cartography files found in 'TMP/none'"
    )


def test_metrics_into_a_file(refused, copy, tmp_path):
    (tmp_path / "file").write_text("")
    assert refused(datamap.main, "metrics", copy, "--output_dir", tmp_path / "file") == (
        "Cannot use 'TMP/file': File exists."
    )
    assert refused(datamap.main, "metrics", copy, "--output_dir", tmp_path / "file" / "below") == (
        "Cannot use 'TMP/file/below': Not a directory."
    )


def test_a_picture_of_no_format(refused, copy, tmp_path):
    assert ".docx" in refused(datamap.main, "plot", copy, "--output", tmp_path / "map.docx")


def test_nothing_to_import(refused, tmp_path):
    assert refused(datamap.main, "import", "allenai", tmp_path / "none", tmp_path / "map").startswith(
        "No training dynamics in 'TMP/none'"
    )


def test_an_import_into_a_run(refused, copy, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "dynamics_epoch_0.jsonl").write_text('{"guid": 1, "logits_epoch_0": [1.0, 0.0], "gold": 0}\n')
    assert refused(datamap.main, "import", "allenai", source, copy).startswith("'TMP/copy' already holds a")


def test_an_export_below_a_file(refused, copy, tmp_path):
    (tmp_path / "file").write_text("")
    said = refused(datamap.main, "export", "allenai", copy, tmp_path / "file")
    assert said == "Cannot use 'TMP/file/training_dynamics': Not a directory."


@pytest.mark.parametrize(
    ("main", "argv"),
    [
        (datamap.main, []),
        (datamap.main, ["bake", "here"]),
        (datamap.main, ["metrics"]),
        (datamap.main, ["metrics", "here", "--method", "guess"]),
        (datamap.main, ["import", "other", "here", "there"]),
        (analyze.main, []),
        (analyze.main, ["--dataset", "demo", "--method", "guess"]),
        (analyze.main, ["--dataset", "demo", "--n_examples", "many"]),
    ],
)
def test_usage_errors(main, argv, capfd):
    with pytest.raises(SystemExit) as caught:
        main(argv)
    assert caught.value.code == 2
    err = capfd.readouterr().err
    assert ": error: " in err.strip().splitlines()[-1]
    assert "Traceback" not in err


@pytest.mark.parametrize("argv", [["--help"], *([verb, "--help"] for verb in datamap.VERBS)])
def test_every_verb_has_help(argv, capfd):
    with pytest.raises(SystemExit) as caught:
        datamap.main(argv)
    assert caught.value.code == 0
    out = capfd.readouterr().out
    assert argv == ["--help"] or f"Example: datamap {argv[0]}" in out
