"""What `check` says of a study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.analyses.integrity import integrity
from core.errors import Problem
from core.study import Study

if TYPE_CHECKING:  # what reads files takes its time to import
    from core.io import Inspection


def check_report(inspection: Inspection) -> dict[str, Any]:
    """Everything `check --json` says: what the study holds, every problem, what looks doubtful."""
    study = inspection.study
    errors = [p for p in inspection.problems if p.is_error]
    warnings = [p for p in inspection.problems if not p.is_error]
    return {
        "ok": not errors,
        "study": study_summary(study) if study else None,
        "errors": [_problem(p) for p in errors],
        "warnings": [_problem(p) for p in warnings],
        "recognized": list(inspection.recognized),
        "integrity": [
            {
                "kind": finding.kind.value,
                "text": finding.text,
                "cells": [{"run": cell.run, "task": cell.task} for cell in finding.cells],
            }
            for finding in (integrity(study) if study else ())
        ],
    }


def study_summary(study: Study) -> dict[str, Any]:
    """What a study holds, in counts and names."""
    return {
        "title": study.title,
        "layout": study.layout,
        "digest": study.digest,
        "tasks": [task.name for task in study.tasks],
        "excluded": {task.name: task.exclude for task in study.excluded},
        "methods": [method.name for method in study.tested_methods],
        "runs": len(study.runs),
        "failed": sum(run.failed for run in study.runs),
        "seeds": sorted({run.seed for run in study.runs}),
        "evaluations": len(study.evaluations),
    }


def _problem(problem: Problem) -> dict[str, str]:
    return {**problem_json(problem), "message": str(problem)}


def problem_json(problem: Problem) -> dict[str, str]:
    """A problem by its parts."""
    return {
        "file": problem.file,
        "at": problem.at,
        "found": problem.found,
        "todo": problem.todo,
    }
