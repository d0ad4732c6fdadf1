"""Regions of a map: rules that make them, categories, their stability and summary."""

from dataset_cartography.regions.categories import (
    assign_categories,
    categorize_examples,
    get_examples_by_category,
    lopsided,
    rule_of,
)
from dataset_cartography.regions.rules import (
    CATEGORIES,
    CONFIDENCE_THRESHOLD,
    METHODS,
    VARIABILITY_THRESHOLD,
    QuantileRule,
    RegionRule,
    ThresholdRule,
    region_rule,
)
from dataset_cartography.regions.stability import region_stability
from dataset_cartography.regions.summary import Region, RegionSummary, summarize_regions

__all__ = [
    "CATEGORIES",
    "CONFIDENCE_THRESHOLD",
    "METHODS",
    "VARIABILITY_THRESHOLD",
    "QuantileRule",
    "Region",
    "RegionRule",
    "RegionSummary",
    "ThresholdRule",
    "assign_categories",
    "categorize_examples",
    "get_examples_by_category",
    "lopsided",
    "region_rule",
    "region_stability",
    "rule_of",
    "summarize_regions",
]
