"""Generated examples with one label each and a small trainer, for every task that has such: what tests run on."""

import random

import datasets
import numpy as np
import torch
from transformers import Trainer

from arguments import training_arguments
from tiny import tiny_choice_model, tiny_classifier

VOCABULARY = 50
LABELS = 3
NAMES = ("no", "maybe", "yes")
CLS, SEP = 1, 2
COLUMNS = ("input_ids", "attention_mask", "labels")


def generate(count, *, seed=0, ids=None, fixed=None):
    """Examples as a list of dictionaries; their tokens are all different, so that they tell them apart.

    Args:
        ids: Their ids; default "e0", "e1", ….
        fixed: The length of all, else 4 to 12 tokens.
    """
    draw = random.Random(seed)
    examples, seen = [], set()
    while len(examples) < count:
        length = fixed or draw.randint(4, 12)
        tokens = (CLS, *(draw.randrange(5, VOCABULARY) for _ in range(length - 2)), SEP)
        if tokens in seen:
            continue
        seen.add(tokens)
        number = len(examples)
        examples.append(
            {
                "id": f"e{number}" if ids is None else ids[number],
                "input_ids": list(tokens),
                "attention_mask": [1] * length,
                "labels": (tokens[1] + draw.randrange(2)) % LABELS,
            }
        )
    return examples


def generate_choices(count, *, seed=0):
    """Multiple choice: every example is three sequences of one length."""
    flat = generate(count * LABELS, seed=seed, fixed=8)
    return [
        {
            "id": f"e{number}",
            **{
                name: [part[name] for part in flat[number * LABELS : (number + 1) * LABELS]]
                for name in ("input_ids", "attention_mask")
            },
            "labels": number % LABELS,
        }
        for number in range(count)
    ]


class PaddingCollator:
    """Pads, keeps the model's columns only, and can be sent to workers."""

    def __init__(self, columns=COLUMNS):
        self.columns = columns

    def __call__(self, features):
        longest = max(len(feature["input_ids"]) for feature in features)
        batch = {}
        for name in self.columns:
            values = [listed(feature[name]) for feature in features]
            if isinstance(values[0], list) and not isinstance(values[0][0], list):
                values = [value + [0] * (longest - len(value)) for value in values]
            batch[name] = torch.tensor(values)
        return batch


def listed(value):
    return value.tolist() if hasattr(value, "tolist") else value


def make_trainer(folder, train, *, trainer_class=Trainer, model=None, choices=False, **arguments):
    """A trainer of a tiny model with dropout, its weights the same at every call."""
    torch.set_num_threads(1)
    names = (
        "eval_dataset",
        "compute_loss_func",
        "model_init",
        "data_collator",
        "compute_metrics",
        "callbacks",
    )
    extra = {name: arguments.pop(name) for name in names if name in arguments}
    settings = {
        "num_train_epochs": 2,
        "per_device_train_batch_size": 4,
        "learning_rate": 5e-3,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": [],
        "disable_tqdm": True,
        "use_cpu": True,
        "dataloader_pin_memory": False,
    }
    if callable(model) and not isinstance(model, torch.nn.Module):
        model = model()
    if model is None and "model_init" not in extra:
        model = tiny_choice_model(VOCABULARY) if choices else tiny_classifier(VOCABULARY, NAMES)
    return trainer_class(
        model=model,
        args=training_arguments(output_dir=str(folder / "model"), **(settings | arguments)),
        train_dataset=train,
        **({"data_collator": PaddingCollator()} | extra),
    )


def as_dataset(examples):
    return datasets.Dataset.from_list(examples)


def content(example):
    """An example's tokens: what the witness knows it by."""
    return tuple(token for token in np.array(listed(example["input_ids"])).flatten().tolist() if token)
