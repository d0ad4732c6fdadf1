"""Fine-tune a tagger with a plain Trainer, record every token, and find the tags that were planted wrong.

    python examples/token_classification.py [MODEL] [CARTOGRAPHY_DIR]

MODEL is a name on the hub or a local folder; `demo` is the offline encoder.
"""
# ruff: noqa: T201, S311 - an example shows its result, and draws sentences

import random
import sys
from typing import Any

import datasets
from transformers import DataCollatorForTokenClassification, Trainer, TrainingArguments

from dataset_cartography import find_label_errors, track
from dataset_cartography.tasks.models import TAGS, load_model_and_tokenizer

DIRECTORY = "./trained_models/example/token_classification"
NAMES = ["O", "PERSON", "PLACE"]
WORDS = (
    "the train to from met saw near in yesterday and then with a letter",
    "anna bruno carla dario elena fabio",
    "rome oslo lima cairo quito hanoi",
)
WRONG = 12


def make_data(count: int = 240) -> tuple[list[dict[str, Any]], set[str]]:
    """Sentences with a tag for each word, one tag in some of them wrong; and the ids of those."""
    draw = random.Random(0)
    rows = []
    for number in range(count):
        tags = draw.choices((0, 1, 2), (6, 1, 1), k=9)
        rows.append(
            {"id": f"s{number:03d}", "words": [draw.choice(WORDS[tag].split()) for tag in tags], "tags": tags}
        )
    planted = draw.sample(rows, WRONG)
    for row in planted:
        place = draw.randrange(9)
        row["tags"][place] = (row["tags"][place] + draw.choice((1, 2))) % 3
    return rows, {row["id"] for row in planted}


def main(model_name: str = "demo", directory: str = DIRECTORY) -> None:
    """Train four epochs with recording on, then rank the tags by suspicion."""
    rows, planted = make_data()
    model, tokenizer = load_model_and_tokenizer(model_name, TAGS, NAMES)

    def features(row: dict[str, Any]) -> dict[str, Any]:
        made = tokenizer(row["words"], is_split_into_words=True)
        words = made.word_ids()
        first = [
            word is not None and word != before for before, word in zip([None, *words], words, strict=False)
        ]
        tags = [row["tags"][word] if new else -100 for word, new in zip(words, first, strict=True)]
        return {**made, "labels": tags}

    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir="./trained_models/example",
            num_train_epochs=4,
            per_device_train_batch_size=16,
            learning_rate=3e-4,
            save_strategy="no",
            report_to="none",
            dataloader_pin_memory=False,  # without a GPU it only warns
        ),
        train_dataset=datasets.Dataset.from_list(rows).map(features, remove_columns=["words", "tags"]),
        data_collator=DataCollatorForTokenClassification(tokenizer),
    )
    track(trainer, directory)
    trainer.train()

    suspects = find_label_errors(directory).head(WRONG)
    print(
        f"{len(planted & set(suspects.index))} of {WRONG} planted tags are in the {WRONG} most suspicious sentences"
    )
    print(suspects.head(5).to_string(max_colwidth=40))


if __name__ == "__main__":
    main(*sys.argv[1:])
