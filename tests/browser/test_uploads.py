"""A file opened on the page: chosen or dropped, corrected, shown, removed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import opened, serving
from tests.browser.pages import query, settled, stands
from tests.browser.test_access import PHONE, WIDE, check, dressed
from tests.studies import write_study_files

pytestmark = pytest.mark.browser

SQUARE = "trained on,de,en,fr\nde,0.9,0.5,0.25\nen,0.75,0.4,0.5\nfr,0.5,0.25,0.85\n"
LONG = "alpha,beta,f1\nde,en,0.5\nen,de,0.75\n"
WITH_NONE = LONG.replace("alpha,beta", "source,target") + "none,en,0.1\nnone,de,0.2\n"
DROP = """(text) => {
    const files = new DataTransfer();
    files.items.add(new File([text], "dropped.csv", { type: "text/csv" }));
    for (const type of ["dragover", "drop"]) {
        document.getElementById("workspace").dispatchEvent(
            new DragEvent(type, { dataTransfer: files, bubbles: true, cancelable: true }));
    }
}"""


@pytest.fixture(scope="module")
def opening(tmp_path_factory):
    """A server of its own, whose kept studies the tests write and remove."""
    folder = tmp_path_factory.mktemp("opening")
    study = write_study_files(folder / "tiny")
    with serving(folder, [study.folder]) as served:
        yield served


@pytest.fixture
def page(browser, opening):
    yield from opened(browser, opening, viewport=WIDE)


def begin(page, served):
    page.goto(f"{served.url}/?study=tiny&tab=transfer")
    stands(page, "transfer")
    page.get_by_role("button", name="Open…").click()
    expect(page.get_by_role("dialog", name="Open a file of results")).to_be_visible()


def choose(page, *files):
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files(
        [{"name": name, "mimeType": "text/csv", "buffer": text.encode()} for name, text in files]
    )


def test_a_matrix_is_chosen_corrected_shown_and_removed(page, opening):
    begin(page, opening)
    choose(page, ("mine.csv", SQUARE))
    keep = page.get_by_role("button", name="Open the study")
    expect(page.locator("#open-problem")).to_have_text(re.compile("whether higher is better"))
    first = page.get_by_role("table", name="The first rows of the file: all 3 rows, all 4 columns")
    expect(first).to_contain_text("0.75")
    expect(keep).to_be_disabled()
    expect(page.get_by_label("Direction")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Direction").focus()
    page.get_by_label("Direction").select_option("error")
    expect(keep).to_be_enabled()
    expect(page.locator("#open-problem")).to_be_hidden()
    expect(page.get_by_label("Direction")).to_be_focused()
    sides = page.get_by_label("Rows are")
    expect(sides).to_have_value("sources")
    sides.focus()
    sides.select_option("targets")
    expect(page.locator(".open-notes")).to_contain_text("targets down, 3 sources across")
    expect(sides).to_be_focused()
    expect(page.get_by_label("Direction")).to_have_value("error")
    expect(keep).to_be_enabled()
    keep.click()
    expect(page.locator("#transfer-actual-caption")).to_contain_text("lower is better")
    page.wait_for_url(lambda url: "study=mine-" in url)
    stands(page, "transfer")
    slug = query(page)["study"][0]
    expect(page.locator("#transfer-actual-graph .js-plotly-plot")).to_be_visible()

    page.get_by_role("button", name="Open…").click()
    page.get_by_role("button", name="Remove mine").click()
    keep = page.get_by_role("button", name="Keep mine")
    expect(keep).to_be_focused()
    keep.press("Enter")
    expect(page.get_by_role("button", name="Remove mine")).to_be_focused()
    page.get_by_role("button", name="Remove mine").click()
    page.get_by_role("button", name="Remove mine for good").click()
    page.wait_for_url(lambda url: slug not in url)
    expect(page.locator("#study-title")).to_contain_text("Tiny")
    settled(page)


def test_what_was_removed_leaves_the_list_of_studies(page, opening):
    begin(page, opening)
    choose(page, ("beside.csv", SQUARE))
    page.get_by_label("Direction").select_option("error")
    page.get_by_role("button", name="Open the study").click()
    page.wait_for_url(lambda url: "study=beside-" in url)
    stands(page, "transfer")
    begin(page, opening)
    titles = page.locator("#study option:not([hidden])")
    expect(titles).to_have_text(["Tiny", "beside"])
    page.get_by_role("button", name="Remove beside").click()
    page.get_by_role("button", name="Remove beside for good").click()
    expect(page.locator("#open-status")).to_have_text("Removed.")
    expect(titles).to_have_text(["Tiny"])
    page.keyboard.press("Escape")
    settled(page)


def test_a_dropped_file_shows_which_columns_to_choose(page, opening):
    page.goto(f"{opening.url}/?study=tiny&tab=transfer")
    stands(page, "transfer")
    page.evaluate(DROP, LONG)
    expect(page.locator("#open-problem")).to_contain_text("choose the column of Trained on")
    expect(page.locator("#open-body")).not_to_contain_text("null")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Form").select_option("scores")
    dialog.get_by_label("Trained on").select_option("alpha")
    # The only other column with the same names.
    expect(dialog.get_by_label("Tested on")).to_have_value("beta")
    expect(page.get_by_role("button", name="Open the study")).to_be_enabled()
    expect(dialog.get_by_label("Score", exact=True)).to_have_value("f1")
    expect(page.get_by_label("Direction")).to_have_value("accuracy")
    # What is odd is told before there is a study, and no choice is lost.
    dialog.get_by_label("Counts as 1: full transfer").fill("1")
    page.get_by_role("button", name="Open the study").click()
    again = page.get_by_role("button", name="Open it all the same")
    expect(again).to_be_focused()
    expect(page.locator("#open-problem")).to_have_text(
        "Not opened yet: one thing to look at, below."
    )
    expect(page.locator(".open-notes li").first).to_contain_text(
        "Look at: dropped.csv: `one` without"
    )
    page.evaluate(DROP, WITH_NONE)
    zero = dialog.get_by_label("Counts as 0: no transfer")
    dialog.get_by_role("button", name="Take source:none").click()
    expect(zero).to_have_value("source:none")
    expect(dialog.get_by_role("button", name="Take source:none")).to_have_count(0)
    expect(dialog.locator(".open-notes")).not_to_contain_text("Not known")
    expect(zero).to_be_focused()
    dialog.get_by_label("Checkpoint (step)").select_option("f1")
    expect(dialog.get_by_label("Score", exact=True)).not_to_have_value("f1")
    expect(page.get_by_role("button", name="Open the study")).to_have_count(1)
    settled(page)


TWO_FRAMES = """() => new Promise((done) =>
    requestAnimationFrame(() => requestAnimationFrame(done)))"""


def test_a_button_that_is_pressed_stands_until_it_is_let_go(page, opening):
    page.goto(f"{opening.url}/?study=tiny&tab=transfer")
    stands(page, "transfer")
    page.evaluate(DROP, "source,target,score\nde,en,0.5\nen,de,0.75\n")
    dialog = page.get_by_role("dialog")
    button = dialog.get_by_role("button", name="Open the study")
    expect(button).to_be_enabled()
    dialog.get_by_label("Counts as 1: full transfer").fill("1")
    box = button.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    # Who leaves the field for the button has the file looked at again: that is answered meanwhile.
    with page.expect_response("**/look") as looked:
        page.mouse.down()
    looked.value.finished()
    page.evaluate(TWO_FRAMES)
    page.mouse.up()
    expect(dialog.get_by_role("button", name="Open it all the same")).to_be_focused()


def test_another_column_of_scores_has_a_direction_of_its_own(page, opening):
    page.goto(f"{opening.url}/?study=tiny&tab=transfer")
    stands(page, "transfer")
    page.evaluate(DROP, "source,target,score,loss\nde,en,0.5,3\nen,de,0.75,2\n")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Direction")).to_have_value("score")
    dialog.get_by_label("Score", exact=True).select_option("loss")
    expect(dialog.get_by_label("Direction")).to_have_value("error")
    expect(page.get_by_role("button", name="Open the study")).to_be_enabled()
    settled(page)


def test_by_keyboard_alone_and_axe_finds_nothing_serious(page, opening):
    begin(page, opening)
    expect(page.locator("#open-title")).to_be_focused()
    for mode, size in (("light", WIDE), ("dark", PHONE)):
        choose(page, ("mine.csv", SQUARE))
        expect(page.get_by_label("Direction")).to_be_visible()
        dressed(page, mode, size)
        check(page, f"{mode}, {size}")
        width = page.evaluate("document.getElementById('open-dialog').scrollWidth")
        assert width <= page.evaluate("document.getElementById('open-dialog').clientWidth")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Open…")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Open a file of results")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Choose a file")).to_be_focused()
    settled(page)


SWEEP = "source,target,lr,acc\n" + "".join(
    f"{a},{b},{lr},{value}\n" for a, b in ("ab", "ba") for lr, value in ((0.1, 0.5), (0.2, 0.6))
)
BAD_FILES = (
    ("empty.csv", "", "empty.csv: nothing in it; give a table of results with at least"),
    ("picture.csv", "\x89PNG\r\n", "picture.csv"),
    ("short.csv", "source,target,f1\na,b\n", "short.csv, row 2: 2 values where the header has 3"),
)


def test_a_bad_file_gives_one_sentence(browser, opening):
    # Watched: none of it is an error for the console.
    for page in opened(browser, opening, viewport=WIDE):
        begin(page, opening)
        for name, text, message in BAD_FILES:
            choose(page, (name, text))
            expect(page.locator("#open-problem")).to_contain_text(message)
            assert "\n" not in page.locator("#open-problem").inner_text()
            expect(page.get_by_role("button", name="Open the study")).to_have_count(0)
        choose(page, ("lr.csv", SWEEP))
        method = page.get_by_role("dialog").get_by_label("Method")
        expect(method.locator("option:checked")).to_have_text("lr={lr}")
        page.get_by_label("Counts as 0: no transfer").fill("source:nobody")
        page.get_by_role("button", name="Open the study").click()
        expect(page.locator("#open-problem")).to_contain_text("nobody")
        page.get_by_label("The same cell again").select_option("its mean")
        expect(method.locator("option:checked")).to_have_text("none")
        expect(page.locator(".open-notes")).to_contain_text("differ in lr are the same cell again")


def test_where_uploads_are_off_there_is_no_button_and_a_drop_does_nothing(browser, tmp_path):
    study = write_study_files(tmp_path / "tiny")
    with serving(tmp_path, [study.folder], UPLOADS="0") as served:
        for page in opened(browser, served, viewport=WIDE):
            page.goto(f"{served.url}/?study=tiny&tab=transfer")
            stands(page, "transfer")
            expect(page.get_by_role("button", name="Open…")).to_have_count(0)
            page.evaluate(DROP, SQUARE)
            expect(page.get_by_role("dialog")).to_have_count(0)
