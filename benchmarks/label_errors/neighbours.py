"""What neighbours say of a cell's labels: embeddings of a set's texts, made once and kept beside the cells.

Texts are embedded by the offline encoder, as `datamap errors --neighbours demo` does; digits are their pixels.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import numpy.typing as npt
from cells import PLANTED
from sets import RECIPES

from dataset_cartography.label_errors.neighbours import Neighbours, find_neighbours
from dataset_cartography.tasks.noise import read_planted

Array = npt.NDArray[Any]
TEXTS = ("text", "premise", "hypothesis")


def embed_sets(names: Sequence[str], folder: Path, data: Path | None) -> None:
    """Embed what is missing of the sets that have labels."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        recipe, path = RECIPES[name], embeddings_of(folder, name)
        if recipe.task != "qa" and not path.is_file():
            with tempfile.TemporaryDirectory() as scratch:
                examples = recipe.examples(data or Path(), Path(scratch))
            labels = np.array(examples.features["label"].names)[examples["label"]]
            np.savez(path, ids=np.array(examples["id"]), labels=labels, vectors=embed(examples))
            print(f"{name}: {len(examples)} examples embedded")


def embeddings_of(folder: Path, dataset: str) -> Path:
    """Where a set's embeddings are kept, beside its cells."""
    return folder / f"embeddings-{dataset}.npz"


def neighbours_of(cell: Path, dataset: str, ids: Array) -> Neighbours | None:
    """What neighbours say of a cell's labels as they were learned; None where nothing is embedded.

    Args:
        cell: Its folder.
        dataset: The set's name.
        ids: In the log's order.
    """
    path = embeddings_of(cell.parent, dataset)
    if not path.is_file():
        return None
    with np.load(path) as kept:
        vectors, labels = (
            kept["vectors"],
            dict(zip(kept["ids"].tolist(), kept["labels"].tolist(), strict=True)),
        )
        row = {example: place for place, example in enumerate(kept["ids"].tolist())}
    planted = read_planted(cell / PLANTED)
    labels |= dict(zip(planted["id"].tolist(), map(str, planted["planted"].tolist()), strict=True))
    _, numbers = np.unique([labels[example] for example in ids.tolist()], return_inverse=True)
    return find_neighbours(vectors[[row[example] for example in ids.tolist()]], numbers)


def embed(examples: datasets.Dataset) -> Array:
    """(examples, dimensions) embeddings of the texts, pairs as one; pictures are their pixels."""
    if "pixels" in examples.column_names:
        return np.array(examples["pixels"], np.float32)
    from dataset_cartography.tasks.embed import embed_texts

    texts = [list(examples[name]) for name in TEXTS if name in examples.column_names]
    return embed_texts(texts, "demo")
