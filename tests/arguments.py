"""Training arguments as the installed transformers has them: a setting that came later skips the test that wants it."""

from dataclasses import fields

import pytest
from transformers import TrainingArguments

# Named one by one, so that a name that is misspelled fails instead.
LATER = ("activation_checkpointing",)
NAMES = {field.name for field in fields(TrainingArguments)}


def training_arguments(**settings):
    """`TrainingArguments` of these settings, or a skip that names the one that is not there yet."""
    for name in LATER:
        if name in settings and name not in NAMES:
            pytest.skip(f"TrainingArguments of this transformers has no {name}")
    return TrainingArguments(**settings)
