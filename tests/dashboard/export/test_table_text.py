"""Tables for a text: aligned, and no name in them is markup."""

from __future__ import annotations

import pandas as pd

from core.io.dialects.markup_tables import latex_table
from dashboard.export.table_text import ROWS_ON_A_PAGE, latex, markdown

TABLE = pd.DataFrame(
    {
        "trained on": [r"\input{x}", "a_b & c", "[2ex]\n\nx"],
        "gain, %": [0.12345, -2.0, float("nan")],
        "kept": [True, False, True],
    }
)


def test_latex_has_the_rules_of_booktabs_and_no_command_from_a_name():
    lines = latex(TABLE).splitlines()
    assert lines[1:5] == [
        r"\begin{tabular}{lrl}",
        r"\toprule",
        r"trained on & gain, \% & kept \\",
        r"\midrule",
    ]
    assert lines[5:8] == [
        r"\textbackslash{}input\{x\} & 0.123 & yes \\",
        r"a\_b \& c & $-$2 & no \\",
        r"{}[2ex] x &  & yes \\",
    ]
    assert lines[8:] == [r"\bottomrule", r"\end{tabular}"]


def test_letters_of_latex_that_would_be_another_one_stay():
    names = TABLE.assign(**{"trained on": ["en--de---fr", "a``b''", "$x^2$"]})
    for row, name in zip(
        latex(names).splitlines()[5:8],
        (
            "en-{}-de-{}-{}-fr",
            r"a\textasciigrave{}\textasciigrave{}b'{}'",
            r"\$x\textasciicircum{}2\$",
        ),
        strict=True,
    ):
        assert row.startswith(f"{name} &")
    assert r"\$x^2\$" in markdown(names)


def test_markdown_is_a_table_whatever_stands_in_a_name():
    table = TABLE.assign(**{"trained on": ["a|b", "<img src=x>", "![x](y)"]})
    assert markdown(table).splitlines() == [
        "| trained on | gain, % | kept |",
        "| :--- | ---: | :--- |",
        r"| a\|b | 0.123 | yes |",
        r"| \<img src=x\> | −2 | no |",
        r"| !\[x\](y) |  | yes |",
    ]


def test_powers_are_raised_in_latex():
    table = pd.DataFrame({"R²": [2.6e-45], "unit": ["10⁶ km²"]})
    assert latex(table).splitlines()[3:6:2] == [
        r"R$^{2}$ & unit \\",
        r"2.6 $\times$ 10$^{-45}$ & 10$^{6}$ km$^{2}$ \\",
    ]


def test_a_table_without_rows_has_its_head():
    empty = TABLE.iloc[:0]
    assert latex(empty).count("\\\\") == 1
    assert len(markdown(empty).splitlines()) == 2


def test_a_table_of_more_rows_than_a_page_breaks_with_its_head_on_each():
    whole = pd.DataFrame({"task": [f"t{i}" for i in range(ROWS_ON_A_PAGE + 1)], "gain": 0.5})
    lines = latex(whole).splitlines()
    assert lines[:9] == [
        r"% needs \usepackage{booktabs,longtable} and \usepackage[T1]{fontenc}",
        r"\begin{longtable}{lr}",
        r"\toprule",
        r"task & gain \\",
        r"\midrule",
        r"\endhead",
        r"\bottomrule",
        r"\endfoot",
        r"t0 & 0.500 \\",
    ]
    assert lines[-2:] == [rf"t{ROWS_ON_A_PAGE} & 0.500 \\", r"\end{longtable}"]
    assert len(latex_table(latex(whole)).cells) == ROWS_ON_A_PAGE + 2
    assert "longtable" not in latex(whole.iloc[:-1])


def test_what_is_exported_is_read():
    table = pd.DataFrame({"": ["A_b", "C&D"], "A_b": ["0.9", "0.3"], "C&D": ["0.4", "0.8"]})
    assert latex_table(latex(table)).cells == [list(table.columns), *table.to_numpy().tolist()]
