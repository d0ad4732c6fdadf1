"""Label Studio: annotations of the tasks that `formats.label_studio` made, as decisions."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataset_cartography.decisions import Decision, ExampleId, Line, write_lines
from dataset_cartography.errors import InputError, MissingFileError
from dataset_cartography.formats.label_studio import (
    ANSWER,
    CORRECTION,
    ID,
    JUDGEMENT,
    JUDGEMENTS,
    LABEL,
    SAYS_NO_ANSWER,
)
from dataset_cartography.formats.review import Span, refuse_existing
from dataset_cartography.label_errors.units import NO_LABEL
from dataset_cartography.pages import NO_ANSWER


@dataclass(frozen=True)
class Imported:
    """Annotations as decisions.

    Attributes:
        path: The decisions file.
        counts: How many examples got which decision.
        undecided: Ids of tasks whose annotations decide nothing: nothing marked, or several answers.
        disagreeing: Ids that were decided in more than one way; the latest annotation counts.
    """

    path: Path
    counts: dict[str, int]
    undecided: list[ExampleId]
    disagreeing: list[ExampleId]


def import_label_studio(source: str | Path, destination: str | Path) -> Imported:
    """Turn annotations into a decisions file, as `datamap view` writes one and `datamap apply` reads it.

    The label that stands there already is "ok", another one is "relabel"; so is an answer, by its text where that
    stands once in the context, else by its characters. A judgement ("drop", "ambiguous", "ok") wins over the label
    marked beside it; "wrong" with another label is a relabel. Skipped tasks and drafts decide nothing. Every annotation
    becomes a line, the latest of an example last.

    Args:
        source: What Label Studio exports as "JSON", of tasks made by `export_label_studio`.
        destination: The decisions file to make.

    Raises:
        MissingFileError: There is no such file.
        InputError: It is no such export.
        OutputExistsError: The destination exists.
    """
    source, destination = Path(source), Path(destination)
    refuse_existing(destination)
    dated: list[tuple[str, Line]] = []
    undecided: list[ExampleId] = []
    for task in _read_tasks(source):
        annotations = [one for one in task["annotations"] if not one.get("was_cancelled")]
        lines = [line for one in annotations if (line := _line(task["data"], one, source)) is not None]
        dated.extend((line.time, line) for line in lines)
        if annotations and not lines:
            undecided.append(task["data"][ID])
    lines = [line for _, line in sorted(dated, key=lambda pair: pair[0])]
    decisions: dict[ExampleId, set[Decision | None]] = {}
    for line in lines:
        decisions.setdefault(line.id, set()).add(line.decision)
    destination.parent.mkdir(parents=True, exist_ok=True)
    write_lines(destination, lines)
    latest = {line.id: line.decision for line in lines}
    counts = Counter(decision.decision for decision in latest.values() if decision is not None)
    disagreeing = [example_id for example_id, found in decisions.items() if len(found) > 1]
    return Imported(destination, dict(counts), undecided, disagreeing)


def _read_tasks(source: Path) -> list[dict[str, Any]]:
    if not source.is_file():
        raise MissingFileError(f"No export of Label Studio at '{source}': export the project as JSON.")
    try:
        tasks: Any = json.loads(source.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"Cannot read '{source}': {error}.") from error
    whole = isinstance(tasks, list) and all(
        isinstance(task, dict)
        and isinstance(task.get("data"), dict)
        and isinstance(task.get("annotations"), list)
        and all(isinstance(one, dict) and isinstance(one.get("result"), list) for one in task["annotations"])
        for task in tasks
    )
    if not whole:
        raise InputError(
            f"'{source}' is no list of tasks with data and annotations: export the project as JSON, not as JSON-MIN or "
            "anything else."
        )
    for task in tasks:
        example_id = task["data"].get(ID)
        if isinstance(example_id, bool) or not isinstance(example_id, int | str):
            raise InputError(
                f"A task of '{source}' has no {ID} in its data, so it was not made by `datamap export label-studio`: "
                f"add the example's id under that name (task {task.get('id')})."
            )
    return list(tasks)


def _line(data: dict[str, Any], annotation: dict[str, Any], source: Path) -> Line | None:
    """One annotation as a line of decisions; None where it decides nothing."""
    try:
        decision = _decision(data, annotation["result"])
    except (KeyError, TypeError, ValueError, IndexError) as error:  # InputError is a ValueError
        raise InputError(
            f"Cannot read '{source}': the annotation of example {data[ID]!r} is not of the interface that `datamap "
            f"export label-studio` made ({error})."
        ) from error
    if decision is None:
        return None
    who = annotation.get("completed_by")
    by = who.get("email") if isinstance(who, dict) else None if who is None else f"label-studio user {who}"
    time = annotation.get("updated_at") or annotation.get("created_at") or ""
    return Line(data[ID], decision, str(time), by if isinstance(by, str) else None)


def _decision(data: dict[str, Any], result: list[dict[str, Any]]) -> Decision | None:
    marked: list[Decision] = []
    judgement = None
    for region in result:
        name, value = region.get("from_name"), region.get("value", {})
        if name == ANSWER:
            marked.append(_answer(data, value))
        elif name == LABEL and "gold_labels" in data:
            marked.append(_several(data["gold_labels"], value["choices"]))
        elif name == LABEL:
            marked.append(_labelled(data, value["choices"][0]))
        elif name == CORRECTION and (text := " ".join(value["text"]).strip()):
            marked.append(Decision("ok") if text == data["gold"] else Decision("relabel", text))
        elif name == JUDGEMENT:
            judgement = value["choices"][0]
    if judgement == SAYS_NO_ANSWER:
        return Decision("ok") if not data["gold_places"] else Decision("relabel", NO_ANSWER)
    relabels = list(dict.fromkeys(one for one in marked if one.decision == "relabel"))
    if judgement is not None and not (judgement == "wrong" and len(relabels) == 1):
        return Decision(JUDGEMENTS[judgement])
    if len(relabels) > 1 or not marked:
        return None  # a decision has one new label
    return relabels[0] if relabels else Decision("ok")


def _labelled(data: dict[str, Any], choice: str) -> Decision:
    if choice == data["gold"]:
        return Decision("ok")
    if "choice_texts" in data:
        return Decision("relabel", data["choice_texts"][int(choice) - 1])
    return Decision("relabel", choice)


def _several(gold: list[str], chosen: list[str]) -> Decision:
    names = [name for name in chosen if name != NO_LABEL]
    if set(names) == set(gold):
        return Decision("ok")
    return Decision("relabel", json.dumps(names, ensure_ascii=False) if names else NO_LABEL)


def _answer(data: dict[str, Any], value: dict[str, Any]) -> Decision:
    context = data["context"]
    start, end = _place(context, int(value["start"]), int(value["end"]), value.get("text"))
    if [start, end] in data["gold_places"]:
        return Decision("ok")
    text = context[start:end]
    alone = context.count(text) == 1 and not text.startswith("[") and text == text.strip() != NO_ANSWER
    return Decision("relabel", text if alone else json.dumps([start, end]))


def _place(context: str, start: int, end: int, text: str | None) -> Span:
    """The characters of a marked answer: a browser may count in UTF-16, where some characters are two."""
    if text is None or _same(context[start:end], text):
        return start, end
    wide = context.encode("utf-16-le")
    first, last = (len(wide[: 2 * place].decode("utf-16-le", "ignore")) for place in (start, end))
    if _same(context[first:last], text):
        return first, last
    raise InputError(f"the characters {start} to {end} of its context are not {text[:40]!r}")


def _same(found: str, text: str) -> bool:
    """Whether two texts are one, line ends and white space aside."""
    return "".join(found.split()) == "".join(text.replace("\\n", "\n").split())
