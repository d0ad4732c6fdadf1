"""Tune a language model on preferences with TRL's DPOTrainer, and find the pairs that were planted the wrong way round.

    python examples/dpo.py [MODEL] [CARTOGRAPHY_DIR]

MODEL is a name on the hub or a local folder; `demo` is a small decoder with random weights.
"""
# ruff: noqa: T201 - an example shows its result

import copy
import sys

import datasets
from trl import DPOConfig, DPOTrainer

from dataset_cartography import load_cartography_metrics, track
from dataset_cartography.tasks.models import DECODER, load_model_and_tokenizer

DIRECTORY = "./trained_models/example/dpo"
WRONG = range(0, 96, 12)


def make_data(count: int = 96) -> datasets.Dataset:
    """Pairs of a polite and a rude answer, a few of them swapped."""
    polite, rude = ("with pleasure", "gladly", "of course"), ("no way", "go away", "never")
    rows = []
    for number in range(count):
        answers = f" {polite[number % 3]} , thank you", f" {rude[number // 3 % 3]} , you fool"
        chosen, rejected = reversed(answers) if number in WRONG else answers
        row = {"prompt": f"request {number % 11} : please help me", "chosen": chosen, "rejected": rejected}
        rows.append({"id": f"pair-{number:02d}", **row})
    return datasets.Dataset.from_list(rows)


def main(model_name: str = "demo", directory: str = DIRECTORY) -> None:
    """Train with recording on, then look at the pairs whose rejected answer the model prefers."""
    model, tokenizer = load_model_and_tokenizer(model_name, DECODER)
    trainer = DPOTrainer(
        model=model,
        ref_model=copy.deepcopy(model),
        args=DPOConfig(
            output_dir="./trained_models/example",
            num_train_epochs=3,
            per_device_train_batch_size=8,
            learning_rate=3e-4,
            beta=0.1,
            bf16=False,
            save_strategy="no",
            report_to="none",
            dataloader_pin_memory=False,  # without a GPU it only warns
        ),
        train_dataset=make_data(),
        processing_class=tokenizer,
    )
    track(trainer, directory)
    trainer.train()

    df = load_cartography_metrics(directory)
    planted = {f"pair-{number:02d}" for number in WRONG}
    suspects = df["aum"].nsmallest(len(WRONG))
    print(
        f"{len(planted & set(suspects.index))} of {len(WRONG)} swapped pairs are the {len(WRONG)} lowest margins"
    )
    for example_id, margin in suspects.head(5).items():
        print(f"{example_id}: mean reward margin {margin:.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
