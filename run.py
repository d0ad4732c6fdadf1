"""Fine-tune a model on one of four tasks (`--task`), with or without `--enable_cartography`; see `--help`."""

import sys

from dataset_cartography.cli.run import main

if __name__ == "__main__":
    sys.exit(main())
