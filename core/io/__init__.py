"""Loading: the only code that knows a study's paths, columns and JSON keys.

`inspect_study` reads a folder and everything that is wrong with it, `open_study` insists on a
study, `load_representation` opens one stored array, `representation_shape` asks how large it is,
`listing` puts problems into lines, by kind, `fingerprint` notices changes cheaply.
"""

from __future__ import annotations

from core.io.change_detection import fingerprint, study_files
from core.io.problem_kinds import ProblemKind, listing, problem_kinds
from core.io.representations import load_representation, representation_shape
from core.io.study import Inspection, inspect_study, open_study

__all__ = [
    "Inspection",
    "ProblemKind",
    "fingerprint",
    "inspect_study",
    "listing",
    "load_representation",
    "open_study",
    "problem_kinds",
    "representation_shape",
    "study_files",
]
