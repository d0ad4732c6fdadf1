"""The map: one row of metrics per example. Made from a log, written to and read from files, summarised."""

from dataset_cartography.datamap.compute import FACTS, INDEX, compute_metrics, load_map_dynamics, map_of
from dataset_cartography.datamap.files import load_cartography_metrics, looks_numeric, write_map
from dataset_cartography.datamap.summary import MapSummary, summarize_map

__all__ = [
    "FACTS",
    "INDEX",
    "MapSummary",
    "compute_metrics",
    "load_cartography_metrics",
    "load_map_dynamics",
    "looks_numeric",
    "map_of",
    "summarize_map",
    "write_map",
]
