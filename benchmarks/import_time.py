"""Time `import dataset_cartography` beside `import numpy, pandas`, in fresh processes taken in turn."""

import statistics
import subprocess
import sys

BAR = 1.6
REPEAT = 9


def seconds(statement: str) -> float:
    """Time one statement in a fresh interpreter."""
    code = f"import time; begin = time.perf_counter(); {statement}; print(time.perf_counter() - begin)"
    return float(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    )


def main() -> None:
    """Measure in turn and print."""
    pairs = [
        (seconds("import dataset_cartography"), seconds("import numpy, pandas")) for _ in range(REPEAT + 1)
    ][1:]
    ours, base = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(
        f"import dataset_cartography {ours:.2f} s, numpy and pandas {base:.2f} s: {ratio:.2f}x (bar {BAR}x)"
    )


if __name__ == "__main__":
    main()
