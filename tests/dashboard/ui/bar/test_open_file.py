"""A study that was opened on the page: advice is to open it again, not to edit its manifest."""

from __future__ import annotations

import pytest

from core.cache.result_cache import ResultCache
from core.io import open_study
from dashboard.export.cards import plain_text
from dashboard.pages import comparison, overview, predictors, representations, transfer
from dashboard.pages.overview.standouts import _how_to_say_zero
from dashboard.state.context import AppContext
from dashboard.state.study_library import StudyLibrary
from dashboard.ui.messages import nothing_to_show
from dashboard.ui.url_sync import how_read
from tests.studies import write_study_files

MATRIX = ",de,en,fr\nde,0.9,0.5,0.25\nen,0.75,0.95,0.5\nfr,0.5,0.25,0.85\n"
SEVERAL = "de+en,0.9,0.9,0.5\n"
MANIFEST = """title = "mine"
[evaluations]
layout = "square"
path = "mine.csv"
[scale]
metric = "accuracy"
"""
# The row of the reference on one target is missing: A→c stands without a zero.
ROWS = "sources,target,score\nnone,a,0.5\nnone,b,0.5\na,b,0.7\nb,a,0.6\na,c,0.8\n"
LACKING = """title = "lacking"
[evaluations]
layout = "scores"
path = "rows.csv"
[scale]
zero = "source:none"
"""


@pytest.fixture(params=[True, False], ids=["opened", "of a folder"])
def opened(request, tmp_path):
    """A context of a matrix that was opened on the page, or stands in a folder; and which."""
    folder = tmp_path / "kept" / "mine"
    several = folder.with_name("several")
    for path, matrix in ((folder, MATRIX), (several, MATRIX + SEVERAL)):
        path.mkdir(parents=True)
        (path / "mine.csv").write_text(matrix)
        (path / "study.toml").write_text(MANIFEST)
    lacking = folder.with_name("lacking")
    lacking.mkdir()
    (lacking / "rows.csv").write_text(ROWS)
    (lacking / "study.toml").write_text(LACKING)
    lasting = [write_study_files(tmp_path / "tiny").folder]
    library = (
        StudyLibrary(lasting, kept=folder.parent)
        if request.param
        else StudyLibrary([*lasting, folder, several, lacking])
    )
    return AppContext(library, ResultCache(None)), request.param


@pytest.mark.parametrize("module", [comparison, predictors, representations])
def test_what_a_tab_lacks_is_added_by_opening_the_file_again(opened, module):
    app_context, on_the_page = opened
    context = app_context.view_context({"query": {"study": ["mine"]}})
    assert context.opened is on_the_page
    contents = module.PAGE.card_contents(app_context, context).values()
    said = " ".join(plain_text(content.message) for content in contents if content.message)
    assert ("Open the file again" in said) is on_the_page
    assert ("study.toml" in said or "runs.csv" in said) is not on_the_page


@pytest.mark.parametrize("module", [overview, transfer])
def test_what_no_file_alone_can_say_is_for_a_manifest_beside_it(opened, module):
    app_context, on_the_page = opened
    context = app_context.view_context({"query": {"study": ["several"]}})
    contents = module.PAGE.card_contents(app_context, context).values()
    said = " ".join(plain_text(content.message) for content in contents if content.message)
    assert ("python -m core init FILE, on the command line" in said) is on_the_page
    assert ("predicted_from` of a method in study.toml" in said) is not on_the_page


@pytest.mark.parametrize("module", [overview, transfer])
def test_of_runs_on_one_task_each_no_prediction_is_missed(opened, module):
    app_context, _ = opened
    context = app_context.view_context({"query": {"study": ["mine"]}})
    contents = module.PAGE.card_contents(app_context, context).values()
    assert not [one for one in contents if one.message and "predict" in plain_text(one.message)]


@pytest.mark.parametrize("page", [comparison.PAGE, predictors.PAGE, representations.PAGE])
def test_a_tab_with_nothing_to_show_asks_for_the_file_again(opened, page):
    app_context, on_the_page = opened
    entry = next(e for e in app_context.library.entries() if e.slug == "mine")
    add = page.needs.add_opened if entry.opened else page.needs.add
    said = plain_text(nothing_to_show(entry, lacking=page.needs.lacking, add=add))
    assert ("open the file again" in said) is on_the_page
    assert ("study.toml" in said) is not on_the_page


def test_a_zero_is_said_by_opening_the_file_again(opened):
    app_context, on_the_page = opened
    context = app_context.view_context({"query": {"study": ["mine"]}})
    contents = overview.PAGE.card_contents(app_context, context).values()
    said = " ".join(plain_text(content.message) for content in contents if content.message)
    assert ("Open the file again to say it as zero" in said) is on_the_page
    assert ("[scale] zero into study.toml" in said) is not on_the_page
    assert "If it is" not in said
    # Of a score as it was given nothing else says which is better.
    assert "; higher is better." in " ".join(str(content.finding) for content in contents)


def test_a_source_that_may_be_zero_is_named_where_a_zero_is_asked_for(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "rows.csv").write_text(ROWS)
    (folder / "study.toml").write_text(LACKING.replace('zero = "source:none"', 'metric = "score"'))
    study = open_study(folder)
    assert _how_to_say_zero(study, opened=True) == (
        "Open the file again to say it as zero. If it is none, that is source:none."
    )
    assert _how_to_say_zero(study, opened=False).endswith(
        'into study.toml. If it is none, that is zero = "source:none".'
    )


def test_a_target_that_lacks_the_zero_of_the_others_is_named(opened):
    app_context, on_the_page = opened
    context = app_context.view_context({"query": {"study": ["lacking"]}})
    contents = overview.PAGE.card_contents(app_context, context).values()
    said = " ".join(plain_text(content.message) for content in contents if content.message)
    assert "what no transfer reaches is known of other targets and not of c, so all can" in said
    assert "Correct the name, if it is mistyped, or add its row of the reference" in said
    assert ("and open the file again" in said) is on_the_page
    assert ("write zero under its [tasks.…]" in said) is not on_the_page
    assert "what a model reaches without the source is not known" not in said
    assert "say it as zero" not in said


def test_how_it_was_read_is_changed_by_opening_it_again(opened):
    app_context, on_the_page = opened
    line, hidden = how_read(app_context, {"query": {"study": ["mine"]}})
    assert not hidden
    assert ("open the file again" in plain_text(line)) is on_the_page
    assert ("study.toml says how" in plain_text(line)) is not on_the_page
