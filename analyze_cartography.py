"""Analyse a recorded run: tables, pictures and one HTML page; see `python analyze_cartography.py --help`."""

import sys

from dataset_cartography.cli.analyze import main

if __name__ == "__main__":
    sys.exit(main())
