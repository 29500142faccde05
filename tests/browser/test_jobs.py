"""A study whose representations have no CKA yet: the sweep as a background job."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import filelock
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import EXAMPLE, Served, opened, serving
from tests.browser.pages import requests_of, stands, trace

pytestmark = pytest.mark.browser

JOB_MS = 300_000
"""A job is a fresh process that comes after everything else on the machine."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jobs")


@pytest.fixture(scope="module")
def bare(folder: Path) -> Iterator[Served]:
    """The example study without its CKA tables, and nobody has the patience to wait for it."""
    study = folder / "bare"
    shutil.copytree(EXAMPLE, study)
    manifest = (study / "study.toml").read_text(encoding="utf-8")
    for name in ("summary", "checkpoints"):
        (study / f"cka_{name}.csv").unlink()
        manifest = manifest.replace(f'{name} = "cka_{name}.csv"\n', "")
    (study / "study.toml").write_text(manifest, encoding="utf-8")
    with serving(folder, [study], JOBS="1", PATIENCE_S="0") as dashboard:
        yield dashboard


@pytest.fixture
def tab(browser: Browser, bare: Served) -> Iterator[Page]:
    yield from opened(browser, bare, viewport={"width": 1440, "height": 900})


def test_a_sweep_waits_is_cancelled_goes_on_and_the_figures_appear(tab, bare, folder):
    place = filelock.FileLock(folder / "cache" / "jobs" / "place-0")
    with requests_of(tab) as asked:
        with place:
            tab.goto(f"{bare.url}/?tab=predictors")
            card = tab.locator("#job-card")
            expect(card).to_be_visible()
            expect(tab.locator("#job-title")).to_have_text(
                "CKA of 28 models × 4 layers × 5 checkpoints is being computed"
            )
            expect(tab.locator("#predictors-scatter-message")).to_contain_text("as soon as that is")
            # Below what waits for it, which it does not push, and in sight.
            expect(card).to_be_in_viewport(ratio=1)
            waits = tab.locator("#predictors-scatter-message").bounding_box()
            assert card.bounding_box()["y"] > waits["y"] + waits["height"]
            expect(tab.locator("#job-text")).to_have_text(
                "Waiting for its turn: at most 1 job runs at once.", timeout=JOB_MS
            )
            tab.get_by_role("button", name="Cancel").click()
            expect(tab.locator("#job-text")).to_contain_text("Stopped")
            expect(tab.locator("#job-title")).to_contain_text("is not finished")
            # It is of no concern to a page that needs no CKA, and stays stopped for one that does.
            tab.get_by_role("tab", name="Transfer").click()
            expect(card).to_be_hidden()
            tab.get_by_role("tab", name="Predictors").click()
            expect(card).to_be_visible()
            expect(tab.locator("#job-text")).to_contain_text("Stopped")
            asked.clear()
            tab.get_by_role("button", name="Go on").click()
            expect(tab.get_by_role("button", name="Cancel")).to_be_visible()
        expect(tab.locator("#predictors-scatter-finding")).not_to_be_empty(timeout=JOB_MS)
        expect(card).to_be_hidden()
        assert trace(tab, "predictors-scatter")["points"] > 0
        assert trace(tab, "predictors-sweep")["type"] == "heatmap"
    # Nobody looks at the other tabs: of them the server is asked for what it has in memory at most.
    told = [f"{one.headers} {one.post_data}" for one in asked]
    wanted = [one for one in told if "..predictors-" in one or "..transfer-" in one]
    assert any("..predictors-" in one for one in wanted)
    assert all("..predictors-" in one or "atlas-foreseen" in one for one in wanted)


def test_what_was_swept_once_is_there_for_the_next_tab(tab, bare):
    tab.goto(f"{bare.url}/?tab=predictors")
    stands(tab, "predictors")
    expect(tab.locator("#job-card")).to_be_hidden()
