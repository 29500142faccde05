"""Results as JSON, CSV and text: what the command line prints. Undefined is null, never NaN."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.analyses.association.association import Association
from core.analyses.association.by_layer import AssociationSweep
from core.analyses.balance import Balance, BalanceRow, SocialRelations
from core.analyses.columns import Column
from core.analyses.integrity import integrity
from core.analyses.network import TransferGraph, teaching_tree, to_networkx
from core.errors import Problem, listed, one_line
from core.io import Inspection
from core.io.csv import harmless
from core.numerics.arrays import FloatArray
from core.numerics.intervals import Interval, ResamplingUnit
from core.similarity.matrix import SimilarityMatrix, TaskOverlap
from core.study import Checkpoint, Layer, Study, ValueScale
from core.transfer.matrix import TransferMatrix
from core.transfer.shrinkage import Shrunken

if TYPE_CHECKING:
    import pandas as pd


def number(value: float) -> float | None:
    """A JSON number; None where the value is undefined."""
    return float(value) if math.isfinite(value) else None


def numbers(values: FloatArray) -> list[float | None]:
    """A row of JSON numbers."""
    return [number(value) for value in values.tolist()]


# -- check -------------------------------------------------------------------------------------


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
    return {
        "file": problem.file,
        "at": problem.at,
        "found": problem.found,
        "todo": problem.todo,
        "message": str(problem),
    }


# -- matrix ------------------------------------------------------------------------------------


def matrix_report(
    matrix: TransferMatrix, shrunken: Shrunken, *, width: float | None = None
) -> dict[str, Any]:
    """A transfer matrix; per row the mean, number of seeds and sd of each target.

    width: of the 95 % interval for which `seeds_needed` says how many seeds it takes.

    `shrunken`, with its interval and false sign rate, is null where there is none at all: with
    one seed, or where seeds share a base.
    """
    values, n, sd = matrix.values, matrix.n, matrix.sd
    needed = None if width is None else shrunken.seeds_for(width)
    return {
        "method": matrix.method,
        "kind": matrix.kind,
        "other": matrix.other,
        "convention": matrix.scale.value,
        "scale": matrix.value_scale.value,
        "better": _better(matrix),
        "checkpoint": matrix.checkpoint,
        "seeds": list(matrix.seeds),
        **_one_base(matrix.seeds_of_one_base),
        "targets": list(matrix.targets),
        "rows": [
            {
                "sources": list(sources),
                "values": numbers(values[i]),
                "trained": matrix.trained[i].tolist(),
                "n": n[i].tolist(),
                "sd": numbers(sd[i]),
                "shrunken": numbers(shrunken.values[i]) if shrunken.known else None,
                "false_sign_rate": numbers(shrunken.false_sign_rate[i]) if shrunken.known else None,
                "shrunken_interval": _seed_intervals(shrunken.low[i], shrunken.high[i])
                if shrunken.known
                else None,
                **(
                    {}
                    if needed is None
                    else {"seeds_needed": [k or None for k in needed[i].tolist()]}
                ),
            }
            for i, sources in enumerate(matrix.sources)
        ],
        "mean": number(matrix.mean),
        "trained_mean": number(matrix.trained_mean),
        "transfer_mean": number(matrix.transfer_mean),
        "clipped": matrix.clipped_count,
        "missing": [
            {
                "sources": list(cell.sources),
                "target": cell.target,
                "seed": cell.seed,
                "reason": cell.reason,
            }
            for cell in matrix.missing
        ],
    }


def _seed_intervals(low: FloatArray, high: FloatArray) -> list[dict[str, Any] | None]:
    return [
        _interval(Interval(*ends, ResamplingUnit.SEEDS)) if math.isfinite(ends[0]) else None
        for ends in zip(low.tolist(), high.tolist(), strict=True)
    ]


def _better(matrix: TransferMatrix) -> str:
    """Which end is better; `mixed` where errors stand beside scores."""
    if matrix.mixes_directions:
        return "mixed"
    return "lower" if matrix.lower_is_better else "higher"


def matrix_csv(matrix: TransferMatrix) -> str:
    """The means as CSV: a row a training set, a column a target, empty = undefined."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["sources", *(harmless(target) for target in matrix.targets)])
    for sources, row in zip(matrix.sources, matrix.values, strict=True):
        cells = ["" if value is None else repr(value) for value in numbers(row)]
        writer.writerow([harmless("+".join(sources)), *cells])
    return buffer.getvalue()


def matrix_text(matrix: TransferMatrix, shrunken: Shrunken, *, width: float | None = None) -> str:
    """The means as a table to read, with what stands under it."""
    import pandas as pd

    table = pd.DataFrame(
        matrix.values,
        index=["+".join(sources) for sources in matrix.sources],
        columns=list(matrix.targets),
    )
    means = (
        f"trained mean {short(matrix.trained_mean)}, transfer mean {short(matrix.transfer_mean)}"
    )
    scale = f"{_scale_text(matrix)}, seeds {', '.join(map(str, matrix.seeds))}"
    cut = "" if matrix.given else f"{matrix.clipped_count} clipped, "
    counts = f"{cut}{len(matrix.missing)} missing"
    signs = _signs_line(matrix, shrunken)
    return f"{_table(table)}\n{means}; {scale}; {counts}\n{signs}{_seeds_line(shrunken, width)}"


def _seeds_line(shrunken: Shrunken, width: float | None) -> str:
    """How many seeds intervals of a width would take; empty where nobody asks or nobody knows."""
    if width is None or not shrunken.known:
        return ""
    needed = shrunken.seeds_for(width)
    needed = needed[needed > 0]
    return (
        f"a 95 % interval no wider than {short(width)} takes {int(np.median(needed)):,} seeds"
        f" (median over cells, at most {int(needed.max()):,})\n"
    )


def _signs_line(matrix: TransferMatrix, shrunken: Shrunken) -> str:
    """How many cells have a sign one can trust, and how many of these are expected to be wrong."""
    if not shrunken.known:
        return f"no cell can be told from luck: {shrunken.why}\n"
    if matrix.value_scale is ValueScale.RAW:
        return ""
    rates = shrunken.false_sign_rate[shrunken.trusted]
    return (
        f"{len(rates):,} of {int(np.isfinite(shrunken.values).sum()):,} cells have a sign that is"
        f" wrong with at most 5 %, about {rates.sum():.2g} of them are expected to be wrong\n"
    )


def _one_base(seeds: Sequence[int]) -> dict[str, list[int]]:
    """The seeds that share a base, where any do: why intervals are null."""
    return {"seeds_of_one_base": list(seeds)} if seeds else {}


def one_base_line(seeds: Sequence[int]) -> str:
    """Why nothing has an interval over seeds that share a base, as a line; empty without any."""
    if not seeds:
        return ""
    named = ", ".join(map(str, seeds))
    return f"seeds {named} share a base and agree by birth: no interval over seeds\n"


def _scale_text(matrix: TransferMatrix) -> str:
    """What the values are on, in words."""
    if not matrix.given:
        return f"{matrix.scale} scale"
    if matrix.value_scale is ValueScale.RAW:
        where = f" for {listed(matrix.lower_targets)}" if matrix.mixes_directions else ""
        return f"scores as given, {'lower' if where else _better(matrix)} is better{where}"
    if matrix.value_scale is ValueScale.GAIN:
        return "gain over zero, in the metric's unit"
    return "given scores, 0 and 1 as the manifest says"


# -- association -------------------------------------------------------------------------------


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
        **_one_base(result.seeds_of_one_base),
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
        },
        "qap": {
            "p": number(result.qap.p),
            "permutations": result.qap.permutations,
            "exhaustive": result.qap.exhaustive,
        },
        "pair_effects": {
            "r": number(result.pair_effects.r),
            "p": number(result.pair_effects.p),
        },
        "detectable_r": number(result.detectable_r),
        "interval": _interval(result.interval),
        "interval_tasks": _interval(result.interval_tasks),
        "r_squared_interval": _interval(result.r_squared_interval),
        "without_task": dict(zip(result.tasks, numbers(result.without_task), strict=True)),
        "ceiling": {
            "symmetric": number(result.ceiling.symmetric),
            "seeds": number(result.ceiling.seeds),
            "corrected": number(result.ceiling.corrected),
        },
        "points": [
            {
                "source": point.source,
                "target": point.target,
                "label": point.label,
                "cka": number(point.cka),
                "transfer": number(point.transfer),
            }
            for point in result.points
        ],
    }


def association_text(result: Association) -> str:
    """An association in a few lines."""
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
    drawn = f"{result.qap.permutations:,}"
    drawn = f"all {drawn}" if result.qap.exhaustive else f"{drawn} random"
    sign, shift = ("−" if result.intercept < 0 else "+"), short(abs(result.intercept))
    return (
        f"{result.method}, {name}{at}{step}{lower}, {len(result.tasks)} tasks,"
        f" n = {result.n} ordered pairs\n"
        f"Pearson r = {short(result.pearson.r)}, R² = {short(result.r_squared)}"
        f" [{_range(result.r_squared_interval)}]\n"
        f"QAP p = {short(result.qap.p)} ({drawn} relabellings); of ranks"
        f" ρ = {short(result.spearman.r)}, QAP p = {short(result.rank_qap.p)}\n"
        f"pair effects, without how much tasks give and take:"
        f" r = {short(result.pair_effects.r)}, QAP p = {short(result.pair_effects.p)}\n"
        f"{_detectable(result)}\n"
        f"95 % interval of r over seeds {_range(result.interval)},"
        f" over tasks {_range(result.interval_tasks)}\n"
        f"transfer = {short(result.slope)} · {name} {sign} {shift}\n"
        f"{symmetric};"
        f" seeds agree to {short(result.ceiling.seeds)}\n"
        f"textbook p = {short(result.pearson.p)} (takes the pairs for independent)\n"
        f"{one_base_line(result.seeds_of_one_base)}"
    )


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
        "max_p": [numbers(row) for row in sweep.max_p],
        "n": sweep.n.tolist(),
        "reason": [
            [sweep.why(i, j) or None for j in range(len(sweep.checkpoints))]
            for i in range(len(sweep.layers))
        ],
    }


def sweep_text(sweep: AssociationSweep) -> str:
    """A line for every layer and checkpoint."""
    import pandas as pd

    places = [(i, j) for i in range(len(sweep.layers)) for j in range(len(sweep.checkpoints))]
    table = pd.DataFrame(
        {
            "r": sweep.r.ravel(),
            "R²": sweep.r_squared.ravel(),
            "QAP p": sweep.qap_p.ravel(),
            "p of the maximum": sweep.max_p.ravel(),
            "n": sweep.n.ravel(),
        },
        index=[_place(sweep.layers[i], sweep.checkpoints[j]) for i, j in places],
    )
    why = "".join(f"{reason}\n" for reason in sweep.reasons if reason)
    return f"{_table(table)}\n{why}"


def _place(layer: Layer | None, checkpoint: Checkpoint) -> str:
    return _step(checkpoint) if layer is None else f"layer {layer}, {_step(checkpoint)}"


def _step(checkpoint: Checkpoint) -> str:
    return "last checkpoint" if checkpoint == "last" else f"checkpoint {checkpoint}"


# -- balance -----------------------------------------------------------------------------------


def balance_report(result: Balance) -> dict[str, Any]:
    """Givers and takers; `estimated`: a sum that stands for missing cells."""
    columns = result.columns()
    return {
        "method": result.method,
        "seeds": list(result.seeds),
        **_one_base(result.seeds_of_one_base),
        "tasks": [
            {**row_report(columns, row), "estimated": row.sums.estimated} for row in result.rows
        ],
        "social_relations": _social_relations(result.social_relations),
    }


def row_report(columns: Sequence[Column], row: Any) -> dict[str, Any]:
    """A row of a tabular result; `intervals` of the columns that have one."""
    return {
        **values_report(columns, row),
        "intervals": {
            one.key: _interval(one.interval(row)) for one in columns if one.interval is not None
        },
    }


def values_report(columns: Sequence[Column], row: Any) -> dict[str, Any]:
    """The same without intervals."""
    return {one.key: _plain(one.value(row)) for one in columns}


def _plain(value: Any) -> Any:
    return number(value) if isinstance(value, float) else value


def _social_relations(result: SocialRelations | None) -> dict[str, Any] | None:
    if result is None:
        return None
    names = (
        "grand_mean",
        "giver_variance",
        "taker_variance",
        "pair_variance",
        "giver_taker_covariance",
        "pair_covariance",
        "generalized_reciprocity",
        "dyadic_reciprocity",
    )
    return {
        **{name: number(getattr(result, name)) for name in names},
        "negative_variances": list(result.negative_variances),
        "pair": [numbers(row) for row in result.pair],
        "tasks": [effect.task for effect in result.effects],
    }


def balance_text(result: Balance) -> str:
    """Givers and takers as a table, largest net first, 95 % intervals over seeds in brackets.

    Of scores as they were given the highest giver effect first.
    """

    def rank(row: BalanceRow) -> float:
        if result.raw:
            return row.effects.giver if row.effects else math.nan
        return row.sums.net

    rows = sorted(result.rows, key=lambda row: (rank(row) != rank(row), -rank(row)))
    estimated = [row.task for row in result.tasks if row.estimated]
    note = f"estimated for missing cells: {', '.join(estimated)}\n" if estimated else ""
    if result.raw:
        note += "sums of scores mostly say how hard the targets are: effects come first\n"
    return (
        f"{columns_text(result.columns(), rows)}\n{note}{one_base_line(result.seeds_of_one_base)}"
    )


def columns_text(columns: Sequence[Column], rows: Sequence[Any]) -> str:
    """Rows of a tabular result, the first column in front; intervals in brackets."""
    import pandas as pd

    first, *others = columns
    table = pd.DataFrame(
        {one.head or one.key: [_cell_text(one, row) for row in rows] for one in others},
        index=pd.Index([first.value(row) for row in rows], name=first.key),
    )
    return _table(table)


def _cell_text(column: Column, row: Any) -> str:
    value = column.value(row)
    if not isinstance(value, float):
        return str(value)
    interval = column.interval(row) if column.interval is not None else None
    known = interval is not None and math.isfinite(interval.low)
    return short(value) + (f" [{_range(interval)}]" if interval is not None and known else "")


# -- graph -------------------------------------------------------------------------------------


def graph_report(graph: TransferGraph, *, threshold: float) -> dict[str, Any]:
    """The graph in networkx' node-link form; undefined attributes are null."""
    return {
        "directed": True,
        "multigraph": False,
        "graph": {"method": graph.method, "convention": graph.scale, "threshold": threshold},
        "method": graph.method,
        "convention": graph.scale,
        "threshold": threshold,
        "seeds": list(graph.seeds),
        **_one_base(graph.seeds_of_one_base),
        "nodes": [
            {"id": node.task, **values_report(graph.node_columns(), node)} for node in graph.nodes
        ],
        "edges": [
            {
                **values_report(graph.edge_columns(), edge),
                "interval": {"low": number(edge.low), "high": number(edge.high), "over": "seeds"},
            }
            for edge in graph.above(threshold)
        ],
        "teaching_tree": [list(pair) for pair in teaching_tree(graph)],
    }


def graph_markup(graph: TransferGraph, *, threshold: float, form: str) -> str:
    """The graph as GraphML or GEXF (`form`); undefined attributes are left out."""
    import networkx as nx

    buffer = io.BytesIO()
    exported = to_networkx(graph, threshold=threshold)
    if form == "gexf":
        nx.write_gexf(exported, buffer)
    else:
        nx.write_graphml_xml(exported, buffer)
    return buffer.getvalue().decode("utf-8") + "\n"


# -- similarity --------------------------------------------------------------------------------


def similarity_report(matrix: SimilarityMatrix) -> dict[str, Any]:
    """Similarity of models, training set by training set; the diagonal is across seeds."""
    return {
        "measure": matrix.measure.value,
        "debiased": matrix.debiased,
        "layer": matrix.layer,
        "checkpoint": matrix.checkpoint,
        "seeds": list(matrix.seeds),
        "origin": matrix.origin,
        "floor": number(matrix.mean_floor),
        "left_out": [str(run) for run in matrix.left_out],
        "tasks": ["+".join(names) for names in matrix.sets],
        "values": [numbers(row) for row in matrix.values],
        "n": matrix.n.tolist(),
        "sd": [numbers(row) for row in matrix.sd],
        "floors": [numbers(row) for row in matrix.floor],
        "shared": [
            [TaskOverlap(cell).name.lower() for cell in row] for row in matrix.shared.tolist()
        ],
    }


# -- shared ------------------------------------------------------------------------------------


def _interval(interval: Interval) -> dict[str, Any]:
    return {
        "low": number(interval.low),
        "high": number(interval.high),
        "over": interval.over.value,
    }


def short(value: float) -> str:
    """A number for a terminal."""
    return _digits(value).replace("-", "−") if math.isfinite(value) else "undefined"


def _digits(value: float) -> str:
    """Three decimals; what is smaller or larger than that with three digits that count."""
    return f"{value:.3f}" if value == 0 or 0.01 <= abs(value) < 1e6 else f"{value:.3g}"


def _range(interval: Interval) -> str:
    if not math.isfinite(interval.low):
        return "undefined"
    return f"{short(interval.low)} to {short(interval.high)}"


def _table(table: pd.DataFrame) -> str:
    """A table for a terminal; names from files cannot break its lines."""
    safe = table.rename(index=_visible, columns=_visible)
    return safe.to_string(float_format=_digits, na_rep="", index_names=False)


def _visible(name: Any) -> str:
    return one_line(str(name))
