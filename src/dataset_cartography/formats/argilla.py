"""Argilla: examples as records, a JSON object a line.

`argilla.Record.from_dict` reads each. Source: Argilla 2.8's `Record.to_dict`.
"""

import json
from pathlib import Path
from typing import Any

from dataset_cartography.formats.review import Review, ReviewItem, refuse_existing
from dataset_cartography.log import write_atomically

FILE = "argilla_records.jsonl"


def export_argilla(review: Review, directory: str | Path) -> list[Path]:
    """Write examples as `argilla_records.jsonl`.

    Fields are the texts (for multiple choice also `choices`, numbered from 1). The suggestion is the model's last
    prediction with its probability as score: to the question `label` (a name, or the number of the choice), to `labels`
    (names), to `correction` (as text, where what is right is written), or to the span question `answer`, with the one
    label "answer". Metadata are the id as the dataset has it, the gold label, and
    the metrics that have a value.

    Args:
        review: The examples.
        directory: Where to write; an existing file is not overwritten.

    Returns:
        The file.

    Raises:
        OutputExistsError: It is there already.
    """
    path = Path(directory) / FILE
    refuse_existing(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(_record(review, item), ensure_ascii=False) for item in review.items]
    write_atomically(path, lambda to: to.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8"))
    return [path]


def _record(review: Review, item: ReviewItem) -> dict[str, Any]:
    fields = {name: text for name, text in item.texts.items() if text}
    if item.choices:
        fields["choices"] = "\n".join(f"{number}. {text}" for number, text in enumerate(item.choices, 1))
    question, value = _suggestion(review, item)
    suggestion = {"value": value, "score": item.score, "agent": review.model}
    known = {name: value for name, value in item.metrics.items() if value is not None}
    return {
        "id": str(item.id),
        "fields": fields,
        "suggestions": {} if value is None else {question: suggestion},
        "metadata": {"example_id": item.id, "gold": " | ".join(dict.fromkeys(item.gold)), **known},
    }


def _suggestion(review: Review, item: ReviewItem) -> tuple[str, Any]:
    if isinstance(item.predicted_place, tuple):
        start, end = item.predicted_place
        return "answer", [{"start": start, "end": end, "label": "answer"}]
    if "answers" in review.kind.gold:
        return "answer", None
    if "labels" in review.kind.gold:
        return "labels", None if item.prediction is None else item.labels
    if not review.labels and not item.choices:
        return "correction", item.correction
    if isinstance(item.predicted_place, int):
        return "label", str(item.predicted_place + 1)
    return "label", item.prediction
