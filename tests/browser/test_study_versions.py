"""Files that change while a page is open are offered, and take nothing of its state away."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import expect

from core.cli import cli
from tests.browser.conftest import Served, opened, serving
from tests.browser.pages import (
    go,
    in_address,
    query,
    requests_of,
    settled,
    shortened,
    stands,
)
from tests.processes import free_port, running
from tests.studies import write_study_files

pytestmark = pytest.mark.browser


# Server and page look twice as often in a second as they do in five.
QUICK = (
    sys.executable,
    "-c",
    "from dashboard.state import study_library\n"
    "study_library.LOOK_AGAIN_SECONDS = 0.25\n"
    "from dashboard.__main__ import main\n"
    "main([])",
)
LOOKS = shortened(2500)
"""EVERY_MS of assets/js/state/study-versions.js."""


@pytest.fixture(scope="module")
def changing(tmp_path_factory):
    """A server of its own, over a study that the tests write to."""
    folder = tmp_path_factory.mktemp("changing")
    study = write_study_files(folder / "tiny", cka=True)
    port = free_port()
    with running(QUICK, folder, port, STUDY=str(study.folder), PORT=str(port)) as server:
        yield Served(f"http://127.0.0.1:{port}", server.log), study
        assert "Traceback" not in server.said()


def put(path: Path, text: str) -> None:
    """Write a file that is whole whenever the server looks."""
    part = path.parents[1] / "part"
    part.write_text(text)
    part.replace(path)


NEWS = re.compile("_dash-update-component")
WAITING = """
import os, sys, time
from pathlib import Path
from core import io

read = io.inspect_study

def waiting(folder, **how):
    while not Path(os.environ["GO"]).exists():
        time.sleep(0.05)
    return read(folder, **how)

io.inspect_study = waiting
from dashboard.__main__ import main
main([])
"""


@pytest.fixture
def page(browser, changing):
    yield from opened(browser, changing[0], script=LOOKS, viewport={"width": 1440, "height": 900})


def test_new_data_are_offered_and_shown_when_they_are_asked_for(page, changing):
    served, study = changing
    go(page, served.url, "transfer", method="ftwb1")
    page.get_by_role("radio", name="Strict").check()
    caption = page.locator("#transfer-actual-caption")
    expect(caption).to_contain_text("strict scale")
    in_address(page, scale=["strict"])
    before, finding = query(page), page.locator("#transfer-actual-finding").inner_text()
    offer = page.locator("#offer")
    expect(offer).to_be_hidden()

    rows = study.read("evaluations.csv")
    cell = "pt1_ftwb1-1,distance,shifted,10000,"
    assert cell in rows
    put(study.path("evaluations.csv"), rows.replace(cell, f"{cell}9"))
    expect(offer).to_contain_text("have changed since this page was drawn")
    # Who reads goes on reading: nothing has moved yet.
    assert page.locator("#transfer-actual-finding").inner_text() == finding
    offer.get_by_role("button", name="Show the new data").click()
    expect(page.locator("#transfer-actual-finding")).not_to_have_text(finding)
    expect(offer).to_be_hidden()
    expect(caption).to_contain_text("strict scale")
    assert query(page) == before

    put(study.path("evaluations.csv"), rows)
    expect(offer).to_be_visible()
    # A control that is moved brings the new data into all figures by itself.
    page.get_by_role("radio", name="Published").check()
    expect(caption).not_to_contain_text("strict scale")
    # … and it does not do so without a word.
    expect(offer).to_contain_text("all figures now show the new data")
    offer.get_by_role("button", name="OK").click()
    expect(offer).to_be_hidden()

    # What came with such a step is no answer about the files it was asked of, once they are back.
    figure = page.locator("#transfer-actual-graph")
    manifest = study.read("study.toml")
    assert 'label = "D"' in manifest
    put(study.path("study.toml"), manifest.replace('label = "D"', 'label = "Dist"'))
    expect(offer).to_be_visible()
    page.locator("#method").select_option("ftwb2")
    expect(figure).to_contain_text("Dist")
    expect(offer).to_contain_text("all figures now show the new data")
    put(study.path("study.toml"), manifest)
    offer.get_by_role("button", name="Show the new data").click()
    expect(offer).to_be_hidden()
    expect(figure).not_to_contain_text("Dist")


def test_a_half_written_file_is_a_problem_named_and_goes_away_by_itself(page, changing):
    served, study = changing
    go(page, served.url, "overview")
    manifest = study.read("study.toml")
    put(study.path("study.toml"), manifest[: len(manifest) // 2])
    offer = page.locator("#offer")
    expect(offer).to_contain_text("cannot be read as they are now")
    stands(page, "overview")
    offer.get_by_role("button", name="Show what is wrong").click()
    expect(page.locator("#problems")).to_contain_text("study.toml")
    expect(offer).to_be_hidden()
    put(study.path("study.toml"), manifest)
    stands(page, "overview")
    expect(page.locator("#problems")).to_be_hidden()


def test_runs_a_tracker_has_since_are_offered(browser, tmp_path):
    def export(*runs):
        lines = [f"{a}-{b},finished,{a},{b},{f1}" for a, b, f1 in runs]
        put(tmp_path / "runs.csv", "\n".join(["Name,State,source,target,f1", *lines, ""]))
        source = f"wandb:{tmp_path / 'runs.csv'}"
        done = CliRunner().invoke(cli, ["init", source, "--out", str(tmp_path / "kept")])
        assert done.exit_code == 0, done.output

    export(("de", "en", 0.5), ("en", "de", 0.75))
    with serving(tmp_path, [tmp_path / "kept"]) as served:
        for page in opened(browser, served, script=LOOKS, viewport={"width": 1440, "height": 900}):
            page.goto(f"{served.url}/?tab=transfer")
            stands(page, "transfer")
            offer = page.locator("#offer")
            export(("de", "en", 0.5), ("en", "de", 0.75), ("de", "fr", 0.875))
            expect(offer).to_contain_text("have changed since this page was drawn")
            finding = page.locator("#transfer-actual-finding").inner_text()
            offer.get_by_role("button", name="Show the new data").click()
            expect(page.locator("#transfer-actual-finding")).not_to_have_text(finding)
            expect(offer).to_be_hidden()
            settled(page)


def held_while_it_looks_again(page, go):
    """An answer that takes longer than it is until the page looks again is waited for.

    go: the file whose being there has the study read.
    """
    with requests_of(page) as asked:
        held = []

        def looks():
            return sum("/editions" in one.url for one in asked)

        def hold(route):
            held.append((route, looks()))

        page.route(NEWS, hold)
        go.touch()
        while not held or looks() < held[0][1] + 2:
            page.wait_for_timeout(50)
        assert len(held) == 1
        held[0][0].continue_()
        page.unroute(NEWS)


def test_a_study_that_is_being_read_is_shown_when_it_is_read(browser, tmp_path):
    study, port = write_study_files(tmp_path / "tiny"), free_port()
    command = [sys.executable, "-c", WAITING]
    settings = {"STUDY": str(study.folder), "PORT": str(port), "GO": str(tmp_path / "go")}
    with running(command, tmp_path, port, **settings) as server:
        served = Served(f"http://127.0.0.1:{port}", server.log)
        for page in opened(browser, served, script=LOOKS, viewport={"width": 1440, "height": 900}):
            page.goto(f"{served.url}/?tab=transfer")
            expect(page.get_by_role("heading", name="“tiny” is being read")).to_be_visible()
            held_while_it_looks_again(page, tmp_path / "go")
            stands(page, "transfer")
            expect(page.locator("#transfer-actual-finding")).to_be_visible()
            in_address(page, study=["tiny"])
