"""Simulated studies of seven kinds, and what is measured on them.

`python -m tests.simulation.simulated 2000` prints the tables of docs/inference.md.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from unittest import mock

import numpy as np

from core.analyses.association.correlation import correlation_of, textbook_p
from core.analyses.association.dyads import DyadTable
from core.analyses.association.pair_effects import of_pair_effects, of_ranks
from core.analyses.association.qap import qap_all, qap_of_maximum
from core.analyses.association.specifications import Dimension, Side, curve
from core.analyses.balance import balance
from core.analyses.query import TransferQuery
from core.analyses.social_relations import social_relations
from core.analyses.square_transfer import SquareTransfer
from core.analyses.standouts import judged, pairs_only, standouts
from core.numerics.intervals import ResamplingUnit, jackknife_correlation
from core.study import Method, Run, Study
from core.transfer import seed_variance
from core.transfer.build import transfer_matrix
from core.transfer.cell_means import cell_mean
from core.transfer.matrix import MatrixKind, TransferMatrix, mean_present
from core.transfer.normalization import Scale
from core.transfer.shrinkage import shrink
from tests.core.small import square_study, study_of, tasks_named

RUNS = int(os.environ.get("SIMULATED", "50"))
"""Studies of each kind; `make nightly` asks for 2,000."""

TASKS = 6
PLACES = 6
EMPTY = ("noise", "givers and takers", "shared cause", "erratic", "clipped", "missing", "one base")
"""Studies in which similarity says nothing about pairs."""

TESTS = ("textbook", "QAP", "QAP of ranks", "QAP of pair effects", "strongest", "maximum")


def symmetric(rng: np.random.Generator, size: int) -> np.ndarray:
    """Noise that is the same in both directions."""
    upper = np.triu(rng.normal(size=(size, size)), 1)
    return upper + upper.T


def empty(kind: str, rng: np.random.Generator, size: int = TASKS) -> tuple[np.ndarray, np.ndarray]:
    """(similarities at PLACES places, transfer) of a study without anything about pairs."""
    cka = np.stack([symmetric(rng, size) for _ in range(PLACES)])
    transfer = rng.normal(size=(size, size))
    if kind == "givers and takers":
        transfer += 2 * rng.normal(size=(size, 1)) + 2 * rng.normal(size=size)
        task_effects = 2 * rng.normal(size=(PLACES, size))
        cka += task_effects[:, :, None] + task_effects[:, None]
    elif kind == "shared cause":
        cause = rng.normal(size=size)
        transfer += cause[:, None] + cause
        cka += cause[:, None] + cause
    elif kind == "erratic":
        wild = np.exp(0.7 * rng.normal(size=size))
        transfer *= wild[:, None] * wild
        cka *= wild[:, None] * wild
    elif kind == "clipped":
        transfer = (0.3 + 0.4 * transfer).clip(0, 1.5)
    elif kind == "missing":
        transfer[rng.random((size, size)) < 0.15] = np.nan
    elif kind == "one base":
        transfer += 2 * rng.normal(size=size)
    return cka, transfer


def table_of(cka: np.ndarray, transfer: np.ndarray) -> DyadTable:
    names = tuple(f"t{i}" for i in range(len(transfer)))
    return DyadTable(tasks=names, cka=cka, transfer=transfer, per_seed=transfer[None])


def p_values(kind: str, rng: np.random.Generator) -> np.ndarray:
    """The p of each of TESTS in one study."""
    cka, transfer = empty(kind, rng)
    tables = [table_of(one, transfer) for one in cka]
    first = tables[0]
    plain, ranks, pairs = (t.p for t in qap_all([first, of_ranks(first), of_pair_effects(first)]))
    places = [one.p for one in qap_all(tables)]
    strongest = int(np.nanargmax([abs(correlation_of(one)) for one in tables]))
    textbook = textbook_p(correlation_of(first), int(first.paired.sum()))
    of_maximum = qap_of_maximum(tables)[strongest].p
    return np.array([textbook, plain, ranks, pairs, places[strongest], of_maximum])


def false_alarms(kind: str, runs: int, seed: int = 0) -> dict[str, float]:
    """Of each test the share of empty studies with p ≤ 0.05."""
    rng = np.random.default_rng([seed, EMPTY.index(kind)])
    p = np.stack([p_values(kind, rng) for _ in range(runs)])
    return dict(zip(TESTS, (p <= 0.05).mean(axis=0).tolist(), strict=True))


def curve_p(kind: str, rng: np.random.Generator) -> float:
    """The p of a specification curve over places, two seeds and left out tasks of one study."""
    cka, transfer = empty(kind, rng)
    names = tuple(f"t{i}" for i in range(TASKS))
    noise = rng.normal(size=(2, TASKS, TASKS))
    every = {"all": transfer, "first": transfer + noise[0], "second": transfer + noise[1]}
    found = curve(
        [
            Side(one, {**_AT, Dimension.LAYER: f"layer {at}", Dimension.SEEDS: seeds})
            for seeds in every
            for at, one in enumerate(cka)
        ],
        [
            Side(one, {Dimension.SEEDS: seeds, Dimension.SCALE: "scale"})
            for seeds, one in every.items()
        ],
        [("all", names), *[(f"without {out}", tuple({*names} - {out})) for out in names]],
        names,
        chosen={},
        method="",
        label="",
        seeds=(),
    )
    return found.median_p


_AT = {Dimension.CHECKPOINT: "last", Dimension.MEASURE: "CKA"}


def curve_alarms(kind: str, runs: int, seed: int = 0) -> float:
    """The share of empty studies whose curve has p ≤ 0.05."""
    rng = np.random.default_rng([seed, 100 + EMPTY.index(kind)])
    return sum(curve_p(kind, rng) <= 0.05 for _ in range(runs)) / runs


def reciprocity_alarms(size: int, runs: int, seed: int = 0) -> tuple[float, float, float]:
    """Of studies of noise: with p ≤ 0.05 for teaching and learning, with an r, and p of those."""
    rng = np.random.default_rng([seed, 200 + size])
    names = tuple(f"t{i}" for i in range(size))
    models = [
        social_relations(SquareTransfer(names, rng.normal(size=(1, size, size))))
        for _ in range(runs)
    ]
    p = np.array([model.generalized_p for model in models if model is not None])
    known = np.isfinite(p)
    found = p <= 0.05
    return float(found.mean()), float(known.mean()), float(found[known].mean())


# -- intervals ---------------------------------------------------------------------------------

SPREADS = ("normal", "clipped", "missing", "one base")
INTERVALS = ("cell", "shrunken cell", "net", "giver effect", "r over seeds")
NOISE = 0.2


class Seeds:
    """Studies of TASKS tasks and a number of seeds around a truth with givers, takers and pairs."""

    def __init__(self, seeds: int, kind: str = "normal", *, pairs: float = 0.15) -> None:
        self.kind, self.seeds, self.pairs = kind, seeds, pairs
        self.study = square_study(np.full((seeds, TASKS, TASKS), 0.5))
        scale = Scale.PUBLISHED if kind == "clipped" else Scale.STRICT
        self.matrix = transfer_matrix(self.study, TransferQuery("ft1", scale=scale))
        self.off = ~np.eye(TASKS, dtype=bool)

    def draw(self, rng: np.random.Generator) -> tuple[np.ndarray, TransferMatrix]:
        """(truth, what was measured)."""
        level = 0.15 if self.kind == "clipped" else 0.3
        truth = (
            level
            + 0.2 * rng.normal(size=(TASKS, 1))
            + 0.2 * rng.normal(size=TASKS)
            + self.pairs * rng.normal(size=(TASKS, TASKS))
        )
        noise = NOISE * rng.normal(size=(self.seeds, TASKS, TASKS))
        if self.kind == "one base":
            # What one base is wrong by is the same in all seeds, and no part of the truth.
            noise = noise / 2 + NOISE * rng.normal(size=TASKS)
        seen = truth + noise
        clipped = np.zeros(seen.shape, dtype=bool)
        if self.kind == "clipped":
            clipped = (seen < 0) | (seen > 1.5)
            many = truth + NOISE * rng.normal(size=(4000, TASKS, TASKS))
            seen, truth = seen.clip(0, 1.5), many.clip(0, 1.5).mean(axis=0)
        if self.kind == "missing":
            seen[rng.random(seen.shape) < 0.1] = np.nan
            seen[0] = np.where(np.isfinite(seen).any(axis=0), seen[0], truth)
        return truth, replace(self.matrix, per_seed=seen, clipped=clipped)

    def inside(self, rng: np.random.Generator) -> dict[str, tuple[float, float]]:
        """Of each interval (how many hold the truth, how many there are) in one study."""
        truth, matrix = self.draw(rng)
        tasks = self.matrix.targets
        found = {}
        low, high = matrix.interval
        found["cell"] = _held(truth, low, high, self.off)
        left = shrink(matrix, self.study)
        found["shrunken cell"] = _held(truth, left.low, left.high, self.off)
        sums, true_sums = balance(matrix, tasks), balance(_exactly(matrix, truth), tasks)
        for name, of in (("net", _nets), ("giver effect", _givers)):
            values, ends = of(true_sums)[0], of(sums)[1]
            found[name] = _held(values, *ends, np.isfinite(ends[0]))
        cka = symmetric(rng, TASKS) + (truth + truth.T)
        r, true_r = _r(cka, mean_present(matrix.per_seed, axis=0)), _r(cka, truth)
        rest = [
            _r(cka, mean_present(np.delete(matrix.per_seed, k, axis=0), axis=0))
            for k in range(self.seeds)
        ]
        interval = jackknife_correlation(r, np.array(rest), ResamplingUnit.SEEDS)
        found["r over seeds"] = (float(interval.low <= true_r <= interval.high), 1.0)
        return found


def _held(truth, low, high, cells) -> tuple[float, float]:
    there = cells & np.isfinite(low)
    return float(((low <= truth) & (truth <= high))[there].sum()), float(there.sum())


def _exactly(matrix: TransferMatrix, truth: np.ndarray) -> TransferMatrix:
    return replace(matrix, per_seed=np.stack([truth] * len(matrix.seeds)))


def _nets(found):
    rows = found.tasks
    ends = np.array([(t.net_interval.low, t.net_interval.high) for t in rows]).T
    return np.array([t.net for t in rows]), ends


def _givers(found):
    rows = found.social_relations.effects
    ends = np.array([(t.giver_interval.low, t.giver_interval.high) for t in rows]).T
    return np.array([t.giver for t in rows]), ends


def _r(cka: np.ndarray, transfer: np.ndarray) -> float:
    return correlation_of(table_of(cka, transfer))


def coverage(kind: str, seeds: int, runs: int, seed: int = 0) -> dict[str, float]:
    """Of each of INTERVALS the share that holds the truth."""
    rng = np.random.default_rng([seed, seeds, SPREADS.index(kind)])
    made = Seeds(seeds, kind)
    found = [made.inside(rng) for _ in range(runs)]
    return {
        name: sum(one[name][0] for one in found) / max(sum(one[name][1] for one in found), 1)
        for name in INTERVALS
    }


# -- what is picked ----------------------------------------------------------------------------


def picked(seeds: int, pairs: float, runs: int, seed: int = 0) -> dict[str, float]:
    """The largest cell as measured and shrunken: is its interval right, how far is it off; and of
    all findings (sign wrong with at most 5 %) the share with the wrong sign, said and true."""
    rng = np.random.default_rng([seed, seeds, int(pairs * 1000)])
    made = Seeds(seeds, pairs=pairs)
    held, off, wrong, said, number = np.zeros(2), np.zeros(2), 0.0, 0.0, 0.0
    for _ in range(runs):
        truth, matrix = made.draw(rng)
        cells = pairs_only(judged(matrix, made.study, matrix.targets))
        low, high = matrix.interval
        left = cells.shrunken
        for at, (values, least, most) in enumerate(
            ((matrix.values, low, high), (left.values, left.low, left.high))
        ):
            top = np.unravel_index(np.where(made.off, values, -np.inf).argmax(), values.shape)
            held[at] += least[top] <= truth[top] <= most[top]
            off[at] += values[top] - truth[top]
        found = left.trusted & made.off
        wrong += (np.sign(left.values) != np.sign(truth))[found].sum()
        told = [standouts([cells], sign=sign) for sign in (1, -1)]
        said += sum(one.expected_wrong for one in told)
        number += sum(one.found for one in told)
    return {
        "measured holds": held[0] / runs,
        "shrunken holds": held[1] / runs,
        "measured off": off[0] / runs,
        "shrunken off": off[1] / runs,
        "wrong": wrong / number,
        "said": said / number,
    }


QUIET = 1 / 40
"""Of a target that is tested on many more samples: its noise beside that of others."""


def unlike(
    seeds: int, runs: int, *, seed: int = 0, pooled: bool = False, quiet: bool = False
) -> dict[str, float]:
    """Of studies whose targets are on scales of their own (values and noise times e^(1.3 z)).

    quiet: on one scale, the noise of one target times `QUIET`; told is of the others.

    How often what is left holds the truth, in all cells and in those whose sign is believed, how
    many those are in a study, the share of them with the wrong sign, and how far what is left is
    off, in noises of the target. pooled: with one variance for all targets.
    """
    rng = np.random.default_rng([seed, seeds])
    made = Seeds(seeds)
    held = np.zeros(2)
    number, wrong, off = 0.0, 0.0, 0.0
    told = made.off & (np.arange(TASKS) >= int(quiet))
    for _ in range(runs):
        truth, matrix = made.draw(rng)
        scale = np.ones(TASKS) if quiet else np.exp(1.3 * rng.normal(size=TASKS))
        noise = (matrix.per_seed - truth) * scale
        if quiet:
            noise[:, :, 0] *= QUIET
        truth = truth * scale
        matrix = replace(matrix, per_seed=truth + noise)
        with mock.patch.object(seed_variance, "ALIKE_WITHIN", np.inf if pooled else 4.0):
            left = shrink(matrix, made.study)
        holds = (left.low <= truth) & (truth <= left.high)
        found = left.trusted & told
        held += holds[told].mean(), holds[found].mean()
        number += found.sum()
        wrong += (np.sign(left.values) != np.sign(truth))[found].sum()
        off += (((left.values - truth) / scale / NOISE)[told] ** 2).mean()
    return {
        "holds": held[0] / runs,
        "believed holds": held[1] / runs,
        "believed": number / runs,
        "wrong": wrong / number,
        "off, noises": (off / runs) ** 0.5,
    }


# -- several tasks -----------------------------------------------------------------------------


def several(rng: np.random.Generator, seeds: int = 4) -> Study:
    """Runs on a, b and c alone and in pairs, all of which reach the same: nothing is added."""
    names, noise = "abcd", 0.1
    tasks = tasks_named(names)
    runs, values = [], {}
    for k in range(seeds):
        runs.append(Run(f"base{k}", "pretrain", tuple(names), None, k))
        for name in names:
            values[f"base{k}", name, "shifted", 1] = 0.0
            values[f"base{k}", name, "standard", 1] = 1.0
        for trained in ("a", "b", "c", "ab", "ac", "bc", "abc"):
            run = Run(f"{trained}-{k}", f"ft{min(len(trained), 2)}", tuple(trained), f"base{k}", k)
            runs.append(run)
            for name in names:
                values[run.name, name, "shifted", 1] = 0.5 + noise * rng.normal()
    methods = [Method("ft1", "FT1"), Method("ft2", "FT2", "ft1")]
    return study_of(tasks, runs, values, methods=methods)


def false_differences(runs: int, seed: int = 0) -> dict[str, float]:
    """Of each prediction the share of studies whose interval of actual − predicted excludes 0,
    and the mean difference, where training together adds nothing."""
    rng = np.random.default_rng([seed, 77])
    found: dict[str, list[tuple[bool, float]]] = {"predicted": [], "cross-fitted": []}
    for _ in range(runs):
        study = several(rng)
        for prediction, told in found.items():
            query = TransferQuery("ft2", kind=MatrixKind.DIFFERENCE, scale=Scale.STRICT)
            gap = transfer_matrix(study, replace(query, prediction=prediction))
            mean = cell_mean(gap, np.ones_like(gap.trained))
            told.append((not mean.interval.low <= 0 <= mean.interval.high, mean.value))
    return {
        f"{prediction} {what}": float(np.mean([one[at] for one in told]))
        for prediction, told in found.items()
        for at, what in enumerate(("excludes 0", "off"))
    }


def report(runs: int) -> str:
    """All tables as Markdown."""
    lines: list[str] = []

    def table(head: str, columns: Sequence[str]) -> None:
        lines.extend(["", f"| {head} | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"])

    def row(name: str, shares: Iterable[float]) -> None:
        lines.append(f"| {name} | {' | '.join(f'{100 * one:.1f}' for one in shares)} |")

    table("p ≤ 0.05, %", TESTS)
    for kind in EMPTY:
        row(kind, false_alarms(kind, runs).values())
    table("holds the truth, %", INTERVALS)
    for kind in SPREADS:
        for seeds in (2, 3, 4):
            row(f"{kind}, {seeds} seeds", coverage(kind, seeds, runs).values())
    table("picked, % (off × 100)", list(picked(2, 0.1, 2)))
    for seeds, pairs in ((2, 0.0), (2, 0.15), (4, 0.0), (4, 0.15)):
        row(f"{seeds} seeds, pairs differ by {pairs}", picked(seeds, pairs, runs).values())
    table("targets on scales of their own, × 100", list(unlike(2, 2)))
    for seeds in (3, 5):
        for name, pooled in (("one variance", True), ("each its own", False)):
            row(f"{seeds} seeds, {name}", unlike(seeds, runs, pooled=pooled).values())
            row(f"{name}, one quiet", unlike(seeds, runs, pooled=pooled, quiet=True).values())
    several_runs = max(runs // 4, 20)
    table("several tasks, % (off × 100)", list(false_differences(2)))
    row(f"{several_runs:,} studies", false_differences(several_runs).values())
    return "\n".join(lines[1:]) + "\n"


if __name__ == "__main__":
    sys.stdout.write(report(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS))
