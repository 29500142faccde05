"""Results as JSON, CSV and text: what the command line prints, one module per result."""

from __future__ import annotations

from core.cli.formatters.association import (
    association_report,
    association_text,
    specifications_report,
    specifications_text,
    sweep_report,
    sweep_text,
)
from core.cli.formatters.balance import balance_report, balance_text
from core.cli.formatters.graph import graph_markup, graph_report
from core.cli.formatters.matrix import matrix_csv, matrix_report, matrix_text
from core.cli.formatters.parts import (
    columns_text,
    number,
    numbers,
    one_base_line,
    row_report,
    short,
    values_report,
)
from core.cli.formatters.similarity import similarity_report
from core.cli.formatters.study import check_report, study_summary

__all__ = [
    "association_report",
    "association_text",
    "balance_report",
    "balance_text",
    "check_report",
    "columns_text",
    "graph_markup",
    "graph_report",
    "matrix_csv",
    "matrix_report",
    "matrix_text",
    "number",
    "numbers",
    "one_base_line",
    "row_report",
    "short",
    "similarity_report",
    "specifications_report",
    "specifications_text",
    "study_summary",
    "sweep_report",
    "sweep_text",
    "values_report",
]
