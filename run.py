"""Fine-tune a question-answering model, with or without `--enable_cartography`; see `python run.py --help`."""

import sys

from dataset_cartography.cli.run import main

if __name__ == "__main__":
    sys.exit(main())
