"""Generated preference pairs, a tiny decoder, and TRL's own trainer of them: what tests of `dpo` run on."""

import random

import datasets
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

WORDS = [f"w{number}" for number in range(40)]
GOOD, BAD = WORDS[:10], WORDS[10:20]


def generate_pairs(count, *, seed=0):
    """Pairs of which the chosen answer is of good words and the rejected of bad ones, of all lengths."""
    draw = random.Random(seed)
    return [
        {
            "id": f"p{number}",
            "prompt": " ".join(draw.choices(WORDS[20:], k=draw.randint(2, 5))) + " ",
            "chosen": " ".join(draw.choices(GOOD, k=draw.randint(1, 6))),
            "rejected": " ".join(draw.choices(BAD, k=draw.randint(1, 6))),
        }
        for number in range(count)
    ]


def tiny_decoder_tokenizer(words=WORDS):
    """A token a word."""
    vocab = {token: number for number, token in enumerate(["[PAD]", "[UNK]", "</s>", *words])}
    backend = Tokenizer(models.WordLevel(vocab, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, pad_token="[PAD]", unk_token="[UNK]", eos_token="</s>"
    )


def save_tiny_decoder(folder, *, dropout=0.0, seed=0, words=WORDS):
    """Save a Llama of 2 layers and 16 units, and its tokenizer, where the reference model is loaded from again."""
    tokenizer = tiny_decoder_tokenizer(words)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(
            LlamaConfig(
                vocab_size=len(tokenizer),
                hidden_size=16,
                intermediate_size=32,
                num_hidden_layers=2,
                num_attention_heads=2,
                max_position_embeddings=64,
                attention_dropout=dropout,
                pad_token_id=0,
                bos_token_id=2,
                eos_token_id=2,
            )
        )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_pair_trainer(folder, model, pairs, *, ref_model=None, peft_config=None, eval_pairs=None, **settings):
    """TRL's trainer of a saved decoder; its weights are the same at every call."""
    from trl import DPOConfig, DPOTrainer

    torch.set_num_threads(1)
    defaults = {
        "num_train_epochs": 2,
        "per_device_train_batch_size": 4,
        "learning_rate": 5e-3,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": [],
        "disable_tqdm": True,
        "use_cpu": True,
        "bf16": False,
        "gradient_checkpointing": False,
        "dataloader_pin_memory": False,
        "beta": 0.5,
    }
    network = LlamaForCausalLM.from_pretrained(model)
    return DPOTrainer(
        model=network,
        ref_model=ref_model,
        args=DPOConfig(output_dir=str(folder / "model"), **(defaults | settings)),
        train_dataset=datasets.Dataset.from_list(pairs) if isinstance(pairs, list) else pairs,
        eval_dataset=None if eval_pairs is None else datasets.Dataset.from_list(eval_pairs),
        processing_class=PreTrainedTokenizerFast.from_pretrained(model),
        peft_config=peft_config,
    )
