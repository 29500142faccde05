"""The layers hold: imports point one way, and the core knows no Dash."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LAYERS = (
    {"core.errors", "core.arrays", "core.measures", "core.ordering"},
    {"core.blas", "core.centring", "core.progress", "core.work"},
    {"core.alignment", "core.procrustes"},
    {"core.study"},
    {"core.loading", "core.normalization", "core.statistics"},
    {"core.outcomes", "core.transfer", "core.run_pairs"},
    {"core.matrices", "core.similarity"},
    {"core.means", "core.pair", "core.course"},
    {"core.exchange"},
    {"core.trajectories"},
    {"core.arrangement"},
    {
        "core.association",
        "core.balance",
        "core.comparison",
        "core.condition",
        "core.overview",
    },
    {"core.influence", "core.network", "core.pairs", "core.spreadsheet", "core.teachers"},
    {"core.analyses"},
    {"core.cache", "core.codec", "core.disk", "core.reports"},
    {
        "core.sweep",
        "core.sweep.blocks",
        "core.sweep.found",
        "core.sweep.kept",
        "core.sweep.plan",
        "core.sweep.results",
        "core.sweep.running",
        "core.sweep.sheet",
    },
    {"core.cka_command", "core.export_command"},
    {"core.__main__"},
)
SHOWING = {
    "dash",
    "plotly",
    "dash_bootstrap_components",
    "dash_cytoscape",
    "dash_ag_grid",
    "flask",
    "dashboard",
}


def imports_of(path: Path) -> set[str]:
    """Modules a file imports, `from package import module` resolved where it is a module."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                place = ROOT / name.replace(".", "/")
                if place.with_suffix(".py").exists() or place.is_dir():
                    found.add(name)
    return found


def sources(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found
    return found


def module_of(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return "core.loading" if name.startswith("core.loading") else name.removesuffix(".__init__")


def rank(module: str) -> int | None:
    name = "core.loading" if module.startswith("core.loading") else module
    return next((at for at, layer in enumerate(LAYERS) if name in layer), None)


@pytest.mark.parametrize("path", sources("core"), ids=lambda p: str(p.relative_to(ROOT)))
def test_core_knows_no_dash(path):
    assert not {name.split(".")[0] for name in imports_of(path)} & SHOWING


@pytest.mark.parametrize("path", sources("core"), ids=lambda p: str(p.relative_to(ROOT)))
def test_core_imports_point_one_way(path):
    module = module_of(path)
    own = rank(module)
    if module == "core":
        return
    assert own is not None, f"{module} has no place among the layers"
    for name in imports_of(path):
        if name.startswith("core.") and (other := rank(name)) is not None:
            assert other <= own, f"{module} imports {name}, which stands above it"


@pytest.mark.parametrize(
    "path", sources("dashboard/figures"), ids=lambda p: str(p.relative_to(ROOT))
)
def test_figures_know_results_and_theme_and_no_more(path):
    for name in imports_of(path):
        top = name.split(".")[0]
        assert top not in {"dash", "dash_bootstrap_components", "flask", "diskcache"}, name
        if name.startswith("dashboard."):
            assert name.startswith(("dashboard.figures", "dashboard.theme")), name
        assert not name.startswith(("core.loading", "core.cache", "core.reports")), name


def test_only_loading_opens_files_of_a_study():
    """Paths, columns and JSON keys of a study are known in one place."""
    others = {"core.cache", "core.codec", "core.cka_command", "core.__main__"}
    for path in sources("core"):
        if module_of(path) in {"core.loading", *others}:
            continue
        text = path.read_text(encoding="utf-8")
        for call in ("read_csv", "read_text(", "read_bytes(", "open(", "np.load("):
            assert call not in text, f"{path.name} opens files"
