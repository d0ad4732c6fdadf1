"""TRL's supervised fine-tuning: one line records it, also where its outputs hold no logits."""

import pytest

from dataset_cartography.datamap import compute_metrics
from dataset_cartography.errors import InputError
from dataset_cartography.integrations.transformers import pack_examples, track
from dataset_cartography.log import LogPaths, LogReader
from labels import as_dataset
from questions import assert_same_training, trained
from sequences import (
    IGNORED,
    SequenceWitness,
    assert_same_sequences,
    expected,
    generate_completions,
    recorded,
    tiny_decoder,
)
from tiny import tiny_tokenizer

pytest.importorskip("trl")
pytest.importorskip("peft")
# What TRL itself asks of transformers under names that will go.
pytestmark = [
    pytest.mark.usefixtures("no_map"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

WORDS = "what is the answer to this question a b c d e f g h i j k l m hello world"


@pytest.fixture(scope="module")
def tokenizer():
    made = tiny_tokenizer([WORDS])
    made.eos_token = "[SEP]"
    return made


@pytest.fixture(scope="module")
def dialogues():
    """Prompts and completions as texts, all different."""
    return [
        {
            "id": f"e{number}",
            "prompt": f"what is the answer to {'abcdefghijklm'[number]} ",
            "completion": "hello world " + " ".join("gfedcba"[: 1 + number % 6]),
        }
        for number in range(13)
    ]


def make(folder, tokenizer, train, *, peft_config=None, **settings):
    from trl import SFTConfig, SFTTrainer

    arguments = {
        "num_train_epochs": 2,
        "per_device_train_batch_size": 4,
        "learning_rate": 5e-3,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": [],
        "disable_tqdm": True,
        "use_cpu": True,
        "bf16": False,
    }
    return SFTTrainer(
        model=tiny_decoder(len(tokenizer)),
        args=SFTConfig(output_dir=str(folder / "model"), **(arguments | settings)),
        train_dataset=train,
        processing_class=tokenizer,
        peft_config=peft_config,
    )


def check(folder, tokenizer, train, *, tokens=False, pieces=None, margins=False, **settings):
    """An untracked twin trains bit for bit the same; rows are what a hook on the hidden states says."""
    plain = trained(make(folder, tokenizer, train, **settings))
    trainer = make(folder, tokenizer, train, **settings)
    witness = SequenceWitness(trainer, head=True)
    track(trainer, folder / "map", tokens=tokens)
    assert_same_training(plain, trained(trainer))
    examples = trainer.train_dataset if pieces is None else ()
    wanted = expected(witness, examples, pieces=pieces)
    if not margins:  # TRL tells none
        wanted = {key: [*told[:2], None, *told[3:]] for key, told in wanted.items()}
    assert_same_sequences(recorded(folder / "map"), wanted)


SETTINGS = {
    "plain": {},
    "accumulating": {"gradient_accumulation_steps": 2},
    "without padding": {"padding_free": True, "max_length": None},
    "cut": {"max_length": 9},
    "the whole text": {"completion_only_loss": False},
    "another loss": {"loss_type": "dft"},
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_prompts_and_completions(setting, dialogues, tokenizer, tmp_path):
    check(tmp_path, tokenizer, as_dataset(dialogues), **SETTINGS[setting])


def test_texts(dialogues, tokenizer, tmp_path):
    texts = [{"id": one["id"], "text": one["prompt"] + one["completion"]} for one in dialogues]
    check(tmp_path, tokenizer, as_dataset(texts))


def test_a_lora_adapter(dialogues, tokenizer, tmp_path):
    from peft import LoraConfig

    adapter = LoraConfig(r=2, task_type="CAUSAL_LM", fan_in_fan_out=True)
    check(tmp_path, tokenizer, as_dataset(dialogues), peft_config=adapter)


def test_smoothed_labels_give_logits_and_no_second_pass(dialogues, tokenizer, tmp_path):
    check(tmp_path, tokenizer, as_dataset(dialogues), label_smoothing_factor=0.1, margins=True)


def test_every_token_by_itself_with_its_tokenizer(dialogues, tokenizer, tmp_path):
    check(tmp_path, tokenizer, as_dataset(dialogues), tokens=True)
    assert (LogPaths(tmp_path / "map").tokenizer / "tokenizer.json").is_file()


def test_what_nobody_knows_is_missing_from_the_map(dialogues, tokenizer, tmp_path):
    trainer = make(tmp_path, tokenizer, as_dataset(dialogues))
    track(trainer, tmp_path / "map")
    trainer.train()
    df = compute_metrics(tmp_path / "map")
    assert df["confidence"].notna().all()
    assert df["aum"].isna().all()


@pytest.mark.parametrize("strategy", ["best_fit", "in_order"])
def test_rows_packed_beforehand(strategy, tokenizer, tmp_path):
    examples = generate_completions(13)
    packed = pack_examples(as_dataset(examples), 16, strategy=strategy)
    pieces = []
    for row in packed:
        begin = 0
        for length in row["seq_lengths"]:
            part = slice(begin, begin + length)
            tokens, labels = tuple(row["input_ids"][part]), row["labels"][part]
            pieces.append((tokens, row["example_ids"][begin], labels[1:]))
            begin += length
    settings = {"padding_free": True, "max_length": None, "per_device_train_batch_size": 2}
    check(tmp_path, tokenizer, packed, pieces=pieces, **settings)
    # Whole examples have all of their targets but a first token, which nothing comes before.
    if strategy == "best_fit":
        log = LogReader(tmp_path / "map")
        columns = log.read(1, ["tokens"]).columns
        told = dict(zip(log.ids[columns["example"]].tolist(), columns["tokens"].tolist(), strict=True))
        assert told == {one["id"]: sum(label != IGNORED for label in one["labels"][1:]) for one in examples}


@pytest.mark.parametrize("packing_strategy", ["bfd", "wrapped"])
def test_trl_packing_loses_the_ids(packing_strategy, dialogues, tokenizer, tmp_path):
    settings = {"packing": True, "max_length": 32, "packing_strategy": packing_strategy}
    trainer = make(tmp_path, tokenizer, as_dataset(dialogues), **settings)
    message = (
        "track cannot tell the examples apart in the training dataset: SFTTrainer's packing=True drops their ids. Pack "
        "them beforehand with pack_examples, and train on that with packing=False, padding_free=True, max_length=None."
    )
    with pytest.raises(InputError, match=message):
        track(trainer, tmp_path / "map")
