"""Images that `python -m core export` has a Chromium draw."""

from __future__ import annotations

import json
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from tests.studies import write_study_files

pytestmark = pytest.mark.browser

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("form", ["svg", "pdf", "png"])
def test_images_are_drawn_in_paper_style(tmp_path, monkeypatch, form):
    monkeypatch.setenv("CACHE_DIR", str(tmp_path / "cache"))
    folder = write_study_files(tmp_path / "study", cka=True).folder
    out = tmp_path / "out"
    chosen = ("--method", "ftwb1", "--include", "crossing", "--format", form, "--json")
    # A process of its own: where Playwright drives a browser, its event loop runs already.
    done = subprocess.run(
        [sys.executable, "-m", "core", "export", str(folder), "--out", str(out), *chosen],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["style"] == "paper"
    images = [out / name for name in report["files"] if name.endswith(form)]
    assert len(images) == report["figures"] > 4
    for image in images:
        data = image.read_bytes()
        if form == "png":
            assert data.startswith(PNG)
            assert int.from_bytes(data[16:20]) >= 1000
        elif form == "pdf":
            assert data.startswith(b"%PDF-")
            # One page each.
            assert data.count(b"/Type /Page\n") + data.count(b"/Type /Page ") <= 1
        else:
            drawing = ElementTree.fromstring(data)  # noqa: S314  (our own drawing)
            assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
            # Its labels are as wide elsewhere as they were measured.
            assert b"@font-face" in data
            assert b"http" not in data.replace(b"http://www.w3.org/", b"")
    index = (out / "index.html").read_text()
    assert all(f'src="{image.name}"' in index for image in images if form != "pdf")
