"""Problems by kind: one cause is one line, causes first, twenty lines at most."""

from __future__ import annotations

from core.errors import Problem, Severity
from core.io.problem_kinds import LINES_SHOWN, listing, problem_kinds


def error(file: str, at: str, found: str, todo: str = "write it again") -> Problem:
    return Problem(Severity.ERROR, file, at, found, todo)


def warning(file: str, at: str, found: str) -> Problem:
    return Problem(Severity.WARNING, file, at, found, "evaluate it")


def test_a_single_problem_is_told_as_it_is():
    problem = error("a.csv", "row 3", "value is `x`, not a number")
    assert listing([problem]) == [f"error: {problem}"]


def test_one_cause_is_one_line_with_three_places_and_a_count():
    rows = [error("a.csv", f"row {n}", f"value is `0,{n}`, not a number") for n in range(2, 20_482)]
    assert listing(rows) == [
        "error: a.csv, row 2, row 3, row 4 and 20,477 more: value is `0,2`, `0,3`, `0,4` and 20477"
        " more, not a number; write it again"
    ]
    assert len(listing(rows, every=True)) == 20_480


def test_names_numbers_and_lists_of_them_make_no_kinds():
    for one, other in (
        ("a cell `a` of `b`", "a cell `c` of `d`"),
        ("run `a` has no standard evaluation on `b`", "run `c` has no standard evaluation on `d`"),
        ("run 'a' has no checkpoint 5, 10", "run 'b' has no checkpoint 5, 10, 20 and 3 more"),
        ("40 rows, items.csv has 50", "41 rows, items.csv has 50"),
        ("unknown task `a`, `b`", "unknown task `c`"),
        (
            "run a, task b, standard, checkpoint 5 a second time: NaN, row 2 has 1.0",
            "run c, task d, shifted, checkpoint 9 a second time: 3e-05, row 7 has -2.5",
        ),
    ):
        (kind,) = problem_kinds([error("a", "row 2", one), error("a", "row 3", other)])
        assert kind.count == 2
        assert kind.found == f"{one}, and 1 alike"
    assert len(problem_kinds([error("a", "", "too long"), error("a", "", "cut")])) == 2


def test_names_that_differ_are_told_and_what_to_do_about_each_of_a_few():
    (kind,) = problem_kinds(
        error("a.csv", "row 1", f"no column `{word}`", f"write {word} = `{theirs}`; there is x, y")
        for word, theirs in (("sources", "x"), ("target", "y"))
    )
    assert str(kind) == (
        "a.csv, row 1: no column `sources`, `target`; write sources = `x`; write target = `y`;"
        " there is x, y"
    )


def test_causes_come_before_what_follows_from_them():
    found = [
        warning("study.toml", "x", "unknown key `x`"),
        error("a.csv", "row 2", "1 values where the header has 2"),
        error("a.csv", "row 1", "no column `score`"),
        error("study.toml", "tasks.a.metric", "is missing"),
    ]
    assert [kind.first for kind in problem_kinds(found)] == [found[3], found[2], found[1], found[0]]


def test_places_name_each_file_once():
    files = [error(f"{name}.json", "", "the file is cut") for name in "abcde"]
    assert listing(files) == [
        "error: a.json; b.json; c.json and 2 more: the file is cut, 5 times; write it again"
    ]
    assert listing([error("a.csv", "", f"no row of `{name}`") for name in "abcde"])[0].startswith(
        "error: a.csv: no row of `a`"
    )
    (kind,) = problem_kinds([warning("a", "row 2", "odd"), warning("b", "row 2", "odd")])
    assert kind.places == "a, row 2; b, row 2"
    assert kind.files == ("a", "b")


def test_whatever_is_wrong_the_lines_are_few_and_count_the_rest():
    many = [error("a", "row 2", f"flaw {'x' * n}") for n in range(40)] * 3
    lines = listing(many)
    assert len(lines) == LINES_SHOWN
    assert lines[-1] == "and 23 more kinds of problems, 69 in all"
