"""What neighbours say of a cell's labels: embeddings of a set's texts, made once and kept beside the cells.

    python benchmarks/label_errors/neighbours.py --data FOLDER [--folder cells]

embeds what is missing, for the sets that have labels: as `datamap errors --neighbours demo` does; digits by their
pixels. The methods with neighbours are in the comparison wherever that is there.
"""

import argparse
import tempfile
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


def main() -> None:
    """Parse, and embed what is missing."""
    parser = argparse.ArgumentParser(
        prog="python benchmarks/label_errors/neighbours.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder with the datasets")
    parser.add_argument("--folder", type=Path, default=Path("label_error_cells"), help="where the cells are")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name, recipe in RECIPES.items():
        path = embeddings_of(arguments.folder, name)
        if recipe.task != "qa" and not path.is_file():
            with tempfile.TemporaryDirectory() as scratch:
                examples = recipe.examples(arguments.data, Path(scratch))
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


if __name__ == "__main__":
    main()
