"""Scripts that come with the tab that needs them, not with the page."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import dash
from dash.fingerprint import build_fingerprint


def leave_out(library: ModuleType) -> None:
    """Have no page begin with a library's script; its other parts are loaded by that one."""
    # Dash's own word for it, in Dash's entry for the script.
    library._js_dist[0]["async"] = "lazy"


def script_address(library: ModuleType) -> str:
    """Where a library's script is served, with a fingerprint, so that a browser may keep it.

    Needs an app: what addresses begin with is the app's to say.
    """
    name = library._js_dist[0]["relative_package_path"]
    changed = int((Path(str(library.__file__)).parent / name).stat().st_mtime)
    file = build_fingerprint(name, library.__version__, changed)  # type: ignore[no-untyped-call]
    address = f"/_dash-component-suites/{library.__name__}/{file}"
    return str(dash.get_relative_path(address))  # type: ignore[no-untyped-call]


def asset_address(path: str) -> str:
    """Where one of our own files is served, with a mark of its state: a browser may keep it.

    path: below assets. Needs an app, as above.
    """
    folder = dash.get_app().config.assets_folder  # type: ignore[no-untyped-call]
    changed = (Path(folder) / path).stat().st_mtime
    return f"{dash.get_asset_url(path)}?m={changed:.0f}"  # type: ignore[no-untyped-call]
