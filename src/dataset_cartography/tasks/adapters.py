"""Edge (extra: trl): low-rank adapters (LoRA, Hu et al. 2022) of language models, by peft."""

import contextlib
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dataset_cartography.errors import InputError, MissingExtraError
from dataset_cartography.tasks.hub import first_line

ADAPTER = "adapter_config.json"
_SCALE = 2  # alpha / r, as is usual


def with_lora(model: Any, rank: int) -> Any:
    """Freeze a language model, and add an adapter to be trained in its stead.

    Args:
        model: A decoder, or an encoder-decoder.
        rank: The adapter's rank, r; alpha is 2 r, and the layers are those that peft chooses for the architecture, or
            all linear ones.

    Raises:
        MissingExtraError: peft is not installed.
        InputError: The architecture cannot have one.
    """
    try:
        from peft import LoraConfig, TaskType, get_peft_model
        from peft.utils import TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING as KNOWN
    except ImportError as error:
        raise MissingExtraError.of("--lora_r", "trl") from error
    config = LoraConfig(
        r=rank,
        lora_alpha=_SCALE * rank,
        task_type=TaskType.SEQ_2_SEQ_LM if model.config.is_encoder_decoder else TaskType.CAUSAL_LM,
        target_modules=None if model.config.model_type in KNOWN else "all-linear",
        # GPT-2's linear layers are stored the other way round, which peft would find, and say.
        fan_in_fan_out=model.config.model_type == "gpt2",
    )
    try:
        with _quiet():
            return get_peft_model(model, config)
    except ValueError as error:
        raise InputError(f"--lora_r cannot adapt a {type(model).__name__}: {first_line(error)}.") from error


def base_of(folder: str) -> str | None:
    """The model that an adapter's folder adapts; None where the folder holds no adapter."""
    path = Path(folder) / ADAPTER
    if not path.is_file():
        return None
    base = json.loads(path.read_text(encoding="utf-8")).get("base_model_name_or_path")
    if not base:
        raise InputError(
            f"The adapter in '{folder}' does not say which model it adapts: write base_model_name_or_path into its "
            f"{ADAPTER}."
        )
    return str(base)


def merged(model: Any, folder: str) -> Any:
    """A model with an adapter merged into its weights: a model like any other.

    Args:
        model: The one that was adapted.
        folder: Where the adapter lies.

    Raises:
        MissingExtraError: peft is not installed.
        InputError: It does not fit the model.
    """
    try:
        from peft import PeftModel
    except ImportError as error:
        raise MissingExtraError.of(f"The adapter in '{folder}'", "trl") from error
    try:
        with _quiet():
            return PeftModel.from_pretrained(model, folder).merge_and_unload()
    except (RuntimeError, ValueError, KeyError) as error:
        raise InputError(
            f"The adapter in '{folder}' does not fit {type(model).__name__}: {first_line(error)}."
        ) from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep to itself what peft asks of transformers under a name that will go."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        yield
