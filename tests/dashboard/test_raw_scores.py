"""Scores as they were given know no zero: nothing on any surface says that something helps."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from dash import Dash

from core.analyses import BALANCE, GRAPH, TRANSFER
from core.analyses.query import TransferQuery
from core.cache.result_cache import ResultCache
from core.cli.commands import cli
from core.cli.formatters.graph import graph_markup
from core.errors import AtlasError
from core.io import open_study
from core.study import ValueScale
from dashboard.boards.board_page import board_html
from dashboard.boards.figures import now, shown_now
from dashboard.boards.store import Board, Pinned
from dashboard.details.routes import layout as panel_layout
from dashboard.details.routes import pair_part, similarity_part
from dashboard.export.collect import ExportRequest, collect
from dashboard.export.report import report_html
from dashboard.figures.parts.square import is_square
from dashboard.figures.parts.theme import Mode, theme
from dashboard.figures.transfer import transfer_heatmap
from dashboard.pages import PAGES, balance, network, overview
from dashboard.pages.pairs import rows as pair_rows
from dashboard.pages.pairs.grid import definitions, shown_first
from dashboard.state.context import AppContext
from dashboard.state.study_library import StudyLibrary
from dashboard.ui.help import help_body
from dashboard.ui.shell import shell
from dashboard.ui.url_sync import answer_state
from tests.studies import StudyFiles

BANNED = re.compile(
    r"\b(gift|harm|help(s|ed|ful|ing)?\b(?!-)|(above|below) (zero|0)(?![.0-9])|no transfer"
    r"|negative (transfer|value|arrow|edge)|improve|gain|loss(es)?\b|net (giver|taker|improvement)"
    r"|published|strict"
    r"|standard performance|normalized|no change|costs?\b|takes? most|give as much"
    r"|gives? (more|most|least))",
    re.IGNORECASE,
)
"""What cannot be said of a score whose zero nobody knows."""

ALLOWED = ("help", "published", "strict", "negative values shown")

CHOICES = ("published", "strict")

TASKS = ("alpha", "beta", "gamma", "delta", "epsilon")
METHODS = ("single", "other", "joint")


def raw_study(folder: Path, metric: str) -> Path:
    """Five tasks, three methods, two seeds, CKA: rewards (some negative), or errors."""
    draw = np.random.default_rng(3)
    study = StudyFiles(folder)
    rows = ["sources,target,score,method,seed"]
    sets = [*((task,) for task in TASKS), *itertools.combinations(TASKS, 2)]
    for method, seed in itertools.product(METHODS, (1, 2)):
        for sources in sets:
            if (len(sources) > 1) != (method == "joint"):
                continue
            for target in TASKS:
                value = draw.normal(0.0, 30.0) if metric == "score" else draw.uniform(1.0, 60.0)
                rows.append(f"{'+'.join(sources)},{target},{value:.3f},{method},{seed}")
    study.write("scores.csv", "\n".join(rows) + "\n")
    runs = ["run,method,trained,base,seed", *(f"m-{task},alone,{task},,1" for task in TASKS)]
    study.write("runs.csv", "\n".join(runs) + "\n")
    cka = ["exp1,exp2,layer,final_cka"]
    for layer, (one, two) in itertools.product((0, 1), itertools.combinations(TASKS, 2)):
        cka.append(f"m-{one},m-{two},{layer},{draw.uniform(0.2, 0.9):.3f}")
    study.write("cka.csv", "\n".join(cka) + "\n")
    over_training = ["exp1,exp2,layer,checkpoint,cka"]
    for step, line in itertools.product((10, 20), cka[1:]):
        one, two, layer, value = line.split(",")
        over_training.append(f"{one},{two},{layer},{step},{value}")
    study.write("course.csv", "\n".join(over_training) + "\n")
    tasks = "".join(
        f'[tasks.{task}]\nmetric = "{metric}"\n[tasks.{task}.covariates]\nsize = {size}\n'
        for size, task in enumerate(TASKS)
    )
    study.write(
        "study.toml",
        f'title = "Raw"\n{tasks}[methods.single]\n[methods.other]\n[methods.alone]\n'
        '[methods.joint]\npredicted_from = "single"\n'
        '[evaluations]\nlayout = "scores"\npath = "scores.csv"\n'
        '[cka]\nsummary = "cka.csv"\ncheckpoints = "course.csv"\n',
    )
    return folder


@pytest.fixture(scope="module", params=["score", "error"])
def folder(request, tmp_path_factory) -> Path:
    return raw_study(tmp_path_factory.mktemp("raw"), request.param)


@pytest.fixture(scope="module")
def app_context(folder, tmp_path_factory) -> AppContext:
    assert open_study(folder).value_scale is ValueScale.RAW
    return AppContext(StudyLibrary([folder]), ResultCache(tmp_path_factory.mktemp("cache")))


def strings(value: Any) -> Iterator[str]:
    """Every text of anything JSON can hold, but names of classes, ids and keys of the glossary."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("id", "className", "class", "classes", "type", "namespace", "selector"):
                yield from strings(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from strings(inner)
    elif isinstance(value, np.ndarray) and value.dtype.kind in "OU":
        yield from strings(value.ravel().tolist())


NO_TEXT = ("data-help", "htmlFor", "data-fold", "data-card", "aria-labelledby", "data-fetched")


def texts(component: Any) -> list[str]:
    """Every text of components or of a figure, hovers and labels for the ear among them."""

    def plain(held: Any) -> Any:
        found = held.to_plotly_json()
        props = found.get("props", found)
        return {k: v for k, v in props.items() if k not in NO_TEXT}

    return list(strings(json.loads(json.dumps(component, default=plain))))


def figure_texts(figure: Any) -> list[str]:
    return list(strings(figure.to_plotly_json()))


def assert_silent(where: str, found: Any) -> int:
    """Returns how many texts were looked at, so that none can pass by finding none."""
    looked_at = [text for text in found if text.strip()]
    said = {text for text in looked_at if BANNED.search(text)}
    assert not said, f"{where}: {sorted(said)[:8]}"
    return len(looked_at)


def queries() -> Iterator[dict[str, list[str]]]:
    for method in ("single", "joint"):
        yield {"method": [method]}
    yield {"method": ["joint"], "prediction": ["cross-fitted"]}
    yield {"method": ["single"], "against": ["other"], "order": ["net"], "seeds": ["1"]}
    yield {"method": ["single"], "scale": ["strict"]}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_card_says_that_something_helps(page, app_context):
    looked_at = 0
    for query in queries():
        context = app_context.view_context({"query": query, "mode": "light"})
        for name, content in page.card_contents(app_context, context).items():
            if content.hidden:
                continue
            where = f"{name} {query}"
            shown = (content.finding, content.above, content.details, content.caption)
            looked_at += assert_silent(where, texts([*shown, content.message]))
            if content.figure is not None:
                looked_at += assert_silent(f"figure {where}", figure_texts(content.figure))
            if content.table is not None:
                table = content.table
                cells = [*table.columns, *strings(table.values.tolist())]
                looked_at += assert_silent(f"table {where}", cells)
        for piece in page.fetched:
            try:
                shown = texts(piece.show(app_context, context))
            except AtlasError as why:
                shown = [str(why)]
            assert_silent(piece.name, shown)
    assert looked_at > 25


def test_no_network_says_that_something_helps(app_context):
    for query in queries():
        outputs = network.shown(app_context, {"query": query, "mode": "light"})
        assert assert_silent(str(query), texts(outputs)) > 25
        drawn = outputs[0]
        assert drawn
        assert not any("harm" in element.get("classes", "").split() for element in drawn)


def test_no_panel_says_that_something_helps(app_context):
    selections = (["alpha"], ["alpha", "beta"], ["alpha", "alpha"], ["alpha+beta"])
    sets = (["alpha+beta", "gamma"], ["alpha+beta", "alpha"])
    looked_at = 0
    for query, chosen in itertools.product(queries(), (*selections, *sets)):
        for number in ("actual", "predicted", "difference", "versus"):
            asked = {**query, "select": chosen, "number": [number]}
            figure_input = {"query": asked, "mode": "light"}
            for part in (
                pair_part(app_context, figure_input),
                similarity_part(app_context, figure_input),
            ):
                if part is not None:
                    looked_at += assert_silent(str(asked), texts([part.title, part.body]))
    assert looked_at > 1000


def test_no_control_hint_or_explanation_says_that_something_helps(app_context, folder):
    Dash("shell", requests_pathname_prefix="/")
    said = texts(shell(PAGES, panel=panel_layout(), panel_parts={}))
    # The button that opens the explanations, and a control that given scores do not have.
    assert_silent(
        "shell", [text for text in said if text.strip().lower() not in (*ALLOWED, *overview.LISTS)]
    )
    study = open_study(folder)
    assert assert_silent("help", texts(help_body(study.value_scale))) > 50
    for page, query in itertools.product(PAGES, queries()):
        state = {"query": {**query, "tab": [page.name]}, "from": "address"}
        shown = [texts(one) for one in answer_state(app_context, PAGES, state)]
        said = [text for one in shown for text in one if text.lower().strip() not in CHOICES]
        assert assert_silent(f"controls of {page.name}", said) > 5


def test_no_report_says_that_something_helps(app_context):
    collected = collect(app_context, ExportRequest(methods=("single", "joint")))
    html = report_html(collected)
    said = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.DOTALL)
    assert assert_silent("report", re.sub(r"<[^>]*>", "\n", said).splitlines()) > 200


def board_texts(app_context: AppContext, folder: Path) -> tuple[list[str], int]:
    """What a board says of the first figure or table of each tab, and how many those are."""
    pinned = []
    for page in PAGES:
        query = {"study": [folder.name], "tab": [page.name], "method": ["single"]}
        context = app_context.view_context({"query": query, "mode": "light"})
        for name, content in page.card_contents(app_context, context).items():
            if content.figure is None and content.table is None:
                continue
            shown = shown_now(app_context, PAGES, query, name)
            pinned.append(Pinned(str(len(pinned)), shown, "", "", "2026-11-27T08:00:00"))
            break  # all others are made by the same code
    board = Board("ab12", "Kept", "", "", "2026-11-27T08:00:00", figures=tuple(pinned))
    said = board_html(board, {one.number: now(app_context, PAGES, one) for one in pinned})
    said = re.sub(r"<(script|style)\b.*?</\1>", " ", said, flags=re.DOTALL)
    return re.sub(r"<[^>]*>", "\n", said).splitlines(), len(pinned)


def test_no_board_says_that_something_helps(app_context, folder):
    said, count = board_texts(app_context, folder)
    assert count >= 8
    assert assert_silent("board", said) > 100


def test_the_same_look_finds_such_words_where_there_is_a_zero(tmp_path):
    """Else the tests above could pass by looking past everything."""
    folder = raw_study(tmp_path / "gain", "score")
    manifest = folder / "study.toml"
    manifest.write_text(manifest.read_text() + "[scale]\nzero = 1.5\n")
    app_context = AppContext(StudyLibrary([folder]), ResultCache(None))
    query = {"method": ["single"]}
    context = app_context.view_context({"query": query, "mode": "light"})
    drawn = texts(network.shown(app_context, {"query": query, "mode": "light"}))
    selected = {"query": {**query, "select": ["alpha"]}, "mode": "light"}
    looked_at = {
        "overview": texts(
            [c.finding for c in overview.PAGE.card_contents(app_context, context).values()]
        ),
        "network": drawn,
        "panel": texts([pair_part(app_context, selected).body]),
        "help": texts(help_body(open_study(folder).value_scale)),
        "board": board_texts(app_context, folder)[0],
    }
    for where, said in looked_at.items():
        assert any(BANNED.search(text) for text in said), where


COMMANDS = (
    ["check"],
    ["several", "--method", "joint"],
    ["association", "--method", "single", "--specifications"],
    ["similarity"],
    *(["matrix", "--method", "joint", "--kind", kind] for kind in ("actual", "difference")),
    ["matrix", "--method", "single", "--kind", "versus", "--other", "other"],
    ["matrix", "--method", "single", "--csv"],
    ["association", "--method", "single"],
    ["association", "--method", "single", "--sweep"],
    ["balance", "--method", "single"],
    ["plan", "--method", "single", "--size", "2"],
    ["predictors", "--method", "single"],
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_says_that_something_helps(command, folder):
    name, *options = command
    result = CliRunner().invoke(cli, [name, str(folder), *options], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert assert_silent(" ".join(command), result.output.splitlines()) > 0


def test_the_best_and_the_teachers_are_told(app_context):
    """Not by saying nothing: better is named, teachers have effects."""
    context = app_context.view_context({"query": {"method": ["single"]}, "mode": "light"})
    overview_cards = overview.PAGE.card_contents(app_context, context)
    assert "as they were given" in " ".join(
        text for card in overview_cards.values() for text in texts(card.message)
    )
    (drawn,) = network.PAGE.card_contents(app_context, context).values()
    assert "the best is" in drawn.finding
    assert "giver effect" in drawn.finding
    first, second = balance.PAGE.card_contents(app_context, context).values()
    assert "highest giver effect" in first.finding
    assert "how hard the targets are" in second.finding
    assert is_square(second.figure.layout)
    assert not is_square(first.figure.layout)


def test_where_giver_effects_cannot_be_told_no_empty_frame_stands_for_them(app_context):
    query = {"method": ["single"], "exclude": ["gamma", "delta", "epsilon"]}
    context = app_context.view_context({"query": query, "mode": "light"})
    first, second = balance.PAGE.card_contents(app_context, context).values()
    assert first.finding == "Sums of scores mostly say how hard the targets are."
    assert is_square(first.figure.layout)
    assert second.figure is None
    assert "giver effects need at least 3 tasks" in " ".join(texts(second.message))


def test_the_widest_arrow_is_the_best_whatever_the_direction(app_context):
    context = app_context.view_context({"query": {"method": ["single"]}, "mode": "light"})
    graph = app_context.fetch(GRAPH, context.study, context.view.pairs_query(context.study))
    known = graph.transfer[np.isfinite(graph.transfer)]
    widest = max(graph.edges, key=lambda edge: edge.strength)
    best = known.min() if context.study.lower_targets else known.max()
    assert widest.transfer == best
    assert not widest.harms
    found = app_context.fetch(BALANCE, context.study, context.view.pairs_query(context.study))
    assert {node.task: node.giver for node in graph.nodes} == {
        effect.task: effect.giver for effect in found.social_relations.effects
    }


def test_a_graph_file_speaks_of_no_scale_and_gives_the_giver_effect(app_context):
    context = app_context.view_context({"query": {"method": ["single"]}, "mode": "light"})
    graph = app_context.fetch(GRAPH, context.study, context.view.pairs_query(context.study))
    for form in ("graphml", "gexf"):
        text = graph_markup(graph, threshold=0.0, form=form)
        assert "giver" in text
        assert_silent(form, text.splitlines())


def test_pairs_say_where_less_is_better_and_do_not_judge_two_targets(app_context):
    query = {"method": ["joint"]}
    context = app_context.view_context({"query": query, "mode": "light"})
    pairs = pair_rows.pairs_of(app_context, context)
    columns = {one["colId"]: one["context"] for one in definitions(pairs, shown_first(pairs))}
    assert columns["difference"]["judged"]
    less = not context.study.tasks[0].metric.higher_is_better
    shown = pair_rows.first_rows(pairs)["rows"]
    assert [row.get("lower", False) for row in shown] == [less] * len(shown)
    single = app_context.view_context({"query": {"method": ["single"]}, "mode": "light"})
    pairs = pair_rows.pairs_of(app_context, single)
    columns = {one["colId"]: one["context"] for one in definitions(pairs, shown_first(pairs))}
    assert columns["asymmetry"]["written"] == "signed"
    assert "judged" not in columns["asymmetry"]


def test_errors_beside_scores_are_coloured_target_by_target(tmp_path):
    folder = raw_study(tmp_path / "mixed", "score")
    manifest = folder / "study.toml"
    text = manifest.read_text()
    manifest.write_text(
        text.replace('[tasks.beta]\nmetric = "score"', '[tasks.beta]\nmetric = "error"')
    )
    study = open_study(folder)
    matrix = TRANSFER.compute(study, TransferQuery("single"))
    assert matrix.mixes_directions
    figure = transfer_heatmap(matrix, study, theme(Mode.LIGHT))
    column = matrix.targets.index("beta")
    shades = np.asarray(figure.data[0].z, dtype=float)[:, column]
    assert shades.argmax() == matrix.values[:, column].argmin()
    assert shades.max() == 1
    assert "of each target" in figure.layout.coloraxis.colorbar.title.text


def test_a_gain_has_no_one(tmp_path):
    folder = raw_study(tmp_path / "gain", "score")
    manifest = folder / "study.toml"
    manifest.write_text(manifest.read_text() + "[scale]\nzero = 1.5\n")
    app_context = AppContext(StudyLibrary([folder]), ResultCache(None))
    assert open_study(folder).value_scale is ValueScale.GAIN
    full = re.compile(r"standard performance|1 = (its|full)|normalized", re.IGNORECASE)
    for page, query in itertools.product(PAGES, queries()):
        context = app_context.view_context({"query": query, "mode": "light"})
        for name, content in page.card_contents(app_context, context).items():
            shown = (content.finding, content.above, content.details, content.caption)
            said = texts([*shown, content.message])
            if content.figure is not None:
                said += figure_texts(content.figure)
            assert not [text for text in said if full.search(text)], name
