"""Transfer Atlas, the computing core: from a study's files to the numbers that are shown.

>>> from core import linear_cka, open_study
>>> study = open_study("examples/atlantis/study")
>>> len(study.tasks)
7
>>> linear_cka([[0.0], [1.0], [2.0]], [[5.0], [3.0], [1.0]])
1.0
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.io import open_study as open_study
    from core.similarity.cka import cka_matrix as cka_matrix
    from core.similarity.cka import linear_cka as linear_cka
    from core.similarity.procrustes import procrustes_similarity as procrustes_similarity

_HOME = {
    "open_study": "io",
    "cka_matrix": "similarity.cka",
    "linear_cka": "similarity.cka",
    "procrustes_similarity": "similarity.procrustes",
}

__all__ = ["cka_matrix", "linear_cka", "open_study", "procrustes_similarity"]


def __getattr__(name: str) -> Any:
    """What may be used from outside, loaded when it is first asked for.

    Raises AttributeError for another name.
    """
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
