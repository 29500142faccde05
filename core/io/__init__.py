"""Loading: the only code that knows a study's paths, columns and JSON keys.

`inspect_study` reads a folder and everything that is wrong with it, `open_study` insists on a
study, `load_representation` opens one stored array, `representation_shape` asks how large it is,
`listing` puts problems into lines, by kind, `fingerprint` and `study_state`
notice changes cheaply.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from core.io.problem_kinds import ProblemKind, listing, problem_kinds
from core.io.representations import load_representation, representation_shape

if TYPE_CHECKING:
    from core.io.change_detection import StudyState as StudyState
    from core.io.change_detection import fingerprint as fingerprint
    from core.io.change_detection import study_files as study_files
    from core.io.change_detection import study_state as study_state
    from core.io.study import Inspection as Inspection
    from core.io.study import inspect_study as inspect_study
    from core.io.study import open_study as open_study

_HOME = {
    "fingerprint": "change_detection",
    "StudyState": "change_detection",
    "study_files": "change_detection",
    "study_state": "change_detection",
    "Inspection": "study",
    "inspect_study": "study",
    "open_study": "study",
}

__all__ = [
    "Inspection",
    "ProblemKind",
    "StudyState",
    "fingerprint",
    "inspect_study",
    "listing",
    "load_representation",
    "open_study",
    "problem_kinds",
    "representation_shape",
    "study_files",
    "study_state",
]


def __getattr__(name: str) -> Any:
    """What reads a manifest, loaded when a study is read: a server answers before that.

    Raises AttributeError for another name.
    """
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
