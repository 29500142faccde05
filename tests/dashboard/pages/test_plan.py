"""The Plan tab: the plan in words and figures, the next run, and what is missing for them."""

from __future__ import annotations

import json

import pytest

from core.analyses import PLAN
from core.analyses.planning.search import Goal
from dashboard.figures import plan as figures
from dashboard.pages import plan
from dashboard.state.fields.field import Offer
from dashboard.state.fields.plan import PlanFields
from dashboard.state.view import parse_view, query_of
from dashboard.ui.safe_html import safe_html
from tests.studies import write_study_files


def said(component) -> str:
    return json.dumps(component, default=lambda c: c.to_plotly_json(), ensure_ascii=False)


def context_of(app_context, **query):
    return app_context.view_context({"query": query, "mode": "light"})


def shown(app_context, **query):
    return plan.PAGE.card_contents(
        app_context, context_of(app_context, study=["atlantis"], **query)
    )


def test_the_plan_is_told_with_its_certainty_and_beside_what_was_trained(app_context):
    cards = shown(app_context, method=["ftwb1"], sources=["2"])
    sizes, who = cards[plan.SIZES], cards[plan.WHO]
    context = context_of(app_context, method=["ftwb1"], sources=["2"])
    found = app_context.fetch(
        PLAN, context.study, context.view.transfer_query, context.view.plan_query(context.study)
    )
    assert sizes.finding == (
        f"Train on {' and '.join(found.sources)}, as FT2 and 1 other method were: the best"
        f" of them covers 6 targets with {found.coverage:.3f} on average (shrunken,"
        f" {found.of_means:.3f} as measured; the same choice in 3 of 4 with one seed left out);"
        " angle in all."
    )
    assert [set(one) == set(found.sources) for one in found.without_seed].count(True) == 3
    assert "Really trained on 2 at once (FTWB2, 15 sets): " in said(sizes.above)
    for part in ("best of all 15 sets of 2", "by shrunken values (", "without crossing", "4 seeds"):
        assert part in sizes.caption
    assert list(sizes.table["sources"]) == [1, 2, 3, 4, 5, 6]
    matrix = who.figure.data[0]
    assert matrix["meta"]["selects"]["rows"] == list(found.sources)
    assert (len(matrix["z"]), len(matrix["z"][0])) == (2, 6)
    assert len(who.table) == 12
    assert who.table["covers the target"].sum() == 6
    # A point for each size, the diamond for what was trained.
    assert [trace.name for trace in sizes.figure.data] == ["planned", "best really trained at once"]


def test_the_heading_says_where_not_every_target_has_a_column(app_context, monkeypatch):
    whole = shown(app_context, method=["ftwb1"])[plan.WHO].finding
    monkeypatch.setattr(figures, "TARGETS_SHOWN", 4)
    some = shown(app_context, method=["ftwb1"])[plan.WHO].finding
    assert (whole, some) == (
        "Who covers whom",
        "Who covers whom: the 4 of 6 targets covered worst",
    )


def test_targets_and_goal_are_in_the_address_and_in_the_plan(app_context):
    query = {"cover": ["compass", "inside"], "goal": ["worst"], "sources": ["1"]}
    view, notices = parse_view(query, context_of(app_context).study)
    assert notices == ()
    assert (view.plan_targets, view.plan_goal, view.plan_size) == (
        ("compass", "inside"),
        Goal.WORST,
        1,
    )
    assert {key: query_of(view)[key] for key in query} == query
    cards = shown(app_context, **query)
    assert "of 2 targets the worst covered, " in cards[plan.SIZES].finding
    assert set(cards[plan.WHO].table["target"]) == {"compass", "inside"}


@pytest.mark.parametrize(
    ("asked", "size", "notice"),
    [
        ({}, 3, ""),
        ({"sources": ["6"], "exclude": ["inside"]}, 6, ""),
        ({"sources": ["21"]}, 3, "No number of sources “21” in this study: 3 is shown."),
        ({"sources": ["x"]}, 3, "No number of sources “x” in this study: 3 is shown."),
        ({"sources": ["0"]}, 3, "No number of sources “0” in this study: 3 is shown."),
        ({"sources": ["-1"]}, 3, "No number of sources “-1” in this study: 3 is shown."),
        (
            {"sources": ["9" * 5000]},
            3,
            f"No number of sources “{'9' * 40}…” in this study: 3 is shown.",
        ),
        ({"budget": ["4"]}, 3, "No budget “4” in this study: a plan without one is shown."),
    ],
)
def test_what_cannot_be_planned_falls_back(app_context, asked, size, notice):
    view, notices = parse_view(asked, context_of(app_context).study)
    assert view.plan_size == size
    assert view.plan_budget is None
    assert notices == ((notice,) if notice else ())


def test_unticked_tasks_that_come_back_leave_the_size_as_it_was(app_context):
    study = context_of(app_context).study
    names = [task.name for task in study.tasks]
    some, none = {"exclude": names[2:]}, {"exclude": names}
    for query, sizes in ((some, (3, 2)), (none, (3, 1)), (some | {"sources": ["5"]}, (5, 2))):
        view, notices = parse_view(query, study)
        assert (view.plan_size, view.plan_query(study).size) == sizes
        assert notices == ()
        again, _ = parse_view(query_of(view.changed(exclude=())), study)
        assert again.plan_size == view.plan_size
    *_, largest = PlanFields.plan_size.options(Offer(study, view, ()))
    assert largest.label == "5 tasks (2 to choose from)"


def test_one_seed_has_a_plan_and_no_next_run(app_context):
    cards = shown(app_context, seeds=["42"])
    assert "one seed cannot say whether another would choose the same" in cards[plan.SIZES].finding
    assert "by means over seeds: one seed says nothing of how far" in cards[plan.SIZES].caption
    message = said(cards[plan.NEXT].message)
    assert "Nothing can be said of the next run: one seed says nothing" in message
    assert cards[plan.NEXT].figure is None


def test_the_next_run_is_a_bar_a_row_and_a_button(app_context):
    query = {"method": ["ft1"], "sources": ["3"]}
    card = shown(app_context, **query)[plan.NEXT]
    first = card.table.iloc[0]
    pair = (first["source"], first["target"])
    assert card.finding.startswith(f"Run {pair[0]} → {pair[1]} (seen with 4 seeds) next: ")
    assert tuple(card.figure.data[0].customdata[0]) == pair
    assert "4,000 draws from the posterior of each of 36 cells" in card.caption
    table = safe_html(plan.next_table(app_context, context_of(app_context, **query)))
    assert f"{pair[0]} → {pair[1]}" in table


def test_a_study_whose_sources_reach_no_target_says_so(app_context_of, tmp_path):
    app_context = app_context_of(write_study_files(tmp_path / "scored", "scores").folder)
    cards = plan.PAGE.card_contents(app_context, context_of(app_context))
    assert "No single source has a value on distance" in said(cards[plan.SIZES].message)
    assert cards[plan.WHO].hidden
    assert cards[plan.NEXT].hidden


def test_a_budget_is_offered_where_tasks_have_a_price(app_context_of, tmp_path):
    files = write_study_files(tmp_path / "priced")
    manifest = files.folder / "study.toml"
    manifest.write_text(
        manifest.read_text().replace(
            "[tasks.distance.covariates]\n", "[tasks.distance.covariates]\ncost = 2.0\n", 1
        )
    )
    context = context_of(app_context_of(files.folder), budget=["2"])
    assert context.view.plan_budget == 2.0
    assert query_of(context.view)["budget"] == ["2"]
