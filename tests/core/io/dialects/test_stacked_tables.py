"""Tables below each other are told by their titles; a long table and appended files are one."""

from __future__ import annotations

import pytest

from core.io.dialects.stacked_tables import titles_between, titles_in_text

TABLE = "train,de,fr\nde,0.9,0.4\nfr,0.3,0.8\n"


@pytest.mark.parametrize(
    "text",
    [
        f"LoRA\n{TABLE}\nFull FT\n{TABLE}",
        f"LoRA,,\n{TABLE},,\nFull FT,,\n{TABLE}",
        f"# LoRA\n{TABLE}# Full FT\n{TABLE}",
        f"{TABLE}\n{TABLE.replace('train', 'Full FT')}",
        f"{TABLE}Full FT\n{TABLE.partition(chr(10))[2]}",
        "train,de,fr\nLoRA,,\nde,1,2\nfr,3,4\nFull FT,,\nde,1,2\nfr,3,4\n",
    ],
)
def test_what_stands_above_the_second_table_is_its_title(text):
    assert titles_in_text(text, ",") == ("Full FT",)
    assert titles_in_text(text.replace("\n", "\r\n"), ",") == ("Full FT",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        TABLE,
        f"Table 1\n{TABLE}",
        f"{TABLE}{TABLE}",
        f"{TABLE}# a note\nit,0.1,0.2\n",
        f"{TABLE}es,,\nit,0.1,0.2\n",
        "source,target,acc\nde,de,1\nde,fr,2\nfr,de,3\nes,,\nfr,fr,4\nde,it,2\n",
        f"{TABLE}Source: us\n",
    ],
)
def test_one_table_has_no_further_title(text):
    assert titles_in_text(text, ",") == ()


def test_rows_of_a_workbook_are_looked_at_as_those_of_a_text():
    table = [["", "de", "fr"], ["de", "1", "2"], ["fr", "3", "4"]]
    assert titles_between([["A", "", ""], *table, ["B", "", ""], *table]) == ("B",)
    assert titles_between([["alone"]]) == ()
