"""The `demo` dataset: invented clinical notes with questions in the manner of emrQA, and planted faults.

Every row depends on its split, seed and index alone, so a longer dataset begins with the shorter one.
"""

from collections.abc import Mapping
from random import Random
from typing import Any, Final

from dataset_cartography.errors import InputError
from dataset_cartography.tasks.demo import medications, results
from dataset_cartography.tasks.demo.facts import draw_facts, pick, random_stream
from dataset_cartography.tasks.demo.note import write_note
from dataset_cartography.tasks.demo.patterns import Ask, Passage, Span, Template, about, write

TRUTHS: Final = ("clean", "wrong_label", "ambiguous", "hard")
SPLIT_SIZES: Final = {"train": 700, "validation": 200}

TEMPLATES: Final = {
    "medication_dose": medications.DOSES,
    "medication_for_problem": medications.DRUGS,
    "reason_for_medication": medications.REASONS,
    "lab_value": results.LABS,
    "procedure_date": results.DATES,
    "imaging_finding": results.FINDINGS,
}

# Who wrote the notes, and what is asked, per hundred rows. The wrong labels come mostly from one source and
# one kind of question, as if an annotator had misread some notes: a cause that slices of the map can show.
_SOURCES: Final = {"discharge summary": 35, "clinic note": 25, "nursing note": 20, "transfer note": 20}
_SOURCES_OF_WRONG: Final = {
    "discharge summary": 14,
    "clinic note": 10,
    "nursing note": 10,
    "transfer note": 66,
}
_TEMPLATES_OF_WRONG: Final = {
    "medication_dose": 42,
    "lab_value": 14,
    "medication_for_problem": 11,
    "reason_for_medication": 11,
    "procedure_date": 11,
    "imaging_finding": 11,
}
# Steps of the golden ratio fill the unit interval evenly: any first n rows hold the shares within a few rows.
_GOLDEN: Final = 0.6180339887498949


def generate_demo_examples(
    n: int = 700,
    *,
    seed: int = 0,
    wrong_label_share: float = 0.08,
    ambiguous_share: float = 0.10,
    hard_share: float = 0.12,
) -> list[dict[str, Any]]:
    """Generate question-answering examples over invented clinical notes.

    The default shares leave most labels sound and plant enough faults to count: 8 wrong in 100 is towards the
    upper end of what Northcutt et al. (2021) estimate for ten well-known test sets, 0.15 to 10 in 100.

    Args:
        n: Number of rows, 0 or more.
        seed: Which dataset; the same on every machine, and row i is the same for every n.
        wrong_label_share: Share of rows whose gold answer is another span of the right type, 0 to 1.
        ambiguous_share: Share whose question has two defensible answers, of which the gold is one, 0 to 1.
        hard_share: Share whose answer needs an inference over sentences, 0 to 1.

    Returns:
        Rows with `id`, `question`, `context`, `answers` (SQuAD: `text` and `answer_start`, character offsets
        into the context), the causes `template`, `section` and `source`, and the planted `truth` (clean,
        wrong_label, ambiguous or hard) with `true_answer`, the right text (where ambiguous: the gold one).

    Raises:
        InputError: If n is negative, or the shares are not within 0 to 1 in sum.
    """
    shares = {"wrong_label": wrong_label_share, "ambiguous": ambiguous_share, "hard": hard_share}
    return _generate(n, f"demo/train/{seed}", "demo", shares)


def generate_demo_split(split: str, n: int | None = None, seed: int = 0) -> list[dict[str, Any]]:
    """Generate one split of the demo dataset.

    Args:
        split: "train", as `generate_demo_examples` gives it, or "validation": other notes, ids and random
            numbers, clean and hard questions only and every label right, to measure a model on.
        n: Number of rows; by default 700 for train and 200 for validation.
        seed: Which dataset.

    Returns:
        Rows as `generate_demo_examples` describes.

    Raises:
        InputError: If there is no such split, or n is negative.
    """
    if split not in SPLIT_SIZES:
        raise InputError(
            f"The demo dataset has no split '{split}'; its splits are: {', '.join(SPLIT_SIZES)}."
        )
    size = SPLIT_SIZES[split] if n is None else n
    if split == "train":
        return generate_demo_examples(size, seed=seed)
    return _generate(size, f"demo/{split}/{seed}", "demo-val", {"hard": 0.15})


def _generate(n: int, stream: str, prefix: str, shares: Mapping[str, float]) -> list[dict[str, Any]]:
    if n < 0:
        raise InputError(f"The demo dataset cannot have {n} rows; give a number of 0 or more.")
    if min(shares.values()) < 0 or sum(shares.values()) > 1:
        given = ", ".join(f"{truth} {share:g}" for truth, share in shares.items())
        raise InputError(f"The demo's shares must be 0 or more and at most 1 in sum; they are: {given}.")
    offset = random_stream(stream).random()
    rows = []
    for index in range(n):
        truth = _truth_at((offset + index * _GOLDEN) % 1.0, shares)
        row = _row(random_stream(f"{stream}/{index}"), truth)
        rows.append({"id": f"{prefix}-{index:05}", **row})
    return rows


def _truth_at(place: float, shares: Mapping[str, float]) -> str:
    """The truth whose part of the unit interval holds this place."""
    for truth, share in shares.items():
        if place < share:
            return truth
        place -= share
    return "clean"


def _row(rng: Random, truth: str) -> dict[str, Any]:
    wrong = truth == "wrong_label"
    asked = "clean" if wrong else truth
    template, passage, ask = _choose_ask(rng, asked, _TEMPLATES_OF_WRONG if wrong else None)
    source = _weighted(rng, _SOURCES_OF_WRONG if wrong else _SOURCES)
    section = pick(rng, TEMPLATES[template].sections)
    if source == "clinic note" and section == "Hospital course":
        section = "Interval history"
    facts = draw_facts(rng)
    role = pick(rng, passage.roles)
    answer_slots = [about(role, slot) for slot in ask.answers]
    kind = answer_slots[0].partition("_")[0]
    context, spans = write_note(rng, passage, source, section, kind, facts)
    question, _ = write(about(role, pick(rng, ask.questions)), facts)
    answers = [next(span for span in spans if span.slot == slot) for slot in answer_slots]
    true = pick(rng, answers)
    gold = _another(rng, spans, true) if wrong else true
    return {
        "question": question,
        "context": context,
        "answers": {"text": [gold.text], "answer_start": [gold.start]},
        "template": template,
        "section": section,
        "source": source,
        "truth": truth,
        "true_answer": true.text,
    }


def _choose_ask(rng: Random, truth: str, weights: Mapping[str, int] | None) -> tuple[str, Passage, Ask]:
    """A template (all alike without weights), one of its passages, and a question of that truth for it."""
    names = {name: 1 for name, template in TEMPLATES.items() if _passages(template, truth)}
    name = _weighted(rng, weights or names)
    passage = pick(rng, _passages(TEMPLATES[name], truth))
    return name, passage, pick(rng, [ask for ask in passage.asks if ask.truth == truth])


def _passages(template: Template, truth: str) -> list[Passage]:
    """The template's passages of which a question of that truth can be asked."""
    return [passage for passage in template.passages if any(ask.truth == truth for ask in passage.asks)]


def _another(rng: Random, spans: list[Span], true: Span) -> Span:
    """A span of the same type that says something else: what a hurried annotator might have marked."""
    return pick(rng, [span for span in spans if span.kind == true.kind and span.text != true.text])


def _weighted(rng: Random, weights: Mapping[str, int]) -> str:
    place = rng.random() * sum(weights.values())
    for name, weight in weights.items():
        place -= weight
        if place < 0:
            return name
    return name
