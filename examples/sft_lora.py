"""Fine-tune a language model with TRL's SFTTrainer and a LoRA adapter, and record its map in one line.

    python examples/sft_lora.py [MODEL] [CARTOGRAPHY_DIR]

MODEL is a name on the hub or a local folder; `demo` is a small decoder with random weights.
"""
# ruff: noqa: T201 - an example shows its result

import sys

import datasets
from peft import LoraConfig
from trl import SFTConfig, SFTTrainer

from dataset_cartography import load_cartography_metrics, track
from dataset_cartography.tasks.models import DECODER, load_model_and_tokenizer

DIRECTORY = "./trained_models/example/sft_lora"
ANSWERS = {"colour": "blue", "shape": "round", "size": "small"}


def make_data(count: int = 96) -> datasets.Dataset:
    """Questions that repeat, with a few answers that contradict the others."""
    rows = []
    for number in range(count):
        what = list(ANSWERS)[number % 3]
        answer = ANSWERS[what] if number % 16 else "unknown"
        row = {"prompt": f"question {number % 7} : what is the {what} ?", "completion": f" it is {answer}"}
        rows.append({"id": f"q{number:02d}", **row})
    return datasets.Dataset.from_list(rows)


def main(model_name: str = "demo", directory: str = DIRECTORY) -> None:
    """Train with recording on, then show the examples whose completions stay least likely."""
    data = make_data()
    model, tokenizer = load_model_and_tokenizer(model_name, DECODER)
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(
            output_dir="./trained_models/example",
            num_train_epochs=3,
            per_device_train_batch_size=8,
            learning_rate=1e-2,
            completion_only_loss=True,
            bf16=False,
            save_strategy="no",
            report_to="none",
            dataloader_pin_memory=False,  # without a GPU it only warns
        ),
        train_dataset=data,
        processing_class=tokenizer,
        peft_config=LoraConfig(
            r=8,
            lora_alpha=16,
            task_type="CAUSAL_LM",
            target_modules="all-linear",
            modules_to_save=["lm_head"],  # random in the demo model: it has to learn, too
        ),
    )
    track(trainer, directory)
    trainer.train()

    df = load_cartography_metrics(directory)
    texts = {row["id"]: row["prompt"] + row["completion"] for row in data}
    for example_id, confidence in df["confidence"].nsmallest(6).items():
        print(f"{example_id}: geometric mean probability of a token {confidence:.4f}: {texts[example_id]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
