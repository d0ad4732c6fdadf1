"""`run.py` with a map made earlier: what it trains on, what it says, what it notes, and what it refuses."""

import json
from pathlib import Path

import pandas as pd
import pytest

from dataset_cartography import categorize_examples
from dataset_cartography.cli.run import main
from dataset_cartography.datamap import compute_metrics, load_cartography_metrics
from dataset_cartography.log import Manifest
from questions import generate

SHORT = [
    "--use_cpu",
    "True",
    "--max_length",
    32,
    "--doc_stride",
    8,
    "--report_to",
    "none",
    "--disable_tqdm",
    "True",
]


@pytest.fixture
def given(model_folder, questions_file):
    argv = [
        "--do_train",
        "--dataset",
        questions_file,
        "--model",
        model_folder,
        "--output_dir",
        "model",
        *SHORT,
    ]
    return [*argv, "--num_train_epochs", 1, "--save_strategy", "no"]


@pytest.fixture
def run(tmp_path, monkeypatch, given, capfd):
    monkeypatch.chdir(tmp_path)

    def call(*argv):
        capfd.readouterr()
        code = main([str(word) for word in [*given, *argv]])
        return code, capfd.readouterr()

    return call


def test_a_filter_trains_on_those_of_which_it_holds(run, recorded):
    df = categorize_examples(load_cartography_metrics(recorded))
    middle = float(df["confidence"].median())
    wanted = df.index[(df["category"] != "easy") & (df["confidence"] > middle)]
    where = f"category != 'easy' and confidence > {middle!r}"
    code, said = run("--cartography_map", recorded, "--cartography_filter", where, "--enable_cartography")
    assert code == 0
    assert (
        f"Filter: training on {len(wanted)} of 16 examples ({16 - len(wanted)} where not ({where}))."
        in said.out
    )
    assert compute_metrics("cartography_output").index.tolist() == wanted.tolist()
    noted = Manifest.read(Path("cartography_output")).provenance["interventions"]["filter"]
    assert noted.pop("digest")
    assert noted == {"where": where, "kept": len(wanted), "of": 16, "map": str(recorded)}


def test_all_together_is_said_and_noted(run, recorded):
    argv = ["--cartography_map", recorded, "--cartography_filter", "confidence >= 0", "--enable_cartography"]
    argv += [
        "--cartography_weight",
        "confidence",
        "--cartography_label_smoothing",
        "--cartography_curriculum",
    ]
    code, said = run(*argv, "competence")
    assert code == 0
    smoothing = (load_cartography_metrics(recorded)["variability"] * 0.6).clip(upper=0.3)
    assert [
        line for line in said.out.splitlines() if line.startswith(("Filter", "Loss", "Label", "Curr"))
    ] == [
        "Filter: training on 16 of 16 examples.",
        "Loss weights: 0.5 to 1.5 by rank in confidence, the hard end counting more.",
        (
            f"Label smoothing: {smoothing.min():.3g} to {smoothing.max():.3g} by variability, in the mean "
            f"{smoothing.mean():.3g}."
        ),
        "Curriculum: competence by confidence.",
    ]
    noted = Manifest.read(Path("cartography_output")).provenance["interventions"]
    assert {name: set(facts) - {"digest", "map"} for name, facts in noted.items()} == {
        "filter": {"where", "kept", "of"},
        "loss weights": {"metric", "heavy", "spread"},
        "label smoothing": {"metric", "scale", "most"},
        "curriculum": {"metric", "order", "seed", "start", "growing"},
    }
    assert {facts["map"] for facts in noted.values()} == {str(recorded)}


@pytest.mark.parametrize(
    "flags",
    [
        ["--cartography_weight", "variability", "--cartography_weight_heavy", "high"],
        ["--cartography_weight", "confidence", "--cartography_weight_spread", "0"],
        ["--cartography_label_smoothing"],
        ["--cartography_curriculum", "hard_first"],
    ],
)
def test_each_alone_without_recording(run, recorded, flags):
    assert run("--cartography_map", recorded, *flags)[0] == 0


def test_examples_that_the_map_lacks(run, recorded, tmp_path, caplog):
    rows = generate(20)
    rows[0]["id"] = "new"
    (tmp_path / "more.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    argv = ["--dataset", "more.jsonl", "--cartography_map", recorded, "--enable_cartography"]
    code, said = run(*argv, "--cartography_weight", "confidence")
    assert code == 0
    assert "5 of the 20 training examples have no weight, and count 1." in caplog.messages
    assert any(message.startswith(f"The map '{recorded}' was made on '") for message in caplog.messages)
    argv += ["--cartography_output_dir", "other", "--cartography_filter", "confidence >= 0"]
    code, said = run(*argv)
    assert "Filter: training on 15 of 20 examples (5 not on the map)." in said.out
    assert len(compute_metrics("other")) == 15


def test_a_resumed_run_must_be_steered_alike(run, refused, given, recorded, tmp_path):
    argv = ["--cartography_map", recorded, "--enable_cartography", "--save_strategy", "epoch"]
    argv += ["--num_train_epochs", 2, "--lr_scheduler_type", "constant", "--cartography_weight", "confidence"]
    assert run(*argv, "--cartography_output_dir", "whole", "--output_dir", "other")[0] == 0
    assert run(*argv, "--num_train_epochs", 1)[0] == 0
    again = [*given, *argv, "--resume_from_checkpoint", "last"]
    other = refused(main, *again, "--cartography_weight_spread", 0.2)
    digest = Manifest.read(Path("cartography_output")).provenance["interventions"]["loss weights"]["digest"]
    assert other.startswith(
        f"'cartography_output' was recorded in a training with loss weights (digest {digest}, heavy hard, metric "
        "confidence, spread 0.5), and this run has loss weights (digest "
    )
    assert other.endswith("spread 0.2): resume with the same, or record into a new directory.")
    moved = tmp_path / "moved.parquet"
    load_cartography_metrics(recorded).to_parquet(moved)
    assert run(*argv, "--resume_from_checkpoint", "last", "--cartography_map", moved)[0] == 0
    pd.testing.assert_frame_equal(compute_metrics("cartography_output"), compute_metrics("whole"))


REFUSALS = {
    "no map": (
        ["--cartography_filter", "confidence > 1"],
        "--cartography_filter goes by a map made earlier: give its directory to --cartography_map.",
    ),
    "nothing asked": (
        ["--cartography_map", "MAP"],
        (
            "--cartography_map alone changes nothing: give one of --cartography_filter, --cartography_weight, "
            "--cartography_label_smoothing, --cartography_curriculum."
        ),
    ),
    "how, and not what": (
        [
            "--cartography_map",
            "MAP",
            "--cartography_filter",
            "confidence > 0",
            "--cartography_weight_spread",
            0.2,
        ],
        "--cartography_weight_spread changes nothing without --cartography_weight: give both, or neither.",
    ),
    "how, and no map": (
        ["--cartography_smoothing_most", 0.1],
        "--cartography_smoothing_most changes nothing without --cartography_label_smoothing: give both, or neither.",
    ),
    "competence of another order": (
        [
            "--cartography_map",
            "MAP",
            "--cartography_curriculum",
            "easy_first",
            "--cartography_competence_start",
            1,
        ],
        (
            "--cartography_competence_start changes nothing without --cartography_curriculum competence: give both, "
            "or neither."
        ),
    ),
    "no such metric": (
        ["--cartography_map", "MAP", "--cartography_weight", "hardness"],
        (
            "Unknown metric 'hardness'; the map has: confidence, variability, correctness, forgetting_events, "
            "first_learned_epoch, never_learned, threshold_closeness, aum, mean_loss, variability_ci, "
            "last_gold_probability, last_correct, last_loss, epochs_seen, presentations, windows."
        ),
    ),
    "no hard end": (
        ["--cartography_map", "MAP", "--cartography_weight", "variability"],
        "Neither end of 'variability' is the hard one: say which counts more, low or high.",
    ),
    "no spread": (
        ["--cartography_map", "MAP", "--cartography_weight", "confidence", "--cartography_weight_spread", 2],
        "The spread of weights must be from 0 to 1, but is 2.0.",
    ),
    "no smoothing": (
        ["--cartography_map", "MAP", "--cartography_label_smoothing", "--cartography_smoothing_most", 1],
        "The most label smoothing must be from 0 to below 1, but is 1.0.",
    ),
    "smoothed twice": (
        ["--cartography_map", "MAP", "--cartography_label_smoothing", "--label_smoothing_factor", 0.1],
        "This trainer smooths all labels by 0.1 already: give one of label_smoothing_factor and smooth_labels.",
    ),
    "no order": (
        [
            "--cartography_map",
            "MAP",
            "--cartography_curriculum",
            "easy_first",
            "--cartography_curriculum_by",
            "variability",
        ],
        (
            "Neither end of 'variability' is the hard one; an order can be made by: confidence, correctness, "
            "forgetting_events, first_learned_epoch, never_learned, aum, mean_loss, last_gold_probability, "
            "last_correct, last_loss."
        ),
    ),
    "ordered twice": (
        [
            "--cartography_map",
            "MAP",
            "--cartography_curriculum",
            "easy_first",
            "--train_sampling_strategy",
            "sequential",
        ],
        "This trainer orders its examples already, by train_sampling_strategy='sequential': give one of the two.",
    ),
    "no loss of single examples": (
        ["--task", "causal-lm", "--cartography_map", "MAP", "--cartography_weight", "confidence"],
        (
            "--cartography_weight changes the loss of single examples, which is known for the tasks qa, "
            "classification, nli, multiple-choice, not for 'causal-lm': leave it out, or choose or order the examples "
            "(--cartography_filter, --cartography_curriculum)."
        ),
    ),
    "no expression": (
        ["--cartography_map", "MAP", "--cartography_filter", "__import__('os')"],
        (
            "The expression \"__import__('os')\" is not understood: it compares columns of the map with numbers and "
            "'texts' by <, <=, >, >=, ==, != or in, joined by `and`, `or`, `not`, such as category != 'ambiguous' and "
            "confidence < 0.9."
        ),
    ),
    "none left": (
        ["--cartography_map", "MAP", "--cartography_filter", "confidence > 1"],
        "No example can be chosen of the map's 16 (16 where not (confidence > 1)).",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(name, refused, given, recorded):
    argv, sentence = REFUSALS[name]
    said = refused(main, *given, *(str(recorded) if word == "MAP" else word for word in argv))
    assert said == sentence


def test_an_unknown_column_names_those_that_there_are(refused, given, recorded):
    said = refused(main, *given, "--cartography_map", recorded, "--cartography_filter", "region == 'easy'")
    assert said.startswith(
        "Column 'region' not found in the map; its columns are: 'confidence', 'variability', "
    )
    assert said.endswith("'category', 'example_id'. It is named in \"region == 'easy'\".")


def test_a_map_of_other_data_or_of_another_task(refused, given, recorded, tmp_path):
    rows = generate(5, ids=[f"other{number}" for number in range(5)])
    (tmp_path / "other.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    argv = [*given, "--cartography_map", recorded, "--cartography_weight", "confidence"]
    assert refused(main, *argv, "--dataset", "other.jsonl") == (
        f"None of the 5 ids of the training data, such as 'other0', is on the map '{recorded}', where the first is "
        "'q0'."
    )
    (tmp_path / "texts.jsonl").write_text('{"id": "q0", "text": "a", "label": "b"}\n')
    assert refused(main, *argv, "--dataset", "texts.jsonl", "--task", "classification") == (
        f"The map '{recorded}' is of the task 'qa', but this run trains 'classification': give a map of this data to "
        "--cartography_map."
    )


@pytest.mark.parametrize("given_as", ["directory", "file"])
def test_its_own_map_does_not_go_where_the_given_one_lies(given_as, refused, given, recorded, tmp_path):
    folder = tmp_path / "maps"
    folder.mkdir()
    there = folder / "cartography_metrics.parquet"
    load_cartography_metrics(recorded).to_parquet(there)
    before = there.read_bytes()
    argv = ["--cartography_map", folder if given_as == "directory" else there]
    argv += ["--cartography_weight", "confidence", "--enable_cartography", "--cartography_output_dir", "maps"]
    assert refused(main, *given, *argv) == (
        "The map of this run would go to 'maps', where that of --cartography_map lies: give another directory to "
        "--cartography_output_dir."
    )
    assert there.read_bytes() == before
    assert list(folder.iterdir()) == [there]


def test_the_folds_of_a_steered_run_are_not_said_to_be_steered(run, recorded):
    argv = ["--cartography_map", recorded, "--cartography_filter", "confidence >= 0", "--enable_cartography"]
    argv += ["--cartography_weight", "confidence", "--cartography_curriculum", "easy_first", "--cross_fit", 2]
    assert run(*argv)[0] == 0
    folds, own = (
        Manifest.read(root).provenance["interventions"]
        for root in (Path("cartography_output/out_of_fold"), Path("cartography_output"))
    )
    assert set(own) == {"filter", "loss weights", "curriculum"}
    assert folds == {"filter": own["filter"]}


def test_an_evaluation_alone_is_not_steered(refused, model_folder, questions_file, recorded):
    argv = ["--do_eval", "--dataset", questions_file, "--model", model_folder, *SHORT]
    said = refused(main, *argv, "--cartography_map", recorded, "--cartography_curriculum", "easy_first")
    assert said == "--cartography_curriculum changes the training: give --do_train too."
