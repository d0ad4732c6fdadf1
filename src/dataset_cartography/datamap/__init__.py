"""The map: one row of metrics per example. Made from a log, written to and read from files, summarised."""

from dataset_cartography.datamap.compute import FACTS, compute_map, compute_metrics, facts_of
from dataset_cartography.datamap.coverage import EpochCoverage, coverage_of, coverage_sentences
from dataset_cartography.datamap.files import (
    WRITERS,
    load_cartography_metrics,
    looks_numeric,
    write_map,
    write_map_file,
)
from dataset_cartography.datamap.frame import INDEX, MapFrame
from dataset_cartography.datamap.modes import ModeWords, mode_words
from dataset_cartography.datamap.planted import PLANTED, planted_sentence
from dataset_cartography.datamap.summary import MapSummary, summarize_map

__all__ = [
    "FACTS",
    "INDEX",
    "PLANTED",
    "WRITERS",
    "EpochCoverage",
    "MapFrame",
    "MapSummary",
    "ModeWords",
    "compute_map",
    "compute_metrics",
    "coverage_of",
    "coverage_sentences",
    "facts_of",
    "load_cartography_metrics",
    "looks_numeric",
    "mode_words",
    "planted_sentence",
    "summarize_map",
    "write_map",
    "write_map_file",
]
