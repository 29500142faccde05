"""Exports: every figure and table once, under a name of its own, in files that need no other."""

from __future__ import annotations

import base64
import gzip
import importlib
import json
import os
import re
import zlib
from hashlib import sha256
from html.parser import HTMLParser

import pandas as pd
import plotly.graph_objects as go
import pytest
from flask import Flask

from core.cache.result_cache import ResultCache
from core.errors import RequestError, StudyError
from dashboard.export import (
    ExportRequest,
    ImageFormat,
    collect,
    report_html,
    report_route,
    write_report,
    write_study,
)
from dashboard.export.collect import ExportItem
from dashboard.export.file_names import distinct, slug, slugs
from dashboard.export.html_page import article, changes, page, table_html
from dashboard.figures.parts.theme import Style
from dashboard.state.computing import BusyError
from dashboard.state.context import AppContext
from dashboard.state.study_library import StudyLibrary
from dashboard.ui.card import CardContent
from tests.hostile import FORMULA, TASK, write_hostile_study
from tests.studies import write_study_files

collect_module = importlib.import_module("dashboard.export.collect")
"""Its package has a function of the same name."""


@pytest.fixture(scope="module")
def app_context(remembering):
    return remembering


@pytest.fixture(scope="module")
def gathered(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gathered") / "study"
    write_study_files(folder, cka=True, representations=True)
    return collect(AppContext(StudyLibrary([folder]), ResultCache(None)), ExportRequest())


def item(**content: object) -> ExportItem:
    return ExportItem("card", "Tab", "", CardContent(**content), None, "A caption.")


# -- names -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("FTWB1", "ftwb1"),
        ("fine tuned, étape 2", "fine-tuned-etape-2"),
        ("../../etc/passwd", "etc-passwd"),
        ("<img src=x onerror=alert(1)>", "img-src-x-onerror-alert-1"),
        ("日本", "other"),
        ("", "other"),
        ("a" * 300, "a" * 40),
        ("con.html", "con-html"),
    ],
)
def test_a_slug_is_letters_digits_and_hyphens(name, expected):
    assert slug(name) == expected


def test_no_two_names_get_the_same_slug():
    names = ["A b", "a-b", "a_b", "a b 2", "日", "本"]
    found = slugs(names)
    assert list(found) == names
    assert len(set(found.values())) == len(names)


def test_a_second_name_is_numbered():
    assert list(distinct(["a", "a", "a-2", "a"])) == ["a", "a-2", "a-2-2", "a-3"]


# -- what is gathered --------------------------------------------------------------------------


def test_everything_is_there_once_and_named_by_method_where_methods_differ(gathered):
    names = [item.name for item in gathered.items]
    assert len(set(names)) == len(names)
    assert [one.label for one in gathered.methods] == ["FTWB1", "FTWB2"]
    assert {"overview-methods", "transfer-actual-ftwb1", "transfer-actual-ftwb2"} <= set(names)
    # FTWB2 has no run of one task: its Balance is FTWB1's, which stands there once; here no task is
    # source and target, which one message says.
    balance = [item for item in gathered.items if item.name.startswith("balance-")]
    assert [item.name for item in balance] == ["balance-scatter"]
    assert "there is nothing to balance" in balance[0].absent
    tabs = list(dict.fromkeys(item.tab for item in gathered.items))
    assert tabs[:2] == ["Overview", "Transfer"]
    assert tabs[-1] == "Pairs"


def test_what_is_not_there_is_named_with_its_reason(gathered):
    missing = next(i for i in gathered.items if i.name == "transfer-predicted-ftwb1")
    assert missing.absent.startswith("FTWB1 has no prediction")
    assert "left" not in missing.absent


def test_a_figure_has_its_dark_sister_on_screen_and_none_on_paper(app_context_of, write_study):
    app_context = app_context_of(write_study(cka=True).folder)
    screen = collect(app_context, ExportRequest(methods=("ftwb1",)))
    paper = collect(app_context, ExportRequest(methods=("ftwb1",), style=Style.PAPER))
    by_name = {item.name: item for item in paper.items}
    assert by_name.keys() == {item.name for item in screen.items}
    for item in screen.items:
        assert (item.dark is None) == (item.content.figure is None)
        assert by_name[item.name].dark is None
        if item.content.figure is not None:
            assert by_name[item.name].content.size is not None


def test_steps_are_told(app_context_of, write_study):
    told: list[tuple[int, int, str]] = []
    app_context = app_context_of(write_study().folder)
    collect(app_context, ExportRequest(), on_progress=lambda *step: told.append(step))
    total = told[0][1]
    assert [done for done, _, _ in told] == list(range(total + 1))
    assert told[0][2] == "Overview, FTWB1"


def test_what_the_study_does_not_have_is_an_error(app_context_of, write_study):
    app_context = app_context_of(write_study().folder)
    with pytest.raises(
        RequestError, match="no method nowhere in this study: there is ftwb1, ftwb2"
    ):
        collect(app_context, ExportRequest(methods=("nowhere",)))
    with pytest.raises(RequestError, match="has no seed “7”"):
        collect(app_context, ExportRequest(query={"seeds": ["7"]}))
    with pytest.raises(RequestError, match="No task “nothing” to exclude"):
        collect(app_context, ExportRequest(query={"exclude": ["nothing"]}, methods=("ftwb1",)))


def test_in_the_page_it_falls_back_as_the_page_does(app_context_of, write_study):
    app_context = app_context_of(write_study().folder)
    assert collect(app_context, ExportRequest(query={"seeds": ["7"]}, strict=False)).items


def test_a_method_without_what_is_asked_for_is_left_out_and_named(app_context_of, write_study):
    files = write_study()
    files.append(
        "runs.csv", "pt2,pretrain,distance+crossing,,43,,\npt2_1,ftwb1,distance,pt2,43,,\n"
    )
    rows = [f"{run},{task},shifted,9000,1.5" for run in ("pt2", "pt2_1") for task in
            ("distance", "crossing")]  # fmt: skip
    rows += [f"pt2,{task},standard,9000,1.25" for task in ("distance", "crossing")]
    files.append("evaluations.csv", "\n".join(rows) + "\n")
    found = collect(app_context_of(files.folder), ExportRequest(query={"seeds": ["43"]}))
    assert [one.label for one in found.methods] == ["FTWB1"]
    assert found.notices[0].startswith("FTWB2 is left out: ftwb2 has no seed “43”")


def test_a_study_that_cannot_be_read_says_why(app_context_of, write_study):
    files = write_study()
    files.replace("study.toml", 'metric = "error"', 'metric = "eror"')
    with pytest.raises(StudyError, match=r"study\.toml"):
        collect(app_context_of(files.folder), ExportRequest())


def test_a_study_without_runs_has_nothing_to_export(app_context_of, write_study):
    files = write_study()
    lines = files.read("runs.csv").splitlines()
    files.write("runs.csv", "\n".join(line for line in lines if "ftwb" not in line) + "\n")
    lines = files.read("evaluations.csv").splitlines()
    files.write("evaluations.csv", "\n".join(x for x in lines if "ftwb" not in x) + "\n")
    with pytest.raises(RequestError, match="nothing to export"):
        collect(app_context_of(files.folder), ExportRequest())


# -- HTML --------------------------------------------------------------------------------------


def test_a_long_table_says_how_much_of_it_is_shown():
    table = pd.DataFrame({"a<b": range(250), "v": [0.12345] * 250, "w": [float("nan")] * 250})
    text = table_html(table)
    assert "a&lt;b" in text
    assert "0.123" in text
    assert "The first 50 of 250 rows." in text


def test_a_table_has_no_empty_column_and_counts_without_decimals():
    nan = float("nan")
    table = pd.DataFrame(
        {
            "seeds": [1.0, nan, 1204.0],
            "share": [1.0, 0.5, nan],
            "unit": ["", None, ""],
            "low": [nan] * 3,
            "far": [1e300, -2.0, nan],
        }
    )
    text = table_html(table)
    assert re.findall("<th [^>]*>([^<]*)", text) == ["seeds", "share", "far"]
    cells = re.findall("<td[^>]*>([^<]*)", text)
    assert cells[::3] == ["1", "", "1,204"]
    assert cells[1::3] == ["1.00", "0.500", ""]
    assert all(len(cell) < 20 for cell in cells)
    # One that has nothing at all still has its head.
    assert "low" in table_html(table[["low"]])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"a": 1, "b": [1, 2]}, {"a": 1, "b": [1, 3]}),
        ({"a": [{"x": 1}, {"y": 2}]}, {"a": [{"x": 1}, {"y": [2]}]}),
        ({"a": {"x": 1}}, {"a": {"z": 1}}),
        ({"a": [1]}, {"a": [1, 2]}),
        ({"a": None}, {"a": {}}),
    ],
)
def test_changes_lead_from_one_to_the_other(before, after):
    def apply(value, change):
        if isinstance(change, list):
            return change[0]
        keys = value.keys() if isinstance(value, dict) else range(len(value))
        new = {k: apply(value[k], change[str(k)]) if str(k) in change else value[k] for k in keys}
        return new if isinstance(value, dict) else list(new.values())

    assert apply(before, changes(before, after)) == after
    assert changes(before, before) == {}


class Reader(HTMLParser):
    """Elements and their attributes, and the texts of scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self._inside = tag == "script" and "type" not in dict(attributes)

    def handle_data(self, data):
        if self._inside:
            self.scripts.append(data)
            self._inside = False


def test_a_file_needs_no_other_and_lets_only_our_scripts_run(gathered):
    text = report_html(gathered)
    read = Reader(text)
    policy = next(
        attributes["content"]
        for tag, attributes in read.elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    hashes = [base64.b64encode(sha256(s.encode()).digest()).decode() for s in read.scripts]
    assert len(hashes) == 4
    assert all(f"'sha256-{one}'" in policy for one in hashes)
    for tag, attributes in read.elements:
        for key in ("src", "href"):
            value = attributes.get(key)
            assert value is None or value.startswith(("#", "data:")), (tag, value)
        assert not [key for key in attributes if key.startswith("on")]
    for found in gathered.items:
        assert f'id="{found.name}"' in text
    assert gathered.study.digest in text
    assert f"{gathered.day:%Y-%m-%d}" in text


def test_stored_figures_can_be_read_and_end_no_element():
    figure = go.Figure(go.Bar(x=["</script><script>", "\u2028&"], y=[1, 2]))
    text = page("A title", "<main></main>", figures=[item(figure=figure)])
    stored = re.search(r'<script type="application/json" id="data-card">(.*?)</script>', text)
    assert stored
    assert json.loads(stored[1])["light"]["data"][0]["x"] == ["</script><script>", "\u2028&"]


def test_a_figure_with_one_scale_on_both_axes_is_square_on_a_board_and_on_paper():
    ends = {"range": [0, 1]}
    text = article(item(figure=go.Figure(layout={"xaxis": ends, "yaxis": ends})))
    assert "aspect-ratio:1" in text
    wide = go.Figure(layout={"xaxis": ends, "yaxis": {"range": [0, 2]}, "height": 300})
    assert "width:100%;height:300px" in article(item(figure=wide))


# -- files -------------------------------------------------------------------------------------


def test_each_figure_table_and_list_is_written(gathered, tmp_path):
    told: list[tuple[int, int, str]] = []
    written = write_study(
        gathered, tmp_path / "out", ImageFormat.HTML, on_progress=lambda *step: told.append(step)
    )
    there = {path.name for path in (tmp_path / "out").iterdir()}
    assert there == set(written.files)
    assert len(told) == len(written.files) == told[-1][0] == told[-1][1]
    for found in gathered.items:
        assert (f"{found.name}.html" in there) == (not found.absent)
        assert (f"{found.name}.csv" in there) == (found.content.table is not None)
    assert {"index.html", "report.html", "captions.txt"} <= there
    index = (tmp_path / "out" / "index.html").read_text()
    assert all(f'href="{name}"' in index for name in written.files[:-3])
    captions = (tmp_path / "out" / "captions.txt").read_text()
    assert f"study digest {gathered.study.digest}" in captions
    table = pd.read_csv(tmp_path / "out" / "transfer-actual-ftwb1.csv", encoding="utf-8-sig")
    assert set(table["target"]) == {task.name for task in gathered.study.tasks}


def test_nothing_that_is_there_is_replaced_unless_it_is_asked_for(gathered, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    kept = out / "transfer-actual-ftwb1.csv"
    kept.write_text("mine")
    with pytest.raises(
        RequestError, match=re.escape(f"transfer-actual-ftwb1.csv is in {out} already")
    ):
        write_study(gathered, out, ImageFormat.HTML)
    assert [path.name for path in out.iterdir()] == [kept.name]
    assert kept.read_text() == "mine"
    write_study(gathered, out, ImageFormat.HTML, force=True)
    assert kept.read_text() != "mine"
    with pytest.raises(RequestError, match=r"index\.html, report\.html, captions\.txt are in"):
        write_study(gathered, out, ImageFormat.HTML)


def test_a_report_is_one_file(gathered, tmp_path):
    path = tmp_path / "report.html"
    assert write_report(gathered, path) == path
    with pytest.raises(RequestError, match="already"):
        write_report(gathered, path)
    with pytest.raises(RequestError, match="is no folder"):
        write_report(gathered, tmp_path / "none" / "report.html")
    assert path.read_text() == report_html(gathered)


def test_a_report_says_what_its_methods_are(app_context_of, write_study):
    files = write_study()
    said = 'label = "FTWB1"\ndescription = "One task & a <b>warmup</b>."'
    files.replace("study.toml", 'label = "FTWB1"', said)
    gathered = collect(app_context_of(files.folder), ExportRequest())
    report = report_html(gathered)
    assert "<dt>FTWB1</dt><dd>One task &amp; a &lt;b&gt;warmup&lt;/b&gt;.</dd>" in report


def test_a_folder_that_cannot_be_made_is_one_sentence(gathered, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RequestError, match="cannot be made"):
        write_study(gathered, tmp_path / "file" / "out", ImageFormat.HTML)


def test_hostile_names_are_neither_paths_nor_markup_nor_formulas(app_context_of, tmp_path):
    files = write_hostile_study(tmp_path / "study")
    found = collect(app_context_of(files.folder), ExportRequest())
    out = tmp_path / "out"
    written = write_study(found, out, ImageFormat.HTML)
    assert all(re.fullmatch(r"[a-z0-9-]+\.(html|csv|txt)", name) for name in written.files)
    assert {path.name for path in tmp_path.iterdir()} == {"study", "out"}
    # Two methods of one label keep names of their own.
    assert {"transfer-actual-ftwb1.html", "transfer-actual-ftwb2.html"} <= set(written.files)
    for name in written.files:
        text = (out / name).read_text(encoding="utf-8-sig")
        if name.endswith(".html"):
            tags = [tag for tag, _ in Reader(text).elements]
            assert "img" not in tags, name
            assert "svg" not in tags, name
            assert "<script>window.hacked" not in text, name
        if name.endswith(".csv"):
            assert f",{FORMULA}" not in text
            assert not text.startswith(FORMULA)
    assert TASK in pd.read_csv(out / "balance-bars.csv", encoding="utf-8-sig")["task"].tolist()


def test_the_folder_of_an_export_is_not_left_with_half_a_file(gathered, tmp_path, monkeypatch):
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RequestError, match=r"cannot be written: No space left on device"):
        write_study(gathered, tmp_path / "out", ImageFormat.HTML)
    assert not list((tmp_path / "out").iterdir())


# -- from the page -----------------------------------------------------------------------------


def client_of(app_context):
    server = Flask("reports")
    report_route.register(server, app_context)
    return server.test_client()


def test_the_page_gives_its_report_for_what_is_chosen(app_context_of, write_study):
    client = client_of(app_context_of(write_study(cka=True).folder))
    answer = client.get("/report.html?method=ftwb2&scale=strict&tab=pairs")
    assert answer.status_code == 200
    assert re.fullmatch(
        r'attachment; filename="tiny-\d{4}-\d\d-\d\d-[0-9a-f]{12}\.html"',
        answer.headers["Content-Disposition"],
    )
    text = answer.get_data(as_text=True)
    assert "FTWB2; 2 tasks" in text
    assert "strict scale" in text


def test_a_link_without_a_query_is_of_what_the_page_shows(app_context_of, write_study):
    client = client_of(app_context_of(write_study(cka=True).folder))
    shown = "method=ftwb2&scale=strict"
    answer = client.get("/report.html", headers={"Referer": f"http://localhost/?{shown}"})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"report.html?{shown}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "FTWB2; 2 tasks" in client.get(f"/{answer.headers['Location']}").get_data(as_text=True)
    for other in ("http://localhost/", f"http://elsewhere.example/?{shown}", "no address"):
        assert client.get("/report.html", headers={"Referer": other}).status_code == 200
    asked = client.get("/report.html?method=ft1", headers={"Referer": f"http://localhost/?{shown}"})
    assert asked.status_code == 200, "what a link says counts"


STEPS = {"Accept": report_route.STEPS}


def steps_of(answer):
    """The lines of a report that is told step by step."""
    return [json.loads(line) for line in answer.get_data(as_text=True).splitlines()]


def test_a_report_tells_how_far_it_is_and_is_the_same(app_context_of, write_study):
    client = client_of(app_context_of(write_study(cka=True).folder))
    asked = "/report.html?method=ftwb2&scale=strict"
    answer = client.get(asked, headers=STEPS)
    assert (answer.status_code, answer.mimetype) == (200, report_route.STEPS)
    *steps, last = steps_of(answer)
    of = steps[0]["of"]
    assert [(step["done"], step["of"]) for step in steps] == [(n, of) for n in range(of + 1)]
    assert steps[0]["what"] == "Overview, FTWB2"
    plain = client.get(asked)
    assert last["html"] == plain.get_data(as_text=True)
    assert last["name"] in plain.headers["Content-Disposition"]
    packed = client.get(asked, headers=STEPS | {"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.get_data()) == answer.get_data()


def test_each_step_is_sent_before_the_next_is_made(app_context_of, write_study, monkeypatch):
    made = []
    page = collect_module._page
    monkeypatch.setattr(
        collect_module, "_page", lambda *asked: made.append(asked[2].name) or page(*asked)
    )
    client = client_of(app_context_of(write_study().folder))
    answer = client.get("/report.html", headers=STEPS | {"Accept-Encoding": "gzip"}, buffered=False)
    lines, unpacked = answer.iter_encoded(), zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    for done in range(2):
        told = json.loads(unpacked.decompress(next(lines)))
        assert (told["done"], len(made)) == (done, done)
    answer.close()  # who cancels
    assert len(made) == 1


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (BusyError(), {"again": True}),
        (RequestError("no seed of it is left"), {"error": "No seed of it is left."}),
        (MemoryError(), {"error": "This takes more memory than there is"}),
        (KeyError("x"), {"error": "The program failed on that. The log has the details under"}),
    ],
)
def test_what_fails_in_the_middle_of_a_report_is_said(
    app_context_of, write_study, monkeypatch, fault, said
):
    def fails(*_):
        raise fault

    client = client_of(app_context_of(write_study().folder))
    monkeypatch.setattr(collect_module, "_page", fails)
    first, last = steps_of(client.get("/report.html", headers=STEPS))
    assert first["done"] == 0
    assert last.keys() == said.keys()
    assert str(last).startswith(str(said)[:-2])


def test_what_is_not_in_the_study_falls_back_in_the_page(app_context_of, write_study):
    client = client_of(app_context_of(write_study().folder))
    assert client.get("/report.html?method=nowhere&layer=9&seeds=7").status_code == 200
    assert client.get("/report.html?study=gone").status_code == 409


def test_no_report_of_a_study_that_cannot_be_read(app_context_of, write_study):
    files = write_study()
    files.replace("study.toml", 'metric = "error"', 'metric = "eror"')
    answer = client_of(app_context_of(files.folder)).get("/report.html")
    assert (answer.status_code, answer.get_data(as_text=True)) == (
        404,
        "This study cannot be read, or has nothing to show.\n",
    )
