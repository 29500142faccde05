from __future__ import annotations

from flask import Flask

from dashboard.server import study_versions
from dashboard.state.study_library import BEING_READ, LOOK_AGAIN_SECONDS, StudyLibrary
from tests.studies import write_study_files


def test_the_edition_follows_the_files_and_what_is_wrong_with_them(tmp_path):
    one = write_study_files(tmp_path / "one")
    other = write_study_files(tmp_path / "other")
    now = [0.0]
    server = Flask("shelf")
    study_versions.register(server, StudyLibrary([one.folder, other.folder], clock=lambda: now[0]))

    def ask():
        now[0] += 2 * LOOK_AGAIN_SECONDS
        answer = server.test_client().get("/editions")
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.get_json()

    first = ask()
    assert set(first) == {"one", "other"}
    assert first["one"]["readable"]
    assert ask() == first

    text = one.read("evaluations.csv")
    one.append("evaluations.csv", "\n")
    changed = ask()
    assert changed["one"]["version"] != first["one"]["version"]
    assert changed["other"] == first["other"]

    one.write("evaluations.csv", text[: len(text) // 2])
    half = ask()
    one.write("evaluations.csv", "run,task")
    broken = ask()
    assert not broken["one"]["readable"]
    one.write("evaluations.csv", "run,split")
    assert ask()["one"]["version"] != broken["one"]["version"] != half["one"]["version"]

    one.write("evaluations.csv", text)
    assert ask() == first


def test_a_study_that_is_being_read_has_no_problems_yet(tmp_path):
    """As in a worker that has just started: what the page shows is no other than its files."""
    server = Flask("shelf")
    library = StudyLibrary([write_study_files(tmp_path / "one").folder])
    study_versions.register(server, library)
    reading = library.claim()
    ask = server.test_client().get
    assert ask("/editions").get_json()["one"]["version"] == BEING_READ
    assert library.entries(wait_s=0)[0].problems == ()
    (entry,) = reading
    assert ask("/editions").get_json() == {"one": {"version": entry.version, "readable": True}}
