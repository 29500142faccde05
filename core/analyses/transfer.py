"""The transfer matrix as a question: which fields of a query it reads."""

from __future__ import annotations

from core.analyses.analysis import Analysis, of_transfer
from core.analyses.cost import CostModel
from core.transfer.build import transfer_matrix
from core.transfer.matrix import TransferMatrix

TRANSFER = Analysis(
    "transfer",
    TransferMatrix,
    transfer_matrix,
    (of_transfer("kind", "prediction", "other"),),
    costs=CostModel(us=0.5, ms=1.0),
)
