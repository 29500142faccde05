"""Callbacks, called as the functions they are."""

from __future__ import annotations

import json
from dataclasses import replace

import plotly.graph_objects as go
import pytest
from dash import no_update
from dash.exceptions import PreventUpdate

from core.analyses import TRANSFER
from core.analyses.query import TransferQuery
from core.analyses.several_tasks import AgainstMember, SetAgainstMembers
from core.errors import ComputationError, RequestError
from core.numerics.clustering import Order
from core.numerics.intervals import NO_INTERVAL, Interval, ResamplingUnit
from core.transfer.shrinkage import shrink
from dashboard.pages import PAGES, balance, network, transfer
from dashboard.text import captions
from dashboard.ui import card
from dashboard.ui.url_sync import answer_state
from tests.studies import write_study_files


@pytest.fixture(scope="module")
def app_context(remembering):
    return remembering


def figure_input(mode="light", **query):
    return {"query": {"study": ["atlantis"], **query}, "mode": mode}


def said(component) -> str:
    """All text in a component tree."""
    return json.dumps(component, default=lambda c: c.to_plotly_json(), ensure_ascii=False)


def contents(page, app_context, **query):
    return page.contents(app_context, app_context.view_context(figure_input(**query)))


def test_transfer_shows_actual_predicted_and_difference(app_context):
    actual, predicted, difference, versus = contents(transfer, app_context, method=["ftwb2"])
    for content in (actual, predicted, difference):
        assert isinstance(content.figure, go.Figure)
        assert content.figure.data[0].type == "heatmap"
        assert "cut to the scale" in content.caption
        assert "missing" in content.caption
    for content in (actual, predicted):
        assert "Trained" in said(content.above)
    assert actual.figure.layout.coloraxis.cmax == predicted.figure.layout.coloraxis.cmax
    assert difference.figure.layout.coloraxis.cmid == 0
    # One question, one number in sight: those of the other prediction stand behind Details.
    first = captions.headline(actual.finding, actual.headline)[0]
    assert "FTWB2" in first
    assert "best single sources (95 % " in first
    assert "cross-fitted" not in first
    assert len(first) <= actual.headline + len(".")
    assert captions.headline(difference.finding, difference.headline)[0] == (
        "FTWB2 minus its prediction, cell by cell; the best of several is a little too high."
    )
    assert "Transfer" not in said(difference.above)
    assert "Transfer" in said(difference.more)
    assert versus.hidden


def test_a_matrix_ordered_by_group_says_which_colour_is_which(app_context):
    context = app_context.view_context(figure_input(method=["ft1"]))
    tasks = [
        replace(t, color=None, group="<b>" if at % 2 else "odd")
        for at, t in enumerate(context.study.tasks)
    ]
    grouped = replace(context, study=replace(context.study, tasks=tuple(tasks)))
    key = {}
    for order in (Order.MANIFEST, Order.GROUP):
        ordered = replace(grouped, view=grouped.view.changed(order=order))
        key[order] = transfer.contents(app_context, ordered)[0].key
    assert key[Order.MANIFEST] is None
    assert key[Order.GROUP].colors.keys() == {"<b>", "odd"}


def test_what_several_tasks_add_is_a_table_of_predictions_and_one_of_training_sets(app_context):
    text = said(
        transfer.several_tables(app_context, app_context.view_context(figure_input(method=["ft2"])))
    )
    for word in ("Predictions from FT1", "Cross-fitted", "Sum of sources", "beats each"):
        assert word in text
    assert "distance + perimeter" in text
    # 21 sets of two tasks.
    assert "luck alone would tell about 2 of 42 comparisons apart" in text
    with pytest.raises(RequestError, match="nothing predicts it"):
        transfer.several_tables(app_context, app_context.view_context(figure_input(method=["ft1"])))


def test_of_few_comparisons_luck_tells_fewer_than_one_and_without_intervals_nothing_is_said():
    known = AgainstMember("a", 0.1, Interval(0.05, 0.15, ResamplingUnit.SEEDS))
    sets = [SetAgainstMembers(("a", "b"), 0.5, 1, (known, replace(known, interval=NO_INTERVAL)))]
    assert transfer.by_luck(sets) == "; luck alone would tell fewer than one of 1 comparison apart"
    unknown = replace(sets[0], members=sets[0].members[1:])
    assert transfer.by_luck([unknown]) == ""


def test_how_many_seeds_narrower_intervals_would_take(app_context):
    asked = figure_input(method=["ftwb1"])
    table = transfer.seeds_needed(app_context, app_context.view_context(asked)).children
    rows = [[cell.children for cell in row.children] for row in table.children[-1].children]
    widths = [float(row[0]) for row in rows]
    half, every = ([int(row[at].replace(",", "")) for row in rows] for at in (1, 2))
    assert widths == sorted(widths, reverse=True)
    assert half == sorted(half)
    assert all(2 <= few <= most for few, most in zip(half, every, strict=True))
    matrix = TRANSFER.compute(app_context.library.entries()[0].study, TransferQuery("ftwb1"))
    expected = shrink(matrix, app_context.library.entries()[0].study).seeds_for(widths[-1])
    assert every[-1] == expected.max()
    one = figure_input(method=["ftwb1"], seeds=["42"])
    assert "one seed says nothing" in said(
        transfer.seeds_needed(app_context, app_context.view_context(one))
    )


def test_the_structure_of_the_graph_says_how_often_seeds_agree(app_context):
    text = said(
        network.structure_tables(
            app_context, app_context.view_context(figure_input(method=["ftwb1"]))
        )
    )
    for word in ("Teaching tree", "Teacher (HITS hub)", "Communities", "100 %"):
        assert word in text
    one_seed = figure_input(method=["ftwb1"], seeds=["42"])
    assert "100 %" not in said(
        network.structure_tables(app_context, app_context.view_context(one_seed))
    )


def test_transfer_without_a_prediction_says_why(app_context):
    actual, predicted, difference, _ = contents(transfer, app_context, method=["ft1"])
    assert actual.figure is not None
    assert predicted.figure is None
    assert "no prediction" in said(predicted.message)
    assert difference.hidden


def test_transfer_cross_fitted_and_versus(app_context):
    query = {"method": ["ftwb2"], "prediction": ["cross-fitted"], "against": ["ft2"]}
    _, predicted, difference, versus = contents(transfer, app_context, **query)
    assert "cross-fitted" in said(predicted.above)
    # The difference is that from the prediction shown.
    assert difference.figure is not None
    assert "crossfitted" in said(difference.above)
    assert versus.finding.startswith("FTWB2 minus FT2")


def test_hidden_and_ordered_rows_are_named_in_every_caption(app_context):
    query = {"method": ["ftwb2"], "not_source": ["crossing"], "order": ["net"]}
    *three, _ = contents(transfer, app_context, **query)
    for content in three:
        assert "15 training sets × 7 targets" in content.caption
        assert "hidden as source: crossing" in content.caption
        assert "by net of FTWB1, givers first" in content.caption
    labels = [list(content.figure.layout.yaxis.ticktext) for content in three]
    assert labels[0] == labels[1] == labels[2]
    assert not [label for label in labels[0] if "Cr" in label]
    assert "over 30 cells" in said(three[0].above)
    alike, *_ = contents(transfer, app_context, method=["ftwb2"], order=["cluster"])
    assert "by clustering" in alike.caption
    names = [task.name for task in app_context.view_context(figure_input()).study.tasks]
    nothing, *others = contents(transfer, app_context, method=["ftwb2"], not_source=names)
    assert "FTWB2 has no cell to show" in said(nothing.message)
    assert all(other.hidden for other in others)


def test_an_order_by_net_needs_single_sources(app_context_of, tmp_path):
    files = write_study_files(tmp_path / "atlantis", "scores")
    files.write("scores.csv", "sources,target,score\ndistance+crossing,distance,1\n")
    actual, *_ = contents(transfer, app_context_of(files.folder), order=["net"])
    assert "no order by net" in actual.caption


def test_the_tables_of_the_matrices_are_their_cells(app_context):
    context = app_context.view_context(figure_input(method=["ftwb2"], not_target=["inside"]))
    shown = transfer.PAGE.card_contents(app_context, context)
    table = shown["transfer-actual"].table
    assert len(table) == 21 * 6
    assert table["normalized improvement"].mean() == pytest.approx(
        shown["transfer-predicted"].table["normalized improvement"].mean()
        + shown["transfer-difference"].table["difference in normalized improvement"].mean()
    )
    assert set(table["seeds"]) == {4}
    assert shown["transfer-versus"].table is None


def test_versus_without_a_shared_training_set_is_a_sentence(app_context):
    *_, versus = contents(transfer, app_context, method=["ftwb2"], against=["ft1"])
    assert versus.figure is None
    assert "share no training set" in said(versus.message)


def test_one_seed_has_no_whiskers_to_explain(app_context):
    _, bars = contents(balance, app_context)
    assert "whiskers: 95 % intervals over seeds" in bars.caption
    _, bars = contents(balance, app_context, seeds=["42"])
    assert "whiskers" not in bars.caption
    assert "one seed, so no interval over seeds" in bars.caption


@pytest.mark.parametrize("tasks", [3, 24])
def test_one_seed_is_said_on_the_line_of_both_figures_of_a_balance(app_context, monkeypatch, tasks):
    # Of more tasks than that the scatter has no whiskers, with seeds neither.
    monkeypatch.setattr("dashboard.figures.balance.scatter.WHISKERS_UP_TO", tasks)
    for shown in contents(balance, app_context, seeds=["42"]):
        line, _ = captions.shortened(shown.caption, captions.LINE)
        assert "one seed, so no interval over seeds" in line
        assert "whiskers" not in shown.caption, "nothing is left out that there is"
    scatter, _ = contents(balance, app_context)
    assert ("no whiskers: of more than" in scatter.caption) is (tasks == 3)


def test_balance_has_a_table_of_all_tasks(app_context):
    scatter, bars = contents(balance, app_context)
    assert len(scatter.figure.data[0].x) == 6
    assert "n = 6 tasks" in scatter.caption
    assert bars.figure.data[0].type == "bar"
    context = app_context.view_context(figure_input())
    table = said(balance.every_task_table(app_context, context))
    for word in ("distance", "Giver effect", "Taker effect", " to "):
        assert word in table


def test_the_network_draws_few_arrows_and_more_on_demand(app_context):
    few, *rest = network.shown(app_context, figure_input())
    every, *_ = network.shown(app_context, figure_input(threshold=["0"]))
    nodes = [e["data"]["task"] for e in few if "position" in e]
    assert len(nodes) == 6
    assert len(few) < len(every) == 6 + 30
    at = {e["data"]["task"]: e["position"] for e in few if "position" in e}
    assert at == {e["data"]["task"]: e["position"] for e in every if "position" in e}
    assert "negative strict" in said(rest[4])


@pytest.mark.parametrize("mode", ["light", "dark", "pink"])
def test_figures_follow_the_mode(app_context, mode):
    figures = [
        transfer.contents(app_context, app_context.view_context(figure_input(mode)))[0].figure,
        network.shown(app_context, figure_input(mode))[1],
    ]
    again = [
        transfer.contents(app_context, app_context.view_context(figure_input("light")))[0].figure,
        network.shown(app_context, figure_input("light"))[1],
    ]
    assert (figures == again) is (mode != "dark")


def test_what_cannot_be_answered_is_a_sentence_in_place_of_the_figure(app_context):
    values = card.render_cards(
        app_context,
        figure_input(seeds=["none"]),
        4,
        lambda context: transfer.contents(app_context, context),
    )
    assert len(values) == sum(len(card.outputs(name)) for name in transfer.CARDS)
    assert "no seed chosen" in said(values)
    assert no_update in values


def test_what_fails_is_a_reference_and_not_a_trace(app_context, caplog):
    def broken(_context):
        raise ZeroDivisionError("secret detail")

    text = said(
        [v for v in card.render_cards(app_context, figure_input(), 1, broken) if v is not no_update]
    )
    assert "secret detail" not in text
    assert "secret detail" in caplog.text

    def refused(_context):
        raise ComputationError("items differ in number")

    values = [
        v for v in card.render_cards(app_context, figure_input(), 1, refused) if v is not no_update
    ]
    assert "items differ in number" in said(values)


def test_pages_of_an_unreadable_study_are_left_alone(app_context_of, tmp_path):
    app_context = app_context_of(tmp_path / "gone")
    with pytest.raises(PreventUpdate):
        card.render_cards(app_context, figure_input(), 1, lambda _: [])
    with pytest.raises(PreventUpdate):
        network.shown(app_context, figure_input())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_controls_offer_what_the_study_has(app_context, page):
    state = {"query": {"study": ["atlantis"], "tab": [page.name]}, "from": "address"}
    page_state, studies, *_ = answer_state(app_context, PAGES, state)
    assert page_state["values"]["tab"] == page.name
    assert page_state["query"]["tab"] == [page.name]
    assert studies == [{"value": "atlantis", "label": "Atlantis"}]
    again = answer_state(app_context, PAGES, {"query": page_state["query"], "from": "address"})
    assert again[0]["values"] == page_state["values"]
    assert again[0]["query"] == page_state["query"]


def test_what_a_method_is_stands_below_its_name(app_context_of, tmp_path):
    files = write_study_files(tmp_path / "tiny")
    files.replace(
        "study.toml", 'label = "FTWB1"', 'label = "FTWB1"\ndescription = "One <b>task</b>."'
    )
    app_context = app_context_of(files.folder)
    said_of = {
        method: answer_state(
            app_context, PAGES, {"query": {"method": [method]}, "from": "address"}
        )[-2:]
        for method in ("ftwb1", "ftwb2")
    }
    assert said_of == {"ftwb1": ["One <b>task</b>.", ""], "ftwb2": ["", ""]}


def test_titles_of_a_study_are_text_wherever_they_stand(app_context_of, tmp_path):
    files = write_study_files(tmp_path / "atlantis")
    files.replace("study.toml", 'title = "Tiny"', 'title = "<script>alert(1)</script>"')
    files.replace("study.toml", 'label = "FTWB1"', 'label = "<img src=x>"')
    app_context = app_context_of(files.folder)
    # Strings are children of components, never markup: Dash has no other way in but this one.
    values = answer_state(app_context, PAGES, {"query": {}, "from": "address"})
    assert "dangerously" not in said(values)
    actual, *_ = contents(transfer, app_context)
    assert "<img" not in json.dumps(actual.figure.to_plotly_json(), default=str)
