from __future__ import annotations

from dashboard.figures.parts.named_rows import room_for, row_axis


def test_rows_are_named_from_the_top():
    axis = row_axis(["first", "<b>second"])
    assert axis["range"] == (1.5, -0.5)
    assert dict(zip(axis["tickvals"], axis["ticktext"], strict=True)) == {
        0: "first",
        1: "&lt;b&gt;second",
    }


def test_room_is_that_of_the_widest_name():
    assert room_for(["a", "a much longer name"]) == room_for(["a much longer name"])
    assert room_for(["a much longer name"]) > room_for(["a"])
    assert room_for([]) == 62
