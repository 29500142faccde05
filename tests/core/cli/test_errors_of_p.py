"""What is said of a p of drawn permutations: how exact it is."""

from __future__ import annotations

import math

import pytest

from core.analyses.association.qap import PermutationTest
from core.cli.formatters.parts import qap_report, qap_text, with_error
from core.numerics.permutation import drawing_error

STOPPED = PermutationTest(0.873, 800, exhaustive=False)


def test_a_test_that_stopped_early_says_its_error():
    assert STOPPED.error == pytest.approx(math.sqrt(0.873 * 0.127 / 800))
    assert qap_text(STOPPED) == "0.873 ± 0.012 (800 random relabellings, stopped before 10,000)"
    told = {"p": 0.873, "permutations": 800, "exhaustive": False, "error": STOPPED.error}
    assert qap_report(STOPPED) == told


def test_all_relabellings_have_no_error():
    every = PermutationTest(0.5, 720, exhaustive=True)
    assert (every.error, every.stopped) == (0.0, False)
    assert qap_text(every) == "0.500 (all 720 relabellings)"
    assert qap_report(every)["error"] == 0.0


def test_a_very_small_p_is_said_alone():
    assert with_error(0.0001, drawing_error(0.0001, 10_000, exhaustive=False)) == "0.0001"
    assert with_error(0.02, drawing_error(0.02, 10_000, exhaustive=False)) == "0.020 ± 0.0014"


def test_no_p_has_no_error():
    unknown = PermutationTest(math.nan, 10_000, exhaustive=False)
    assert math.isnan(unknown.error)
    assert qap_report(unknown)["error"] is None
    assert qap_text(unknown) == "undefined (10,000 random relabellings)"
