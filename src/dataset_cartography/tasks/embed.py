"""Edge (extra: train): texts as vectors, so that those that are alike lie near each other."""

from collections.abc import Sequence

import numpy as np
import torch
from tqdm.auto import tqdm

from dataset_cartography.metrics.base import Array
from dataset_cartography.tasks.models import BARE, load_model_and_tokenizer

_BATCH = 64
_LONGEST = 128  # tokens: a text's beginning tells what it is about, and time grows with the rest


def embed_texts(columns: Sequence[Sequence[str]], model: str) -> Array:
    """Embed each example's text, or its pair of texts as one, by the mean of its tokens' states.

    Texts are cut at 128 tokens, of a pair the longer first. It runs on the accelerator where there is one, and shows
    its progress on a terminal.

    Args:
        columns: One or two, each with a text of every example; at least one example.
        model: As `models.resolve_model` takes it; of a model that translates, its encoder.

    Returns:
        (examples, dimensions) float32, in the order of the texts; of any length, since neighbours are compared by
        their angle.

    Raises:
        InputError, MissingFileError, OfflineError: The model cannot be loaded; one sentence, as
            `models.load_model_and_tokenizer` says.
    """
    network, tokenizer = load_model_and_tokenizer(model, BARE)
    if network.config.is_encoder_decoder:
        network = network.get_encoder()
    accelerator = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    device = accelerator or torch.device("cpu")
    network.to(device).eval()
    longest = min(_LONGEST, tokenizer.model_max_length)
    # Texts of one length together leave little to pad; the longest first, so that memory runs out at once or never.
    order = np.argsort([-sum(map(len, texts)) for texts in zip(*columns, strict=True)], kind="stable")
    pooled = []
    with (
        torch.no_grad(),
        tqdm(total=len(order), desc="Embedding texts", leave=False, disable=None) as progress,
    ):
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            parts = [[column[row] for row in rows] for column in columns]
            batch = tokenizer(
                *parts, padding=True, truncation=True, max_length=longest, return_tensors="pt"
            ).to(device)
            states = network(**batch).last_hidden_state.float()
            mask = batch["attention_mask"][..., None]
            pooled.append(((states * mask).sum(1) / mask.sum(1)).cpu().numpy())
            progress.update(len(rows))
    embeddings: Array = np.concatenate(pooled)[np.argsort(order)]
    return embeddings
