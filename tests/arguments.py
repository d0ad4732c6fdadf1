"""Training arguments as the installed transformers has them: what it does not have skips the test that wants it."""

from dataclasses import fields

import pytest
from transformers import TrainingArguments

NAMES = {field.name for field in fields(TrainingArguments)}


def training_arguments(**settings):
    """`TrainingArguments` of these settings, or a skip that names the one that is not there yet."""
    if "train_sampling_strategy" not in NAMES and "group_by_length" in NAMES:  # its earlier form
        strategy = settings.get("train_sampling_strategy")
        if strategy == "group_by_length":
            del settings["train_sampling_strategy"]
            settings["group_by_length"] = True
    if missing := sorted(settings.keys() - NAMES):
        pytest.skip(f"TrainingArguments of this transformers has no {missing[0]}")
    return TrainingArguments(**settings)
