"""Label Studio: examples as tasks with the model's predictions, and annotations as decisions.

Sources: Label Studio's documentation of its task format, predictions and labelling configuration; checked against
version 1.23.2 by `benchmarks/label_studio.py`.
"""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from dataset_cartography.errors import InputError
from dataset_cartography.formats.review import SCORE, Review, ReviewItem, refuse_existing
from dataset_cartography.label_errors.units import NO_LABEL
from dataset_cartography.log import write_atomically
from dataset_cartography.pages import NO_ANSWER
from dataset_cartography.pages.answers import correction_form

TASKS_FILE, CONFIG_FILE = "label_studio_tasks.json", "label_studio_config.xml"
ID = "example_id"
LABEL, ANSWER, JUDGEMENT, CORRECTION = "label", "answer", "judgement", "correction"
_SPAN = "Answer"
SAYS_NO_ANSWER = "no answer"
JUDGEMENTS = {"ok": "ok", "wrong": "wrong_label", "ambiguous": "ambiguous", "drop": "drop"}
"""What a person ticks beside a label, and the decision it is."""

_DOLLAR = "\uff04"  # full-width
_FEW = 12  # labels up to which they stand side by side; more are a list to choose from
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def export_label_studio(review: Review, directory: str | Path) -> list[Path]:
    """Write examples for Label Studio: `label_studio_tasks.json` to import, `label_studio_config.xml` as the interface.

    A task's data hold the example's id, its texts whole, the gold label and its metrics, to sort by; the model's last
    prediction is a pre-annotation with its probability as score.

    Args:
        review: The examples.
        directory: Where to write; existing files are not overwritten.

    Returns:
        The two files.

    Raises:
        OutputExistsError: One of the files is there already.
        InputError: A label cannot be written in XML, which has no control characters.
    """
    tasks, config = Path(directory) / TASKS_FILE, Path(directory) / CONFIG_FILE
    for path in (tasks, config):
        refuse_existing(path)
    interface = labelling_config(review)
    tasks.parent.mkdir(parents=True, exist_ok=True)
    content = ",\n".join(json.dumps(_task(review, item), ensure_ascii=False) for item in review.items)
    write_atomically(tasks, lambda path: path.write_text(f"[\n{content}\n]\n", encoding="utf-8"))
    write_atomically(config, lambda path: path.write_text(interface, encoding="utf-8"))
    return [tasks, config]


def labelling_config(review: Review) -> str:
    """The interface for examples, as Label Studio's XML.

    Raises:
        InputError: A label cannot be written in XML.
    """
    view = ElementTree.Element("View")
    spans = "answers" in review.kind.gold
    if "question" in review.kind.texts:
        ElementTree.SubElement(view, "Header", value="$question")
    if spans:
        labels = ElementTree.SubElement(view, "Labels", name=ANSWER, toName="context")
        ElementTree.SubElement(labels, "Label", value=_SPAN)
    for name in review.passages:
        if len(review.passages) > 1:
            ElementTree.SubElement(view, "Header", value=name, size="5")
        ElementTree.SubElement(view, "Text", name=name, value=f"${name}")
    if "choices" in review.kind.gold:
        ElementTree.SubElement(view, "Text", name="choices", value="$choices")
    target = _target(review)
    if review.kind.target is None:  # else it is among the texts
        ElementTree.SubElement(view, "Header", value="Label now: $gold", size="5")
    names = [] if spans else _option_names(review)
    if names:
        layout, several = "inline" if len(names) <= _FEW else "select", "labels" in review.kind.gold
        ElementTree.SubElement(view, "Header", value=f"The right label{'s' * several}", size="5")
        _choices(view, LABEL, target, names, layout, several=several)
    elif form := correction_form(review.kind):
        ElementTree.SubElement(view, "Header", value=f"What is right. {form}", size="5")
        ElementTree.SubElement(
            view, "TextArea", name=CORRECTION, toName=target, rows="3", editable="true", maxSubmissions="1"
        )
    ElementTree.SubElement(view, "Header", value="Or a judgement, which wins over what is marked", size="5")
    _choices(view, JUDGEMENT, target, [*JUDGEMENTS, *([SAYS_NO_ANSWER] if spans else [])], "inline")
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode") + "\n"


def _target(review: Review) -> str:
    """The text that choices are about, as Label Studio wants to be told."""
    return "choices" if "choices" in review.kind.gold else review.passages[0]


def _choices(
    view: ElementTree.Element,
    name: str,
    target: str,
    values: list[str],
    layout: str,
    *,
    several: bool = False,
) -> None:
    choice = "multiple" if several else "single"
    choices = ElementTree.SubElement(
        view, "Choices", name=name, toName=target, choice=choice, layout=layout, required="false"
    )
    for value in values:
        # A dollar sign would begin the name of a column; the alias is what annotations hold.
        shown = {"value": value.replace("$", _DOLLAR), "alias": value} if "$" in value else {"value": value}
        ElementTree.SubElement(choices, "Choice", shown)


def _option_names(review: Review) -> list[str]:
    """What there is to choose from: the labels, or the numbers of the choices, from 1."""
    if "choices" in review.kind.gold:
        return [str(number + 1) for number in range(max(len(item.choices) for item in review.items))]
    for label in review.labels:
        if found := _NOT_XML.search(label):
            raise InputError(
                f"The label {label!r} has the character U+{ord(found.group()):04X}, which Label Studio's configuration "
                "cannot say, being XML: rename the label."
            )
    return [*review.labels, NO_LABEL] if "labels" in review.kind.gold else review.labels


def _task(review: Review, item: ReviewItem) -> dict[str, Any]:
    data: dict[str, Any] = {ID: item.id, **item.texts}
    if item.choices:
        data["choices"] = "\n".join(f"{number}. {text}" for number, text in enumerate(item.choices, 1))
        data["choice_texts"] = item.choices
    if "answers" in review.kind.gold:
        data["gold"] = " | ".join(dict.fromkeys(item.gold)) or NO_ANSWER
        data["gold_places"] = [list(place) for place in item.gold_places if isinstance(place, tuple)]
    elif item.choices:
        data["gold"] = str(_first_place(item) + 1) if item.gold_places else ""
    else:
        data["gold"] = " | ".join(item.gold) or (NO_LABEL if "labels" in review.kind.gold else "")
        data |= {"gold_labels": item.gold} if "labels" in review.kind.gold else {}
    data |= {"prediction": item.prediction, SCORE: item.score, **item.metrics}
    result = _prediction(review, item)
    if result is None:
        return {"data": data}
    prediction = {"model_version": review.model, "result": [result]}
    return {
        "data": data,
        "predictions": [prediction if item.score is None else {**prediction, "score": item.score}],
    }


def _first_place(item: ReviewItem) -> int:
    place = item.gold_places[0]
    return place if isinstance(place, int) else place[0]


def _prediction(review: Review, item: ReviewItem) -> dict[str, Any] | None:
    """The model's prediction as Label Studio has regions and choices; None if there is none that it can show."""
    if isinstance(item.predicted_place, tuple):
        start, end = item.predicted_place
        value: dict[str, Any] = {"start": start, "end": end, "text": item.prediction, "labels": [_SPAN]}
        return {
            "id": "prediction",
            "from_name": ANSWER,
            "to_name": "context",
            "type": "labels",
            "value": value,
        }
    if "answers" in review.kind.gold:
        if item.prediction != NO_ANSWER:
            return None
        name, choice = JUDGEMENT, SAYS_NO_ANSWER
    elif "labels" in review.kind.gold:
        return None if item.prediction is None else _marked(review, LABEL, item.labels or [NO_LABEL])
    elif not review.labels and item.correction is not None and not item.choices:
        value = {"text": [item.correction]}
        return {
            "id": "prediction",
            "from_name": CORRECTION,
            "to_name": _target(review),
            "type": "textarea",
            "value": value,
        }
    elif isinstance(item.predicted_place, int):
        name, choice = LABEL, str(item.predicted_place + 1)
    elif item.prediction in review.labels:
        name, choice = LABEL, str(item.prediction)
    else:
        return None
    return _marked(review, name, [choice])


def _marked(review: Review, name: str, choices: list[str]) -> dict[str, Any]:
    return {
        "id": "prediction",
        "from_name": name,
        "to_name": _target(review),
        "type": "choices",
        "value": {"choices": choices},
    }
