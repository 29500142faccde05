"""Whatever reading a study raises is a problem of that study; the sound one beside it goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core import io
from core.io import study as study_module
from core.io.problems import MOST_PROBLEMS, ProblemCollector
from dashboard.state.study_library import StudyLibrary
from tests.faults.hostile_files import HOSTILE
from tests.studies import write_study_files

ROOT = Path(__file__).parents[2]
SPARED = {"3,000 tasks without evaluations"}
"""Odd, and no fault: warnings alone."""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory) -> dict[str, dict]:
    folder = tmp_path_factory.mktemp("hostile")
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.hostile_files", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, (len(lines), done.stderr[-2000:])
    return {line["name"]: line for line in lines}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_study_is_a_problem_of_its_own(outcomes, name):
    outcome = outcomes[name]
    assert outcome["sound"]
    assert outcome["problems"]
    assert outcome["fingerprint"]
    assert outcome["version"]
    for problem in outcome["problems"]:
        assert problem.isprintable()
        assert len(problem) < 600
    layout, _ = HOSTILE[name]
    if layout != "cka" and name not in SPARED:
        assert not outcome["readable"]


@pytest.mark.parametrize("fault", [MemoryError(), RecursionError(), KeyError("x"), ValueError()])
def test_whatever_is_raised_becomes_a_problem(tmp_path, monkeypatch, fault):
    files = write_study_files(tmp_path / "study")

    def fails(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(study_module, "read_manifest", fails)
    inspection = study_module.inspect_study(files.folder)
    (problem,) = inspection.problems
    assert problem.is_error
    assert problem.todo
    monkeypatch.setattr(io, "inspect_study", fails)
    (entry,) = StudyLibrary([files.folder]).entries()
    assert entry.study is None
    assert entry.problems == (problem,)


def test_no_more_problems_are_kept_than_memory_bears_and_the_rest_are_counted():
    findings = ProblemCollector()
    for n in range(MOST_PROBLEMS + 7):
        findings.error("a", f"row {n}", "wrong", "mend it")
        findings.warn("a", f"row {n}", "odd", "mend it")
    findings.more_warnings(1000)
    errors = [problem for problem in findings.problems if problem.is_error]
    assert len(errors) == MOST_PROBLEMS + 1
    assert errors[-1].found == "7 more errors, which are not listed"
    assert findings.warnings[-1].found == "1,007 more warnings, which are not listed"
    findings.failed("a", MemoryError())
    assert "does not fit into memory" in [problem.found for problem in findings.problems]
