"""MRQAP: several predictors of transfer together, each beside the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.analyses.analysis import INCLUDED, MEASURED, Analysis
from core.analyses.cost import CostModel
from core.analyses.inputs import pair_matrix
from core.analyses.query import SimilarityQuery, TransferQuery, included_tasks
from core.errors import RequestError, listed
from core.numerics.arrays import BoolArray, FloatArray, IntArray, largest
from core.numerics.blockwise import in_blocks
from core.numerics.interrupt import breathe
from core.numerics.permutation import (
    EXHAUSTIVE_UP_TO,
    HIT_TOLERANCE,
    SAMPLED_PERMUTATIONS,
    blocks_of,
    drawing_error,
    drawn,
    permutations,
    permutations_of,
)
from core.similarity.matrix import similarity_layers
from core.similarity.predictor_matrix import PredictorMatrix, given_predictors, predictor_matrix
from core.similarity.store import SimilarityStore
from core.study import Study
from core.transfer.matrix import TransferMatrix

_COLLINEAR = 1e-10
_BUFFER_ELEMENTS = 200_000
_ONE_S, _PAIR_S = 1.8e-6, 7e-9
"""Seconds of a relabelling, and of one for each pair in it."""


@dataclass(frozen=True)
class MrqapCoefficient:
    """One predictor beside the others.

    b: transfer per unit of the predictor, the others held fixed; beta: the same of standardized
    values; t: Student's statistic of it; p: double semi-partialling, two-sided. NaN = undefined.
    """

    predictor: str
    label: str
    b: float
    beta: float
    t: float
    p: float


@dataclass(frozen=True)
class Mrqap:
    """A regression of transfer on several predictors over all ordered pairs of some tasks."""

    method: str
    seeds: tuple[int, ...]
    tasks: tuple[str, ...]
    n: int
    r_squared: float
    permutations: int
    exhaustive: bool
    coefficients: tuple[MrqapCoefficient, ...]

    def error(self, p: float) -> float:
        """Standard error of a coefficient's p by drawing: 0 of all relabellings."""
        return drawing_error(p, self.permutations, exhaustive=self.exhaustive)


def mrqap(
    transfer: TransferMatrix,
    predictors: Sequence[PredictorMatrix],
    tasks: Sequence[str],
    *,
    seed: int = 0,
    executor: Executor | None = None,
) -> Mrqap:
    """Least squares of transfer on all predictors, each tested by double semi-partialling.

    What the other predictors do not explain of one is relabelled, rows and columns together, and
    put in its place beside them; p is the share of relabellings in which |t*| ≥ |t|. Up to 8 tasks
    all n! of them, the identity included; beyond, (1 + hits) / (1 + 10,000) drawn ones.
    executor: makes these, as in `in_blocks`; the numbers are the same bits whoever does it.

    Raises RequestError where a pair lacks its transfer or a predictor, where there are fewer than
    two predictors, too few pairs, or one of them is made of the others.

    Source: Dekker, Krackhardt & Snijders (2007); the same as `qapspp` of netlm in R's sna.
    """
    if len(predictors) < 2:
        raise RequestError(
            "several predictors together need at least two, and"
            f" {listed([p.label for p in predictors]) if predictors else 'none'} is all there is:"
            " add tables of others under [predictors.NAME] in study.toml"
        )
    single = transfer.single_sources()
    row_of = {sources[0]: i for i, sources in enumerate(single.sources)}
    column_of = {target: j for j, target in enumerate(single.targets)}
    names = [task for task in tasks if task in row_of and task in column_of]
    pairs = ~np.eye(len(names), dtype=bool)
    rows, columns = [row_of[name] for name in names], [column_of[name] for name in names]
    y = single.values[np.ix_(rows, columns)][pairs]
    squares = [predictor.of(names) for predictor in predictors]
    values = np.array([square[pairs] for square in squares])
    lacking = [p.label for p, own in zip(predictors, values, strict=True) if not _complete(own)]
    if not _complete(y):
        lacking.append("transfer")
    if lacking:
        raise RequestError(
            f"several predictors together need a value for every pair of tasks: {listed(lacking)}"
            " has gaps; leave out the tasks that have none"
        )
    freedom = len(y) - len(predictors) - 1
    if freedom < 1:
        raise RequestError(f"{len(y)} pairs are too few for {len(predictors)} predictors together")
    # In units of the largest and about the mean: the fit knows no scale, floats do.
    scale_y, scales = largest(y), np.array([largest(own) for own in values])
    y = y / scale_y
    x = values / scales[:, None]
    y, x = y - y.mean(), x - x.mean(axis=1, keepdims=True)
    if not y.any():
        raise RequestError("transfer is the same for every pair: nothing is to be told")
    found = [
        _coefficient(
            at, x, y, names, pairs, freedom, scale_y / scales[at], predictors, seed, executor
        )
        for at in range(len(predictors))
    ]
    fitted = x.T @ np.linalg.lstsq(x.T, y, rcond=None)[0]
    exhaustive = len(names) <= EXHAUSTIVE_UP_TO
    return Mrqap(
        method=transfer.method,
        seeds=transfer.seeds,
        tasks=tuple(names),
        n=len(y),
        r_squared=float(1 - ((y - fitted) ** 2).sum() / (y @ y)),
        permutations=math.factorial(len(names)) if exhaustive else SAMPLED_PERMUTATIONS,
        exhaustive=exhaustive,
        coefficients=tuple(found),
    )


def _complete(values: FloatArray) -> bool:
    return bool(len(values)) and bool(np.isfinite(values).all())


def _coefficient(
    at: int,
    x: FloatArray,
    y: FloatArray,
    names: Sequence[str],
    pairs: BoolArray,
    freedom: int,
    unit: float,
    predictors: Sequence[PredictorMatrix],
    seed: int,
    executor: Executor | None,
) -> MrqapCoefficient:
    """One predictor (by position): x (k, n) and y (n,) are centred; unit: of b."""
    own = x[at]
    # Orthonormal: the others, and the constant that centring stands for here.
    constant = np.full((1, x.shape[1]), 1 / math.sqrt(x.shape[1]))
    others, _ = np.linalg.qr(np.concatenate([constant, np.delete(x, at, axis=0)]).T)
    rest = own - others @ (others.T @ own)
    if rest @ rest <= _COLLINEAR * max(own @ own, 1e-300):
        raise RequestError(
            f"{predictors[at].label} is constant, or made of the other predictors: leave it out"
        )
    rest_y = y - others @ (others.T @ y)
    b = float(rest @ rest_y / (rest @ rest))
    r = _partial(rest[None], rest_y, others)[0]
    work = _Relabellings(
        null=_squared(rest / np.linalg.norm(rest), pairs),
        rest_y=_squared(rest_y, pairs).ravel(),
        others=np.stack([_squared(own, pairs).ravel() for own in others.T], axis=1),
        least=abs(r) - HIT_TOLERANCE,
        seed=seed,
    )
    exhaustive = len(names) <= EXHAUSTIVE_UP_TO
    if exhaustive:
        tried = math.factorial(len(names))
        hits = sum(map(work.hits, permutations(len(names), exhaustive=True, seed=seed)))
    else:
        tried = SAMPLED_PERMUTATIONS
        hits = sum(in_blocks(work, range(blocks_of(SAMPLED_PERMUTATIONS)), executor))
    return MrqapCoefficient(
        predictor=predictors[at].name,
        label=predictors[at].label,
        b=b * unit,
        beta=b * float(own.std() / y.std()),
        t=float(r * math.sqrt(freedom / max(1 - r * r, 1e-300))),
        p=hits / tried if exhaustive else (1 + hits) / (1 + tried),
    )


def _squared(values: FloatArray, pairs: BoolArray) -> FloatArray:
    """(n_tasks, n_tasks) of values of all pairs, 0 on the diagonal: sums over it are the same."""
    square = np.zeros(pairs.shape)
    square[pairs] = values
    return square


@dataclass(frozen=True)
class _Relabellings:
    """What a worker is given for each block: one predictor beside the others, and the seed.

    null: (n_tasks, n_tasks) what the others do not explain of it, of length 1. rest_y: (n_tasks²,)
    and others: (n_tasks², k) as in `_partial`. least: a hit has |r*| of at least this.
    """

    null: FloatArray
    rest_y: FloatArray
    others: FloatArray
    least: float
    seed: int

    def __call__(self, block: int) -> int:
        """The hits in a block of drawn relabellings."""
        return self.hits(drawn(len(self.null), SAMPLED_PERMUTATIONS, seed=self.seed, block=block))

    def hits(self, batch: IntArray) -> int:
        """The hits among these relabellings, rows and columns together; batch: (n, n_tasks)."""
        found, at_once = 0, max(1, _BUFFER_ELEMENTS // self.null.size)
        for start in range(0, len(batch), at_once):
            breathe()
            labels = batch[start : start + at_once]
            moved = self.null[labels[:, :, None], labels[:, None, :]].reshape(len(labels), -1)
            r = np.abs(_partial(moved, self.rest_y, self.others))
            found += int((~(r < self.least)).sum())
        return found


def _partial(own: FloatArray, rest_y: FloatArray, others: FloatArray) -> FloatArray:
    """(batch,) correlation of each row of `own` and y, both freed of the others.

    |t| grows with it: t = r √(df / (1 − r²)). own: (batch, n); others: (n, k) orthonormal.
    """
    explained = own @ others
    left = (own * own).sum(axis=1) - (explained * explained).sum(axis=1)
    size = np.sqrt(np.maximum(left, 0.0) * (rest_y @ rest_y))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.clip((own @ rest_y) / size, -1.0, 1.0))


def together_of(
    study: Study,
    query: TransferQuery,
    place: SimilarityQuery,
    *,
    stored: SimilarityStore | None,
    executor: Executor | None = None,
) -> Mrqap:
    """Similarity and every given predictor in one regression."""
    predictors = list(given_predictors(study, query.seeds))
    if similarity_layers(study, place):
        asked = replace(place, predictor="", seeds=query.seeds)
        predictors.insert(0, predictor_matrix(study, asked, stored=stored))
    tasks = included_tasks(study, query)
    return mrqap(pair_matrix(study, query), predictors, tasks, executor=executor)


def together_seconds(study: Study, _queries: Sequence[Any], tasks: int) -> float:
    """About what the relabellings of each predictor take on one core."""
    return (1 + len(study.predictors)) * permutations_of(tasks) * (_ONE_S + _PAIR_S * tasks**2)


TOGETHER = Analysis(
    "mrqap",
    Mrqap,
    together_of,
    (INCLUDED, MEASURED),
    looks_up=True,
    relabels=True,
    costs=CostModel(us=1.0, more=together_seconds),
)
