"""A figure's data as a table in a text: LaTeX (booktabs) and Markdown.

The columns are those of the CSV, but for a matrix that a page has room for. Numbers are written as
the page writes them, since a table in a paper is read; who computes with them takes the CSV.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from dashboard.text.numbers import number

if TYPE_CHECKING:
    import pandas as pd

_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "−": r"$-$",
    "→": r"$\rightarrow$",
    "±": r"$\pm$",
    "×": r"$\times$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "ρ": r"$\rho$",
}
_DIGITS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_RAISED = re.compile("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_MARKDOWN = "\\`*_{}[]<>|#~&$"


ROWS_ON_A_PAGE = 45


def latex(table: pd.DataFrame) -> str:
    """A `tabular` with the rules of booktabs; every text is escaped, none is a command.

    Of more rows than a page has room for a `longtable`, with the head on each page. Line breaks
    become spaces: an empty line would end the table.
    """
    numeric = [_is_number(table.iloc[:, at].tolist()) for at in range(table.shape[1])]
    head = " & ".join(_in_latex(str(name)) for name in table.columns)
    rows = [
        " & ".join(_in_latex(_cell(value)) for value in row) + r" \\" for row in _rows_of(table)
    ]
    long = len(rows) > ROWS_ON_A_PAGE
    name, packages = ("longtable", "booktabs,longtable") if long else ("tabular", "booktabs")
    return "\n".join(
        [
            f"% needs \\usepackage{{{packages}}} and \\usepackage[T1]{{fontenc}}",
            rf"\begin{{{name}}}{{{''.join('r' if one else 'l' for one in numeric)}}}",
            r"\toprule",
            head + r" \\",
            r"\midrule",
            *([r"\endhead", r"\bottomrule", r"\endfoot"] if long else []),
            *rows,
            *([] if long else [r"\bottomrule"]),
            rf"\end{{{name}}}",
            "",
        ]
    )


def markdown(table: pd.DataFrame) -> str:
    """A table of GitHub's Markdown; numbers at the right, what would be markup escaped."""
    numeric = [_is_number(table.iloc[:, at].tolist()) for at in range(table.shape[1])]
    lines = [
        [_in_markdown(str(name)) for name in table.columns],
        ["---:" if one else ":---" for one in numeric],
        *([_in_markdown(_cell(value)) for value in row] for row in _rows_of(table)),
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _rows_of(table: pd.DataFrame) -> list[tuple[Any, ...]]:
    columns = [table.iloc[:, at].tolist() for at in range(table.shape[1])]
    return list(zip(*columns, strict=True))


def _is_number(values: list[Any]) -> bool:
    """Whether a column stands at the right: numbers, and nothing where there is none."""
    return any(_counts(value) for value in values) and all(
        value is None or _counts(value) for value in values
    )


def _counts(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and not value.is_integer():
        return number(value)
    if isinstance(value, int | float) and math.isfinite(value):
        return str(int(value)).replace("-", "−")
    return " ".join(str(value).split())


def _in_latex(text: str) -> str:
    # A bracket that begins a row would be read as an option of the line break before it.
    found = "".join(_LATEX.get(c, c) for c in text)
    # Two of these in a row are one other letter.
    found = found.replace("--", "-{}-").replace("--", "-{}-").replace("''", "'{}'")
    found = _RAISED.sub(lambda run: f"$^{{{run[0].translate(_DIGITS)}}}$", found)
    return f"{{}}{found}" if found.startswith(("[", "*")) else found


def _in_markdown(text: str) -> str:
    return "".join(f"\\{c}" if c in _MARKDOWN else c for c in text)
