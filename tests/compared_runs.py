"""Runs recorded by hand for `datamap compare`: a few examples hard, the others easy."""

import json

import numpy as np

from dataset_cartography.cli.datamap import main as datamap
from logs import make_log, rows

COUNT = 40
LABELS = ["entailment", "neutral", "contradiction"]


def main(argv):
    return datamap(["compare", *argv])


def record(root, seed, hard=range(10), task="nli", ids=None, **provenance):
    """Record three epochs of 40 examples: the hard ones have little gold probability, all a little noise."""
    writer = make_log(root, COUNT, task=task, ids=ids)
    rng = np.random.default_rng(seed)
    base = np.where(np.isin(np.arange(COUNT), list(hard)), 0.15, 0.85)
    for epoch in (1, 2, 3):
        probability = np.clip(base + rng.normal(0, 0.05, COUNT), 0.01, 0.99)
        signals = {
            "gold_logprob": np.log(probability),
            "margin": np.log(probability) - np.log(1 - probability),
            "correct": probability > 0.5,
        }
        writer.write_part(epoch, rows(list(range(COUNT)), epoch) | signals)
        writer.close_epoch(epoch, epoch)
    manifest = json.loads((root / "manifest.json").read_text())
    manifest["provenance"] |= {"model": "m", **provenance}
    (root / "manifest.json").write_text(json.dumps(manifest))
    return root


def compare(capsys, *argv, code=0):
    capsys.readouterr()
    assert main([str(word) for word in argv]) == code
    return capsys.readouterr().out
