"""Runs recorded by hand, on disk: what every epoch said of every example."""

import numpy as np

from dataset_cartography.log import LogWriter, Manifest


def _create(root, task, ids, provenance):
    whole = np.ones(len(ids), bool)
    facts = {"answerable": whole, "has_answer_window": whole, "windows": np.ones(len(ids), np.int32)}
    kind = "integer" if isinstance(ids[0], int) else "string"
    manifest = Manifest(
        task=task, mode="in_training", id_type=kind, examples=len(ids), provenance=dict(provenance)
    )
    return LogWriter.create(root, manifest, np.array(ids, dtype=object), facts)


def record_labels(root, ids, epochs, task="classification", **provenance):
    """An epoch is (gold_logprob, margin, prediction) for each example, None where it was not seen."""
    writer = _create(root, task, ids, provenance)
    for number, epoch in enumerate(epochs, start=1):
        seen = [place for place, case in enumerate(epoch) if case is not None]
        logprob, margin, prediction = (np.array(each) for each in zip(*(epoch[i] for i in seen), strict=True))
        columns = {
            "example": np.array(seen),
            "global_step": np.full(len(seen), number),
            "gold_logprob": logprob,
            "margin": margin,
            "el2n": 1 - np.exp(logprob),
            "prediction": prediction,
            "correct": margin > 0,
        }
        writer.write_part(number, columns)
        writer.close_epoch(number, number)
    return root


def record_spans(root, ids, epochs, **provenance):
    """An epoch is (gold_logprob, margin, start, end) for each example; each is one window, and has an answer."""
    writer = _create(root, "qa", ids, provenance)
    for number, epoch in enumerate(epochs, start=1):
        logprob, margin, start, end = (np.array(each, float) for each in zip(*epoch, strict=True))
        count = len(ids)
        yes, zero = np.ones(count, bool), np.zeros(count)
        writer.write_part(
            number,
            {
                "example": np.arange(count),
                "window": np.zeros(count, int),
                "global_step": np.full(count, number),
                "start_logprob": logprob / 2,
                "end_logprob": logprob / 2,
                "gold_logprob": logprob,
                "null_logprob": zero - 9,
                "start_lse": zero,
                "end_lse": zero,
                "prediction_logprob": np.where(margin > 0, logprob, logprob - margin),
                "margin": margin,
                "prediction_start": start.astype(int),
                "prediction_end": end.astype(int),
                "has_answer": yes,
                "has_target": yes,
                "correct": margin > 0,
            },
        )
        writer.close_epoch(number, number)
    return root
