"""What the demo's planted wrong, ambiguous and hard examples look like, beside the hidden truth.

    python benchmarks/looks_like.py [--folder demo] [--maps DIR ...]

FOLDER is what `datamap demo` wrote; where nothing is there, the demo is trained first (two minutes). Other maps have no
truth, and only their shares are printed.
"""

import argparse
from pathlib import Path

import pandas as pd

from dataset_cartography import find_label_errors
from dataset_cartography.cli.demo import EXAMPLES, run_demo
from dataset_cartography.label_errors import LOOKS
from dataset_cartography.log import LogPaths
from dataset_cartography.tasks.demo import TRUTHS, generate_demo_examples

LOOKED_FOR = {"wrong_label": "wrong", "ambiguous": "ambiguous", "hard": "hard", "clean": "sound"}


def main() -> None:
    """Train if need be, look, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=Path("demo"), help="what `datamap demo` wrote")
    parser.add_argument("--maps", nargs="*", type=Path, default=[], help="other cartography directories")
    arguments = parser.parse_args()
    directory = arguments.folder / "cartography"
    if not LogPaths(directory).manifest.is_file():
        run_demo(arguments.folder)
    rows = pd.DataFrame(generate_demo_examples(EXAMPLES)).set_index("id")
    found = find_label_errors(directory, examples=rows.drop(columns=["truth", "true_answer"]))
    truth = rows["truth"].reindex(found.index)
    table = pd.crosstab(truth, found["looks_like"]).reindex(index=TRUTHS, columns=LOOKS, fill_value=0)
    print(table.to_string())
    recalls = []
    for planted, looks in LOOKED_FOR.items():
        total, right = int(table.loc[planted].sum()), int(table.loc[planted, looks])
        recalls.append(right / total)
        print(f"{planted}: {right} of {total} look {looks} ({right / total:.0%})")
    print(f"mean of the four {sum(recalls) / len(recalls):.0%} (by chance 25%)")
    for other in arguments.maps:
        shares = find_label_errors(other)["looks_like"].value_counts(normalize=True)
        print(f"{other}: " + ", ".join(f"{looks} {shares.get(looks, 0):.0%}" for looks in LOOKS))


if __name__ == "__main__":
    main()
