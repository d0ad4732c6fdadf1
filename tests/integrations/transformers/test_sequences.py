"""Language models: what is recorded is what the model said of its target tokens, and training is as without."""

import functools

import datasets
import pytest
import torch
from transformers import DataCollatorWithFlattening, default_data_collator

from dataset_cartography.dynamics import load_dynamics, load_units
from dataset_cartography.errors import InputError
from dataset_cartography.integrations.transformers import pack_examples, track
from dataset_cartography.log import LogReader
from labels import as_dataset, make_trainer
from sequences import (
    IGNORED,
    Padding,
    assert_same_sequences,
    check,
    expected,
    generate_completions,
    generate_pairs,
    recorded,
    run,
    tiny_decoder,
    tiny_encoder_decoder,
)

pytestmark = pytest.mark.usefixtures("no_map")


@pytest.fixture(scope="module")
def examples():
    return generate_completions(13)


SETTINGS = {
    "plain": {},
    "padded on the left": {"data_collator": Padding("left")},
    "accumulating": {"gradient_accumulation_steps": 2},
    "smoothing labels": {"label_smoothing_factor": 0.1},
    "checkpointing": {"activation_checkpointing": True},
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_decoder(setting, examples, tmp_path):
    check(tmp_path, as_dataset(examples), examples, **SETTINGS[setting])


def test_a_decoder_in_a_clean_pass(examples, tmp_path):
    check(tmp_path, as_dataset(examples), examples, mode="epoch_end")


@pytest.mark.parametrize("setting", ["plain", "accumulating", "smoothing labels"])
def test_an_encoder_decoder(setting, tmp_path):
    examples = generate_pairs(13)
    model = {"model": tiny_encoder_decoder}
    if setting == "smoothing labels":  # then the labels are kept from the model, which needs what they begin
        model["data_collator"] = _WithDecoderInputs()
    check(tmp_path, as_dataset(examples), examples, **SETTINGS[setting], **model)


class _WithDecoderInputs(Padding):
    def __call__(self, features):
        batch = super().__call__(features)
        shifted = batch["labels"].roll(1, 1)
        shifted[:, 0] = 0
        return batch | {"decoder_input_ids": shifted.clamp(min=0)}


def test_bfloat16(examples, tmp_path):
    plain, _ = run(tmp_path, as_dataset(examples), bf16=True)
    tracked, witness = run(tmp_path, as_dataset(examples), {}, bf16=True)
    assert plain[1] == tracked[1]
    assert_same_sequences(recorded(tmp_path / "map"), expected(witness, examples))


def test_a_compute_loss_func(examples, tmp_path):
    def twice(outputs, labels, num_items_in_batch=None):
        logits = outputs.logits[:, :-1].flatten(0, 1)
        return 2 * torch.nn.functional.cross_entropy(logits, labels[:, 1:].flatten())

    check(tmp_path, as_dataset(examples), examples, compute_loss_func=twice)


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")
@pytest.mark.parametrize("kind", ["LoRA", "prompt tuning"])
def test_an_adapter(kind, examples, tmp_path):
    peft = pytest.importorskip("peft")
    if kind == "LoRA":
        config = peft.LoraConfig(r=2, task_type="CAUSAL_LM", fan_in_fan_out=True)
    else:
        config = peft.PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=3)

    def adapted():
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return peft.get_peft_model(tiny_decoder(), config)

    check(tmp_path, as_dataset(examples), examples, model=adapted, whole=True, label_names=["labels"])


def test_a_flattened_batch(examples, tmp_path):
    rows = [{name: example[name] for name in ("id", "input_ids", "labels")} for example in examples]
    check(tmp_path, as_dataset(rows), examples, data_collator=_flattening)


def _flattening(features):
    kept = [{name: feature[name] for name in ("input_ids", "labels")} for feature in features]
    return DataCollatorWithFlattening()(kept)


@pytest.mark.parametrize("tokens", [False, True])
@pytest.mark.parametrize("strategy", ["best_fit", "in_order"])
def test_packed_rows(strategy, tokens, examples, tmp_path):
    packed = pack_examples(as_dataset(examples), 16, strategy=strategy)
    settings = {"data_collator": default_data_collator, "per_device_train_batch_size": 1}
    check(tmp_path, packed, examples, pieces=_pieces(packed), tokens=tokens, **settings)
    dynamics = load_dynamics(LogReader(tmp_path / "map"))
    assert dynamics.seen_in_part == (0, 0)
    units = {example["id"]: sum(label != IGNORED for label in example["labels"]) for example in examples}
    cut = [name for name, count in _cut(packed).items() if count > 1]
    assert bool(cut) == (strategy == "in_order")
    log = LogReader(tmp_path / "map")
    known = dict(zip(log.ids.tolist(), log.facts("units").tolist(), strict=True))
    assert all(0 < known[name] <= units[name] if name in cut else known[name] == 0 for name in units)


def _pieces(packed):
    """(tokens, id, labels of all but the first) of each piece."""
    found = []
    for row in packed:
        begin = 0
        for length in row["seq_lengths"]:
            part = slice(begin, begin + length)
            found.append((tuple(row["input_ids"][part]), row["example_ids"][begin], row["labels"][part][1:]))
            begin += length
    return found


def _cut(packed):
    counts = {}
    for _, name, _ in _pieces(packed):
        counts[name] = counts.get(name, 0) + 1
    return counts


def test_packed_rows_in_a_batch_padded_on_either_side(examples, tmp_path):
    packed = pack_examples(as_dataset(examples), 16)
    whole = packed.map(lambda row: {"attention_mask": [1] * len(row["input_ids"])})
    for side in ("left", "right"):
        folder = tmp_path / side
        folder.mkdir()
        plain, _ = run(folder, whole, data_collator=_PackedPadding(side))
        tracked, witness = run(folder, whole, {}, data_collator=_PackedPadding(side))
        assert plain[1] == tracked[1]
        wanted = expected(witness, examples, pieces=_pieces(packed))
        assert_same_sequences(recorded(folder / "map"), wanted)


class _PackedPadding(Padding):
    def __call__(self, features):
        batch = super().__call__(features)
        places = [{**feature, "labels": feature["position_ids"]} for feature in features]
        return batch | {"position_ids": super().__call__(places)["labels"].clamp(min=0)}


def test_a_pass_cut_short_tells_what_it_saw_in_part(examples, tmp_path):
    packed = pack_examples(as_dataset(examples), 16, strategy="in_order")
    settings = {"data_collator": default_data_collator, "per_device_train_batch_size": 1}
    _, witness = run(tmp_path, packed, {}, num_train_epochs=1, max_steps=3, **settings)
    log = LogReader(tmp_path / "map")
    seen = {name for (_, tokens) in witness.of() for known, name, _ in _pieces(packed) if known == tokens}
    whole = {name for name in seen if _all_seen(name, witness, packed)}
    assert 0 < len(whole) < len(seen)
    dynamics = load_dynamics(log)
    assert dynamics.seen_in_part == (len(seen - whole),)
    there = log.ids[~torch.isnan(torch.tensor(dynamics.signals["loss"][:, 0])).numpy()]
    assert set(there.tolist()) == whole


def _all_seen(name, witness, packed):
    contents = {tokens for _, tokens in witness.of()}
    return all(tokens in contents for tokens, known, _ in _pieces(packed) if known == name)


def test_every_token_by_itself(examples, tmp_path):
    check(tmp_path, as_dataset(examples), examples, tokens=True)
    units = load_units(LogReader(tmp_path / "map"))
    of_third = units.gold[units.example == 2].tolist()
    assert of_third == [label for label in examples[2]["labels"][1:] if label != IGNORED]
    assert units.unit[units.example == 2].tolist() == list(range(len(of_third)))


def test_a_stream(examples, tmp_path):
    stream = datasets.Dataset.from_list(examples).to_iterable_dataset()
    plain, _ = run(tmp_path, stream, max_steps=8)
    tracked, witness = run(tmp_path, stream, {}, max_steps=8)
    assert plain[1] == tracked[1]
    assert_same_sequences(recorded(tmp_path / "map"), expected(witness, examples))


def test_the_validation_split(examples, tmp_path):
    held_out = generate_completions(6, seed=3)
    settings = {"eval_dataset": as_dataset(held_out), "eval_strategy": "epoch"}
    _, witness = run(tmp_path, as_dataset(examples), {"splits": ("train", "validation")}, **settings)
    wanted = expected(witness, held_out, training=False)
    assert_same_sequences(recorded(tmp_path / "map" / "validation"), wanted)


def test_examples_without_a_target_are_left_out(examples, tmp_path):
    blank = {**examples[4], "labels": [IGNORED] * len(examples[4]["labels"])}
    rows = [*examples[:4], blank, *examples[5:]]
    _, witness = run(tmp_path, as_dataset(rows), {})
    assert_same_sequences(recorded(tmp_path / "map"), expected(witness, rows))


def test_a_batch_of_nothing_to_learn(examples, tmp_path, caplog):
    blank = [{**example, "labels": [IGNORED] * len(example["labels"])} for example in examples]
    trainer = make_trainer(tmp_path, as_dataset(blank), model=tiny_decoder, data_collator=Padding())
    track(trainer, tmp_path / "map")
    trainer.train()
    assert LogReader(tmp_path / "map").epochs == []
    assert not [
        message for message in caplog.messages if "Rows could not" in message or "manifest" in message
    ]


def test_tokens_are_for_sequences(tmp_path):
    from labels import generate

    trainer = make_trainer(tmp_path, as_dataset(generate(8)))
    message = (
        "tokens=True records every target token of a sequence \\(causal-lm, seq2seq\\), of which the task "
        "'classification' has none: leave it out."
    )
    with pytest.raises(InputError, match=message):
        track(trainer, tmp_path / "map", tokens=True)


def test_packed_rows_need_an_id_of_each_token(examples, tmp_path):
    packed = pack_examples(as_dataset(examples), 16)
    ids = [row["example_ids"][:-1] for row in packed]
    broken = packed.remove_columns("example_ids").add_column("example_ids", ids)
    trainer = make_trainer(tmp_path, broken, model=tiny_decoder, data_collator=default_data_collator)
    message = (
        "Row 0 of the training dataset has another number of ids in 'example_ids' than tokens: a packed dataset needs "
        "an id of each token."
    )
    with pytest.raises(InputError, match=message):
        track(trainer, tmp_path / "map")


def test_a_model_that_gives_no_logits(examples, tmp_path):
    model = tiny_decoder()
    forward = model.forward
    model.forward = functools.wraps(forward)(lambda **kwargs: {"loss": forward(**kwargs).loss})
    trainer = make_trainer(tmp_path, as_dataset(examples), model=model, data_collator=Padding())
    track(trainer, tmp_path / "map")
    message = (
        r"track records the task 'causal-lm' from logits of shape \(batch, tokens, vocabulary\) that fit the labels "
        r"\(4, \d+\); this model gives 'loss' of shape \(\) \(float32\)\. Where a kernel computes the loss without "
        r"them \(use_liger_kernel\), leave it out; where the model gives the last ones only, let it give all\."
    )
    with pytest.raises(InputError, match=message):
        trainer.train()


def test_a_resumed_run_records_tokens_as_before(examples, tmp_path):
    def train(tokens, **settings):
        trainer = make_trainer(
            tmp_path,
            as_dataset(examples),
            model=tiny_decoder,
            data_collator=Padding(),
            save_strategy="epoch",
            **settings,
        )
        track(trainer, tmp_path / "map", tokens=tokens)
        return trainer

    train(True, num_train_epochs=1).train()
    message = (
        "holds its sequences token by token, and this run records them as a whole: resume with the same tokens "
        r"\(run.py: --cartography_tokens\), or record into a new directory."
    )
    with pytest.raises(InputError, match=message):
        train(False).train(resume_from_checkpoint=True)
