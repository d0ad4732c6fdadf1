"""Edge (extra: train): what a command-line run needs per task: load, prepare, decode, score."""
