"""Loading: the only code that knows a study's paths, columns and JSON keys.

`inspect_study` reads a folder and everything that is wrong with it, `open_study` insists on a
study, `load_representation` opens one stored array, `representation_shape` asks how large it is,
`listing` puts problems into lines, by kind, `fingerprint` and `study_state`
notice changes cheaply.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.io.changes.change_detection import StudyState as StudyState
    from core.io.changes.change_detection import fingerprint as fingerprint
    from core.io.changes.change_detection import study_files as study_files
    from core.io.changes.change_detection import study_state as study_state
    from core.io.problem_kinds import ProblemKind as ProblemKind
    from core.io.problem_kinds import listing as listing
    from core.io.problem_kinds import problem_kinds as problem_kinds
    from core.io.representations import load_representation as load_representation
    from core.io.representations import representation_shape as representation_shape
    from core.io.study import Inspection as Inspection
    from core.io.study import inspect_study as inspect_study
    from core.io.study import open_study as open_study

_HOMES = {
    "changes.change_detection": ("StudyState", "fingerprint", "study_files", "study_state"),
    "problem_kinds": ("ProblemKind", "listing", "problem_kinds"),
    "representations": ("load_representation", "representation_shape"),
    "study": ("Inspection", "inspect_study", "open_study"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """What reads a study, loaded when one is read: a server answers before that.

    Raises AttributeError for another name.
    """
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
