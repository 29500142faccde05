"""The Pairs tab: its columns, the rows the grid asks for, the file."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from dash import no_update
from dash.exceptions import PreventUpdate

from core.analyses import PAIRS
from core.analyses.pairs.filtering import Filter, FilterOperator, SortKey, find_rows
from core.analyses.query import TransferQuery
from core.errors import RequestError
from dashboard.app import ASSETS
from dashboard.pages import pairs
from dashboard.pages.pairs import rows as pair_rows
from dashboard.pages.pairs.ids import TABLE
from dashboard.text import names
from dashboard.text.findings.pairs import pairs_finding
from tests.core.small import square_study
from tests.studies import write_study_files

HOSTILE = "<img src=x onerror=alert(1)>"


def figure_input(**query):
    return {"query": {"study": ["atlantis"], **query}, "mode": "light"}


def said(component) -> str:
    return json.dumps(component, default=lambda c: c.to_plotly_json(), ensure_ascii=False)


def show(app_context, *, offered=(), chosen=(), **query):
    return pairs.shown(app_context, figure_input(**query), offered=offered, chosen=chosen)


def ask(app_context, *, query=None, **question):
    return pair_rows.found(
        app_context, figure_input(**(query or {})), {"id": 7, "start": 0, "end": 100, **question}
    )


def definitions(content):
    return {column["colId"]: column for column in content["columns"]}


def test_the_grid_has_the_columns_of_the_method_and_each_seeds_own_hidden(app_context):
    options, value, finding, caption, content, hidden, message = show(app_context, method=["ftwb2"])
    columns = definitions(content)
    assert not hidden
    assert message is None
    assert finding.startswith("FTWB2, 147 pairs of 21 training sets and 7 targets: of the 105 to")
    assert "n = 147 pairs" in said(caption)
    assert "CKA" not in said(caption)
    assert columns["seed:42"]["hide"]
    assert not columns["values"]["hide"]
    assert {"predicted", "difference", "raw", "unit", "low"} <= set(columns)
    # Sources of two tasks have neither a way back nor a CKA: the chooser says so.
    assert not {"reverse", "asymmetry", "cka"} & set(columns)
    cka = next(option for option in options if option["value"] == "cka")
    assert cka["disabled"]
    assert "no run is trained on one task" in said(cka["label"])
    assert "cka" not in value
    *_, caption, content, _, _ = show(app_context, method=["ftwb1"])
    assert "CKA of single-task models, layer 3" in said(caption)
    single = definitions(content)
    assert {"reverse", "asymmetry", "cka"} <= set(single)
    assert "predicted" not in single


def test_each_heading_says_what_its_column_is(app_context):
    options, *_, content, _, _ = show(app_context, method=["ftwb1"])
    told = {key: one["headerTooltip"] for key, one in definitions(content).items()}
    assert told.keys() > {"shrunken_low", "sd", "cka", "seed:42"}
    for key, text in told.items():
        title, _, about = text.partition(": ")
        assert len(about.split()) > 4, (key, title)
    assert told["shrunken_low"] == (
        "left, 95 % low: lower end of the 95 % interval of what is left without luck"
    )
    for option in options:
        assert option["disabled"] or "help-button" in said(option["label"]), option["value"]


def test_rows_that_came_before_the_tab_was_opened_are_those_asked_for_then(app_context):
    _, _, _, _, opened, *_ = show(app_context)
    told = {**figure_input(), "foreseen": True}
    foreseen = pairs.shown(app_context, told, offered=(), chosen=())[4]
    assert foreseen == opened
    answered = ask(app_context)
    assert opened["first"] == {key: answered[key] for key in ("rows", "count", "of")}


@pytest.mark.parametrize(
    "rows", [[[1, 3, 2], [2, 1, 3], [0, 0, 1]], [[1, 3, 3], [0, 1, 2], [2, 0, 1]]]
)
def test_the_finding_names_the_first_and_the_last_pair_of_the_sorted_list(rows):
    study = square_study([rows])
    table = PAIRS.compute(study, TransferQuery("ft1"))
    untrained = Filter("trained", FilterOperator.NOT_EQUAL, "yes")
    found = find_rows(table, [untrained], [SortKey("values", descending=True)])
    first, last = (names.in_words(*table.pair(int(found[at]))) for at in (0, -1))
    said = pairs_finding(table, study)
    assert f" {first} (" in said.split("highest")[1].split("lowest")[0]
    assert f" {last} (" in said.split("lowest")[1]


def test_what_was_unticked_stays_so_with_another_method(app_context):
    options, value, *_ = show(app_context, method=["ftwb1"])
    chosen = [key for key in value if key != "low"] + ["seed:43"]
    _, value, *_, content, _, _ = show(app_context, offered=options, chosen=chosen, method=["ft2"])
    assert "low" not in value
    assert "seed:43" in value
    assert "predicted" in value  # was not offered before
    hidden = {key: column["hide"] for key, column in definitions(content).items()}
    assert (hidden["low"], hidden["seed:43"], hidden["seed:44"]) == (True, False, True)


def test_the_browser_knows_how_each_column_is_written(app_context):
    *_, content, _, _ = show(app_context, method=["ftwb1"])
    written = {key: one["context"].get("written") for key, one in definitions(content).items()}
    assert written["source"] == written["target"] == "name"
    assert written["trained"] is written["unit"] is None
    assert (written["values"], written["n"], written["raw"]) == ("number", "count", "raw")
    *_, content, _, _ = show(app_context, method=["ftwb2"])
    written |= {key: one["context"].get("written") for key, one in definitions(content).items()}
    assert written["difference"] == "signed"
    judged = {key for key, one in definitions(content).items() if one["context"].get("judged")}
    assert "difference" in judged <= {"difference", "asymmetry"}
    options = (ASSETS / "js" / "widgets" / "pairs-options.js").read_text(encoding="utf-8")
    known = re.search(r"const WRITTEN = {(.*?)\n  };", options, re.DOTALL)
    assert known
    assert set(written.values()) - {None} <= set(re.findall(r"^    (\w+):", known[1], re.MULTILINE))


def test_blocks_of_rows_as_they_are_asked_for(app_context):
    answer = ask(app_context, query={"method": ["ftwb2"]}, start=100, end=200)
    assert (answer["id"], answer["count"], answer["of"]) == (7, 147, 147)
    assert len(answer["rows"]) == 47
    row = answer["rows"][0]
    assert row["id"] == "100"
    assert row["pair"][0].replace("+", " + ") == row["source"]
    assert row["source"].count(" + ") == 1
    assert isinstance(row["values"], float)
    assert "reverse" not in row


def test_filters_and_sorting_of_the_grid(app_context):
    model = {
        "source": {"filterType": "text", "type": "contains", "filter": "COMP"},
        "values": {"filterType": "number", "type": "inRange", "filter": 0.5, "filterTo": 2},
        "trained": {"filterType": "text", "type": "notEqual", "filter": "yes"},
    }
    sort = [{"colId": "values", "sort": "desc"}]
    answer = ask(app_context, query={"method": ["ftwb1"]}, filter=model, sort=sort)
    rows = answer["rows"]
    assert 0 < answer["count"] == len(rows) < answer["of"] == 49
    assert {row["source"] for row in rows} == {"compass"}
    values = [row["values"] for row in rows]
    assert values == sorted(values, reverse=True)
    assert min(values) >= 0.5
    blank = {"values": {"type": "blank"}}
    assert ask(app_context, filter=blank)["count"] == 0


@pytest.mark.parametrize(
    ("question", "fault"),
    [
        ({"filter": {"nothing": {"type": "blank"}}}, "no column 'nothing'"),
        ({"filter": {"values": {"type": "runs"}}}, "no test 'runs'"),
        ({"filter": {"values": {"type": "equals", "filter": "x"}}}, "'x' is no number"),
        ({"filter": {"values": {"type": "equals"}}}, "is no number"),
        ({"filter": {"values": 3}}, "a filter of values that is none"),
        ({"sort": [{"colId": "nothing", "sort": "asc"}]}, "no column 'nothing'"),
    ],
)
def test_a_question_that_makes_no_sense_gets_no_rows_and_the_reason(app_context, question, fault):
    answer = ask(app_context, **question)
    assert answer["rows"] == []
    assert fault in answer["fault"]


def test_any_question_is_answered(app_context):
    for asked in (None, 7, {}, {"id": 1, "start": "0", "end": None}, {"start": -5, "end": 10**9}):
        answer = pair_rows.found(app_context, figure_input(), asked)
        assert 0 < len(answer["rows"]) <= pair_rows.MOST_AT_ONCE
    listed = {"filter": [], "sort": {"colId": "values"}}
    assert pair_rows.found(app_context, figure_input(), listed)["count"] > 0


def test_conditions_of_a_filter_model():
    (condition,) = pair_rows.conditions({"values": {"type": "inRange", "filter": 1, "filterTo": 2}})
    assert (condition.test, condition.value, condition.upto) == (FilterOperator.IN_RANGE, 1, 2.0)
    assert pair_rows.conditions(None) == []
    with pytest.raises(RequestError):
        pair_rows.conditions({"values": {}})


def test_the_file_has_what_is_found_in_the_order_and_columns_shown(app_context):
    asked = {
        "filter": {"target": {"type": "equals", "filter": "angle"}},
        "sort": [{"colId": "values", "sort": "asc"}],
        "start": 0,
        "end": 2,
    }
    keys = ["source", "target", "values", "n"]
    file = pair_rows.file_of(app_context, figure_input(method=["ftwb1"]), asked, keys)
    header, *rows = csv.reader(io.StringIO(file["content"]))
    assert header == ["source", "target", "transfer", "seeds"]
    assert len(rows) == 7  # all that is found, not the block
    assert {row[1] for row in rows} == {"angle"}
    values = [float(row[2]) for row in rows]
    assert values == sorted(values)
    assert {row[3] for row in rows} == {"4"}
    assert file["filename"].startswith("pairs-ftwb1-")


def test_hostile_names_are_text_and_no_formulas(app_context_of, tmp_path):
    files = write_study_files(tmp_path / "atlantis")
    for name in ("study.toml", "runs.csv", "evaluations.csv"):
        text = files.read(name).replace("crossing", "=1 1").replace("distance", HOSTILE)
        files.write(name, text)
    files.write(
        "study.toml",
        files.read("study.toml")
        .replace("tasks.=1 1", 'tasks."=1 1"')
        .replace(f"tasks.{HOSTILE}", f'tasks."{HOSTILE}"'),
    )
    app_context = app_context_of(files.folder)
    rows = ask(app_context, query={"method": ["ftwb1"]})["rows"]
    assert {row["source"] for row in rows} == {HOSTILE, "=1 1"}
    *_, content, _, _ = show(app_context, method=["ftwb1"])
    text = said(content["columns"])
    for way in ("innerHTML", "cellRenderer", "dangerously", "markdown"):
        assert way not in text
    content = pair_rows.file_of(
        app_context, figure_input(method=["ftwb1"]), {}, ["source", "target"]
    )["content"]
    assert "\n'=1 1," in content
    assert "\n=1" not in content
    assert ",=1" not in content


def test_hidden_sources_and_targets_are_named(app_context):
    caption = show(app_context, method=["ftwb1"], not_source=["angle"], not_target=["inside"])[3]
    assert "hidden as source: angle" in said(caption)
    assert "hidden as target: inside" in said(caption)
    assert "n = 36 pairs" in said(caption)


def test_empty_states_say_what_to_do(app_context, app_context_of, tmp_path):
    every = ["distance", "trianglearea", "angle", "compass", "inside", "perimeter", "crossing"]
    *_, hidden, message = show(app_context, method=["ftwb1"], not_source=every)
    assert hidden
    assert "Bring tasks back" in said(message)
    *_, message = show(app_context, seeds=["none"])
    assert "no seed chosen" in said(message)
    assert ask(app_context, query={"seeds": ["none"]})["fault"].startswith("no seed chosen")
    unreadable = app_context_of(tmp_path / "gone")
    for call in (
        lambda: show(unreadable),
        lambda: ask(unreadable),
        lambda: pair_rows.file_of(unreadable, figure_input(), {}, ["source"]),
    ):
        with pytest.raises(PreventUpdate):
            call()


def test_what_fails_is_a_reference_and_not_a_trace(app_context, monkeypatch, caplog):
    def broken(*_):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(pairs, "pairs_of", broken)
    text = said([v for v in show(app_context) if v is not no_update])
    assert "secret detail" not in text
    assert "secret detail" in caplog.text


def test_the_exhibit_is_the_whole_list(app_context, monkeypatch):
    context = app_context.view_context(figure_input(method=["ftwb1"]))
    content = pairs.PAGE.card_contents(app_context, context)[TABLE]
    assert content.table is not None
    assert len(content.table) == 49
    assert {"source", "target", "transfer", "note", "CKA, layer 3"} <= set(content.table.columns)
    assert {"km", "10⁶ km²"} <= set(content.table["unit"])
    monkeypatch.setattr(pairs, "ROWS_IN_FILE", 10)
    cut = pairs.PAGE.card_contents(app_context, context)[TABLE]
    assert len(cut.table) == 10
    assert "the first 10 pairs of 49" in cut.caption


def test_rows_are_others_with_what_they_depend_on_alone(app_context):
    def rows_of(**query):
        return show(app_context, **query)[4]["rows_of"]

    assert rows_of() == rows_of(tab=["transfer"]) == rows_of(filter=["source contains a"])
    assert rows_of() != rows_of(method=["ft2"])
    assert rows_of() != rows_of(scale=["strict"])
