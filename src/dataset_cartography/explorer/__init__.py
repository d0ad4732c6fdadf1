"""The explorer: a map of millions of examples as a local page, to search, read and decide in."""

from dataset_cartography.explorer.mapfile import MapFile
from dataset_cartography.explorer.prepared.workspace import file_facts, fingerprint
from dataset_cartography.explorer.serve import is_loopback, serve_explorer

__all__ = [
    "MapFile",
    "file_facts",
    "fingerprint",
    "is_loopback",
    "serve_explorer",
]
