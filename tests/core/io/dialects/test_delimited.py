"""Text cut into cells: comments above the header, and headers that look like one."""

from __future__ import annotations

import time

import pytest

from core.io.dialects import read_raw


@pytest.mark.parametrize("line", ["#\n", "# a, b, c\n", " # a, b, c\n"])
def test_very_many_comments_are_read_in_one_pass(line):
    before = time.process_time()
    table = read_raw("scores.csv", (line * 40_000 + "source,target,score\nA,B,0.4\n").encode())
    assert table.header == ("source", "target", "score")
    assert table.rows.tolist() == [40_002]
    assert time.process_time() - before < 10


def test_a_header_may_stand_behind_the_mark_of_the_last_comment():
    table = read_raw("scores.csv", b"# of 2024\n# source,target,score\nA,B,0.4\n")
    assert (table.header, table.rows.tolist()) == (("source", "target", "score"), [3])
