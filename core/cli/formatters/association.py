"""Similarity and transfer, at one place and at many, as JSON and text."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from core.analyses.association.association import Association
from core.analyses.association.by_layer import AssociationSweep
from core.analyses.association.dyads import Points
from core.analyses.association.qap import PermutationTest
from core.analyses.association.specifications import Dimension, Specifications
from core.cli.formatters.parts import (
    interval_report,
    number,
    numbers,
    one_base_line,
    one_base_report,
    qap_report,
    qap_text,
    range_text,
    short,
    table_text,
    with_error,
)
from core.cli.json_text import Columns, Records
from core.evaluations import Checkpoint
from core.study import Layer


def association_report(result: Association) -> dict[str, Any]:
    """An association with its points."""
    return {
        "method": result.method,
        "predictor": result.predictor,
        "directed": result.directed,
        "better": "higher" if result.higher_is_better else "lower",
        "layer": result.layer,
        "cka_checkpoint": result.cka_checkpoint,
        "measure": result.measure and result.measure.value,
        "debiased": result.debiased,
        "seeds": list(result.seeds),
        **one_base_report(result.seeds_of_one_base),
        "cka_seeds": list(result.cka_seeds),
        "tasks": list(result.tasks),
        "n": result.n,
        "pearson": {"r": number(result.pearson.r), "p": number(result.pearson.p)},
        "r_squared": number(result.r_squared),
        "slope": number(result.slope),
        "intercept": number(result.intercept),
        "spearman": {
            "rho": number(result.spearman.r),
            "p": number(result.spearman.p),
            "qap_p": number(result.rank_qap.p),
            "qap": qap_report(result.rank_qap),
        },
        "qap": qap_report(result.qap),
        "pair_effects": {
            "r": number(result.pair_effects.r),
            **qap_report(result.pair_effects_qap),
        },
        "detectable_r": number(result.detectable_r),
        "interval": interval_report(result.interval),
        "interval_tasks": interval_report(result.interval_tasks),
        "r_squared_interval": interval_report(result.r_squared_interval),
        "without_task": dict(zip(result.tasks, numbers(result.without_task), strict=True)),
        "ceiling": {
            "symmetric": number(result.ceiling.symmetric),
            "seeds": number(result.ceiling.seeds),
            "corrected": number(result.ceiling.corrected),
        },
        "points": _points(result.points),
    }


def _points(points: Points) -> Records:
    """Every pair, as columns: 1,000 tasks have a million of them."""
    tasks, labels = (np.array(names, dtype=object) for names in (points.tasks, points.labels))

    def columns(part: slice) -> Columns:
        some = points.take(part)
        return {
            "source": tasks[some.source].tolist(),
            "target": tasks[some.target].tolist(),
            "label": (labels[some.source] + "→" + labels[some.target]).tolist(),
            "cka": numbers(some.cka),
            "transfer": numbers(some.transfer),
        }

    return Records(len(points), columns)


def association_text(result: Association, *, turned: bool = False) -> str:
    """An association in a few lines.

    turned: there are errors among the scores, which count with their sign turned.
    """
    name = result.label
    at = "" if result.layer is None else f" at layer {result.layer}"
    lower = "" if result.higher_is_better else " (lower is better: it tells where r is negative)"
    symmetric = (
        f"{name} is directed: no symmetric ceiling"
        if result.directed
        else f"a symmetric measure could reach R² = {short(result.ceiling.symmetric)},"
        f" {short(result.ceiling.corrected)} without what noise adds"
    )
    step = "" if result.cka_checkpoint == "last" else f", {_step(result.cka_checkpoint)}"
    sign, shift = ("−" if result.intercept < 0 else "+"), short(abs(result.intercept))
    return (
        f"{result.method}, {name}{at}{step}{lower}, {len(result.tasks)} tasks,"
        f" n = {result.n} ordered pairs\n"
        f"Pearson r = {short(result.pearson.r)}, R² = {short(result.r_squared)}"
        f" [{range_text(result.r_squared_interval)}]\n"
        f"QAP p = {qap_text(result.qap)}; of ranks"
        f" ρ = {short(result.spearman.r)}, QAP p = {_beside(result.rank_qap, result)}\n"
        f"pair effects, without how much tasks give and take:"
        f" r = {short(result.pair_effects.r)}, QAP p = {_beside(result.pair_effects_qap, result)}\n"
        f"{_detectable(result)}\n"
        f"95 % interval of r over seeds {range_text(result.interval)},"
        f" over tasks {range_text(result.interval_tasks)}\n"
        f"transfer = {short(result.slope)} · {name} {sign} {shift}"
        f"{', errors with their sign turned' if turned else ''}\n"
        f"{symmetric};"
        f" seeds agree to {short(result.ceiling.seeds)}\n"
        f"textbook p = {short(result.pearson.p)} (takes the pairs for independent)\n"
        f"{one_base_line(result.seeds_of_one_base)}"
    )


def _beside(test: PermutationTest, result: Association) -> str:
    """Another p of the same tasks; how many relabellings only where they are not as many."""
    if (test.permutations, test.exhaustive) == (result.qap.permutations, result.qap.exhaustive):
        return with_error(test.p, test.error)
    return qap_text(test)


def _detectable(result: Association) -> str:
    """What this study could have found."""
    if not math.isfinite(result.pearson.r):
        return "r is undefined"
    if not math.isfinite(result.detectable_r):
        return f"{len(result.tasks)} tasks are too few to find any r (80 % power, QAP p ≤ 0.05)"
    return (
        f"this study would have found |r| from {short(result.detectable_r)} up"
        " (80 % power, QAP p ≤ 0.05)"
    )


def sweep_report(sweep: AssociationSweep) -> dict[str, Any]:
    """r, R², QAP p and the maximum's p of every layer (row) and checkpoint (column).

    `reason` where r is null.
    """
    return {
        "method": sweep.method,
        **({} if sweep.measure else {"predictor": sweep.predictor}),
        "measure": sweep.measure and sweep.measure.value,
        "debiased": sweep.debiased,
        "seeds": list(sweep.seeds),
        "layers": list(sweep.layers),
        "checkpoints": list(sweep.checkpoints),
        "r": [numbers(row) for row in sweep.r],
        "r_squared": [numbers(row) for row in sweep.r_squared],
        "qap_p": [numbers(row) for row in sweep.qap_p],
        "qap_error": [numbers(row) for row in sweep.qap_error],
        "max_p": [numbers(row) for row in sweep.max_p],
        "max_error": [numbers(row) for row in sweep.max_error],
        "n": sweep.n.tolist(),
        "reason": [
            [sweep.why(i, j) or None for j in range(len(sweep.checkpoints))]
            for i in range(len(sweep.layers))
        ],
    }


def sweep_text(sweep: AssociationSweep) -> str:
    """A line for every layer and checkpoint; how many seeds are behind it where they differ."""
    import pandas as pd

    places = [(i, j) for i in range(len(sweep.layers)) for j in range(len(sweep.checkpoints))]
    seeds = sweep.cka_seeds
    differ = len({one for row in seeds for one in row if one}) > 1
    table = pd.DataFrame(
        {
            "r": sweep.r.ravel(),
            "R²": sweep.r_squared.ravel(),
            "QAP p": sweep.qap_p.ravel(),
            "p of the maximum": sweep.max_p.ravel(),
            "n": sweep.n.ravel(),
            **({"seeds": [len(seeds[i][j]) for i, j in places]} if differ else {}),
        },
        index=[_place(sweep.layers[i], sweep.checkpoints[j]) for i, j in places],
    )
    why = "".join(f"{reason}\n" for reason in sweep.reasons if reason)
    return f"{table_text(table)}\n{why}"


def _place(layer: Layer | None, checkpoint: Checkpoint) -> str:
    return _step(checkpoint) if layer is None else f"layer {layer}, {_step(checkpoint)}"


def _step(checkpoint: Checkpoint) -> str:
    return "last checkpoint" if checkpoint == "last" else f"checkpoint {checkpoint}"


def specifications_report(result: Specifications) -> dict[str, Any]:
    """The whole curve, smallest r first; `chosen` is null where r is undefined there."""
    rows = [
        {
            **dict(zip((key.value for key in Dimension), result.choices(at), strict=True)),
            "n": int(result.n[at]),
            "r": number(result.r[at]),
            "p": number(result.p[at]),
        }
        for at in range(len(result.r))
    ]
    return {
        "method": result.method,
        "predictor": result.label,
        "seeds": list(result.seeds),
        "tasks": list(result.tasks),
        "median_r": number(result.median),
        "p": number(result.median_p),
        "p_error": number(result.error),
        "significant": result.significant,
        "significant_p": number(result.significant_p),
        "permutations": result.permutations,
        "exhaustive": result.exhaustive,
        "undefined": result.undefined,
        "not_varied": list(result.reduced),
        "chosen": rows[result.chosen] if result.chosen >= 0 else None,
        "specifications": rows,
    }


def specifications_text(result: Specifications) -> str:
    """What the curve says, and the median r of each choice."""
    import pandas as pd

    drawn = (
        f"all {result.permutations:,}" if result.exhaustive else f"{result.permutations:,} drawn"
    )
    exact = "" if result.exhaustive else f" ± {short(result.error)}"
    rows = {
        level: [float(len(of)), float(np.median(of)), float(of.min()), float(of.max())]
        for at, levels in enumerate(result.levels)
        if len(levels) > 1
        for place, level in enumerate(levels)
        if len(of := result.r[result.at[:, at] == place])
    }
    table = pd.DataFrame.from_dict(
        rows, orient="index", columns=["specifications", "median r", "least", "most"]
    ).astype({"specifications": int})
    chosen = "r is undefined as chosen"
    if result.chosen >= 0:
        chosen = (
            f"as chosen r = {short(result.r[result.chosen])},"
            f" {result.chosen + 1:,} of {len(result.r):,} from below"
        )
    kept = f"not varied, as there were too many: {', '.join(result.reduced)}\n"
    return (
        f"{result.method}, {result.label}: r of {len(result.r):,} specifications of"
        f" {len(result.tasks)} tasks, median {short(result.median)}\n"
        f"p of the curve = {short(result.median_p)}{exact} (its median; {drawn} relabellings, each"
        f" of all specifications)\n"
        f"{result.significant:,} have p ≤ 0.05 in one direction; as many or more in"
        f" {short(result.significant_p)} of relabellings\n"
        f"{chosen}\n{kept if result.reduced else ''}{table_text(table)}\n"
    )
