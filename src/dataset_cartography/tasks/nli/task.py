"""What `run.py --task nli` does: classification's steps, on a premise and a hypothesis."""

from typing import ClassVar

from dataset_cartography.tasks.classification.rows import Text
from dataset_cartography.tasks.classification.task import Classification


class NaturalLanguageInference(Classification):
    """A label for a premise and a hypothesis."""

    name = "nli"
    texts: ClassVar[tuple[Text, ...]] = (
        Text("premise", ("premise", "sentence1", "text_a", "text1")),
        Text("hypothesis", ("hypothesis", "sentence2", "text_b", "text2")),
    )
    withheld: ClassVar[dict[str, str]] = {"hypothesis-only": "premise", "premise-only": "hypothesis"}
