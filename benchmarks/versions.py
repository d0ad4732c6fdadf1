"""Print the machine and the versions that the figures below belong to."""

import os
import platform
from importlib.metadata import version

if __name__ == "__main__":
    packages = ["torch", "transformers", "datasets", "numpy", "pandas", "pyarrow", "dataset-cartography"]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    print(", ".join(f"{name} {version(name)}" for name in packages))
