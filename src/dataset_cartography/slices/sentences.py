"""A rule in plain words, in which nothing of the dataset can pass for a word of ours."""

from dataset_cartography.slices.candidates import Slice
from dataset_cartography.slices.features import FEATURES
from dataset_cartography.slices.search import Finding

_LONGEST = 40  # characters of a name or a value
_MOST_ALIKE = 2


def rule_sentence(finding: Finding, *, first: bool) -> str:
    """Say what was found, and that what was found before does not account for it, if it is not the first."""
    effect, said = finding.effect, " and ".join(_condition(condition) for condition in finding.conditions)
    points = (
        f"difference {100 * effect.difference:.0f} points, {100 * effect.low:.0f} to {100 * effect.high:.0f}"
    )
    sentence = (
        f"Of the {effect.count:,} examples whose {said}, {_percent(effect.share_inside)} are {finding.region}, "
        f"against {_percent(effect.share_outside)} of the rest ({points})"
    )
    sentence += "." if first else "; what is named before does not account for it."
    if finding.alike:
        alike = "; ".join(_condition(condition) for condition in finding.alike[:_MOST_ALIKE])
        sentence += f" Nearly the same examples: {alike}."
    return sentence


def no_rule(tested: int, alpha: float) -> str:
    """Say that nothing stands out."""
    if not tested:
        return "No slice of the examples is large enough to be compared with the rest."
    return (
        f"None of {tested:,} comparisons of slices with the rest shows clearly more hard or ambiguous examples than "
        f"chance would (at {alpha:g} for all together)."
    )


def quoted(text: str) -> str:
    """Text of the dataset on one line, short, unseen characters written out, in “” that it cannot close."""
    flat = " ".join(text[: 4 * _LONGEST].split()).replace("“", '"').replace("”", '"')
    short = flat if len(flat) <= _LONGEST else f"{flat[:_LONGEST]}…"
    return f"“{''.join(sign if sign.isprintable() else f'⟨U+{ord(sign):04X}⟩' for sign in short)}”"


def _condition(one: Slice) -> str:
    title = f"{one.title[:1].lower()}{one.title[1:]}" if one.derived else quoted(one.title)
    verb = "include" if one.derived and FEATURES[one.feature].several else "is"
    return f"{title} {verb} {one.label if one.spoken else quoted(one.label)}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%" if 0 < share < 0.1 else f"{100 * share:.0f}%"
