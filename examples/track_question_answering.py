"""Fine-tune a question-answering model with a plain Trainer, record its map, and print five hard examples.

    python examples/track_question_answering.py [MODEL] [CARTOGRAPHY_DIR]

MODEL is a name on the hub or a local folder; `demo` is the offline encoder, which trains for some minutes.
"""
# ruff: noqa: T201 - an example shows its result

import sys

from transformers import Trainer, TrainingArguments

from dataset_cartography import (
    categorize_examples,
    get_examples_by_category,
    load_cartography_metrics,
    track,
)
from dataset_cartography.tasks import qa
from dataset_cartography.tasks.models import SPANS, load_model_and_tokenizer
from dataset_cartography.tasks.qa import load_examples

MODEL = "demo"
CARTOGRAPHY_DIR = "./trained_models/example/cartography"


def main(model_name: str = MODEL, directory: str = CARTOGRAPHY_DIR) -> None:
    """Train three epochs on the demo data with recording on, then read the map."""
    examples = qa.check_rows(load_examples("demo")).kept
    model, tokenizer = load_model_and_tokenizer(model_name, SPANS)
    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir="./trained_models/example",
            num_train_epochs=3,
            per_device_train_batch_size=16,
            learning_rate=3e-4,
            save_strategy="no",
            report_to="none",
            dataloader_pin_memory=False,  # without a GPU it only warns
        ),
        train_dataset=qa.prepare_train_features(examples, tokenizer, max_length=128, doc_stride=32),
        data_collator=qa.qa_collator(tokenizer),
    )
    track(trainer, directory)
    trainer.train()

    df = categorize_examples(load_cartography_metrics(directory))
    rows = {row["id"]: row for row in examples}
    for example_id in get_examples_by_category(df, "hard", n=5):
        row, values = rows[example_id], df.loc[example_id]
        print(f"\n{example_id}: confidence {values['confidence']:.3f}, margin {values['aum']:.2f}")
        print(f"  question: {row['question']}")
        print(f"  answer:   {', '.join(row['answers']['text'])}")
        print(f"  context:  {row['context']}")


if __name__ == "__main__":
    main(*sys.argv[1:])
