"""The `demo` language models: small ones with random weights, since no wheel carries a trained one.

They have the vocabulary of the offline encoder, and know nothing: they show that a run works, and learn what a few
epochs teach.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

import torch
from huggingface_hub.constants import HF_HOME
from transformers import AutoTokenizer, GPT2Config, GPT2LMHeadModel, T5Config, T5ForConditionalGeneration

from dataset_cartography.tasks.demo.model import demo_model_path
from dataset_cartography.tasks.fingerprint import code_version, fingerprint

_SIZE, _HEADS, _LAYERS, _POSITIONS = 128, 4, 4, 512


def demo_decoder_path() -> Path:
    """A folder with a decoder of GPT-2's kind, 4 layers of 128 units, and its tokenizer; made where it is missing."""
    return _folder("decoder", _decoder)


def demo_encoder_decoder_path() -> Path:
    """A folder with an encoder-decoder of T5's kind, 2 × 2 layers of 128 units, and its tokenizer."""
    return _folder("encoder-decoder", _encoder_decoder)


def _folder(kind: str, make: Any) -> Path:
    name = f"demo-{kind}-{fingerprint(code_version(__file__), torch.__version__)}"
    folder = Path(HF_HOME) / "dataset-cartography" / name
    if (folder / "config.json").is_file():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        parent = folder.parent if os.access(folder.parent, os.W_OK) else Path(tempfile.gettempdir())
    except OSError:
        parent = Path(tempfile.gettempdir())
    folder = parent / name
    with tempfile.TemporaryDirectory(dir=parent) as beside:
        tokenizer = AutoTokenizer.from_pretrained(demo_model_path())
        tokenizer.bos_token, tokenizer.eos_token = tokenizer.cls_token, tokenizer.sep_token
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            model = make(tokenizer)
        model.save_pretrained(beside)
        tokenizer.save_pretrained(beside)
        made = Path(beside) / "done"
        made.mkdir()
        for path in list(Path(beside).iterdir()):
            if path != made:
                path.rename(made / path.name)
        try:
            made.rename(folder)
        except OSError:  # another process made it meanwhile
            if not (folder / "config.json").is_file():
                raise
    return folder


def _special(tokenizer: Any) -> dict[str, int]:
    return {
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }


def _decoder(tokenizer: Any) -> GPT2LMHeadModel:
    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=len(tokenizer),
            n_positions=_POSITIONS,
            n_embd=_SIZE,
            n_layer=_LAYERS,
            n_head=_HEADS,
            **_special(tokenizer),
        )
    )


def _encoder_decoder(tokenizer: Any) -> T5ForConditionalGeneration:
    return T5ForConditionalGeneration(
        T5Config(
            vocab_size=len(tokenizer),
            d_model=_SIZE,
            d_kv=_SIZE // _HEADS,
            d_ff=4 * _SIZE,
            num_layers=_LAYERS // 2,
            num_heads=_HEADS,
            decoder_start_token_id=tokenizer.pad_token_id,
            **_special(tokenizer),
        )
    )
