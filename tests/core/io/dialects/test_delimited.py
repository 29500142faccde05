"""Text cut into cells: comments above the header, and headers that look like one."""

from __future__ import annotations

import pytest

from core.io.dialects import delimited, read_raw
from tests.steps import steps


@pytest.mark.parametrize("line", ["#\n", "# a, b, c\n", " # a, b, c\n"])
def test_very_many_comments_are_read_in_one_pass(line, monkeypatch):
    """Each as a header would look at all below: only one that is no comment's neighbour does."""
    is_header, looked = delimited._is_header, []
    monkeypatch.setattr(delimited, "_is_header", lambda *a: looked.append(a) or is_header(*a))
    below = "source,target,score\nA,B,0.4\n"
    table = read_raw("scores.csv", (line * 40_000 + below).encode())
    assert table.header == ("source", "target", "score")
    assert table.rows.tolist() == [40_002]
    assert len(looked) < 10
    took = [
        steps(lambda n=n: read_raw("scores.csv", (line * n + below).encode()))
        for n in (2_000, 4_000)
    ]
    assert took[1] < 2.5 * took[0]


def test_a_header_may_stand_behind_the_mark_of_the_last_comment():
    table = read_raw("scores.csv", b"# of 2024\n# source,target,score\nA,B,0.4\n")
    assert (table.header, table.rows.tolist()) == (("source", "target", "score"), [3])


def test_spaces_before_quotes_are_left_out_where_the_header_has_them():
    text = '"source", "target", "acc"\n"A", "B, C", "0.4"\n'
    raw = read_raw("r.csv", text.encode())
    assert raw.header == ("source", "target", "acc")
    assert [cells[0] for cells in raw.columns] == ["A", "B, C", "0.4"]
    assert "spaces before quotes" in raw.recognized
    # Within a field they stay.
    raw = read_raw("r.csv", b'"source","target","acc"\n"A ""x"", ""y""","B","0.4"\n')
    assert raw.columns[0][0] == 'A "x", "y"'
