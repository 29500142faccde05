"""What templates of names fit, and what they are filled with."""

from __future__ import annotations

import pytest

from core.io.file_patterns import is_too_wild
from core.io.names.name_templates import filled, pattern_of


@pytest.mark.parametrize(
    ("pattern", "name", "fields"),
    [
        ("*a" * 30 + "b.csv", "a" * 250, None),
        ("".join(f"{{f{i}}}_" for i in range(20)) + "z.csv", "_" * 250, None),
        ("{a}_{b}/x_*.csv", "p_q_r/x_1.csv", {"a": "p", "b": "q_r"}),
        ("*_{seed}.csv", "a_b_3.csv", {"seed": "3"}),
        ("{a}_{b}_{c}.csv", "p_q_r_s.csv", {"a": "p", "b": "q", "c": "r_s"}),
        ("*_x?[12].csv", "a_x_xx1.csv", {}),
        ("**/**/r.csv", "a/b/r.csv", {}),
        ("{a}/{a}.csv", "p/p.csv", {"a": "p"}),
    ],
)
def test_no_name_takes_a_pattern_long(pattern, name, fields):
    """The first two took longer than anybody waits: a name that fits in no way has very many."""
    assert not is_too_wild(pattern)
    match = pattern_of(pattern, classes=True).match(name)
    assert (match and match.groupdict()) == fields


@pytest.mark.parametrize("field", ["0", "1st", "a²"])
def test_what_no_field_can_be_called_is_a_part_of_the_name(field):
    assert pattern_of(f"{{{field}}}_{{seed}}.csv").match("x_1.csv") is None
    assert pattern_of(f"{{{field}}}_{{seed}}.csv").match(f"{{{field}}}_1.csv")["seed"] == "1"


def test_a_field_for_numbers_holds_the_words_before_it_and_gives_names_back():
    fits = pattern_of("{method}_{seed}", numbers=("seed",))
    assert fits.match("lo_ra_run 3").groupdict() == {"method": "lo_ra", "seed": "run 3"}
    assert fits.match("lo_ra_three") is None
    assert pattern_of("{seed}").match("three")


def test_a_field_that_is_not_there_stays_as_it_is_written():
    assert filled("{target}/{source}.csv", {"target": "a"}) == "a/{source}.csv"
