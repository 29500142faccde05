"""Similarity of models as JSON."""

from __future__ import annotations

from typing import Any

from core.cli.formatters.parts import number, numbers
from core.similarity.matrix import SimilarityMatrix, TaskOverlap


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
