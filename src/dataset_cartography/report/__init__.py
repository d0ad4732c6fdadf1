"""The analysis of a map as files a person opens: tables, pictures and one page.

An edge: needs the extra "report" (matplotlib, Jinja2), imported when it is used; only cli imports it.
"""

from dataset_cartography.report.analysis import AnalysisPaths, write_analysis

__all__ = ["AnalysisPaths", "write_analysis"]
