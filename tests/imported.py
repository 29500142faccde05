"""Everything of the program that needs no variable of the environment, imported.

So is what each worker of a server imports behind its first answer: 0.6 s of a core. What decides by
the environment how it counts stays out: `dashboard.server.metrics`, and `dashboard.app` with it.
`tests.forks` forks a process that has done nothing but this.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import pkgutil
import sys


def import_all() -> None:
    """Import the program but for what cannot be imported without `prometheus_client`."""
    sys.modules["prometheus_client"] = None  # type: ignore[assignment]  # cannot be imported
    importlib.import_module("gunicorn.app.wsgiapp")
    for name in ("core", "dashboard"):
        for module in pkgutil.walk_packages(importlib.import_module(name).__path__, f"{name}."):
            if not module.name.endswith("__main__"):
                with contextlib.suppress(ImportError):
                    importlib.import_module(module.name)
    later = importlib.import_module("dashboard.server.warm_up").COMPUTES_WITH
    for name in ("dash.backends._flask", "plotly.offline", *later):
        importlib.import_module(name)
    # Plotly imports what checks a property when that is first set.
    theme = importlib.import_module("dashboard.figures.parts.theme").theme
    theme("light")
    theme.cache_clear()
    del sys.modules["prometheus_client"]
    gc.collect()
    gc.freeze()


if "prometheus_client" not in sys.modules:
    import_all()
