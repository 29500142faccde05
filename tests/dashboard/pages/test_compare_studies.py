"""Compare with a method of another study."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from core.cache.result_cache import ResultCache
from core.errors import RequestError
from dashboard.export.cards import plain_text
from dashboard.pages import PAGES, comparison
from dashboard.state.context import AppContext
from dashboard.state.study_library import StudyLibrary
from dashboard.ui.controls import all_groups, telling
from dashboard.ui.url_sync import answer_state
from tests.dashboard.conftest import EXAMPLE

PUBLISHED = Path(__file__).parents[3] / "examples" / "published"


@pytest.fixture(scope="module")
def both(tmp_path_factory):

    folder = tmp_path_factory.mktemp("again") / "study"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("representations"))
    manifest = folder / "study.toml"
    text = manifest.read_text(encoding="utf-8").replace("representations =", "# representations =")
    text = text.replace('title = "Atlantis"', 'id = "again"\ntitle = "Again"')
    manifest.write_text(text, encoding="utf-8")
    cache = ResultCache(tmp_path_factory.mktemp("cache"))
    return AppContext(StudyLibrary([EXAMPLE, PUBLISHED, folder]), cache)


def shown(app_context, beside, **query):
    asked = {"study": ["atlantis"], "beside": [beside], **query}
    return comparison.contents(
        app_context, app_context.view_context({"query": asked, "mode": "light"})
    )


def test_a_method_of_another_study_stands_cell_by_cell(both):
    scatter, matrix, histogram = shown(both, "again/ft1", method=["ftwb1"])
    assert plain_text(scatter.finding).startswith("FTWB1 (Atlantis) beside FT1 (Again): ")
    assert "over the 49 cells both have" in scatter.finding
    assert scatter.figure.layout.yaxis.title.text.startswith("FTWB1 (Atlantis)")
    assert scatter.figure.layout.xaxis.title.text.startswith("FT1 (Again)")
    for card in (scatter, matrix, histogram):
        assert "FTWB1 (Atlantis): " in card.caption
        assert "FT1 (Again): 4 seeds" in card.caption
        assert "Atlantis: study " in card.caption
        assert "Again: study " in card.caption
    assert {"FTWB1 (Atlantis) (normalized improvement)"} <= set(scatter.table.columns)
    # The same means as within one study.
    within, *_ = comparison.contents(
        both,
        both.view_context(
            {"query": {"study": ["atlantis"], "method": ["ftwb1"], "against": ["ft1"]}}
        ),
    )
    assert scatter.table.iloc[:, 4].sum() == pytest.approx(within.table.iloc[:, 4].sum())
    assert comparison.contrasts_table(
        both,
        both.view_context(
            {"query": {"study": ["atlantis"], "beside": ["again/ft2"], "method": ["ftwb2"]}}
        ),
    )


def test_published_means_stand_beside_their_replication(both):
    means, *rest = shown(both, "published/ftwb2", method=["ftwb2"])
    assert [card.hidden for card in rest] == [True, True]
    assert "FTWB2 (Atlantis) beside FTWB2 (Published means): " in means.finding
    assert "against 0.585 on transfer (+0.101, may be chance)" in means.finding
    assert "against 0.900 on trained targets (−0.023, may be chance)" in means.finding
    assert "; one has no interval; no cell is in both" in means.finding
    assert "only FTWB2 (Atlantis) has 21 training sets" in means.caption
    assert "FTWB2 (Published means): seed 42, given scores" in means.caption
    assert len(means.table) == 4
    _, second = means.figure.data
    assert list(second.x) == [0.585, 0.900]
    assert "0.585" in plain_text(means.more)


def test_a_mean_that_was_not_published_is_left_out(both):
    means, *_ = shown(both, "published/ft1", method=["ft1"])
    assert "on trained targets" not in means.finding
    assert means.table["cells"].tolist()[-1] == 0


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("nowhere/ft1", "no study “nowhere” can be read"),
        ("published/nothing", "has no method “nothing”"),
        ("atlantis/ft1", "the study that is open"),
        ("<b>/x", "no study “<b>”"),
    ],
)
def test_what_is_not_there_is_said(both, asked, why):
    with pytest.raises(RequestError, match=why):
        shown(both, asked)


def test_the_control_offers_the_methods_of_other_studies(both):
    answer = answer_state(both, PAGES, {"query": {"study": ["atlantis"], "tab": ["compare"]}})
    assert "'value': 'published/ftwb3', 'label': 'FTWB3 (Published means)'" in str(answer)
    assert "atlantis/ftwb3" not in str(answer)
    other = answer_state(both, PAGES, {"query": {"study": ["atlantis"], "tab": ["balance"]}})
    assert "published/ftwb3" not in str(other)
    said = answer_state(
        both,
        PAGES,
        {"query": {"study": ["atlantis"], "tab": ["compare"], "beside": ["published/ft2"]}},
    )
    assert "method of another study: FT2 (Published means)" in str(said)
    # One of the two is what is compared with.
    at = all_groups().index("against") - len(all_groups()) - len(telling())
    assert [one[at] for one in (answer, said)] == [False, True]


def scored(folder, seed, *, zero=True):
    """A study called `scores`, as `init` calls it, of a file without a method."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    rows = [
        f"{a},{b},{k},{0.5 + 0.3 * (a == b) + 0.01 * rng.normal():.4f}"
        for k in range(4)
        for a in "abc"
        for b in "abc"
    ]
    (folder / "scores.csv").write_text("sources,target,seed,score\n" + "\n".join(rows) + "\n")
    scale = "zero = 0.5\none = 1.0\n" if zero else ""
    (folder / "study.toml").write_text(
        'title = "scores"\n[evaluations]\nlayout = "scores"\npath = "scores.csv"\n'
        f'[scale]\nmetric = "accuracy"\n{scale}'
    )
    return folder


@pytest.mark.parametrize("zero", [True, False])
def test_two_studies_of_one_title_are_told_apart_everywhere(tmp_path, zero):
    folders = [scored(tmp_path / name, at, zero=zero) for at, name in enumerate(("v1", "v2"))]
    context = AppContext(StudyLibrary(folders), ResultCache(tmp_path / "cache"))
    asked = {"study": ["v1"], "beside": ["v2/scores"], "tab": ["compare"]}
    view = context.view_context({"query": asked, "mode": "light"})
    scatter, matrix, histogram = comparison.contents(context, view)
    assert scatter.finding.startswith("v1 beside v2: ")
    assert scatter.finding.count("may be none") == 2
    layout = scatter.figure.layout
    measure = "normalized score" if zero else "score"
    titles = [plain_text(axis.title.text) for axis in (layout.yaxis, layout.xaxis)]
    assert [title[:2] for title in titles] == ["v1", "v2"]
    assert all(measure in title for title in titles)
    halves = {text.text for text in layout.annotations}
    assert {"v1 better", "v2 better"} <= halves
    assert plain_text(matrix.above).startswith("v1 − v2")
    bar = matrix.figure.layout.coloraxis.colorbar.title.text
    assert "v1 better" in bar
    assert "v2 better" in bar
    assert histogram.figure.layout.xaxis.title.text == "v1 − v2"
    for card in (scatter, matrix, histogram):
        for part in ("v1: 4 seeds", "v2: 4 seeds", "v1: study ", "v2: study "):
            assert part in card.caption
    assert {f"v1 ({measure})", f"v2 ({measure})"} <= set(scatter.table.columns)
    answer = str(answer_state(context, PAGES, {"query": asked}))
    assert "'value': 'v2/scores', 'label': 'v2'" in answer
    # What is sure of a cell is no more than what is sure of the mean of all.
    left = "In no cell a lead can be told from luck."
    assert matrix.finding == left if zero else "as measured" in matrix.finding.lower()
