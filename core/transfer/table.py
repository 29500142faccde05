"""Results as tables to take along: plain values, a column for each thing a reader would ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.study import Study, ValueScale
from core.transfer.matrix import TransferMatrix, is_difference

if TYPE_CHECKING:
    import pandas as pd


def measure_of(study: Study) -> str:
    """What the value of a cell is called: `normalized improvement`, `score`, `gain`."""
    if not study.has_given_scores:
        return "normalized improvement"
    return {
        ValueScale.RAW: "score",
        ValueScale.GAIN: "gain",
        ValueScale.NORMALIZED: "normalized score",
    }[study.value_scale]


MOST_ACROSS = 16
"""Targets of a matrix that a page of a paper has room for beside each other."""


def printed_table(matrix: TransferMatrix, study: Study) -> pd.DataFrame:
    """A matrix as a paper prints it: a row a training set, a column a target, means over seeds.

    One with more targets than a page is wide is the list of its cells.
    """
    import pandas as pd

    if len(matrix.targets) > MOST_ACROSS:
        return matrix_table(matrix, study)
    table = pd.DataFrame(matrix.values, columns=list(matrix.targets), dtype=object)
    names = [" + ".join(sources) for sources in matrix.sources]
    table.insert(0, "trained on", names, allow_duplicates=True)
    return table


def matrix_table(matrix: TransferMatrix, study: Study) -> pd.DataFrame:
    """One row for each cell, in the order of the matrix: mean, spread and interval over seeds.

    Reasons of empty cells are the first seed's.
    """
    import pandas as pd

    rows, columns = matrix.values.shape
    low, high = matrix.interval
    value = measure_of(study)
    if is_difference(matrix.kind):
        value = f"difference in {value}"
    codes = matrix.first_reason
    return pd.DataFrame(
        {
            "trained on": np.repeat([" + ".join(s) for s in matrix.sources], columns),
            "target": np.tile(np.array(matrix.targets, dtype=object), rows),
            "target was trained on": matrix.trained.ravel(),
            value: matrix.values.ravel(),
            "sd over seeds": matrix.sd.ravel(),
            "95 % low (over seeds)": low.ravel(),
            "95 % high (over seeds)": high.ravel(),
            "seeds": matrix.n.ravel(),
            "clipped seeds": matrix.clipped.sum(axis=0).ravel(),
            "empty because": [
                matrix.reason_of(code, at % columns) if code else ""
                for at, code in enumerate(codes.ravel().tolist())
            ],
        }
    )
