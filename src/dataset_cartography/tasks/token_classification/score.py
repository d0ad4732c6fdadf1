"""F1 of predicted entities and accuracy of predicted tags, as the CoNLL shared tasks' evaluation has them."""

from collections.abc import Sequence

from dataset_cartography.slices.tags import OUTSIDE, entities


def score_tags(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str | None]]) -> dict[str, float]:
    """Score predicted tags.

    An entity counts as found if its kind, its first and its last token are right, as in conlleval (Tjong Kim Sang and
    Buchholz 2000). Of tags that mark no places, such as parts of speech, every token that is not "O" is an entity.

    Args:
        gold: A sequence of tags for each example.
        predicted: The same, None where the model did not read a token: that is no entity, and wrong.

    Returns:
        ``f1``, ``precision`` and ``recall`` over all entities (micro), and ``accuracy`` over all tokens, in percent;
        ``n``, the number of examples, and ``tokens``, that of tokens.
    """
    wanted = found = hits = right = tokens = 0
    for truth, guess in zip(gold, predicted, strict=True):
        there = set(entities(truth))
        told = set(entities([tag or OUTSIDE for tag in guess]))
        wanted, found, hits = wanted + len(there), found + len(told), hits + len(there & told)
        right += sum(one == other for one, other in zip(truth, guess, strict=True))
        tokens += len(truth)
    return {
        "f1": 200.0 * hits / max(1, wanted + found),
        "precision": 100.0 * hits / max(1, found),
        "recall": 100.0 * hits / max(1, wanted),
        "accuracy": 100.0 * right / max(1, tokens),
        "n": len(gold),
        "tokens": tokens,
    }
