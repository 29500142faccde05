"""Values that contradict the direction they are read with, and those that are differences."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from core.cli import cli
from core.errors import Problem
from core.io import inspect_study, open_study
from core.io.layouts.score_directions import is_doubt
from core.io.study import Inspection

TASKS = "ABCD"
LONG = "source,target,{}\n"
OWN, OTHER = 1.2, 2.5
"""A perplexity where it was trained, and elsewhere."""


def values(own: float, other: float, *, but: str = "") -> dict[tuple[str, str], float]:
    """Own scores and others, no two alike; `but`: tasks whose own score is another's."""
    pairs = [(s, t) for s in TASKS for t in TASKS]
    return {
        (s, t): round((own if s == t and s not in but else other) + at / 100, 3)
        for at, (s, t) in enumerate(pairs)
    }


def long_form(scores: dict[tuple[str, str], float], column: str) -> str:
    return LONG.format(column) + "".join(f"{s},{t},{v}\n" for (s, t), v in scores.items())


def square(scores: dict[tuple[str, str], float], corner: str) -> str:
    rows = (",".join([s, *(f"{scores[s, t]}" for t in TASKS)]) for s in TASKS)
    return "\n".join([",".join([corner, *TASKS]), *rows, ""])


def opened(tmp_path: Path, text: str, *, metric: str = "") -> Inspection:
    """A file as it is, or with a manifest that says its metric."""
    path = tmp_path / "r.csv"
    path.write_text(text)
    if not metric:
        return inspect_study(path)
    (tmp_path / "study.toml").write_text(
        '[evaluations]\nlayout = "scores"\npath = "r.csv"\n[evaluations.columns]\n'
        f'sources = "source"\n[scale]\nmetric = "{metric}"\n'
    )
    return inspect_study(tmp_path)


def told(found: Inspection) -> list[Problem]:
    assert found.study is not None, found.problems
    return [problem for problem in found.problems if is_doubt(problem)]


def direction(found: Inspection) -> str:
    assert found.reading is not None
    return found.reading.fact("Direction")


def init(path: Path, *options: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["init", str(path), *options])
    return done.exit_code, f"{done.output}{done.exception or ''}"


@pytest.mark.parametrize(("form", "name"), [(long_form, "score"), (square, "F1")])
def test_own_scores_that_are_the_worst_put_a_guessed_direction_in_doubt(tmp_path, form, name):
    found = opened(tmp_path, form(values(OWN, OTHER), name))
    (problem,) = told(found)
    assert str(problem) == (
        "r.csv: what was trained on a task is the worst of all on it, for all 4 targets, where"
        ' higher is better; write metric = "error" if lower is better; else nothing is to do'
    )
    # Nothing is turned round, and nobody is sure.
    assert direction(found) == "higher is better (assumed)"
    code, said = init(tmp_path / "r.csv")
    assert code != 0
    assert "say which is better with --metric accuracy|error|score, or --yes to take it as" in said
    assert not (tmp_path / "study.toml").exists()
    assert init(tmp_path / "r.csv", "--metric", "error")[0] == 0
    assert told(inspect_study(tmp_path)) == []
    assert init(tmp_path / "r.csv", "--yes", "--force")[0] == 0
    assert direction(inspect_study(tmp_path)) == "higher is better"
    assert len(told(inspect_study(tmp_path))) == 1


def test_the_one_who_is_asked_says_which_is_better(tmp_path, monkeypatch):
    opened(tmp_path, long_form(values(OWN, OTHER), "score"))
    terminal = SimpleNamespace(isatty=lambda: True)
    monkeypatch.setattr("core.cli.commands.init.sys", SimpleNamespace(stdin=terminal))
    done = CliRunner().invoke(cli, ["init", str(tmp_path / "r.csv")], input="error\n")
    assert done.exit_code == 0, done.output
    assert "r.csv: what was trained on a task is the worst of all on it" in done.stderr
    assert "lower is better, as given" in done.output
    text = (tmp_path / "study.toml").read_text()
    assert 'metric = "error"' in text
    assert "# understood: direction: error" in text
    assert "as score says" not in text


@pytest.mark.parametrize(
    ("scores", "metric", "count"),
    [
        # The right direction, and one own score of four that is not the worst.
        (values(OWN, OTHER), "error", 0),
        (values(OTHER, OWN), "score", 0),
        (values(OTHER, OWN), "error", 1),
        (values(OWN, OTHER, but="D"), "score", 0),
        # Own values that are 0 are no scores.
        ({pair: 0.0 if pair[0] == pair[1] else 0.5 for pair in values(0, 1)}, "score", 0),
        # Two targets say little.
        ({p: v for p, v in values(OWN, OTHER).items() if p[1] in "AB"}, "score", 0),
    ],
)
def test_own_scores_say_something_where_nearly_all_are_the_worst(tmp_path, scores, metric, count):
    found = opened(tmp_path, long_form(scores, "score"), metric=metric)
    assert len(told(found)) == count
    assert "assumed" not in direction(found)


def test_losses_below_zero_are_not_read_as_sure(tmp_path):
    found = opened(tmp_path, long_form(values(-0.5, -1.5), "loss"))
    (problem,) = told(found)
    assert str(problem) == (
        "r.csv: all values of `A`, `B`, `C`, `D` are below 0, as of errors that were negated, and"
        ' lower is better here; write metric = "score" if higher is better; else nothing is to do'
    )
    assert direction(found) == "lower is better (assumed)"
    assert told(opened(tmp_path, long_form(values(-0.5, -1.5), "score"), metric="score")) == []


def differences(*, own: float = 0.0, sign: float = -1.0) -> dict[tuple[str, str], float]:
    return {
        (s, t): own if s == t else round((sign if at % 2 else 1.0) * (at + 1) / 10, 2)
        for at, (s, t) in enumerate(values(0, 1))
    }


DIFFERENCES = (
    "r.csv: scores on both sides of 0, and 0 wherever a task is tested on itself: they look like"
    " differences, of which 0 is no transfer; write zero = 0 under [scale]; else nothing is to do"
)


@pytest.mark.parametrize(("form", "name"), [(long_form, "gain"), (square, "gain (train\\test)")])
def test_a_matrix_of_differences_is_told_and_zero_is_zero(tmp_path, form, name):
    found = opened(tmp_path, form(differences(), name))
    assert [str(problem) for problem in found.problems] == [DIFFERENCES]
    code, said = init(tmp_path / "r.csv")
    assert code == 0
    asked = "not known: whether 0 is what no transfer reaches, as of differences: --zero 0"
    assert (asked in said) is (form is square)
    code, said = init(tmp_path / "r.csv", "--zero", "0", "--force")
    assert "not known: whether 0" not in said
    assert inspect_study(tmp_path).problems == ()
    assert open_study(tmp_path).value_scale.value == "gain"


@pytest.mark.parametrize("scores", [differences(own=0.1), differences(sign=1.0)])
def test_other_numbers_are_no_differences(tmp_path, scores):
    for form in (long_form, square):
        assert DIFFERENCES not in map(str, opened(tmp_path, form(scores, "gain")).problems)


@pytest.mark.parametrize("own", [0.0, 0.5])
def test_nothing_is_said_of_logarithms_that_errors_do_not_have(tmp_path, own):
    opened(tmp_path, square(differences(own=own), "delta_error (train\\test)"))
    code, said = init(tmp_path / "r.csv")
    assert code == 0
    assert "logarithm" not in said
    assert "nothing says else" not in said
    text = (tmp_path / "study.toml").read_text()
    assert "# errors of 0 and below have no logarithm: zero alone makes gains of them\n" in text
    opened(tmp_path, square(values(OWN, OTHER), "error (train\\test)"))
    assert "normalized by logarithms" in init(tmp_path / "r.csv", "--force")[1]
