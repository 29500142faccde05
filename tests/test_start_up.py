"""What starting costs: the large libraries wait until something needs them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import free_port, running

ROOT = Path(__file__).parents[1]
HEAVY = ("scipy.stats", "networkx", "pandas", "pyarrow", "plotly.express", "matplotlib")

CHECK = """
import contextlib, io, sys
from core.cli import main
sys.argv[1:] = ["check", "examples/atlantis/study"]
with contextlib.redirect_stdout(io.StringIO()):
    assert main() == 0
assert not {"core.analyses.registry", "diskcache"} & sys.modules.keys()  # nothing is computed
"""
SERVER = """
import sys
from pathlib import Path
from dashboard.app import create_app
from dashboard.server.settings import Settings
create_app(Settings(cache_dir=Path(sys.argv[1])))
# What reads a study comes when one is read, behind the first answer; what ends jobs with the first.
assert not {"core.io.manifest", "core.io.sections", "multiprocess", "psutil"} & sys.modules.keys()
"""
FIGURES = """
import sys
from pathlib import Path
from dashboard.app import create_app
from dashboard.pages import PAGES
from dashboard.server.settings import Settings
from tests.studies import write_study_files
files = write_study_files(Path(sys.argv[1]) / "study", cka=True)
settings = Settings(studies=(files.folder,), cache_dir=Path(sys.argv[1]) / "cache")
app_context = create_app(settings).server.config["APP_CONTEXT"]
for page in PAGES:
    context = app_context.view_context({"query": {"tab": [page.name]}})
    assert page.card_contents(app_context, context)
"""


@pytest.mark.parametrize(
    "program", [CHECK, SERVER, FIGURES], ids=["check", "server", "figures of all tabs"]
)
def test_nothing_heavy_is_imported_by_starting(program, tmp_path):
    said = f"{program}\nprint(*[name for name in {HEAVY} if name in __import__('sys').modules])"
    done = subprocess.run(
        [sys.executable, "-c", said, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.strip() == ""


def test_importing_core_imports_no_numeric_library():
    names = "{'numpy', 'scipy', 'pandas'}"
    said = f"import core, core.analyses, sys; print(*{names} & sys.modules.keys())"
    done = subprocess.run(
        [sys.executable, "-c", said], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


def test_make_run_serves_both_examples(tmp_path):
    done = subprocess.run(
        ["make", "--no-print-directory", "-n", "run"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    command = done.stdout.strip().splitlines()[-1]
    with running(
        ["sh", "-c", f"exec {command.replace('STUDY=', 'env STUDY=')}"],
        tmp_path,
        port := free_port(),
        STUDY="",
        PORT=str(port),
    ) as server:
        assert server.says("\nAtlantis: 7 tasks, 324 runs\n")
        assert server.says("\nDigits: 45 tasks, 1680 runs\n")
