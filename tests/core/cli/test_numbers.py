"""Options that take a number: what is wrong names the option, what was given, what is allowed."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from core.cli import cli

STUDY = "examples/atlantis/study"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["matrix", STUDY, "--seed", "x"], "'--seed': 'x'; write a whole number"),
        (["matrix", STUDY, "--width", "0"], "'--width': '0'; write a number above 0"),
        (["matrix", STUDY, "--width", "inf"], "'--width': 'inf'; write a number above 0"),
        (["graph", STUDY, "--threshold", "abc"], "'--threshold': 'abc'; write a number from 0 on"),
        (["graph", STUDY, "--threshold", "nan"], "'--threshold': 'nan'; write a number from 0 on"),
        (["graph", STUDY, "--threshold", "-1"], "'--threshold': '-1'; write a number from 0 on"),
        (["plan", STUDY, "--size", "two"], "'--size': 'two'; write a whole number"),
        (["plan", STUDY, "--size", "2", "--budget", "nan"], "'--budget': 'nan'; write a number"),
        (["association", STUDY, "--jobs", "0"], "'--jobs': '0'; write a whole number from 1 on"),
        (["cka", STUDY, "--jobs", "0"], "'--jobs': '0'; write a whole number from 1 on"),
        (["similarity", STUDY, "--trained", "0"], "'--trained': '0'; write a whole number from 1"),
        (["synth", "x", "--tasks", "1"], "'--tasks': '1'; write a whole number from 2 on"),
        (["synth", "x", "--tasks", "3", "--mean", "nan"], "'--mean': 'nan'; write a number"),
        (["synth", "x", "--tasks", "3", "--noise", "-1"], "'--noise': '-1'; write a number from 0"),
        (["synth", "x", "--tasks", "3", "--cka-r", "2"], "'2'; write a number from -1 to 1"),
        (
            ["synth", "x", "--tasks", "3", "--missing", "1"],
            "'1'; write a number from 0 on, below 1",
        ),
    ],
)
def test_a_wrong_number_is_told_with_what_is_allowed(words, said):
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 2
    assert said in done.output
