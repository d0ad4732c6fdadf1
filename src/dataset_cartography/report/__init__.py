"""The report of a map: one page a person opens, and the analysis's tables and pictures.

An edge: needs the extra "report" (matplotlib, Jinja2, SciPy), imported when it is used; only cli imports it.
"""

from dataset_cartography.report.writing import AnalysisPaths, write_analysis, write_report

__all__ = ["AnalysisPaths", "write_analysis", "write_report"]
