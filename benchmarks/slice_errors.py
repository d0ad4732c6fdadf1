"""How often the explanation of the regions names a rule where there is no cause, and how often it finds one planted.

    python benchmarks/slice_errors.py [--sets 400] [--examples 2000] [--time 1000000]

"Shuffled" is the demo dataset, with the features that reports are made of, and its planted regions dealt out anew at
random; "correlated" are generated features, most of them echoes of each other, and regions that none of them causes.
"Planted" makes one slice, a twentieth of the examples, hold twice the rest's share of hard ones. Each share is printed
with its exact binomial 95% interval.
"""

import argparse
import time
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from dataset_cartography.slices import Explanation, describe_examples, explain
from dataset_cartography.tasks.demo import generate_demo_examples

ALPHA = 0.05
CATEGORIES = ["easy", "ambiguous", "hard"]
_TRUTH = {"clean": "easy", "wrong_label": "hard", "hard": "hard", "ambiguous": "ambiguous"}
_PLANTED_FEATURE, _PLANTED_SLICE, _PLANTED_SHARE = "planted", "cause", 0.05


def demo_slices(examples: int) -> tuple[pd.Series, pd.DataFrame]:
    """The demo dataset's regions as they were planted, and all features a report has of it."""
    df = pd.DataFrame(generate_demo_examples(examples)).set_index("id")
    features = describe_examples(df).join(df[["template", "section", "source"]])
    return df["truth"].map(_TRUTH), features


def shuffled(sets: int, examples: int) -> Iterator[tuple[pd.Series, pd.DataFrame]]:
    """The demo dataset, its regions dealt out anew."""
    category, features = demo_slices(examples)
    for number in range(sets):
        dealt = np.random.default_rng(number).permutation(category.to_numpy())
        yield pd.Series(dealt, index=category.index), features


def correlated(
    sets: int, examples: int, hard_share: float = 0.2, *, planted: bool = False
) -> Iterator[tuple[pd.Series, pd.DataFrame]]:
    """Features that echo three hidden numbers; regions that nothing causes, or but one slice of one feature."""
    for number in range(sets):
        rng = np.random.default_rng(10_000 + number)
        hidden = rng.normal(size=(examples, 3))
        echo = {place: 0.8 * hidden[:, place % 3] + 0.6 * rng.normal(size=examples) for place in range(12)}
        columns: dict[str, object] = {f"number_{place}": echo[place] for place in range(6)}
        for place in range(6, 12):
            columns[f"word_{place}"] = np.digitize(echo[place], [-1, 0, 0.5, 1.5]).astype(str)
        cause = rng.permutation(examples) < _PLANTED_SHARE * examples
        columns[_PLANTED_FEATURE] = np.where(cause, _PLANTED_SLICE, "no cause")
        hard = np.where(cause & planted, 2 * hard_share, hard_share)
        draw = rng.random(examples)
        codes = np.where(draw < hard, 2, np.where(draw < hard + 0.5 * (1 - hard), 1, 0))
        yield pd.Series(np.array(CATEGORIES, dtype=object)[codes]), pd.DataFrame(columns)


def share_where(
    sets: Iterator[tuple[pd.Series, pd.DataFrame]], holds: Callable[[Explanation], bool]
) -> tuple[int, int]:
    """In how many sets the explanation is so, and how many there are."""
    outcomes = [holds(explain(category, slices, alpha=ALPHA)) for category, slices in sets]
    return sum(outcomes), len(outcomes)


def names_any(found: Explanation) -> bool:
    """Whether a rule is named."""
    return bool(found.rules)


def names_the_planted(found: Explanation) -> bool:
    """Whether the first rule is the planted cause alone."""
    return bool(found.rules) and found.rules[0].conditions == ((_PLANTED_FEATURE, _PLANTED_SLICE),)


def in_words(count: int, total: int) -> str:
    """A share with its interval."""
    ends = binomtest(count, total).proportion_ci(0.95, "exact")
    return f"{count} of {total} = {count / total:.1%} (95%: {ends.low:.1%} to {ends.high:.1%})"


def time_explain(examples: int) -> str:
    """Time one explanation of a large map with a cause."""
    category, slices = next(correlated(1, examples, planted=True))
    begin = time.perf_counter()
    found = explain(category, slices)
    return f"{time.perf_counter() - begin:.1f} s, {found.tested:,} comparisons, {len(found.rules)} rule(s)"


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", type=int, default=400)
    parser.add_argument("--examples", type=int, default=2_000)
    parser.add_argument("--time", type=int, default=1_000_000, help="examples of the map that is timed")
    arguments = parser.parse_args()
    sets, examples = arguments.sets, arguments.examples
    for name, drawn in (("shuffled", shuffled(sets, examples)), ("correlated", correlated(sets, examples))):
        print(f"{name}: a rule is named in {in_words(*share_where(drawn, names_any))} (bar {ALPHA:.0%})")
    for share in (0.33, 0.2, 0.15, 0.1):
        drawn = correlated(sets, examples, share, planted=True)
        figure = in_words(*share_where(drawn, names_the_planted))
        print(f"planted, {2 * share:.0%} hard against {share:.0%}: named first in {figure}")
    print(f"{arguments.time:,} examples explained in {time_explain(arguments.time)}")


if __name__ == "__main__":
    main()
