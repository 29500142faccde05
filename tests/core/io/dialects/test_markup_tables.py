"""Tables of LaTeX and of web pages: what is set stays, commands, tags and rules go."""

from __future__ import annotations

import json
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from core import open_study
from core.cli import cli
from core.io.dialects import markup_tables, read_raw
from core.io.dialects.markup_tables import MOST_SPANNED, html_table, latex_table
from core.io.dialects.raw_table import DialectError
from tests.steps import ended, steps

FRAME = pd.DataFrame({"": ["A_b", "C&D"], "A_b": ["0.9", "0.3"], "C&D": ["0.4", "0.8"]})
CELLS = [["", "A_b", "C&D"], ["A_b", "0.9", "0.4"], ["C&D", "0.3", "0.8"]]
SET = r"""
\begin{table}[t]\centering % & no cell
\caption{Transfer}
\begin{tabular*}{\textwidth}{l@{\extracolsep{\fill}}cc}
\toprule
 & \multicolumn{2}{c}{\textbf{test}} \\ \cmidrule(lr){2-3}
train & A\_b & \textsc{C}\&D \\[2pt]
\midrule
A\_b & \cellcolor[gray]{0.9}\textbf{0.9} & $0.4_{\pm 0.1}$ \\
\multirow{2}{*}{C\&D} & {\bf 0.3} & 0.8{\scriptsize $\pm$0.1} \\
\bottomrule
\end{tabular*}
\end{table}
"""


def test_a_latex_table_is_what_is_set():
    found = latex_table(SET)
    assert found.cells == [
        ["", "test", ""],
        ["train", "A_b", "C&D"],
        ["A_b", "0.9", r"$0.4_{\pm 0.1}$"],
        ["C&D", "0.3", r"0.8 $\pm$0.1"],
    ]
    assert found.lines == [6, 7, 9, 10]
    assert not found.ragged


def test_a_web_page_of_pandas():
    assert html_table(FRAME.to_html(index=False)).cells == CELLS


def test_the_name_of_an_index_is_the_corner():
    frame = FRAME.set_index("").rename_axis("train").rename_axis("test", axis=1)
    assert html_table(frame.to_html()).cells == [["train", *CELLS[0][1:]], *CELLS[1:]]


def test_the_name_of_an_index_is_the_corner_in_latex_too():
    rows = "tgt & a & b \\\\ src & & \\\\ a & 0.1 & 0.2 \\\\ b & 0.3 & 0.4"
    found = latex_table("\\begin{tabular}{lrr}" + rows + "\\end{tabular}")
    assert found.cells[:2] == [["src", "a", "b"], ["a", "0.1", "0.2"]]


def test_cells_over_several_rows_are_in_each_and_over_columns_in_the_first():
    frame = pd.DataFrame({"t": ["x", "y", "x"], "v": [1, 2, 3]}, index=["A", "A", "B"])
    frame = frame.set_index("t", append=True).rename_axis(["s", "t"])
    assert html_table(frame.to_html()).cells[1:] == [
        ["A", "x", "1"],
        ["A", "y", "2"],
        ["B", "x", "3"],
    ]
    page = "<table><tr><td colspan=2>a<td>b<tr><td>1<td>2<td>3</table>"
    assert html_table(page).cells == [["a", "", "b"], ["1", "2", "3"]]


@pytest.mark.parametrize(
    ("read", "text", "sentence"),
    [
        (latex_table, SET + SET, "2 LaTeX tables"),
        (latex_table, SET[:-60], "half of a LaTeX table"),
        (html_table, FRAME.to_html() * 2, "a web page with 2 tables"),
        (html_table, "<table><tr><td>x</table>", "a web page with no tables"),
    ],
)
def test_not_one_table_is_said(read, text, sentence):
    with pytest.raises(DialectError, match=sentence):
        read(text)


def test_a_span_of_millions_is_cut():
    page = "<table><tr><td colspan=9999999>a<td>b</tr><tr><td rowspan=9999999>1<td>2</table>"
    assert max(map(len, html_table(page).cells)) <= MOST_SPANNED + 1


MANY = 2**16
LONG = 2**19
"""Characters that one pattern sees: looked for anew from each, they would take minutes."""
HEAD = "<table><tr><th>a<th>b</tr><tr><td>1<td>2</tr>"
OF_ONE = "\\begin{tabular}{lr}a & b \\\\ 1 & %s2 \\\\\\end{tabular}"


@pytest.mark.parametrize(
    ("read", "text"),
    [
        *(
            (html_table, HEAD + part * (LONG // len(part)))
            for part in ("<a ", "<!--", "</a", "<?", "<![CDATA[", "<script>")
        ),
        *(
            (latex_table, OF_ONE % (part * (LONG // len(part))))
            for part in ("\\hline[", "\\cellcolor[", "\\multirow[")
        ),
        *(
            (latex_table, OF_ONE % (part * (MANY // len(part))))
            for part in ("\\\\[", "x\\\\\n", "{}")
        ),
        (html_table, HEAD + "<tr>" * (MANY // 4)),
        (latex_table, OF_ONE % ("{" * MANY + "}" * MANY)),
        (latex_table, "\\begin{tabular}" * (MANY // 15)),
        (html_table, HEAD + "<tr><td rowspan=1000 colspan=1000>x" * 99),
        (latex_table, OF_ONE % ("\\multicolumn{999}{c}{}&" * 9_999)),
    ],
    ids=range(17),
)
def test_hostile_text_is_looked_at_once(read, text, monkeypatch):
    """A second or two each; where anything is looked for again and again, very long."""

    monkeypatch.setattr(markup_tables, "MOST_CELLS", MANY)

    def work():
        with suppress(DialectError):
            read(text)

    with ended():
        assert steps(work) < 32 * MANY


def test_comments_and_scripts_are_no_cells():
    page = (
        "<table><tr><th>a<th>b</tr>\n<!-- <tr> -->\n<script>'<!--'</script><tr><td>1<td>2</table>"
    )
    found = html_table(page)
    assert (found.cells, found.lines) == ([["a", "b"], ["1", "2"]], [1, 3])


@pytest.mark.parametrize("table", [OF_ONE % "", HEAD + "</table>", "<div><table>"])
def test_a_table_in_a_cell_of_a_csv_is_a_text(table):
    text = f"source,target,score,question\nA,B,0.4,{table}\nB,A,0.3,no\n"
    assert latex_table(text) is None
    assert html_table(text) is None
    assert read_raw("scores.csv", text.encode()).header[2] == "score"


def test_a_table_may_stand_behind_others_on_its_line():
    assert latex_table(r"\t{\small " + OF_ONE % "" + "}") is not None
    assert html_table('<p class="a, b">x</p> ' + HEAD + "</table>") is not None


def test_other_texts_have_none():
    assert latex_table("source,target\n") is None
    assert html_table("a < b, table") is None


def test_a_cell_that_says_it_spans_thousands_of_digits_spans_the_most_there_is():
    assert markup_tables._span("9" * 5_000) == markup_tables._span("9" * 12) == MOST_SPANNED
    assert [markup_tables._span(given) for given in (None, "", "x", "0", " 3 ")] == [1, 1, 1, 1, 3]


def test_a_table_of_a_paper_is_one_matrix(tmp_path):
    """Two rows of a header, dashes for nothing, an average across and a difference below."""
    (tmp_path / "accuracy.tex").write_text(
        r"""\begin{tabular}{l|ccc|c}
 & \multicolumn{3}{c|}{Target} & \\
Source & A & B & C & Avg. \\ \midrule
A & \textbf{93.1}$_{\pm 0.2}$ & 71.2{\scriptsize $\pm$0.4} & -- & 82.2 \\
B & 70.1 & \underline{65.5} & 68.2 & 67.9 \\
C & n/a & 72.9 & 66.0 & 69.5 \\ \midrule
$\Delta$ & +1.2 & -0.3 & +2.2 & +0.9 \\
\end{tabular}"""
    )
    done = CliRunner().invoke(cli, ["init", str(tmp_path / "accuracy.tex"), "--json"])
    assert done.exit_code == 0, done.exception
    found = json.loads(done.stdout)
    assert (found["sources"], found["targets"]) == (["A", "B", "C"], ["A", "B", "C"])
    assert found["recognized"] == ["a LaTeX table", "a header of two rows, joined by /"]
    values = open_study(tmp_path).evaluations.value
    assert sorted(values[np.isfinite(values)]) == [65.5, 66.0, 68.2, 70.1, 71.2, 72.9, 93.1]


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        (r"90\std{2}", "90 (2)"),
        (r"\res{90}{2}", "90 (2)"),
        (r"90 \up{2}", "90 (2)"),
        (r"90{\tiny 2}", "90 (2)"),
        (r"90\textsuperscript{2}", "90 (2)"),
        (r"90{\scriptsize $\pm$2}", r"90 $\pm$2"),
        (r"\textcolor{red}{90}$^{\uparrow 2}$", "90 ↑ 2$"),
        (r"90$_{+2.0}$", "90 (+2.0)$"),
        (r"\second{90}\rlap{$^{*}$}", "90$^*$"),
        (r"\scalebox{0.8}{90}", "90"),
        (r"\rotatebox[origin=c]{90}{de}", "de"),
        (r"de~\cite[p. 3]{name2020}", "de"),
        (r"9\textbf{0}", "90"),
        (r"\textbf{\underline{90}}", "90"),
        (r"\textbf{\underline{\textit{90}}\std{2}}", "90 (2)"),
        (r"BERT\textsubscript{base}", "BERTbase"),
        (r"10\textsuperscript{2}", "10^2"),
    ],
)
def test_two_numbers_of_a_latex_cell_never_become_one(cell, read):
    table = latex_table(f"\\begin{{tabular}}{{lc}}\na & b \\\\\nx & {cell} \\\\\n\\end{{tabular}}")
    assert table.cells[1] == ["x", read]


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("90<sup>1</sup>", "90 (1)"),
        ("<b>90</b><sub>±2</sub>", "90 ±2"),
        ("90<br><small>2</small>", "90 (2)"),
        ("<span>90</span><span>2</span>", "90 2"),
        ("90<sup>*</sup>", "90*"),
    ],
)
def test_two_numbers_of_a_cell_of_a_web_page_never_become_one(cell, read):
    table = html_table(f"<table><tr><th>a<th>b</tr><tr><td>x<td>{cell}</tr></table>")
    assert table.cells[1] == ["x", read]
