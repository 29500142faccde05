"""The part of plotly.js that is served: its version, and that it can draw what figures use."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs_version

ROOT = Path(__file__).parents[3]
BUNDLE = ROOT / "assets" / "plotly" / "plotly-atlas.min.js"
BANNER = re.compile(r"/\* plotly\.js v(\S+): ([a-z, ]+); built by tools/plotly\. MIT")


def bundled() -> tuple[str, set[str]]:
    """Version and traces, as the file itself says."""
    found = BANNER.match(BUNDLE.read_text(encoding="utf-8"))
    assert found
    return found[1], set(found[2].split(", "))


def test_it_is_the_plotly_that_python_writes_figures_for():
    pinned = json.loads((ROOT / "tools" / "plotly" / "package.json").read_text())
    assert bundled()[0] == get_plotlyjs_version() == pinned["dependencies"]["plotly.js"]


def test_upright_slanted_and_bold_letters_of_pdfs_have_faces_of_their_own():
    script = (ROOT / "assets" / "js" / "page" / "pdf.js").read_text(encoding="utf-8")
    (faces,) = re.findall(r"FACES = (\[\[.*\]\]);", script)
    of = {style: name for name, style in json.loads(faces)}
    fonts = ROOT / "assets" / "fonts"
    bytes_of = [
        (fonts / f"inter-print-{of[style]}.ttf").read_bytes()
        for style in ("normal", "italic", "bold")
    ]
    assert len(set(bytes_of)) == 3


def test_what_makes_pdf_is_what_its_package_pins():
    pinned = json.loads((ROOT / "tools" / "pdf" / "package.json").read_text())["dependencies"]
    bundle = (ROOT / "assets" / "pdf" / "pdf-atlas.min.js").read_text(encoding="utf-8")
    head = bundle.splitlines()[0]
    for name, package in (("jsPDF", "jspdf"), ("svg2pdf.js", "svg2pdf.js")):
        assert f"{name} v{pinned[package]}" in head
    # The address of a viewer on another host is left out of it.
    assert "cdnjs" not in bundle


def test_what_is_the_table_of_pairs_is_what_its_package_pins():
    pinned = json.loads((ROOT / "tools" / "grid" / "package.json").read_text())["dependencies"]
    folder = ROOT / "assets" / "grid"
    head = (folder / "grid-atlas.min.js").read_text(encoding="utf-8").splitlines()[0]
    assert f"AG Grid Community v{pinned['ag-grid-community']}," in head
    assert "AG GRID LTD" in (folder / "LICENSE.txt").read_text(encoding="utf-8")


def test_it_has_every_trace_that_figures_use():
    used = set()
    for path in (ROOT / "dashboard").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "go":
                kind = getattr(go, node.attr)
                if isinstance(kind, type) and hasattr(kind(), "type"):
                    used.add(kind().type)
    assert {"scatter", "bar", "heatmap"} <= used
    assert used <= bundled()[1]


def test_nothing_in_it_needs_eval():
    text = BUNDLE.read_text(encoding="utf-8")
    assert "eval(" not in text
    assert "new Function" not in text


def test_its_licence_is_beside_it():
    assert "Plotly" in (BUNDLE.parent / "LICENSE.txt").read_text()
