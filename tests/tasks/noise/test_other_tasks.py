"""Planting in tags, sets of labels, numbers, texts and pairs: exact, reproducible, and wrong as people are wrong."""

import json

import datasets
import numpy as np
import pytest
from datasets import ClassLabel, Dataset, Features, List, Value

from dataset_cartography.errors import InputError
from dataset_cartography.slices.tags import entities
from dataset_cartography.tasks.noise import plant_label_noise, planted_report, planted_units, unit_keys
from dataset_cartography.tasks.noise.files import write_noisy

TAGS = ["O", "B-person", "I-person", "B-place", "I-place"]
TOPICS = ["sport", "money", "health", "music"]
BY_TASK = [
    ("token-classification", "confusable"),
    ("token-classification", "uniform"),
    ("token-classification", "boundary"),
    ("multi-label", "confusable"),
    ("multi-label", "uniform"),
    ("regression", "confusable"),
    ("regression", "uniform"),
    ("causal-lm", "confusable"),
    ("seq2seq", "uniform"),
    ("dpo", "confusable"),
    ("dpo", "uniform"),
]
EACH = pytest.mark.parametrize(("task", "kind"), BY_TASK)
GOLD = {
    "token-classification": ["tags"],
    "multi-label": ["labels"],
    "regression": ["label"],
    "causal-lm": ["completion", "messages"],
    "seq2seq": ["target"],
    "dpo": ["chosen", "rejected"],
}


def sentence(number):
    tags = [0, 1, 2, 0, 0, 3, 0, 0][: 5 + number % 4]
    return {"tokens": [f"w{place + number}" for place in range(len(tags))], "tags": tags}


def examples_of(task, count=60):
    ids = [f"e{number}" for number in range(count)]
    extra = None
    if task == "token-classification":
        rows = [sentence(number) for number in range(count)]
        extra = {"tokens": List(Value("string")), "tags": List(ClassLabel(names=TAGS))}
    elif task == "multi-label":
        rows = [
            {"text": f"text {n}", "labels": [place for place in range(4) if n >> place & 1]}
            for n in range(count)
        ]
        extra = {"text": Value("string"), "labels": List(ClassLabel(names=TOPICS))}
    elif task == "regression":
        rows = [{"text": f"text {n}", "label": float(n % 11) / 2} for n in range(count)]
    elif task == "causal-lm":
        rows = [
            {
                "prompt": f"Question {n}?" if n % 10 else "",
                "completion": f"Answer {n}" + "!" * (n % 7),
                "messages": [{"role": "assistant", "content": f"Answer {n}" + "!" * (n % 7)}],
            }
            for n in range(count)
        ]
    elif task == "seq2seq":
        rows = [{"source": f"source {n}", "target": f"target {n}"} for n in range(count)]
    else:
        rows = [
            {
                "prompt": f"p{n}",
                "chosen": f"good answer {n}",
                "rejected": f"{'bad' if n % 2 else 'good'} answer",
            }
            for n in range(count)
        ]
    rows = [{"id": name, **row} for name, row in zip(ids, rows, strict=True)]
    features = None if extra is None else Features({"id": Value("string"), **extra})
    return Dataset.from_list(rows, features=features)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path_factory.getbasetemp() / "datasets")


@EACH
def test_an_exact_share_is_wrong_and_recorded_and_nothing_else_changes(task, kind):
    examples = examples_of(task)
    noisy, planted = plant_label_noise(examples, task, 0.2, kind=kind)
    gold = GOLD[task]
    changed = [before["id"] for before, after in zip(examples, noisy, strict=True) if before != after]
    assert len(changed) == 12
    assert sorted(changed) == sorted(planted["id"])
    assert noisy.features == examples.features
    for name in set(examples.column_names) - set(gold):
        assert noisy[name][:] == examples[name][:]
    wrong = {row["id"]: row for row in planted.to_dict("records")}
    for before, after in zip(examples, noisy, strict=True):
        if before["id"] in wrong:
            row = wrong[before["id"]]
            told = [written(task, before), written(task, after)]
            assert [row["original"], row["planted"]] == (["chosen", "rejected"] if task == "dpo" else told)


def written(task, row):
    value = row[GOLD[task][0]]
    names = {"token-classification": TAGS, "multi-label": TOPICS}.get(task)
    return [names[number] for number in value] if names else value


@EACH
def test_the_order_of_the_rows_does_not_matter_and_the_seed_does(task, kind):
    examples = examples_of(task)
    shuffled = examples.select(np.random.default_rng(0).permutation(len(examples)))
    planted = plant_label_noise(examples, task, 0.2, kind=kind, seed=5)[1].to_dict("records")
    assert plant_label_noise(shuffled, task, 0.2, kind=kind, seed=5)[1].to_dict("records") == planted
    other = plant_label_noise(examples, task, 0.2, kind=kind, seed=6)[1]
    assert {row["id"] for row in planted} != set(other["id"])
    fewer = plant_label_noise(examples, task, 0.1, kind=kind, seed=5)[1].to_dict("records")
    assert planted[: len(fewer)] == fewer


def test_wrong_tags_are_entities_of_another_type_with_another_boundary_or_none():
    _, planted = plant_label_noise(examples_of("token-classification", 200), "token-classification", 0.9)
    seen = set()
    for row in planted.to_dict("records"):
        before, after = (set(entities(row[name])) for name in ("original", "planted"))
        (gone,) = before - after
        new = after - before
        assert len(new) <= 1
        if not new:
            seen.add("none")
            continue
        (one,) = new
        seen.add("type" if one.about != gone.about else "boundary")
        assert (one.about == gone.about) != ((one.start, one.end) == (gone.start, gone.end))
        if one.about == gone.about:
            assert abs(one.start - gone.start) + abs(one.end - gone.end) == 1
    assert seen == {"none", "type", "boundary"}


def test_a_boundary_alone_moves_if_that_is_asked_for():
    _, planted = plant_label_noise(
        examples_of("token-classification"), "token-classification", 0.5, kind="boundary"
    )
    for row in planted.to_dict("records"):
        (gone,) = set(entities(row["original"])) - set(entities(row["planted"]))
        (one,) = set(entities(row["planted"])) - set(entities(row["original"]))
        assert one.about == gone.about
        assert abs(one.start - gone.start) + abs(one.end - gone.end) == 1


def test_tags_that_mark_no_entities_become_what_the_word_is_elsewhere():
    rows = [{"id": n, "tokens": ["a", "run"], "tags": [0, 1 + n % 2]} for n in range(10)]
    kinds = Features(
        id=Value("int64"), tokens=List(Value("string")), tags=List(ClassLabel(names=["DET", "VB", "NN"]))
    )
    _, planted = plant_label_noise(Dataset.from_list(rows, features=kinds), "token-classification", 0.5)
    assert {tuple(sorted((*row["original"], *row["planted"]))) for row in planted.to_dict("records")} == {
        ("DET", "DET", "NN", "VB")
    }


def test_other_schemes_of_tags_are_kept():
    names = ["O", "B-x", "I-x", "E-x", "S-x", "B-y", "I-y", "E-y", "S-y"]
    rows = [{"id": n, "tokens": ["a", "b", "c", "d"], "tags": [0, 1, 3, 0]} for n in range(40)]
    kinds = Features(id=Value("int64"), tokens=List(Value("string")), tags=List(ClassLabel(names=names)))
    _, planted = plant_label_noise(Dataset.from_list(rows, features=kinds), "token-classification", 0.9)
    found = {" ".join(tags) for tags in planted["planted"]}
    assert found == {
        "O O O O",
        "O B-x I-x E-x",
        "B-x I-x E-x O",
        "O S-x O O",
        "O O S-x O",
    }


def test_a_label_is_forgotten_or_one_added_that_goes_with_those_given():
    _, planted = plant_label_noise(examples_of("multi-label"), "multi-label", 0.9)
    differences = [len(row["planted"]) - len(row["original"]) for row in planted.to_dict("records")]
    assert set(differences) == {-1, 1}
    assert all(
        row["planted"] == sorted(row["planted"], key=TOPICS.index) for row in planted.to_dict("records")
    )


def test_wrong_numbers_are_one_to_two_standard_deviations_off_and_as_fine_as_the_data():
    examples = examples_of("regression")
    values = np.array(examples["label"][:])
    planted = plant_label_noise(examples, "regression", 0.5)[1]
    off = np.abs(planted["planted"] - planted["original"])
    assert (off > values.std() * 0.95).all()
    assert (off < values.std() * 2.05).all()
    assert planted["planted"].between(values.min(), values.max()).all()
    assert (planted["planted"] == planted["planted"].round(1)).all()
    others = plant_label_noise(examples, "regression", 0.5, kind="uniform")[1]
    assert set(others["planted"]) <= set(values.tolist())
    assert (np.abs(others["planted"] - others["original"]) > 0.6745 * values.std()).all()


def test_wrong_texts_are_of_others_and_of_about_the_same_length():
    examples = examples_of("causal-lm")
    noisy, planted = plant_label_noise(examples, "causal-lm", 0.5)
    texts = examples["completion"][:]
    assert set(planted["planted"]) <= set(texts)
    assert (
        max(
            abs(len(one) - len(two)) for one, two in zip(planted["original"], planted["planted"], strict=True)
        )
        <= 2
    )
    alone = {name for name, prompt in zip(examples["id"], examples["prompt"], strict=True) if not prompt}
    assert not alone & set(planted["id"])
    assert all(row["messages"][-1]["content"] == row["completion"] for row in noisy)


def test_pairs_that_are_alike_are_the_confusable_ones():
    _, planted = plant_label_noise(examples_of("dpo"), "dpo", 0.4)
    assert {int(name[1:]) % 2 for name in planted["id"]} == {0}


def test_planted_units_are_told_by_their_numbers():
    examples = examples_of("multi-label")
    noisy, planted = plant_label_noise(examples, "multi-label", 0.2)
    keys = planted_units(planted, TOPICS)
    assert len(keys) == len(planted)
    different = {
        f"{place} {before['id']}"
        for before, after in zip(examples, noisy, strict=True)
        for place in set(before["labels"]) ^ set(after["labels"])
    }
    assert set(keys) == different
    ranking = unit_keys(np.repeat(examples["id"][:], 4), list(range(4)) * len(examples))
    assert planted_report(ranking, keys).planted == len(planted)


@pytest.mark.parametrize("task", GOLD)
def test_the_written_dataset_has_names_and_no_column_that_tells(task, tmp_path):
    examples = examples_of(task)
    values = examples[GOLD[task][0]][:]
    twice = examples.add_column("copy", values, feature=examples.features[GOLD[task][0]])
    noisy, planted = plant_label_noise(twice, task, 0.2, kind="uniform")
    write_noisy(twice, noisy, planted, tmp_path / "noisy.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "noisy.jsonl").read_text().splitlines()]
    assert set(rows[0]) == set(examples.column_names)
    wrong = dict(zip(planted["id"], planted["planted"], strict=True))
    for row in rows:
        if task != "dpo" and row["id"] in wrong:
            assert row[GOLD[task][0]] == wrong[row["id"]]


def test_kinds_that_a_task_has_no_example_of_are_refused():
    rows = [{"id": n, "tokens": ["a"], "tags": [n % 2]} for n in range(10)]
    kinds = Features(
        id=Value("int64"), tokens=List(Value("string")), tags=List(ClassLabel(names=["DET", "NN"]))
    )
    with pytest.raises(InputError) as error:
        plant_label_noise(
            Dataset.from_list(rows, features=kinds), "token-classification", 0.5, kind="boundary"
        )
    assert str(error.value) == (
        "Cannot plant 5 wrong labels (0.5 of 10 examples) of the kind 'boundary': only 0 examples have another "
        "plausible label. Give a smaller share, or another kind."
    )
