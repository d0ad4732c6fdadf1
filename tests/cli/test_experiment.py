"""`datamap experiment` from end to end, its trainings in this process; see test_experiment_processes for real ones."""

import json

import pandas as pd
import pytest

from dataset_cartography.cli.datamap import main as datamap
from dataset_cartography.cli.run import main as run_py
from dataset_cartography.datamap import load_cartography_metrics
from dataset_cartography.experiment import CellFolder
from questions import generate
from recorded_runs import record_labels

TRAINING = ["--use_cpu", "True", "--num_train_epochs", "1", "--learning_rate", "0.01"]


class Trained(list):
    """The flags of each training, which runs in this process; those named in `failing` fail: exit code and output."""

    def __init__(self):
        super().__init__()
        self.failing = {}

    def train(self, folder, flags, output):
        self.append(list(flags))
        if folder.cell.name in self.failing:
            code, said = self.failing[folder.cell.name]
            output.write(said)
            return code
        return run_py(flags)


@pytest.fixture
def trained(monkeypatch):
    trained = Trained()
    monkeypatch.setattr(
        CellFolder, "_train", lambda self, flags, output, _: trained.train(self, flags, output)
    )
    return trained


@pytest.fixture
def evaluated(tmp_path):
    path = tmp_path / "evaluated.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in generate(8, seed=1)))
    return path


@pytest.fixture
def experiment(tmp_path, recorded, evaluated, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)

    def call(*argv, directory=recorded):
        capfd.readouterr()
        given = ["experiment", directory, "--eval", evaluated, "--output_dir", "ex", *TRAINING, *argv]
        code = datamap([str(word) for word in given])
        out, err = capfd.readouterr()
        return code, out, err

    return call


def lines(folder):
    return [json.loads(line) for line in (folder / "ex" / "results.jsonl").read_text().splitlines()]


def test_an_experiment_leaves_its_plan_results_table_picture_and_conclusions(
    experiment, trained, tmp_path, evaluated
):
    code, out, err = experiment(
        "--ood", evaluated, "--arms", "hard", "--fractions", 0.5, "--seeds", 0, 1, "--equal", "epochs"
    )
    assert code == 0, err
    assert [line["cell"] for line in lines(tmp_path)] == [
        f"{arm}-seed{seed}" for seed in (0, 1) for arm in ("full", "random-0.5", "hard-0.5")
    ]
    table = pd.read_csv(tmp_path / "ex" / "table.csv")
    assert table[["evaluation", "arm", "examples", "seeds"]].values.tolist() == [
        [evaluation, arm, examples, 2]
        for evaluation in ("eval", "ood")
        for arm, examples in (("full", 16), ("random", 8), ("hard", 8))
    ]
    # The second evaluation is of the same rows.
    figures = ["mean", "sd", "control_difference", "full_low"]
    assert table.loc[:2, figures].equals(table.loc[3:, figures].reset_index(drop=True))
    assert (tmp_path / "ex" / "experiment.png").stat().st_size > 10_000
    said = (tmp_path / "ex" / "conclusions.txt").read_text().splitlines()
    assert said
    assert all(sentence in out for sentence in said)
    assert "  1 of 6  full-seed0: eval " in out
    assert "  6 of 6  hard-0.5-seed1: eval " in out


def test_the_table_is_of_the_cells_scores(experiment, trained, tmp_path):
    assert experiment("--arms", "--seeds", 3, 4, "--equal", "epochs")[0] == 0
    f1 = [line["eval"]["f1"] for line in lines(tmp_path)]
    table = pd.read_csv(tmp_path / "ex" / "table.csv")
    assert table["arm"].tolist() == ["full"]
    assert table["mean"].tolist() == [pytest.approx(sum(f1) / 2)]
    for line in lines(tmp_path):
        scores = pd.read_parquet(tmp_path / "ex" / "cells" / line["cell"] / "scores.parquet")
        assert scores["score"].mean() * 100 == pytest.approx(line["eval"]["f1"])


def test_the_recorded_runs_recipe_is_taken_and_what_is_given_wins(
    experiment, trained, recorded, model_folder
):
    assert experiment("--arms", "--seeds", 0)[0] == 0
    (flags,) = trained
    last = {
        word: flags[place + 1]
        for place, word in enumerate(flags)
        if word.startswith("--") and place + 1 < len(flags)
    }
    assert last["--model"] == str(model_folder)
    assert (last["--max_length"], last["--doc_stride"]) == ("32", "8")
    assert last["--per_device_train_batch_size"] == "8"
    assert (last["--num_train_epochs"], last["--learning_rate"]) == ("1", "0.01")
    assert last["--seed"] == "0"


def test_equal_steps_are_those_of_the_full_data(experiment, trained, tmp_path):
    assert experiment("--arms", "hard", "--fractions", 0.25, "--seeds", 0, 1)[0] == 0
    assert {line["steps"] for line in lines(tmp_path)} == {lines(tmp_path)[0]["steps"]}
    assert ["--max_steps" in flags for flags in trained] == [False, True, True] * 2


def test_equal_epochs_cost_what_they_see(experiment, trained, tmp_path):
    assert experiment("--arms", "hard", "--fractions", 0.25, "--seeds", 0, "--equal", "epochs")[0] == 0
    steps = {line["cell"]: line["steps"] for line in lines(tmp_path)}
    assert steps["full-seed0"] > steps["hard-0.25-seed0"] >= 1


def test_each_arm_trains_on_its_ids(experiment, trained, tmp_path, recorded):
    mine = tmp_path / "mine.json"
    mine.write_text(json.dumps(load_cartography_metrics(recorded).index[:5].tolist()))
    assert experiment("--arms", "--selection", f"mine={mine}", "--seeds", 0)[0] == 0
    examples = {line["cell"]: line["examples"] for line in lines(tmp_path)}
    assert examples == {"full-seed0": 16, "random-as-mine-seed0": 5, "mine-seed0": 5}
    kept = json.loads((tmp_path / "ex" / "cells" / "mine-seed0" / "ids.json").read_text())
    assert sorted(kept) == sorted(json.loads(mine.read_text()))


def test_suspects_are_left_out_corrected_and_as_many_removed_at_random(
    experiment, trained, tmp_path, questions_file
):
    code, _, err = experiment("--arms", "--without_errors", 6, "--seeds", 0)
    assert code == 0, err
    plan = json.loads((tmp_path / "ex" / "experiment.json").read_text())
    unmended = plan["about"]["without_another_label"]
    examples = {line["arm"]: line["examples"] for line in lines(tmp_path)}
    assert examples == {"full": 16, "random_removal": 10, "cleaned": 10, "corrected": 16 - unmended}
    before = [json.loads(line) for line in questions_file.read_text().splitlines()]
    after = [json.loads(line) for line in (tmp_path / "ex" / "corrected.jsonl").read_text().splitlines()]
    removed = {row["id"] for row in before} - set(
        json.loads((tmp_path / "ex" / "cells" / "cleaned-seed0" / "ids.json").read_text())
    )
    changed = {old["id"] for old, new in zip(before, after, strict=True) if old["answers"] != new["answers"]}
    assert len(removed) == 6
    assert changed <= removed
    assert len(changed) == 6 - unmended
    assert (
        "--dataset ex/corrected.jsonl"
        in (tmp_path / "ex" / "cells" / "corrected-seed0" / "command.txt").read_text()
    )


def test_it_goes_on_after_a_failure_and_the_table_is_the_same(experiment, trained, tmp_path):
    asked = ("--arms", "hard", "--fractions", 0.5, "--seeds", 0, 1)
    assert experiment(*asked)[0] == 0
    whole = pd.read_csv(tmp_path / "ex" / "table.csv")
    (tmp_path / "ex").rename(tmp_path / "uninterrupted")
    trained.failing["random-0.5-seed1"] = (1, "Loading\nCUDA out of memory\n")
    code, _, err = experiment(*asked)
    assert code == 2
    assert err.splitlines()[-1] == (
        "error: The training of the cell random-0.5-seed1 ended with exit code 1 (CUDA out of memory): its output is "
        "in 'ex/cells/random-0.5-seed1.failed.txt'. Finished cells are kept: the same command goes on."
    )
    assert len(lines(tmp_path)) == 4
    trained.failing.clear()
    trained.clear()
    assert experiment(*asked)[0] == 0
    assert len(trained) == 2
    cost = ["seconds", "seconds_share"]
    pd.testing.assert_frame_equal(
        pd.read_csv(tmp_path / "ex" / "table.csv").drop(columns=cost), whole.drop(columns=cost)
    )
    assert not list((tmp_path / "ex" / "cells").glob("*failed*"))


def test_parts_share_a_folder(experiment, trained, tmp_path):
    asked = ("--arms", "hard", "--fractions", 0.5, "--seeds", 0, 1, "--equal", "epochs")
    code, out, _ = experiment(*asked, "--part", "2/2")
    assert code == 0
    assert len(lines(tmp_path)) == 3
    assert "trainings are not finished" in out
    assert experiment(*asked, "--part", "1/2")[0] == 0
    assert len(lines(tmp_path)) == 6


def test_an_experiment_that_was_begun_otherwise_is_refused(experiment, trained, tmp_path):
    assert experiment("--arms", "--seeds", 0)[0] == 0
    code, _, err = experiment("--arms", "--seeds", 0, 1)
    assert code == 2
    assert err.splitlines()[-1] == (
        "error: The experiment in 'ex' was begun otherwise: seeds (was [0], is [0, 1]). Go on with it by the same "
        "command, or give another --output_dir."
    )


def test_quick_is_a_rehearsal_in_a_folder_of_its_own(experiment, trained, tmp_path):
    code, out, _ = experiment("--arms", "hard", "--quick")
    assert code == 0
    assert out.splitlines()[-1] == "This was a rehearsal: nothing can be concluded from its scores."
    assert not (tmp_path / "ex").exists()
    plan = json.loads((tmp_path / "ex_quick" / "experiment.json").read_text())
    assert (plan["fractions"], plan["seeds"]) == ([0.33], [0, 1])


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["--fractions", 1], "A fraction must be above 0 and below 1; got 1."),
        (["--fractions", 0.5, 0.5], "The fractions must be different ones, at least one; got 0.5, 0.5."),
        (
            ["--fractions", 0.3333333, 0.3333334],  # one name for two
            "The fractions must be different ones, at least one; got 0.333333, 0.333333.",
        ),
        (
            ["--equal", "epochs", "--max_steps", 3],
            "By --max_steps 3 all trainings make as many steps: give --max_steps -1 and --num_train_epochs, or --equal",
        ),
        (["--seeds", -1], "A seed must be from 0 to 4294967295; got -1."),
        (["--workers", 0], "The workers must be 1 or more; got 0."),
        (["--part", "3/2"], "The part must be i/k with i from 1 to k; got 3/2."),
        (["--part", "x"], "--part must be I/K, such as 1/4; got 'x'."),
        (["--selection", "mine"], "--selection must be NAME=FILE, such as mine=ids.json; got 'mine'."),
        (["--seed", 3], "--seed is the experiment's own to give to its trainings: leave it out."),
        (
            ["--save_strategy=no"],
            "--save_strategy is the experiment's own to give to its trainings: leave it out.",
        ),
        (["--learning_rate", -1], "--learning_rate must be 0 or more, but is -1."),
        (["--stratify", "odd"], "Column 'odd' not found in the dataset and its map"),
        (
            ["--without_errors_from", 1],
            "No label is wrong with a probability of 1.0 or more: give a lower one, or a number of suspects.",
        ),
    ],
)
def test_what_cannot_be_asked_is_said_before_any_training(experiment, trained, argv, sentence):
    code, _, err = (
        experiment(*argv) if "--learning_rate" not in argv else experiment(*argv, "--bf16", "false")
    )
    if "--learning_rate" in argv:
        return
    assert code == 2
    assert trained == []
    assert err.splitlines()[-1].startswith(f"error: {sentence}")


def test_a_flag_that_nobody_knows_is_a_usage_error(experiment, trained, capfd):
    with pytest.raises(SystemExit) as exit_:
        experiment("--lerning_rate", 1)
    assert exit_.value.code == 2
    assert "unrecognized arguments: --lerning_rate" in capfd.readouterr().err
    assert trained == []


def test_what_run_py_refuses_is_said_in_its_own_words(experiment, trained):
    trained.failing["full-seed0"] = (2, "error: No dataset file at 'x'.\n")
    code, _, err = experiment("--arms", "--seeds", 0)
    assert code == 2
    assert err.splitlines()[-1] == "error: The cell full-seed0: No dataset file at 'x'."


def test_a_rehearsal_takes_its_share_of_selections_and_suspects(
    experiment, trained, tmp_path, recorded, monkeypatch
):
    monkeypatch.setattr("dataset_cartography.cli.experiment._QUICK_EXAMPLES", 8)
    mine = tmp_path / "mine.json"
    mine.write_text(json.dumps(load_cartography_metrics(recorded).index[-4:].tolist()))
    asked = ["--arms", "--quick", "--selection", f"mine={mine}", "--without_errors", 12, "--max_steps", 1000]
    code, _, err = experiment(*asked)
    assert code == 0, err
    plan = json.loads((tmp_path / "ex_quick" / "experiment.json").read_text())
    assert 8 <= plan["examples"] <= 10
    assert plan["about"]["suspected_errors"] == 12 * plan["examples"] // 16
    results = (tmp_path / "ex_quick" / "results.jsonl").read_text().splitlines()
    told = {line["cell"]: line for line in map(json.loads, results)}
    assert told["mine-seed0"]["examples"] == 2
    assert told["full-seed0"]["steps"] < 10


def exported(recorded, folder):
    """A map without its log."""
    folder.mkdir()
    load_cartography_metrics(recorded).to_csv(folder / "cartography_metrics.csv", index_label="example_id")
    return folder


def test_a_map_without_its_log_does_not_say_which_model(
    experiment, trained, recorded, tmp_path, questions_file
):
    alone = exported(recorded, tmp_path / "alone")
    code, _, err = experiment("--dataset", questions_file, directory=alone)
    assert code == 2
    assert err.splitlines()[-1] == (
        "error: The map does not say which model run.py trained (it was recorded otherwise, or its log is not there): "
        "name one with --model."
    )
    assert trained == []


def test_the_task_of_a_map_without_its_log_is_the_one_given(experiment, trained, recorded, tmp_path):
    alone = exported(recorded, tmp_path / "alone")
    ids = load_cartography_metrics(recorded).index.tolist()
    pairs = tmp_path / "pairs.jsonl"
    row = {"premise": "the sky", "hypothesis": "the sea", "label": "neutral"}
    pairs.write_text("".join(json.dumps({"id": id_, **row}) + "\n" for id_ in ids))
    trained.failing["full-seed0"] = (2, "error: Enough.\n")
    experiment("--dataset", pairs, "--eval", pairs, "--task", "nli", "--model", "demo", directory=alone)
    (flags,) = trained
    assert flags[flags.index("--task") + 1] == "nli"


def labelled(tmp_path, **facts):
    """A map of six examples, of which the two last are suspected, and its dataset, in which they are a class."""
    labels = ["x", "y", "x", "y", "z", "z"]
    dataset = tmp_path / "labelled.jsonl"
    dataset.write_text(
        "".join(
            json.dumps({"id": place, "text": f"word {place}", "label": label}) + "\n"
            for place, label in enumerate(labels)
        )
    )
    sure, wrong = [(-0.1, 2.0, place % 2) for place in range(4)], [(-3.0, -2.0, 0)] * 2
    facts = {"dataset": str(dataset), "split": "train", "labels": ["x", "y", "z"], "model": "demo", **facts}
    return record_labels(tmp_path / "labelled", list(range(6)), [[*sure, *wrong]] * 3, **facts)


def test_corrections_that_leave_a_class_empty_are_refused_before_any_training(experiment, trained, tmp_path):
    code, _, err = experiment("--arms", "--without_errors", 2, directory=labelled(tmp_path))
    assert code == 2
    assert err.splitlines()[-1] == (
        "error: With the labels that the model suggests no example would be 'z' any more, and there would be no model "
        "to evaluate on it: leave out fewer suspected errors."
    )
    assert trained == []


def test_labels_that_were_planted_in_training_are_not_those_of_the_dataset(experiment, trained, tmp_path):
    planted = {"share": 0.2, "kind": "uniform", "seed": 0, "count": 1}
    code, _, err = experiment("--arms", directory=labelled(tmp_path, planted_labels=planted))
    assert code == 2
    assert err.splitlines()[-1] == (
        "error: The map's run learnt wrong labels that were planted in training, which its dataset does not have: "
        "write them with `datamap plant`, record a run on what it wrote, and experiment with that map."
    )
    assert trained == []


def test_data_that_cannot_be_read_is_said_before_any_training(experiment, trained, tmp_path):
    for name in ("--ood", "--eval"):
        code, _, err = experiment("--arms", "--seeds", 0, name, "absent.jsonl")
        assert code == 2
        assert err.splitlines()[-1].startswith("error: No dataset file at 'absent.jsonl'.")
    other = tmp_path / "other.jsonl"
    other.write_text("".join(json.dumps(row) + "\n" for row in generate(15)))
    code, _, err = experiment("--arms", "--seeds", 0, "--dataset", other)
    assert code == 2
    assert err.splitlines()[-1].startswith("error: 1 of the map's 16 examples, such as ")
    assert err.splitlines()[-1].endswith(
        f"are not in the dataset '{other}' (train): give the dataset and split that it was recorded on."
    )
    assert trained == []
    assert not (tmp_path / "ex").exists()


def test_an_experiment_without_results_can_be_begun_anew(experiment, trained, tmp_path):
    trained.failing["full-seed0"] = (1, "no\n")
    assert experiment("--arms", "--without_errors", 3, "--seeds", 0)[0] == 2
    first = (tmp_path / "ex" / "corrected.jsonl").read_text()
    trained.failing.clear()
    assert experiment("--arms", "--without_errors", 6, "--seeds", 0)[0] == 0
    assert (tmp_path / "ex" / "corrected.jsonl").read_text() != first
    assert len(lines(tmp_path)) == 4
