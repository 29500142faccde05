"""What is taken along: data, captions and figures, by address."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pandas as pd
import pytest
from flask import Flask

from core.analyses import BALANCE
from core.analyses.query import TransferQuery
from core.transfer.build import transfer_matrix
from dashboard.export.card_routes import register
from dashboard.export.cards import exportable_cards, plain_text, ready_caption
from dashboard.figures.parts.theme import Mode, Style
from dashboard.pages import PAGES
from dashboard.pages.balance import BARS, SCATTER
from dashboard.state.context import AppContext
from dashboard.ui.card import CardContent, take_along
from dashboard.ui.help import help_button
from dashboard.ui.page import CardGroup


@pytest.fixture(scope="module")
def app_context(remembering):
    return remembering


@pytest.fixture(scope="module")
def client(app_context):
    server = Flask("taking")
    register(server, app_context, PAGES)
    return server.test_client()


def query_string(**keys: str) -> str:
    return "&".join(f"{key}={value}" for key, value in keys.items())


def context_of(app_context: AppContext, **keys: str):
    return app_context.view_context(
        {"query": {key: [value] for key, value in keys.items()}, "mode": "light"}
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_figure_can_be_taken_along_with_its_data_and_a_caption(app_context, page):
    context = context_of(app_context)
    shown = exportable_cards(app_context, context, page)
    assert shown
    for name, content in shown.items():
        assert name.startswith(f"{page.name}-")
        if content.figure is None:
            continue
        assert content.table is not None, f"{name} has no data"
        assert len(content.table), name
        assert content.table.columns.is_unique
        caption = ready_caption(content, context)
        for part in ("Atlantis", "4 seeds", "published scale", context.study.digest):
            assert part in caption, f"{name}: {part}"


def test_the_data_are_the_cores_numbers(client, app_context):
    answer = client.get(f"/take/{BARS}.csv?{query_string(method='ftwb1', scale='strict')}")
    assert answer.status_code == 200
    made_from = context_of(app_context).study.digest[:12]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{BARS}-{made_from}.csv"'
    table = pd.read_csv(io.BytesIO(answer.data), encoding="utf-8-sig").set_index("task")
    context = context_of(app_context, method="ftwb1", scale="strict")
    balance = app_context.fetch(BALANCE, context.study, context.view.pairs_query(context.study))
    for task in balance.tasks:
        row = table.loc[task.task]
        assert row["net (sum of normalized improvement)"] == pytest.approx(task.net, rel=1e-12)
        assert row["given, 95 % low"] == pytest.approx(task.given_interval.low, rel=1e-12)


def test_a_caption_says_how_to_make_the_figure_again(client, example):
    query = query_string(method="ftwb1", seeds="42", exclude="angle", layer="2")
    text = client.get(f"/take/{SCATTER}.txt?{query}").get_data(as_text=True)
    for part in ("FTWB1", "seed 42", "layer 2", "without angle, crossing", example.digest):
        assert part in text
    assert "\n\n" not in text


def test_the_graph_is_drawn_for_files(client, example):
    answer = client.get("/take/network-drawing.json?method=ftwb1&threshold=0")
    figure = json.loads(answer.data)
    assert figure["layout"]["meta"] == {"study_digest": example.digest}
    tasks = [task for task in example.tasks if task.exclude is None]
    (trace,) = figure["data"]
    assert [text.split("<br>")[0] for text in trace["text"]] == [task.name for task in tasks]
    heads = [shape for shape in figure["layout"]["shapes"] if shape["path"].endswith("Z")]
    assert len(heads) == len(tasks) * (len(tasks) - 1)
    table = pd.read_csv(
        io.BytesIO(client.get("/take/network-drawing.csv?method=ftwb1").data), encoding="utf-8-sig"
    )
    assert len(table) == len(heads)
    for kind in ("graphml", "gexf"):
        answer = client.get(f"/take/network-drawing.{kind}?method=ftwb1&arrows=net&threshold=0")
        assert answer.headers["Content-Disposition"].endswith(f'.{kind}"')
        assert answer.text.count("<edge ") == len(heads) / 2


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        (
            "/take/balance-bars.exe",
            404,
            "A figure can be taken along as csv, tex, md, txt, json, graphml, gexf.",
        ),
        ("/take/balance-bars.gexf", 404, "This figure is no graph."),
        ("/take/nowhere-bars.csv", 404, "There is no figure called nowhere-bars."),
        ("/take/balance-nothing.csv", 404, "There is no figure called balance-nothing."),
        (
            "/take/balance-bars.json?picture=paper&width=3",
            409,
            "The width of a picture is a number from 20 to 500 mm.",
        ),
        (
            "/take/balance-bars.json?picture=a&picture=log",
            409,
            "A picture knows light, paper, log, not 'a'.",
        ),
        ("/take/overview-gifts.json", 404, "There is no figure to draw here."),
        ("/take/balance-bars.csv?seeds=none", 409, "No seed chosen: tick one under Controls."),
    ],
)
def test_what_cannot_be_taken_along_is_said_in_a_sentence(client, address, status, words):
    answer = client.get(address)
    assert (answer.status_code, answer.get_data(as_text=True)) == (status, f"{words}\n")
    assert answer.content_type == "text/plain; charset=utf-8"


def test_a_picture_says_what_came_of_its_settings(client, example):
    asked = query_string(picture="paper", width="89", type="7", parts="labels", style="bare")
    figure = json.loads(client.get(f"/take/{SCATTER}.json?{asked}").data)
    assert figure["layout"]["meta"] == {
        "study_digest": example.digest,
        "line": False,
        "width_mm": 89.0,
        "type_pt": 7.0,
        "parts": ["title", "labels"],
        "needs_mm": None,
        "left_out": None,
    }
    assert figure["layout"]["width"] == 505
    # The look of the log is one for scatters with a line; without one it is as on paper.
    asked = query_string(picture="log", width="89", type="7", parts="labels")
    log = json.loads(client.get(f"/take/{SCATTER}.json?{asked}").data)
    assert log["layout"]["width"] == 505


@pytest.mark.parametrize(("kind", "begins"), [("tex", "% needs"), ("md", "| task |")])
def test_data_go_into_a_text(client, example, kind, begins):
    answer = client.get(f"/take/{BARS}.{kind}?method=ftwb1")
    name = f"{BARS}-{example.digest[:12]}.{kind}"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.get_data(as_text=True).startswith(begins)


def test_a_matrix_is_one_in_a_text_and_a_list_of_cells_in_a_csv(client, example):
    text = client.get("/take/transfer-actual.tex?method=ftwb2&order=net").get_data(as_text=True)
    lines = text.splitlines()
    assert lines[1] == r"\begin{tabular}{l" + "r" * 7 + "}"
    assert lines[3].startswith("trained on & ")
    assert {name.strip(" \\") for name in lines[3].split("&")[1:]} == {
        task.name for task in example.tasks
    }
    sets = {run.trained for run in example.runs_of("ftwb2")}
    rows = lines[5:-2]
    assert len(rows) == len(sets)
    matrix = transfer_matrix(example, TransferQuery("ftwb2"))
    first = rows[0].removesuffix(r" \\").split(" & ")
    at = [" + ".join(one) for one in matrix.sources].index(first[0])
    shown = dict(zip([n.strip(" \\") for n in lines[3].split("&")[1:]], first[1:], strict=True))
    for column, target in enumerate(matrix.targets):
        assert float(shown[target].replace("$-$", "-")) == pytest.approx(
            matrix.values[at, column], abs=0.006
        )
    table = client.get("/take/transfer-actual.csv?method=ftwb2").get_data(as_text=True)
    assert len(table.splitlines()) == 1 + 7 * len(sets)


@pytest.mark.parametrize("file", ["take/balance-bars.csv", "take/balance-bars.json"])
@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("study=gone", "There is no study of that name here"),
        ("digest=g", "The files of this study have changed since the link was made"),
    ],
)
def test_no_file_is_made_of_a_study_the_link_may_not_mean(client, file, query, why):
    answer = client.get(f"/{file}?{query}")
    assert answer.status_code == 409
    assert f"No file is made of what may not be meant. {why}" in answer.get_data(as_text=True)


def test_a_figure_without_data_says_so(app_context):
    server = Flask("taking")
    (page,) = (page for page in PAGES if page.name == "balance")
    empty = replace(
        page,
        cards=(
            CardGroup(
                ("balance-empty",), lambda app_context, context: [CardContent(finding="Nothing")]
            ),
        ),
    )
    register(server, app_context, [empty])
    answer = server.test_client().get("/take/balance-empty.csv")
    assert answer.status_code == 404
    assert answer.get_data(as_text=True) == "This figure has no data to take along as a table.\n"


def test_a_study_that_cannot_be_read_has_nothing_to_take_along(app_context_of, tmp_path):
    server = Flask("taking")
    register(server, app_context_of(tmp_path), PAGES)
    answer = server.test_client().get(f"/take/{BARS}.csv")
    assert answer.status_code == 404
    assert answer.get_data(as_text=True) == "This study cannot be read, or has nothing to show.\n"


@pytest.mark.parametrize("style", [Style.PAPER, Style.BARE])
def test_on_paper_figures_are_white_with_thick_axes_in_every_mode(app_context, style):
    for page in PAGES:
        context = app_context.view_context(
            {"query": {"style": [style.value]}, "mode": Mode.DARK.value}
        )
        for name, content in exportable_cards(app_context, context, page).items():
            if content.figure is None:
                continue
            layout = content.figure.layout
            assert layout.template.layout.paper_bgcolor == "#ffffff", name
            assert layout.template.layout.xaxis.linewidth == 3
            assert content.size is not None
            assert (layout.width, layout.height) == content.size
            if style is Style.BARE:
                assert not layout.title.text
                assert layout.showlegend is False


def test_on_the_screen_a_figure_stays_what_it_is(app_context):
    (page,) = (page for page in PAGES if page.name == "balance")
    context = context_of(app_context)
    plain = page.card_contents(app_context, context)[SCATTER]
    assert exportable_cards(app_context, context, page)[SCATTER].figure == plain.figure
    assert CardContent(message=take_along("x")).styled(Style.PAPER).figure is None


def test_plain_text_is_what_a_reader_reads():
    children = ["One ", take_along("x").children[0], help_button("qap", "QAP p"), None, 2]
    assert plain_text(children) == "One Export2"
