"""Files over HTTP: taken, looked at, corrected, kept, removed; and what is refused."""

from __future__ import annotations

import errno
import gzip
import io
import json
import os
import shutil
import threading
import time

import pandas as pd
import pytest
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from core import open_study
from dashboard.app import create_app
from dashboard.server.settings import Auth, Settings, SettingsError
from dashboard.uploads import preview
from dashboard.uploads.store import (
    BUSY,
    GONE,
    MOST_DRAFTS,
    MOST_FILES,
    MOST_WAITING,
    SAFE_SECONDS,
    BusyError,
    UploadStore,
    file_name,
)
from tests.dashboard.small_server import SmallServer

SQUARE = "trained on,de,en,fr\nde,1,0.5,0.25\nen,0.75,1,0.5\nfr,0.5,0.25,1\n"
LONG = "src_lang,tgt_lang,f1,model\nde,en,0.5,m\nen,de,0.75,m\n"


class Page(SmallServer):
    """A page of a server that takes uploads."""

    def open(self, *files, **headers):
        data = MultiDict(
            ("file", FileStorage(io.BytesIO(as_bytes(text)), name)) for name, text in files
        )
        boundary, body = encode_multipart(data)
        kind = f"multipart/form-data; boundary={boundary}"
        return self.client.post("/uploads", data=body, content_type=kind, headers=headers)

    def ask(self, path, **choices):
        return self.client.post(path, json=choices)

    @property
    def left(self):
        folder = self.data / "studies"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    @property
    def versions(self):
        return self.client.get("/editions").get_json()


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    return Page(tmp_path_factory.mktemp("page"))


@pytest.fixture
def page(server):
    """The server of all tests, which keeps nothing of those before."""
    assert set(server.versions) == {"tiny"}
    assert server.left == []
    yield server
    shutil.rmtree(server.data, ignore_errors=True)


def test_a_matrix_is_opened_corrected_kept_and_removed(page):
    answer = page.open(("My results.csv", SQUARE))
    found = answer.get_json()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert found["form"] == "square"
    assert found["title"] == "My results"  # which the page sends back
    assert found["rows"][0] == ["de", "1", "0.5", "0.25"]
    assert found["size"] == [3, 4]
    assert "higher is better" in found["problem"]
    assert len(page.versions) == 1

    token = found["draft"]
    found = page.ask(f"/uploads/{token}/look", form="square", metric="error", zero="2").get_json()
    assert (found["metric"], found["zero"]) == ("error", "2")
    assert "problem" not in found
    asked = {"title": "My results", "form": "square", "metric": "error", "one": "diagonal"}
    odd, worst = page.ask(f"/uploads/{token}/keep", **asked).get_json()["warnings"]
    assert odd.startswith("My_results.csv: `one` without `zero`")
    assert "what was trained on a task is the worst of all on it, for all 3 targets" in worst
    kept = page.ask(f"/uploads/{token}/keep", seen=True, **asked).get_json()
    assert set(page.versions) == {"tiny", kept["study"]}
    (name,) = page.left
    assert name == kept["study"]
    study = open_study(page.data / "studies" / name)
    assert not study.tasks[0].metric.higher_is_better
    assert page.client.get("/uploads").get_json()["kept"] == [
        {"study": name, "title": "My results"}
    ]

    assert page.ask(f"/uploads/{name}/remove").get_json() == {"kept": []}
    assert page.left == []
    assert set(page.versions) == {"tiny"}


def test_a_row_that_may_be_zero_is_asked_about_with_its_field(page):
    found = page.open(("accuracy.csv", SQUARE + "none,0.1,0.2,0.1\n")).get_json()
    asked = "whether none is what no transfer reaches: if so write source:none as Zero"
    assert found["unknown"] == [asked]
    assert found["zero_offered"] == "source:none"
    found = page.ask(f"/uploads/{found['draft']}/look", zero="source:none").get_json()
    assert found["unknown"] == []
    assert found["zero_offered"] == ""


def test_what_a_repeated_row_is_has_to_be_said(page):
    text = "source,target,acc\nA,A,0.9\nA,B,0.4\nB,A,0.3\nB,B,0.8\nA,B,0.2\n"
    found = page.open(("r.csv", text)).get_json()
    assert (found["several"], found["repeats"]) == (True, "")
    assert "A → B (rows 3 and 6). Say what the same cell again is" in found["problem"]
    found = page.ask(f"/uploads/{found['draft']}/look", repeats="mean").get_json()
    assert (found["several"], found["repeats"]) == (True, "mean")
    assert "problem" not in found
    token = found["draft"]
    page.ask(f"/uploads/{token}/keep", repeats="mean", title="r")
    (name,) = page.left
    assert 'repeats = "mean"' in (page.data / "studies" / name / "study.toml").read_text()


def test_runs_on_one_task_predict_those_on_several(page):
    found = page.open(("several.csv", SQUARE + "de+en,1,1,0.5\n"))
    token = found.get_json()["draft"]
    page.ask(f"/uploads/{token}/keep", title="several", form="square", metric="accuracy")
    (name,) = page.left
    (method,) = open_study(page.data / "studies" / name).tested_methods
    assert method.is_self_predicted


def test_a_matrix_is_turned_and_the_manifest_says_so(page):
    found = page.open(("accuracy.csv", SQUARE.replace("trained on", ""))).get_json()
    assert found["rows"][0] == ["de", "1", "0.5", "0.25"]
    assert found["sides"] == "sources"
    assert "rows are what was trained on, as nothing says else" in found["assumed"]
    asked = {"form": "square", "sides": "targets", "title": "turned"}
    found = page.ask(f"/uploads/{found['draft']}/look", **asked).get_json()
    assert found["sides"] == "targets"
    assert "a matrix, 3 targets down, 3 sources across, as was said" in found["understood"]
    page.ask(f"/uploads/{found['draft']}/keep", **asked)
    (name,) = page.left
    folder = page.data / "studies" / name
    assert 'rows = "targets"' in (folder / "study.toml").read_text()
    study = open_study(folder)
    found = study.evaluations
    scores = {
        (study.runs[run].trained, study.tasks[task].name): value
        for run, task, value in zip(found.run, found.task, found.value, strict=True)
    }
    assert scores[("de",), "en"] == 0.75


def test_rows_are_sources_where_somebody_says_so_against_the_corner(page):
    found = page.open(("accuracy.csv", SQUARE.replace("trained on", "target"))).get_json()
    assert found["sides"] == "targets"
    asked = {"form": "square", "sides": "sources"}
    page.ask(f"/uploads/{found['draft']}/keep", **asked)
    (name,) = page.left
    assert 'rows = "sources"' in (page.data / "studies" / name / "study.toml").read_text()


def test_columns_are_corrected(page):
    text = LONG.replace("src_lang", "alpha").replace("tgt_lang", "beta")
    answer = page.open(("a.csv", text))
    found = answer.get_json()
    assert "choose the column of Trained on" in found["problem"]
    columns = {"sources": "alpha", "target": "beta", "score": "f1"}
    found = page.ask(f"/uploads/{found['draft']}/look", form="scores", columns=columns).get_json()
    assert found["columns"] == {**columns, "method": "model", "seed": "", "checkpoint": ""}
    assert found["metric"] == "accuracy"
    assert "problem" not in found
    for word, field, other, wrong in (
        ("target", "Tested on", "alpha", "column alpha cannot be both sources and target"),
        ("method", "Method", "f1", "column f1 cannot be both score and method"),
        ("seed", "Seed", "beta", "beta is en, not a whole number"),
        ("checkpoint", "Checkpoint (step)", "beta", "beta is en, not a whole number"),
    ):
        asked = {"form": "scores", "columns": {**columns, word: other}}
        said = page.ask(f"/uploads/{found['draft']}/look", **asked).get_json()["problem"]
        assert said == f"a.csv: {wrong}; choose the column of {field}."


@pytest.mark.parametrize(
    ("metric", "zero", "one", "sentence"),
    [
        ("score", "0.2", "0.2", "One, 0.2, has to be better than zero, 0.2, and higher is better"),
        ("error", "1", "2", "One, 2, has to be better than zero, 1, and lower is better"),
        ("score", "abc", "", 'zero abc: write a number, "source:NAME"'),
    ],
)
def test_a_zero_and_a_one_that_cannot_be_are_said_and_stay_to_be_corrected(
    page, metric, zero, one, sentence
):
    found = page.open(("a.csv", LONG)).get_json()
    asked = {"metric": metric, "zero": zero, "one": one}
    found = page.ask(f"/uploads/{found['draft']}/look", form="scores", **asked).get_json()
    assert found["problem"].startswith(sentence)
    assert {name: found[name] for name in asked} == asked


def test_the_sheet_of_a_workbook_is_chosen_and_told_by_the_manifest(page):
    buffer = io.BytesIO()
    long = [["source", "target", "loss"], ["de", "en", 1.5], ["en", "de", 2.5]]
    square = [["train \\ test", "de", "en"], ["de", 0.9, 0.5], ["en", 0.6, 0.95]]
    with pd.ExcelWriter(buffer) as book:
        for name, rows in (("Notes", [["by me"]]), ("F1", square), ("Loss <b>&", long)):
            pd.DataFrame(rows).to_excel(book, sheet_name=name, index=False, header=False)
    found = page.open(("a.xlsx", buffer.getvalue())).get_json()
    assert (found["sheets"], found["sheet"]) == (["Notes", "F1", "Loss <b>&"], "F1")
    assert found["form"] == "square"
    at = f"/uploads/{found['draft']}"
    found = page.ask(f"{at}/look", sheet="Loss <b>&").get_json()
    assert (found["form"], found["metric"], found["sheet"]) == ("scores", "error", "Loss <b>&")
    # What is no table says so, and another sheet can still be chosen.
    found = page.ask(f"{at}/look", sheet="Notes").get_json()
    assert "a.xlsx: one column" in found["problem"]
    assert found["sheets"][1] == "F1"
    assert "no sheet `Gone`" in page.ask(f"{at}/look", sheet="Gone").get_json()["problem"]
    kept = page.ask(f"{at}/keep", sheet="Loss <b>&").get_json()["study"]
    folder = page.data / "studies" / kept
    assert 'sheet = "Loss <b>&"' in (folder / "study.toml").read_text()
    assert not open_study(folder).tasks[0].metric.higher_is_better


def test_sheets_of_seeds_are_opened_as_one_and_one_can_be_chosen(page):
    buffer = io.BytesIO()
    with pd.ExcelWriter(buffer) as book:
        for seed in (1, 2):
            rows = [["train", "de", "en"], ["de", seed / 10, 0.5], ["en", 0.6, 0.95]]
            frame = pd.DataFrame(rows)
            frame.to_excel(book, sheet_name=f"seed {seed}", index=False, header=False)
    found = page.open(("a.xlsx", buffer.getvalue())).get_json()
    assert found["sheets"] == ["seed {seed}", "seed 1", "seed 2"]
    assert found["sheet"] == "seed {seed}"
    assert "an Excel workbook, its sheets seed 1, seed 2" in found["understood"]
    at = f"/uploads/{found['draft']}"
    one = page.ask(f"{at}/look", sheet="seed 2", metric="score").get_json()
    assert (one["sheet"], one["sheets"]) == ("seed 2", found["sheets"])
    asked = {"sheet": "seed {seed}", "metric": "score"}
    assert page.ask(f"{at}/look", **asked).get_json()["sheet"] == "seed {seed}"
    kept = page.ask(f"{at}/keep", **asked, seen=True).get_json()["study"]
    study = open_study(page.data / "studies" / kept)
    assert sorted({run.seed for run in study.runs}) == [1, 2]


def test_the_column_of_checkpoints_is_chosen(page):
    rows = "".join(f"A,B,{step / 10},{step}\nB,A,0.3,{step}\n" for step in (1, 2))
    found = page.open(("acc.csv", f"source,target,acc,when\n{rows}")).get_json()
    assert found["columns"]["checkpoint"] == ""
    columns = {**found["columns"], "method": "", "checkpoint": "when"}
    asked = {"form": "scores", "columns": columns, "metric": "accuracy"}
    found = page.ask(f"/uploads/{found['draft']}/look", **asked).get_json()
    assert found["columns"]["checkpoint"] == "when"
    assert "problem" not in found
    page.ask(f"/uploads/{found['draft']}/keep", title="steps", **asked)
    (name,) = page.left
    assert sorted(set(open_study(page.data / "studies" / name).evaluations.checkpoint)) == [1, 2]


def test_what_is_to_look_at_is_told_before_a_study_is_opened(page):
    names = ["german", "french", "italian"]
    pairs = [(a, b) for a in names for b in names]
    rows = "".join(
        f"{a},{b},{0.1 * i + 0.01 * seed},{seed}\n"
        for i, (a, b) in enumerate(pairs)
        for seed in (1, 2)
    )
    found = page.open(
        ("acc.csv", f"source,target,acc,seed\n{rows}germam,french,0.5,1\n")
    ).get_json()
    assert "problem" not in found
    keep = f"/uploads/{found['draft']}/keep"
    told = page.ask(keep, title="odd").get_json()
    assert told["draft"] == found["draft"]
    assert any("`germam` occurs once" in line and "mistyped" in line for line in told["warnings"])
    assert not any(line.startswith("warning") for line in told["warnings"])
    assert "aliases" not in "".join(told["warnings"]), "nobody has a manifest here"
    assert told["columns"]["sources"] == "source"
    assert page.versions.keys() == {"tiny"}, "nothing is opened yet"
    assert page.ask(keep, title="odd", seen=True).get_json()["study"] in page.left


def test_copied_seeds_are_to_look_at_before_a_study_is_opened(page):
    names = [f"t{i}" for i in range(5)]
    pairs = [(a, b) for a in names for b in names]
    rows = "".join(
        f"{a},{b},{0.03 * i + 0.01},{seed}\n" for i, (a, b) in enumerate(pairs) for seed in (1, 2)
    )
    found = page.open(("acc.csv", f"source,target,acc,seed\n{rows}")).get_json()
    told = page.ask(f"/uploads/{found['draft']}/keep", title="copies").get_json()
    assert told["warnings"][-1].startswith("seeds 1 and 2 hold the same values in all 5 runs of")


def test_of_what_looks_odd_the_first_are_told_and_the_rest_counted(page):
    names = [f"t{i}" for i in range(5)]
    rows = "".join(
        f"{a},{b},{0.1 * i + 0.03 * j},1,{method}\n"
        for method in ("m", "n")
        for i, a in enumerate(names)
        for j, b in enumerate(names)
    )
    found = page.open(("acc.csv", f"source,target,acc,seed,method\n{rows}")).get_json()
    told = page.ask(f"/uploads/{found['draft']}/keep", title="copies").get_json()
    *some, more = told["warnings"]
    assert [line.split(" (")[0] for line in some[:1]] == ["runs m: t0, seed 1"]
    assert len(some) == preview.DOUBTS_SHOWN
    assert more == "2 more alike", "five training sets, three of them told"


def test_a_file_beside_the_scores_is_a_predictor(page):
    found = page.open(("cka_similarity.csv", SQUARE), ("scores.csv", LONG)).get_json()
    assert found["file"] == "scores.csv"
    assert "cka_similarity.csv: a predictor of transfer" in found["understood"]
    kept = page.ask(f"/uploads/{found['draft']}/keep", seen=True).get_json()
    study = open_study(page.data / "studies" / kept["study"])
    assert [one.name for one in study.predictors] == ["cka_similarity"]


def test_a_distance_beside_the_scores_is_said_to_be_one(page):
    found = page.open(("distance.csv", SQUARE), ("scores.csv", LONG)).get_json()
    said = "distance.csv: a predictor of transfer, lower is better: a distance, as its name says"
    assert said in found["understood"]
    kept = page.ask(f"/uploads/{found['draft']}/keep", seen=True).get_json()
    study = open_study(page.data / "studies" / kept["study"])
    assert [one.higher_is_better for one in study.predictors] == [False]


BAD = {
    "empty": ("a.csv", "", "nothing in it"),
    "one column": ("a.csv", "a\n1\n", "one column"),
    "a picture": ("a.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "PNG picture"),
    "ragged": ("a.csv", "source,target,f1\na,b\n", "2 values where"),
    "a bomb": ("a.csv.gz", gzip.compress(b"a,b\n" + b"0" * (5 * 2**20)), "once it is unpacked"),
    "too large": ("a.csv", b"0" * (2**20 + 1), "at most 1 MB"),
    "far too large": ("a.csv", b"0" * (3 * 2**20), "at most 1 MB"),
}


def workbook(*, damaged=False):
    book = io.BytesIO()
    pd.DataFrame({"source": ["a", "b"], "target": ["b", "a"], "f1": [1, 2]}).to_excel(book)
    data = book.getvalue()
    # Its table of contents says to begin before the file does.
    at = data.rindex(b"PK\x05\x06") + 16
    return data[:at] + b"\xff\xff\xff\x00" + data[at + 4 :] if damaged else data


def test_a_damaged_workbook_is_a_sentence(page):
    assert page.open(("a.xlsx", workbook())).status_code == 200
    answer = page.open(("a.xlsx", workbook(damaged=True)))
    assert answer.status_code == 400, answer.get_data(as_text=True)
    assert "not an Excel workbook" in answer.get_json()["problem"]


@pytest.fixture(scope="module")
def narrow(tmp_path_factory):
    """A server that takes small files alone, and has to keep nothing of any."""
    return Page(tmp_path_factory.mktemp("narrow"), upload_max_mb=1)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_sentence_and_nothing_of_it_is_left(narrow, name):
    page = narrow
    file, text, message = BAD[name]
    answer = page.open((file, text))
    problem = answer.get_json()["problem"]
    assert message in problem
    assert problem.endswith(".")
    assert "\n" not in problem
    assert answer.status_code in (400, 413)
    assert page.left == []
    assert set(page.versions) == {"tiny"}


def test_a_file_that_is_not_utf8_is_read_and_its_encoding_told(page):
    text = "source,target,f1,acc\nKöln,b,0.5,0.1\nb,Köln,0.4,0.2\n".encode("latin-1")
    found = page.open(("a.csv", text)).get_json()
    assert "it is not UTF-8: read as cp1252, with words such as Köln" in found["assumed"]
    assert "acc is the score; f1 is left aside" in " ".join(found["assumed"])
    assert "--" not in " ".join(found["assumed"])
    answer = page.ask(f"/uploads/{found['draft']}/keep")
    assert answer.status_code == 200


def test_what_does_not_open_is_not_kept(page):
    found = page.open(("a.csv", "source,target,f1\na,b,high\n")).get_json()
    assert "f1 is high, not a number" in found["problem"]
    assert "choose the column of Score" in found["problem"]
    text = "source,target,f1\na,b,0.5\na,b,0.5\n"
    token = page.open(("a.csv", text)).get_json()["draft"]
    answer = page.ask(f"/uploads/{token}/keep", zero="source:nobody")
    assert answer.status_code == 400
    assert "nobody" in answer.get_json()["problem"]
    token = page.open(("a.csv", text + "b,a,0.1\nb,a,0.1\n")).get_json()["draft"]
    answer = page.ask(f"/uploads/{token}/keep", zero="source:nobody", one="source:noone")
    first, second = answer.get_json()["problem"].split("\n")
    assert "`noone`" in first
    assert "`nobody`" in second
    assert all(name.startswith(".draft-") for name in page.left)
    assert set(page.versions) == {"tiny"}


def test_what_was_mistyped_is_an_answer_to_our_page_and_an_error_to_programs(page):
    token = page.open(("a.csv", LONG)).get_json()["draft"]
    problems = []
    for headers, status in (({}, 400), ({"Atlas-Page": "1"}, 200)):
        answer = page.client.post(
            f"/uploads/{token}/keep", json={"zero": "source:nobody"}, headers=headers
        )
        assert answer.status_code == status
        problems.append(answer.get_json()["problem"])
    assert "nobody" in problems[0]
    assert problems[0] == problems[1]
    assert page.open(("a.csv", ""), **{"Atlas-Page": "1"}).status_code == 200


def test_a_file_with_warnings_is_not_read_again_when_they_were_seen(page, monkeypatch):
    read = []
    for name in ("read_guessing", "inspect_study"):
        does = getattr(preview, name)
        monkeypatch.setattr(
            preview, name, lambda *a, does=does, **b: (read.append(does), does(*a, **b))[1]
        )
    found = page.open(("accuracy.csv", SQUARE)).get_json()
    asked = {"title": "odd", "form": "square", "one": "diagonal"}
    path = f"/uploads/{found['draft']}/keep"
    assert page.ask(path, **asked).get_json()["warnings"]
    read.clear()
    # Of other choices nothing is known.
    assert page.ask(path, seen=True, **asked | {"zero": "source:nobody"}).status_code == 400
    assert len(read) == 2
    kept = page.ask(path, seen=True, **asked).get_json()["study"]
    assert len(read) == 2
    study = open_study(page.data / "studies" / kept)
    assert study.title == "odd"
    assert study.tasks[0].one == "diagonal"
    assert sorted(p.name for p in (page.data / "studies" / kept).iterdir()) == [
        "accuracy.csv",
        "study.toml",
    ]


def test_settings_are_methods_unless_somebody_says_the_mean(page):
    rows = [f"{a},{b},{lr},0.5" for a, b in ("ab", "ba") for lr in (0.1, 0.2)]
    found = page.open(("lr.csv", "\n".join(["source,target,lr,acc", *rows]))).get_json()
    assert (found["several"], found["settings"], found["repeats"]) == (True, ["lr"], "")
    assert found["columns"]["method"] == "lr={lr}"
    assert found["assumed"] == ["rows that differ in lr are methods of their own"]
    found = page.ask(f"/uploads/{found['draft']}/look", repeats="mean").get_json()
    assert (found["several"], found["settings"], found["repeats"]) == (True, ["lr"], "mean")
    assert found["columns"]["method"] == ""


def test_all_kept_studies_share_a_quota(tmp_path):
    page = Page(tmp_path, upload_max_mb=1, upload_quota_mb=1)
    rows = "".join(f"t{i},t{j},0.5\n" for i in range(300) for j in range(200))
    first = page.open(("a.csv", "source,target,f1\n" + rows)).get_json()
    assert page.ask(f"/uploads/{first['draft']}/keep").status_code == 200
    answer = page.open(("b.csv", "source,target,f1\n" + rows))
    assert answer.status_code == 400
    assert "together 1 MB" in answer.get_json()["problem"]
    assert len(page.left) == 1


def test_few_wait_for_the_file_that_is_looked_at(tmp_path):
    store = UploadStore(tmp_path, most=1, quota=1)
    told = []

    def wait():
        try:
            with store.turn():
                told.append("its turn")
        except BusyError as error:
            told.append(str(error))

    waiting = [threading.Thread(target=wait) for _ in range(MOST_WAITING + 3)]
    with store.turn():
        for thread in waiting:
            thread.start()
        while len(told) < 3:
            time.sleep(0.01)
        assert told == [BUSY] * 3
    for thread in waiting:
        thread.join()
    assert told[3:] == ["its turn"] * MOST_WAITING


def test_drafts_are_few_and_the_oldest_makes_room(page):
    tokens = [page.open(("a.csv", SQUARE)).get_json()["draft"]]
    folder = page.data / "studies"
    for number in range(MOST_DRAFTS - 1):
        (folder / f".draft-{number:016x}").mkdir()
    answer = page.open(("a.csv", SQUARE))
    assert (answer.status_code, "being opened already" in answer.get_data(as_text=True)) == (
        503,
        True,
    )
    longest_ago = time.time() - SAFE_SECONDS - 1
    os.utime(folder / f".draft-{tokens[0]}", (longest_ago, longest_ago))
    tokens.append(page.open(("a.csv", SQUARE)).get_json()["draft"])
    assert [page.ask(f"/uploads/{token}/look").status_code for token in tokens] == [400, 200]
    assert len(page.left) == MOST_DRAFTS


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\r.csv", "r.csv"),
        ("study.toml", "_study.toml"),
        ("Study.TOML", "_Study.TOML"),
        (".hidden.csv", "hidden.csv"),
        ("a{b}*?.csv", "a_b_.csv"),
        ("", "results.csv"),
        ("\0", "results.csv"),
        ("ä ö.csv", "csv"),
        ("x" * 300 + ".csv", "x" * 76 + ".csv"),
    ],
)
def test_no_path_comes_from_a_name(given, name):
    assert file_name(given) == name


@pytest.mark.parametrize("slug", ["tiny", "..", "x.js", ".draft-0123456789abcdef"])
def test_only_what_was_opened_here_can_be_removed(page, slug):
    page.open(("a.csv", SQUARE))
    answer = page.ask(f"/uploads/{slug}/remove")
    assert answer.status_code in (400, 404)
    assert page.study.folder.is_dir()
    assert len(page.left) == 1
    for path in ("look", "keep"):
        assert page.ask(f"/uploads/{slug}/{path}").status_code in (400, 404)


def test_choices_may_be_anything(page):
    token = page.open(("a.csv", SQUARE)).get_json()["draft"]
    for given in (None, [], {"form": 3, "columns": [1], "metric": {}}, {"columns": {"x": "y"}}):
        answer = page.client.post(f"/uploads/{token}/look", json=given)
        assert answer.status_code == 200
    title = page.ask(f"/uploads/{token}/look", title='a"\n\x7f<b>').get_json()["title"]
    assert title == 'a"<b>'
    kept = page.ask(f"/uploads/{token}/keep", title=title, metric="score").get_json()
    assert open_study(page.data / "studies" / kept["study"]).title == 'a"<b>'


def test_too_many_files_are_refused(page):
    answer = page.open(*[(f"{i}.csv", SQUARE) for i in range(MOST_FILES + 1)])
    assert answer.status_code == 400
    assert page.open().status_code == 400
    assert page.left == []


def test_another_sites_page_cannot_do_any_of_it(page):
    name = page.open(("a.csv", SQUARE)).get_json()["draft"]
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert page.open(("a.csv", SQUARE), **headers).status_code == 403
        for path in (f"/uploads/{name}/keep", f"/uploads/{name}/look", "/uploads/tiny/remove"):
            assert page.client.post(path, json={}, headers=headers).status_code == 403
    assert len(page.left) == 1


def test_a_draft_that_another_worker_took_is_a_sentence(page, monkeypatch):
    def taken(draft, *_, **__):
        shutil.rmtree(draft)

    token = page.open(("a.csv", LONG)).get_json()["draft"]
    monkeypatch.setattr(preview, "write_study", taken)
    answer = page.ask(f"/uploads/{token}/keep")
    assert (answer.status_code, answer.get_json()) == (400, {"problem": f"{GONE}."})
    assert page.left == []


def test_a_disk_that_is_full_is_a_sentence(page, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    token = page.open(("a.csv", LONG)).get_json()["draft"]
    monkeypatch.setattr(preview, "write_study", full)
    answer = page.ask(f"/uploads/{token}/keep")
    assert answer.status_code == 400
    assert "No space left" in answer.get_json()["problem"]


def test_workers_that_open_and_remove_at_once_do_not_trip_over_each_other(tmp_path):
    stores = [UploadStore(tmp_path, most=2**20, quota=2**30) for _ in range(4)]
    faults = []

    def work(store):
        try:
            for _ in range(60):
                upload = FileStorage(io.BytesIO(b"a"), "a.csv")
                store.drop(store.take([upload])[1])
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_two_servers_see_each_others_studies(page, tmp_path):
    other = create_app(
        Settings(studies=(page.study.folder,), cache_dir=tmp_path / "cache", data_dir=page.data)
    ).server.test_client()
    token = page.open(("a.csv", LONG)).get_json()["draft"]
    slug = page.ask(f"/uploads/{token}/keep").get_json()["study"]
    assert set(other.get("/editions").get_json()) == {"tiny", slug}
    assert other.post(f"/uploads/{slug}/remove").status_code == 200
    assert set(page.versions) == {"tiny"}


def test_where_it_is_on(tmp_path):
    login = {"auth": Auth.BASIC, "auth_file": tmp_path / "users"}
    assert Settings().takes_uploads
    assert not Settings(uploads=False).takes_uploads
    assert not Settings(allow_anonymous=True).takes_uploads
    assert not Settings(**login).takes_uploads
    assert Settings(**login, uploads=True).takes_uploads
    with pytest.raises(SettingsError, match="anybody could upload"):
        Settings.from_environment({"UPLOADS": "1", "ALLOW_ANONYMOUS": "1"})
    page = Page(tmp_path, uploads=False)
    assert page.client.post("/uploads", data={}).status_code in (404, 405)
    assert json.loads(json.dumps(page.versions)).keys() == {"tiny"}
