"""A transfer matrix as JSON, CSV and text."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.cli.formatters.parts import (
    number,
    numbers,
    one_base_report,
    short,
    table_text,
)
from core.cli.json_text import Columns, Numbers, OnDemand, Records, Repeated
from core.errors import listed
from core.io.csv import harmless
from core.numerics.arrays import FloatArray, IntArray
from core.numerics.intervals import ResamplingUnit
from core.study import ValueScale
from core.transfer.matrix import MatrixKind, Missing, TransferMatrix
from core.transfer.shrinkage import Shrunken


def matrix_report(
    matrix: TransferMatrix, shrunken: Shrunken, *, width: float | None = None
) -> dict[str, Any]:
    """A transfer matrix; per row the mean, number of seeds and sd of each target.

    width: of the 95 % interval for which `seeds_needed` says how many seeds it takes.

    `shrunken`, with its interval and false sign rate, is null where there is none at all: with
    one seed, or where seeds share a base. Cells that are 1 by definition have no false sign rate.
    """
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
        **one_base_report(matrix.seeds_of_one_base),
        "targets": list(matrix.targets),
        "rows": _rows(matrix, shrunken, needed),
        "mean": number(matrix.mean),
        "trained_mean": number(matrix.trained_mean),
        "transfer_mean": number(matrix.transfer_mean),
        "clipped": matrix.clipped_count,
        "missing": _missing(matrix.missing),
    }


def _missing(cells: Sequence[Missing]) -> Records:
    """The cells that lack a value: of 1,000 tasks there may be 200,000."""

    def columns(part: slice) -> Columns:
        some = cells[part]
        return {
            "sources": [cell.sources for cell in some],
            "target": [cell.target for cell in some],
            "seed": [cell.seed for cell in some],
            "reason": [cell.reason for cell in some],
        }

    return Records(len(cells), columns)


def _rows(matrix: TransferMatrix, shrunken: Shrunken, needed: IntArray | None) -> OnDemand:
    """What is told of each training set; needed: how many seeds, 0 = not known."""
    values, n, sd, trained = matrix.values, matrix.n, matrix.sd, matrix.trained
    known, wrong = shrunken.known, shrunken.false_sign_rate

    def row(i: int) -> dict[str, Any]:
        told: dict[str, Any] = {
            "sources": list(matrix.sources[i]),
            "values": Numbers(values[i]),
            "trained": Numbers(trained[i]),
            "n": Numbers(n[i]),
            "sd": Numbers(sd[i]),
            "shrunken": Numbers(shrunken.values[i]) if known else None,
            "false_sign_rate": Numbers(wrong[i]) if known else None,
            "shrunken_interval": _seed_intervals(shrunken.low[i], shrunken.high[i])
            if known
            else None,
        }
        if needed is not None:
            told["seeds_needed"] = [k or None for k in needed[i].tolist()]
        return told

    return OnDemand(len(matrix.sources), row)


def _seed_intervals(low: FloatArray, high: FloatArray) -> Records:
    """The interval of each cell of a row, None where there is none."""

    def columns(part: slice) -> Columns:
        over = Repeated(len(low[part]), ResamplingUnit.SEEDS.value)
        return {"low": Numbers(low[part]), "high": Numbers(high[part]), "over": over}

    return Records(len(low), columns, missing=~np.isfinite(low))


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


def matrix_text(
    matrix: TransferMatrix,
    shrunken: Shrunken,
    *,
    width: float | None = None,
    names_seeds: bool = True,
) -> str:
    """The means as a table to read, with what stands under it.

    names_seeds: some file says which seed a value is of; else each is one run's.
    """
    import pandas as pd

    table = pd.DataFrame(
        matrix.values,
        index=["+".join(sources) for sources in matrix.sources],
        columns=list(matrix.targets),
    )
    means = (
        f"trained mean {short(matrix.trained_mean)}, transfer mean {short(matrix.transfer_mean)}"
    )
    seeds = f"seeds {', '.join(map(str, matrix.seeds))}" if names_seeds else "one run"
    scale = f"{_scale_text(matrix)}, {seeds}"
    cut = "" if matrix.given else f"{matrix.clipped_count} clipped, "
    counts = f"{cut}{len(matrix.missing)} missing"
    signs = _signs_line(matrix, shrunken)
    return f"{table_text(table)}\n{means}; {scale}; {counts}\n{signs}{_seeds_line(shrunken, width)}"


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
    partly = f"no luck can be taken off {shrunken.partly}\n" if shrunken.partly else ""
    if matrix.value_scale is ValueScale.RAW:
        return partly
    rates = shrunken.false_sign_rate[shrunken.trusted]
    fixed = int(shrunken.fixed.sum())
    by_definition = 0 if matrix.kind == MatrixKind.VERSUS else 1
    beside = f"; {fixed:,} more are {by_definition} by definition" if fixed else ""
    return (
        f"{len(rates):,} of {int(shrunken.judged.sum()):,} cells have a sign that is"
        f" wrong with at most 5 %, about {rates.sum():.2g} of them are expected to be wrong"
        f"{beside}\n{partly}"
    )


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
