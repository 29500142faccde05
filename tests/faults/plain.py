"""What a study's files say, worked out a second time: plain Python, and nothing of core.

Files are read with csv, json and tomllib; the formulas are those of METHODS, cell by cell.
"""

from __future__ import annotations

import csv
import json
import math
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

Cell = tuple[int, tuple[str, ...], str]
"""(seed, sources, target)"""
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
BEST = {"error": min, "accuracy": max}


class Plain:
    """The numbers of the study in a folder; only asked where core found no error in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.manifest = tomllib.loads((folder / "study.toml").read_text("utf-8-sig"))
        evaluations = self.manifest.get("evaluations")
        # Without evaluations no metric is needed, and no run has a number.
        self.tasks = {
            name: task["metric"] if evaluations else task.get("metric", "accuracy")
            for name, task in self.manifest.get("tasks", {}).items()
        }
        self.runs = {row["run"]: row for row in self._rows("runs.csv")}
        self._values: dict[tuple[str, str, str], dict[int, float]] = {}
        if evaluations:
            table = evaluations["layout"] == "table"
            self._values = self._from_table() if table else self._from_tree()

    def methods(self) -> list[str]:
        return sorted({row["method"] for row in self.runs.values() if row["base"]})

    def predicted_from(self, method: str) -> str | None:
        """What predicts a method; itself where it has runs on one task and on several alone."""
        single = self.manifest.get("methods", {}).get(method, {}).get("predicted_from")
        kinds = {len(self.trained(run)) > 1 for run in self.fine_tuned(method)}
        return None if single == method and len(kinds) < 2 else single

    def actual(self, method: str, *, strict: bool) -> dict[Cell, float]:
        """Normalized improvement of every run on every task; NaN = none."""
        return {
            (int(float(run["seed"])), self.trained(run), task): self.scaled(
                self.value(run["run"], task, "shifted"), run, task, strict=strict
            )
            for run in self.fine_tuned(method)
            for task in self.tasks
        }

    def predicted(self, method: str, *, strict: bool) -> dict[Cell, float]:
        """The best raw value among the single sources of the same seed, on the run's own scale."""
        single = self.predicted_from(method)
        assert single is not None
        sources = {
            (int(float(run["seed"])), self.trained(run)): run for run in self.fine_tuned(single)
        }
        found = {}
        for run in self.fine_tuned(method):
            seed, trained = int(float(run["seed"])), self.trained(run)
            if single == method and len(trained) == 1:
                continue  # it would be its own prediction
            members = [sources.get((seed, (task,))) for task in trained]
            for task, metric in self.tasks.items():
                values = [
                    math.nan if member is None else self.value(member["run"], task, "shifted")
                    for member in members
                ]
                known = all(map(math.isfinite, values))
                best = BEST[metric](values) if known else math.nan
                found[seed, trained, task] = self.scaled(best, run, task, strict=strict)
        return found

    def fine_tuned(self, method: str) -> list[Mapping[str, str]]:
        """The runs of a method; of two on the same, the one that did not fail."""
        runs = [row for row in self.runs.values() if row["method"] == method and row["base"]]
        chosen = {}
        for run in sorted(runs, key=lambda run: run.get("status") != "failed"):
            chosen[int(float(run["seed"])), self.trained(run)] = run
        return list(chosen.values())

    def trained(self, run: Mapping[str, str]) -> tuple[str, ...]:
        names = set(run["trained"].split("+"))
        return tuple(task for task in self.tasks if task in names)

    def value(self, run: str, task: str, split: str) -> float:
        """The metric at the largest checkpoint; NaN where the run failed."""
        steps = self._values.get((run, task, split), {})
        if not steps or self.runs[run].get("status") == "failed":
            return math.nan
        return steps[max(steps)]

    def scaled(self, v: float, run: Mapping[str, str], task: str, *, strict: bool) -> float:
        b = self.value(run["base"], task, "shifted")
        s = self.value(run["base"], task, "standard")
        if not all(map(math.isfinite, (v, b, s))):
            return math.nan
        try:
            score = self._score(v, b, s, higher=self.tasks[task] == "accuracy", strict=strict)
        except (OverflowError, ZeroDivisionError):
            return math.nan
        if not strict:
            score = min(max(score, 0.0), 1.5)
        return score if math.isfinite(score) else math.nan

    @staticmethod
    def _score(v: float, b: float, s: float, *, higher: bool, strict: bool) -> float:
        if higher:
            if s <= b:
                return math.nan if strict else 0.0
            return (v - b) / (s - b)
        if s < b and min(v, b, s) > 0:
            return (math.log(b) - math.log(v)) / (math.log(b) - math.log(s))
        if strict:
            return math.nan
        if v >= b:
            return 0.0
        return 1.0 if v <= s else (b - v) / (b - s)

    # -- files ---------------------------------------------------------------------------------

    def _rows(self, name: str) -> list[dict[str, str]]:
        with (self._folder / name).open(encoding="utf-8-sig", newline="") as file:
            rows = [
                {key: (text or "").strip() for key, text in row.items() if key is not None}
                for row in csv.DictReader(file)
            ]
        # A header that comes again is no row.
        return [
            row
            for row in rows
            if any(row.values()) and any(text != key.strip() for key, text in row.items())
        ]

    def _from_table(self) -> dict[tuple[str, str, str], dict[int, float]]:
        found: dict[tuple[str, str, str], dict[int, float]] = {}
        for row in self._rows("evaluations.csv"):
            steps = found.setdefault((row["run"], row["task"], row["split"]), {})
            steps[int(float(row["checkpoint"]))] = number(row["value"])
        return found

    def _from_tree(self) -> dict[tuple[str, str, str], dict[int, float]]:
        found: dict[tuple[str, str, str], dict[int, float]] = {}
        root = self._folder / "experiments"
        for path in root.glob("*/evals/*/eval_data/evaluation_results.json"):
            run, folder = path.parts[-5], path.parts[-3]
            task = folder.removeprefix("atlantis_")
            split = "standard" if task == folder else "shifted"
            steps = found.setdefault((run, task, split), {})
            for key, entry in json.loads(path.read_text()).items():
                step = key.removeprefix("checkpoint-")
                mean = entry.get(f"eval_{task}_metric_mean") if isinstance(entry, dict) else None
                known = isinstance(mean, (int, float)) and not isinstance(mean, bool)
                steps[int(step)] = as_float(mean) if known else math.nan
        return found


def as_float(value: float) -> float:
    """As a float; NaN where it is too large for one."""
    try:
        return float(value)
    except OverflowError:
        return math.nan


def number(text: str) -> float:
    """A decimal number; anything else is none."""
    return float(text) if NUMBER.fullmatch(text) else math.nan
