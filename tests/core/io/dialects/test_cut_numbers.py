"""Decimal commas in a table whose columns commas separate."""

from __future__ import annotations

import pytest

from core.io.dialects.cut_numbers import has_decimal_commas

HEADER = ("source", "target", "score")


@pytest.mark.parametrize(
    ("rows", "cut"),
    [
        ([("de", "fr", "0", "91"), ("fr", "de", "0", "9")], True),
        ([("de", "fr", "-0", "1"), ("fr", "de", "1", "0")], True),
        # The first cells may be names of rows without one above them: `fr` is the target then.
        ([("0", "de", "fr", "91"), ("1", "fr", "de", "87")], False),
        # So read a target would be a number: those behind it are of the score.
        ([("de", "fr", "12", "91"), ("fr", "de", "0", "9")], True),
        ([("de", "fr", "0", "x")], False),
    ],
)
def test_a_number_is_cut_where_each_row_ends_in_the_parts_of_a_share(rows, cut):
    assert has_decimal_commas(HEADER, *rows) is cut


def test_without_a_column_of_targets_only_parts_of_shares_tell():
    assert not has_decimal_commas(("model", "bleu"), ("ft", "31", "5"), ("lora", "28", "7"))
    assert has_decimal_commas(("model", "bleu"), ("ft", "0", "5"), ("lora", "1", "07"))
