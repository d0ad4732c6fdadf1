"""The explorer: a map of millions of examples as a local page, to search, read and decide in."""

from dataset_cartography.explorer.decisions import DECISIONS, read_decisions
from dataset_cartography.explorer.mapfile import MapFile
from dataset_cartography.explorer.serve import is_loopback, serve_explorer
from dataset_cartography.explorer.workspace import file_facts, fingerprint

__all__ = [
    "DECISIONS",
    "MapFile",
    "file_facts",
    "fingerprint",
    "is_loopback",
    "read_decisions",
    "serve_explorer",
]
