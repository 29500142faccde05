"""A card's sentence: what of it goes to the next line as a whole."""

from __future__ import annotations

from dashboard.ui.card import CardContent, whole_names


def test_a_name_with_hyphens_breaks_only_where_it_is_wider_than_a_line():
    plain = "angle gives more than it gets (r = −0.5)"
    assert whole_names(plain) == plain
    first, name, between, other = whole_names("Of x, cross-country and sea-to-land,")
    assert (first, between) == ("Of x, ", " and ")
    assert [(one.children, one.className) for one in (name, other)] == [
        ("cross-country", "whole"),
        ("sea-to-land,", "whole"),
    ]


def test_names_in_a_finding_stay_whole():
    finding, *_ = CardContent(finding="cross-country learns 20 %").values()
    assert [finding[0].children, finding[1]] == ["cross-country", " learns 20\N{NO-BREAK SPACE}%"]
