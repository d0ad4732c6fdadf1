"""The paper's format: in, computed as its code computes, and out again."""

import gzip
import json

import numpy as np
import pandas as pd
import pytest

from _reference import paper_metrics
from dataset_cartography.datamap import compute_metrics
from dataset_cartography.errors import InputError, MissingFileError, OutputExistsError
from dataset_cartography.formats.allenai import export_allenai, import_allenai


def write_paper_log(
    folder, *, examples=40, epochs=5, classes=3, compress=False, string_ids=False, missing=()
):
    """A run in the paper's format; `missing` are (example, epoch) pairs left out."""
    rng = np.random.default_rng(3)
    gold = rng.integers(0, classes, examples)
    folder = folder / "training_dynamics"
    folder.mkdir(parents=True)
    logits = rng.normal(size=(epochs, examples, classes)) * 2
    for epoch in range(epochs):
        lines = [
            json.dumps(
                {
                    "guid": f"00{example}" if string_ids else example * 7,
                    f"logits_epoch_{epoch}": logits[epoch, example].tolist(),
                    "gold": int(gold[example]),
                }
            )
            for example in rng.permutation(examples).tolist()
            if (example, epoch) not in missing
        ]
        text = "\n".join(lines) + "\n"
        name = folder / f"dynamics_epoch_{epoch}.jsonl"
        if compress:
            name.with_suffix(".jsonl.gz").write_bytes(gzip.compress(text.encode()))
        else:
            name.write_text(text)
    return logits, gold


def papers_metrics(logits, gold):
    """What the paper's code computes, one example at a time (compute_train_dy_metrics)."""
    table = []
    for example in range(logits.shape[1]):
        probabilities, right = [], []
        for epoch in range(logits.shape[0]):
            row = logits[epoch, example]
            probabilities.append(float(np.exp(row[gold[example]]) / np.exp(row).sum()))
            right.append(bool(row.argmax() == gold[example]))
        table.append(paper_metrics(probabilities, right))
    return pd.DataFrame(table)


@pytest.mark.parametrize("compress", [False, True])
def test_imported_metrics_equal_the_papers(tmp_path, compress):
    logits, gold = write_paper_log(tmp_path, compress=compress)
    df = compute_metrics(import_allenai(tmp_path, tmp_path / "log"))
    expected = papers_metrics(logits, gold)
    df = df.loc[[example * 7 for example in range(len(expected))]]
    for name in expected:
        np.testing.assert_allclose(
            df[name].to_numpy(float), expected[name].to_numpy(float), atol=1e-6, err_msg=name
        )


def test_burn_out_takes_the_first_epochs(tmp_path):
    logits, gold = write_paper_log(tmp_path)
    df = compute_metrics(import_allenai(tmp_path, tmp_path / "log"), burn_out=3)
    expected = papers_metrics(logits[:3], gold)["confidence"]
    np.testing.assert_allclose(df.loc[[7 * e for e in range(40)], "confidence"], expected, atol=1e-6)


def test_string_ids_and_ids_missing_in_some_epochs(tmp_path):
    write_paper_log(tmp_path, string_ids=True, missing={(0, 0), (0, 3), (5, 1)})
    df = compute_metrics(import_allenai(tmp_path, tmp_path / "log"))
    assert df.loc["000", "epochs_seen"] == 3
    assert df.loc["005", "epochs_seen"] == 4
    assert df.loc["0039", "epochs_seen"] == 5
    assert [epoch["seen"] for epoch in df.attrs["cartography"]["coverage"]] == [39, 39, 40, 39, 40]


def test_a_round_trip_keeps_every_metric_the_paper_has(tmp_path):
    write_paper_log(tmp_path)
    first = compute_metrics(import_allenai(tmp_path, tmp_path / "log"))
    export_allenai(tmp_path / "log", tmp_path / "out")
    again = compute_metrics(import_allenai(tmp_path / "out", tmp_path / "log2"))
    for name in ("confidence", "variability", "correctness", "forgetting_events", "threshold_closeness"):
        np.testing.assert_allclose(
            again.loc[first.index, name].to_numpy(float), first[name].to_numpy(float), atol=1e-6
        )


def test_an_export_does_not_overwrite(tmp_path):
    write_paper_log(tmp_path)
    import_allenai(tmp_path, tmp_path / "log")
    with pytest.raises(
        OutputExistsError, match="already holds exported dynamics: choose another destination"
    ):
        export_allenai(tmp_path / "log", tmp_path)


def test_no_files_says_what_was_looked_for(tmp_path):
    with pytest.raises(MissingFileError) as error:
        import_allenai(tmp_path, tmp_path / "log")
    assert str(error.value) == (
        f"No training dynamics in '{tmp_path}': looked for training_dynamics/dynamics_epoch_0.jsonl "
        "(or .jsonl.gz) and its successors, as the paper's code writes them."
    )


GUIDS = "is neither an integer nor text"
LISTS = "is no list of numbers"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('{"guid": 1', "Expecting ',' delimiter: line 2 column 1 (char 11)"),
        ("[" * 100_000, "maximum recursion depth exceeded while decoding a JSON array from a unicode string"),
        ("[1, 2]", "it is no JSON object but [1, 2]"),
        ('{"guid": 1, "gold": 0}', "no 'logits_epoch_0'"),
        ('{"guid": [1], "logits_epoch_0": [1, 2], "gold": 1}', f"guid [1] {GUIDS}"),
        ('{"guid": null, "logits_epoch_0": [1, 2], "gold": 1}', f"guid null {GUIDS}"),
        ('{"guid": "", "logits_epoch_0": [1, 2], "gold": 1}', f'guid "" {GUIDS}'),
        ('{"guid": 1.0, "logits_epoch_0": [1, 2], "gold": 1}', f"guid 1.0 {GUIDS}"),
        ('{"guid": true, "logits_epoch_0": [1, 2], "gold": 1}', f"guid true {GUIDS}"),
        (
            '{"guid": "a\\ud800", "logits_epoch_0": [1, 2], "gold": 1}',
            'guid "a\\ud800" has half of a surrogate pair, which UTF-8 cannot say',
        ),
        ('{"guid": 1, "logits_epoch_0": "12", "gold": 1}', f'logits_epoch_0 "12" {LISTS}'),
        ('{"guid": 1, "logits_epoch_0": [1, "2"], "gold": 1}', f'logits_epoch_0 [1, "2"] {LISTS}'),
        ('{"guid": 1, "logits_epoch_0": [1, true], "gold": 1}', f"logits_epoch_0 [1, true] {LISTS}"),
        ('{"guid": 1, "logits_epoch_0": {"0": 1}, "gold": 0}', f'logits_epoch_0 {{"0": 1}} {LISTS}'),
        (
            f'{{"guid": 1, "logits_epoch_0": ["{"x" * 99}"], "gold": 0}}',
            f'logits_epoch_0 ["{"x" * 58}… {LISTS}',
        ),
        ('{"guid": 1, "logits_epoch_0": [1, NaN], "gold": 1}', "the logits are not all finite numbers"),
        (
            f'{{"guid": 1, "logits_epoch_0": [1, 1{"0" * 400}], "gold": 1}}',
            "the logits are not all finite numbers",
        ),
        ('{"guid": 1, "logits_epoch_0": [1, 2], "gold": 0.7}', "gold 0.7 is no integer"),
        ('{"guid": 1, "logits_epoch_0": [1, 2], "gold": true}', "gold true is no integer"),
        ('{"guid": 1, "logits_epoch_0": [1, 2], "gold": 2}', "gold 2 is none of the 2 classes"),
        ('{"guid": 1, "logits_epoch_0": [], "gold": 0}', "gold 0 is none of the 0 classes"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path, line, what):
    path = tmp_path / "dynamics_epoch_0.jsonl"
    path.write_text('{"guid": 0, "logits_epoch_0": [1, 2], "gold": 1}\n' + line + "\n")
    with pytest.raises(InputError) as error:
        import_allenai(tmp_path, tmp_path / "log")
    assert str(error.value) == (
        f"Cannot read '{path}': line 2: {what}; expected "
        '{"guid": …, "logits_epoch_0": [logits], "gold": class}.'
    )
    assert not (tmp_path / "log" / "manifest.json").exists()


def test_a_guid_twice_in_one_file(tmp_path):
    path = tmp_path / "dynamics_epoch_0.jsonl"
    path.write_text("".join(f'{{"guid": {n!r}, "logits_epoch_0": [1, 2], "gold": 1}}\n' for n in (5, 6, 5)))
    with pytest.raises(InputError) as error:
        import_allenai(tmp_path, tmp_path / "log")
    assert str(error.value) == (
        f"Cannot read '{path}': line 3: guid 5 stands in line 1 already; keep one line of each example in an epoch."
    )


def test_a_gold_label_that_changes_between_epochs(tmp_path):
    for epoch in (0, 1):
        (tmp_path / f"dynamics_epoch_{epoch}.jsonl").write_text(
            f'{{"guid": "b", "logits_epoch_{epoch}": [1, 2], "gold": 0}}\n'
            f'{{"guid": "a", "logits_epoch_{epoch}": [1, 2], "gold": {epoch}}}\n'
        )
    with pytest.raises(InputError) as error:
        import_allenai(tmp_path, tmp_path / "log")
    assert str(error.value) == (
        f"Cannot read '{tmp_path / 'dynamics_epoch_1.jsonl'}': line 2: gold of guid 'a' is 1, and was 0 in an earlier "
        "epoch; give the example one gold label, or each example a guid of its own."
    )


def test_a_truncated_gzip_file_is_named(tmp_path):
    write_paper_log(tmp_path, compress=True)
    path = tmp_path / "training_dynamics" / "dynamics_epoch_2.jsonl.gz"
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(InputError, match=r"Cannot read '.*dynamics_epoch_2.jsonl.gz': Compressed file ended"):
        import_allenai(tmp_path, tmp_path / "log")
