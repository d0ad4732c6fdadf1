"""Small logs for tests: made row by row, as the recorder makes them batch by batch."""

import numpy as np

from dataset_cartography.log import LogReader, LogWriter, Manifest


def make_log(root, examples=6, task="classification", ids=None, mode="in_training", windows=1):
    ids = np.array(ids if ids is not None else [f"e{i}" for i in range(examples)], dtype=object)
    yes = np.ones(examples, bool)
    facts = {
        "answerable": yes,
        "has_answer_window": yes,
        "windows": np.broadcast_to(np.int32(windows), examples),
    }
    kind = "integer" if isinstance(ids[0], int) else "string"
    manifest = Manifest(task=task, mode=mode, id_type=kind, examples=len(ids))
    return LogWriter.create(root, manifest, ids, facts)


def rows(examples, step, value=None):
    count = len(examples)
    value = np.arange(count, dtype=np.float32) if value is None else np.full(count, value, np.float32)
    return {
        "example": np.array(examples),
        "global_step": np.full(count, step),
        "gold_logprob": -value,
        "margin": value,
        "el2n": value,
        "correct": value > 0,
        "prediction": np.zeros(count, int),
    }


def read(root, name="gold_logprob", epoch=1):
    result = LogReader(root).read(epoch, [name])
    return dict(
        zip(result.columns["example"].tolist(), (-result.columns[name]).tolist(), strict=True)
    ), result
