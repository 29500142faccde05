"""Studies small enough to work out by hand, made in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.analyses.query import SimilarityQuery, TransferQuery
from core.evaluations import Evaluations
from core.metrics import Metric
from core.study import FINAL, CkaTable, Method, Run, Study, Task

Values = Mapping[tuple[str, str, str, int], float]
"""(run, task, split, checkpoint) -> value"""


def evaluations_of(values: Values, runs: Sequence[Run], tasks: Sequence[Task]) -> Evaluations:
    run_at = {run.name: i for i, run in enumerate(runs)}
    task_at = {task.name: i for i, task in enumerate(tasks)}
    rows = sorted(
        (run_at[run], task_at[task], split == "shifted", step, value)
        for (run, task, split, step), value in values.items()
    )
    columns = list(zip(*rows, strict=True)) if rows else [()] * 5
    return Evaluations(
        run=np.array(columns[0], dtype=np.int64),
        task=np.array(columns[1], dtype=np.int64),
        shifted=np.array(columns[2], dtype=bool),
        checkpoint=np.array(columns[3], dtype=np.int64),
        value=np.array(columns[4], dtype=np.float64),
        file=np.zeros(len(rows), dtype=np.int64),
        row=np.arange(2, len(rows) + 2),
        files=("evaluations.csv",),
        n_runs=len(runs),
        n_tasks=len(tasks),
    )


def study_of(
    tasks: Sequence[Task],
    runs: Sequence[Run],
    values: Values,
    *,
    methods: Sequence[Method] = (),
    layout: str = "table",
    cka: Sequence[tuple[str, str, int, int, float]] = (),
    default_layer: int | None = None,
) -> Study:
    """cka: (run, run, layer, checkpoint or FINAL, value)"""
    if layout == "scores":
        runs = [replace(run, given=True) for run in runs]
    run_at = {run.name: i for i, run in enumerate(runs)}
    known = {method.name for method in methods}
    found = dict.fromkeys(r.method for r in runs if not r.is_base)
    extra = tuple(Method(name, name.upper()) for name in found if name not in known)
    return Study(
        folder=Path("nowhere"),
        title="small",
        description="",
        layout=layout,
        tasks=tuple(tasks),
        methods=(*methods, *extra),
        runs=tuple(runs),
        evaluations=evaluations_of(values, runs, tasks),
        digest="0" * 64,
        cka=_table(cka, run_at) if cka else None,
        default_layer=default_layer,
    )


def cka_table(study: Study, rows: Sequence[tuple[str, str, int, int, float]]) -> CkaTable:
    """rows: (run, run, layer, checkpoint or FINAL, value)"""
    return _table(rows, dict(study.run_index))


def _table(rows: Sequence[tuple[str, str, int, int, float]], run_at: Mapping[str, int]) -> CkaTable:
    pairs = [(*sorted((run_at[a], run_at[b])), *rest) for a, b, *rest in rows]
    first, second, layer, step, value = zip(*pairs, strict=True)
    return CkaTable(
        first=np.array(first),
        second=np.array(second),
        layer=np.array(layer),
        checkpoint=np.array(step),
        value=np.array(value, dtype=np.float64),
    )


def tasks_named(names: str, metric: Metric = Metric.ACCURACY) -> tuple[Task, ...]:
    """One task per letter, its label in upper case."""
    return tuple(Task(name, name.upper(), metric) for name in names)


def square_study(
    transfer: Sequence[Sequence[Sequence[float]]],
    *,
    names: str | None = None,
    cka: Sequence[Sequence[float]] | None = None,
    excluded: str = "",
    one_base: bool = False,
) -> Study:
    """Single-source accuracy runs whose normalized improvement is `transfer[seed][source][target]`.

    Every base has shifted 0 and standard 1, so a raw value is its own normalized improvement.
    cka: one symmetric matrix, as of the first seed's single-task models at layer 5. one_base: all
    seeds start from the first seed's base.
    """
    values = np.asarray(transfer, dtype=float)
    n_seeds, size, _ = values.shape
    names = names or "abcdefghijklmnopqrstuvwxyz"[:size]
    tasks = tuple(
        Task(n, n.upper(), Metric.ACCURACY, exclude="shaky" if n in excluded else None)
        for n in names
    )
    runs, cells = [], {}
    for k in range(n_seeds):
        runs.append(Run(f"base{k}", "pretrain", tuple(names), None, k))
        runs.extend(Run(f"only-{n}-{k}", "pretrain", (n,), None, k) for n in names)
        for j, target in enumerate(names):
            cells[f"base{k}", target, "shifted", 9] = 0.0
            cells[f"base{k}", target, "standard", 9] = 1.0
            for i, source in enumerate(names):
                cells[f"ft-{source}-{k}", target, "shifted", 9] = values[k, i, j]
        runs.extend(
            Run(f"ft-{n}-{k}", "ft1", (n,), f"base{0 if one_base else k}", k) for n in names
        )
    rows = []
    if cka is not None:
        rows = [
            (f"only-{names[i]}-0", f"only-{names[j]}-0", 5, FINAL, cka[i][j])
            for i in range(size)
            for j in range(i)
            if np.isfinite(cka[i][j])
        ]
    return study_of(tasks, runs, cells, cka=rows)


def queries_of(method: str, **asked) -> tuple[TransferQuery, SimilarityQuery]:
    """What is asked of transfer and of similarity, whose checkpoint is `cka_checkpoint`."""
    place = {k: asked.pop(k) for k in ("layer", "measure", "debiased") if k in asked}
    checkpoint = asked.pop("cka_checkpoint", "last")
    return TransferQuery(method, **asked), SimilarityQuery(checkpoint=checkpoint, **place)
