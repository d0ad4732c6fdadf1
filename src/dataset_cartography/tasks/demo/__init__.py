"""The `demo` dataset and model: a whole first run that needs no network and no data of one's own."""

from dataset_cartography.tasks.demo.generate import TRUTHS, generate_demo_examples, generate_demo_split
from dataset_cartography.tasks.demo.model import demo_model_path

__all__ = [
    "TRUTHS",
    "demo_model_path",
    "generate_demo_examples",
    "generate_demo_split",
]
