"""A pytest plugin (`-p tests.core_alone`) that takes away what only the dashboard needs.

`core` is tested as somebody has it who installed NumPy and SciPy alone: an import of the dashboard
or of what it is drawn with fails as if it were not there. That is what holds the layer.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

ABSENT = frozenset(
    {
        "celery",
        "dash",
        "dash_bootstrap_components",
        "dash_cytoscape",
        "dashboard",
        "flask",
        "flask_compress",
        "gunicorn",
        "kaleido",
        "plotly",
        "redis",
    }
)


class NotInstalled(MetaPathFinder):
    """Finds nothing, and says so, for every module of ABSENT."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"{fullname} is not there for core's tests", name=fullname)
        return None


early = ABSENT & set(sys.modules)
if early:
    raise RuntimeError(f"imported before the tests of core began: {sorted(early)}")
sys.meta_path.insert(0, NotInstalled())
