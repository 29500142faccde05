"""Results made by hand for figures: names that try to be HTML, cells whose numbers are known."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from core.analyses import ASSOCIATION, BALANCE, GRAPH
from core.analyses.association.association import Association
from core.analyses.balance import Balance
from core.analyses.network.graph import TransferGraph
from core.analyses.query import TransferQuery
from core.metrics import Metric
from core.similarity.matrix import SimilarityMatrix
from core.study import Method, Study, Task
from core.transfer.matrix import MatrixKind, TransferMatrix
from core.transfer.normalization import Scale
from core.transfer.provenance import CellProvenance
from tests.core.small import queries_of, square_study, study_of

EVIL = '<script>alert("x")</script>'
NAN = np.nan


def study(
    names: Sequence[str] = ("distance", "angle", "compass"),
    *,
    labels: Sequence[str] = (),
    unit: str = "km",
    layout: str = "table",
) -> Study:
    tasks = [
        Task(name, label, Metric.ERROR, unit)
        for name, label in itertools.zip_longest(names, labels or [n[0].upper() for n in names])
    ]
    methods = (Method("ft1", "FT1"), Method("ft2", "FT2", "ft1"), Method("b", "<b>B</b>"))
    return study_of(tasks, [], {}, methods=methods, layout=layout)


def matrix(
    per_seed: npt.ArrayLike,
    *,
    sources: Sequence[tuple[str, ...]] | None = None,
    targets: Sequence[str] = ("distance", "angle", "compass"),
    kind: MatrixKind = MatrixKind.ACTUAL,
    other: str | None = None,
    scale: Scale = Scale.PUBLISHED,
    records: bool = False,
    reason: str = "run failed",
    clipped: Sequence[tuple[int, int, int]] = (),
    exposed: Sequence[tuple[int, int]] = (),
) -> TransferMatrix:
    """A transfer matrix of (n_seeds, n_sources, n_targets) values; NaN cells have `reason`."""
    values = np.asarray(per_seed, dtype=np.float64)
    if sources is None:
        sources = [(target,) for target in targets][: values.shape[1]]
    trained = np.array([[t in s for t in targets] for s in sources], dtype=bool)
    cut = np.zeros(values.shape, dtype=bool)
    seen = np.zeros(values.shape[1:], dtype=bool)
    for cell in clipped:
        cut[cell] = True
    for at in exposed:
        seen[at] = True
    return TransferMatrix(
        method="ft1",
        kind=kind,
        other=other,
        scale=scale,
        checkpoint="last",
        seeds=tuple(range(40, 40 + len(values))),
        sources=tuple(sources),
        targets=tuple(targets),
        per_seed=values,
        trained=trained.reshape(values.shape[1:]),
        exposed=seen,
        clipped=cut,
        reason=np.where(np.isfinite(values), 0, 1).astype(np.int64),
        reasons=("", reason),
        records=_records(values) if records else None,
    )


def _records(values: npt.NDArray[np.float64]) -> CellProvenance:
    """Run `run-<row>` of base `base-1` in every cell with a value: 131, 0 at 830, 1 at 55."""
    rows = np.broadcast_to(np.arange(values.shape[1])[None, :, None], values.shape)
    there = np.isfinite(values)
    return CellProvenance(
        run=np.where(there, rows, -1),
        value=np.where(there, 131.0, np.nan),
        baseline=np.where(there, 830.0, np.nan),
        reference=np.where(there, 55.0, np.nan),
        checkpoint=np.where(there, 1600, -1),
        file=np.where(there, 0, -1),
        row=np.where(there, 17, 0),
        files=("evals<1>.csv",),
        runs=tuple(f"run-{i}<i>" for i in range(values.shape[1])),
        bases=("base-1",) * values.shape[1],
    )


def scores_matrix(values: npt.ArrayLike) -> tuple[TransferMatrix, Study]:
    """A square of given scores, one seed; tasks are t0, t1, ..."""
    table = np.asarray(values, dtype=np.float64)
    names = [f"t{i}" for i in range(len(table))]
    found = matrix(table[None], targets=names, sources=[(name,) for name in names])
    return found, study(names, labels=names, unit="", layout="scores")


def similarity(
    values: npt.ArrayLike, tasks: Sequence[str] = ("distance", "angle"), floor: float = np.nan
) -> SimilarityMatrix:
    table = np.asarray(values, dtype=np.float64)
    return SimilarityMatrix(
        values=table,
        n=np.isfinite(table).astype(np.int64) * 3,
        sd=np.full(table.shape, np.nan),
        floor=np.full(table.shape, floor),
        sets=tuple((task,) for task in tasks),
        layer=5,
        checkpoint="last",
        seeds=(42,),
        origin="table",
    )


def random_study(size: int, *, seeds: int = 2, seed: int = 0, low: float = 0.05) -> Study:
    """Single-source accuracy runs and CKA of `size` tasks, drawn at random."""
    rng = np.random.default_rng(seed)
    cells = rng.uniform(low, 0.95, size=(1, size, size)) + rng.normal(0, 0.02, (seeds, size, size))
    cka = rng.uniform(0.2, 0.9, size=(size, size))
    names = "abcdefghijklmnopqrstuvwxyz"[:size]
    return square_study(cells.tolist(), names=names, cka=((cka + cka.T) / 2).tolist())


def association_of(found: Study) -> Association:
    return ASSOCIATION.compute(found, *queries_of("ft1"))


def balance_of(found: Study) -> Balance:
    return BALANCE.compute(found, TransferQuery("ft1"))


def graph_of(found: Study) -> TransferGraph:
    return GRAPH.compute(found, *queries_of("ft1"))


def labels(figure):
    return [a.text for a in figure.layout.annotations if a.name == "label"]


def named(figure, name):
    return next((trace for trace in figure.data if trace.name == name), None)


def shape(figure, name):
    return next((s for s in figure.layout.shapes if s.name == name), None)


def cells_of(path):
    """(row, column) of every outlined cell in a path."""
    corners = re.findall(r"M([-\d.]+),([-\d.]+)H", path)
    return {(round(float(y) + 0.49), round(float(x) + 0.49)) for x, y in corners}


def balance_of_many(count: int) -> Balance:
    """A balance as of so many tasks: those of five, again and again."""
    found = balance_of(random_study(5))
    tasks = [replace(found.tasks[at % 5], task=f"t{at}", net=float(at)) for at in range(count)]
    return replace(found, tasks=tuple(tasks))
