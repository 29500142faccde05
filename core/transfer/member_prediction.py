"""What a rule makes of the runs on each task alone, for the runs on several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial

import numpy as np
from propcache.api import cached_property

from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.transfer.matrix import mean_present
from core.transfer.normalization import FormulaCase, Improvement, UndefinedReason
from core.transfer.predictions import Members, PredictionRule
from core.transfer.run_grid import (
    NO_MEMBER_RUN,
    NOT_A_MEMBER,
    RunGrid,
    member_runs,
    single_source_runs,
)
from core.transfer.run_scores import NO_RUN, RunScores


class MemberPrediction:
    """The cells that a rule predicts from the single-source runs of a method.

    single: that method. members: (n_seeds, n_sources, n_tasks) int64, as of `member_runs`. needs:
    what the rule needs, in words.
    """

    def __init__(self, scores: RunScores, rule: PredictionRule, grid: RunGrid, single: str) -> None:
        self.scores, self.rule, self.grid, self.single = scores, rule, grid, single
        self.members = member_runs(scores.study, grid, single)
        self.needs = rule.needs.format(single=single)

    @cached_property
    def made(self) -> tuple[IntArray, Improvement | None, BoolArray]:
        """What the rule makes of the members of each run, all (n_seeds, n_sources, n_tasks).

        The run chosen for each cell, int64, NO_RUN = none; of a rule that combines them, values;
        and where nothing is chosen or made although the members and the scale are there: what the
        rule itself needs is missing.
        """
        scores, study, rule = self.scores, self.scores.study, self.rule
        grid, members = self.grid, self.members
        chosen = np.full(members.shape, NO_RUN, dtype=np.int64)
        values = np.full(members.shape, np.nan)
        clipped = np.zeros(members.shape, dtype=bool)
        status = np.full(members.shape, UndefinedReason.MISSING, dtype=np.int64)
        unmet = np.zeros(members.shape, dtype=bool)
        diagonal = np.array([task.one == "diagonal" for task in study.tasks], dtype=bool)
        runs_on: dict[str, list[tuple[int, int]]] = {}
        for (seed, name), run in single_source_runs(study, self.single).items():
            runs_on.setdefault(name, []).append((seed, run))
        for seed, row in np.argwhere(grid.run != NO_RUN):
            tasks = np.flatnonzero(members[seed, row] != NOT_A_MEMBER)
            own, runs = grid.run[seed, row], members[seed, row, tasks]
            raw = np.where((runs < 0)[:, None], np.nan, scores.raw_of(np.maximum(runs, NO_RUN)))
            # What is chosen by raw values needs no scale yet, and a thousand runs take a while.
            place = cache(partial(self._placed, own, raw))
            group = Members(
                raw=raw,
                normalized=lambda place=place: place().values,  # type: ignore[misc]
                higher_is_better=scores.higher_is_better,
                value_scale=study.value_scale,
                elsewhere=partial(self._elsewhere, runs_on, tasks, grid.seeds[seed]),
            )
            if rule.choose is not None:
                at = rule.choose(group)
                chosen[seed, row] = np.where((at >= 0) & (runs[at] >= 0), runs[at], NO_RUN)
            if rule.combine is not None:
                values[seed, row] = rule.combine(group)
                clipped[seed, row] = place().clipped.any(axis=0)
                # Members without a value share what is wrong: the scale of one base.
                status[seed, row] = np.where(
                    np.isfinite(values[seed, row]), UndefinedReason.DEFINED, UndefinedReason.MISSING
                )
            nothing = np.isnan(values[seed, row]) & (chosen[seed, row] == NO_RUN)
            if nothing.any():
                unmet[seed, row] = nothing & scores.has_scale(own) & ~_any_undefined(place())
                if rule.complete:
                    unmet[seed, row] &= np.isfinite(raw).all(axis=0) & ~diagonal
        if rule.combine is None:
            return chosen, None, unmet
        combined = Improvement(
            values=values,
            unclipped=values,
            clipped=clipped & np.isfinite(values),
            status=status,
            rule=np.full(members.shape, FormulaCase.NONE, dtype=np.int64),
        )
        return chosen, combined, unmet

    def why_empty(self, seed: int, row: int, task: int) -> str:
        """Why a cell has no prediction."""
        scores, chosen = self.scores, self.made[0]
        own, picked = int(self.grid.run[seed, row]), int(chosen[seed, row, task])
        if own == NO_RUN:
            return self.grid.why_no_run(seed)
        if picked != NO_RUN and (text := scores.why_run_missing(picked, task)):
            return text
        members = self.members[seed, row]
        for member in np.flatnonzero(members != NOT_A_MEMBER) if self.rule.complete else ():
            if members[member] == NO_MEMBER_RUN:
                name = scores.study.tasks[member].name
                return f"no run of {self.single} on {name} alone with seed {self.grid.seeds[seed]}"
            if text := scores.why_run_missing(int(members[member]), task):
                return text
        return (
            scores.why_base_missing(own, task)
            or self._why_member_undefined(own, members, task)
            or self.needs
        )

    def _placed(self, own: int, raw: FloatArray) -> Improvement:
        """Raw values of members, (n_members, n_targets), on the scale of the base of a run."""
        scores, of = self.scores, np.array(own)
        return scores.improvement(raw, scores.baseline_of(of), scores.reference_of(of))

    def _why_member_undefined(self, own: int, members: IntArray, task: int) -> str:
        """Why the base of a run has no scale for one of the members; empty where it has."""
        scores, runs = self.scores, members[members >= 0]
        values = scores.raw_of(runs, np.array(task))
        base = np.array(own)
        baseline, reference = scores.baseline_of(base)[task], scores.reference_of(base)[task]
        status = scores.improvement_on(task, values, baseline, reference).status
        for value, one in zip(values.tolist(), status.tolist(), strict=True):
            if one not in (UndefinedReason.DEFINED, UndefinedReason.MISSING):
                reason = UndefinedReason(one)
                return scores.why_undefined(reason, task, value, float(baseline), float(reference))
        return ""

    def _elsewhere(
        self, runs_on: Mapping[str, Sequence[tuple[int, int]]], tasks: IntArray, seed: int
    ) -> FloatArray:
        """(len(tasks), n_tasks): the mean normalized score of each over the study's other seeds.

        runs_on: by task, of each run trained on it alone the seed and the index.
        """
        means = np.full((len(tasks), len(self.scores.study.tasks)), np.nan)
        for at, task in enumerate(tasks):
            name = self.scores.study.tasks[task].name
            others = [run for other, run in runs_on.get(name, ()) if other != seed]
            if not others:
                continue
            means[at] = mean_present(
                self.scores.normalized(np.array(others, dtype=np.int64)).values, axis=0
            )
        return means


def _any_undefined(scaled: Improvement) -> BoolArray:
    """(n_targets,) bool: for some member there is no place on the scale, though the metrics are."""
    missing, defined = UndefinedReason.MISSING, UndefinedReason.DEFINED
    return np.asarray(((scaled.status != missing) & (scaled.status != defined)).any(axis=0))
