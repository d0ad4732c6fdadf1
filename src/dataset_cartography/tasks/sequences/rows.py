"""Rows of any dataset of texts given and wanted -> one form."""

from collections.abc import Sequence
from typing import Any

import datasets
from datasets import Features, List, Value

from dataset_cartography.tasks.checked import Checked, leave_out
from dataset_cartography.tasks.classification.rows import renamed
from dataset_cartography.tasks.example_ids import give_ids
from dataset_cartography.tasks.fingerprint import code_version, fingerprint
from dataset_cartography.tasks.loading import keep_first
from dataset_cartography.tasks.sequences import chat, forms
from dataset_cartography.tasks.sequences.forms import MESSAGES, Form

_TURNS = List({"role": Value("string"), "content": Value("string")})


def normalize(
    raw: datasets.Dataset,
    form: Form,
    names: tuple[str, str],
    *,
    where: str = "the dataset",
    max_samples: int | None = None,
) -> datasets.Dataset:
    """Bring rows into one form; every column that is not read is kept as it is.

    Args:
        raw: Rows as they were read.
        form: How they write their texts.
        names: What the text given and the text wanted are to be called.
        where: What the rows are, for messages.
        max_samples: Keep only the first so many rows.

    Returns:
        Columns `names`, strings, null as empty; `messages`, of conversations, the wanted one last; ``id``, as
        `example_ids.give_ids` finds it or makes it of the texts. A column that already bears one of these names,
        though another is meant, gets a "_" at its end.

    Raises:
        InputError: Unusable ids.
    """
    rows = keep_first(raw, max_samples)
    read = rows.select_columns(list(form.columns))
    talks = any(
        isinstance(feature, (List, list)) or form.read(read[0]).messages is not None
        for feature in read.features.values()
    )
    columns = {name: Value("string") for name in names} | ({MESSAGES: _TURNS} if talks else {})
    texts = read.map(
        _read,
        batched=True,
        fn_kwargs={"form": form, "names": names, "talks": talks},
        remove_columns=list(form.columns),
        features=Features(columns),
        new_fingerprint=fingerprint(
            read._fingerprint,
            form.columns,
            form.wanted,
            names,
            code_version(__file__, forms.__file__, chat.__file__),
        ),
        desc="Reading texts",
    )
    others = renamed(rows.remove_columns(list(form.columns)), {}, list(columns))
    joined = datasets.concatenate_datasets([texts, others], axis=1) if others.column_names else texts
    return give_ids(joined, content=list(names), where=where)


def _read(
    batch: dict[str, list[Any]], form: Form, names: tuple[str, str], talks: bool
) -> dict[str, list[Any]]:
    spelled = [
        form.read(dict(zip(batch, values, strict=True))) for values in zip(*batch.values(), strict=True)
    ]
    texts = {names[0]: [one.given for one in spelled], names[1]: [one.wanted for one in spelled]}
    return {**texts, MESSAGES: [one.messages or [] for one in spelled]} if talks else texts


def check_rows(examples: datasets.Dataset, names: Sequence[str]) -> Checked:
    """Leave out rows with an empty text.

    Args:
        examples: As `normalize` returns them.
        names: Columns that must hold a text.

    Raises:
        InputError: No row is left.
    """
    faults = [
        "; ".join(f"the {name} is empty" for name, text in zip(names, texts, strict=True) if not text.strip())
        for texts in zip(*(examples[name][:] for name in names), strict=True)
    ]
    return leave_out(examples, faults)
