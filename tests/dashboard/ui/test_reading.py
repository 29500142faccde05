"""The line above the figures says how the file was read, and where to change that."""

from __future__ import annotations

from core.cache.result_cache import ResultCache
from core.io import inspect_study
from dashboard.export.cards import plain_text
from dashboard.state.context import AppContext
from dashboard.state.study_library import StudyLibrary
from dashboard.ui.reading import reading_details, reading_line
from dashboard.ui.url_sync import how_read
from tests.studies import write_study_files

FIGURE_INPUT = {"query": {}}


def test_a_file_says_its_columns_direction_and_scale(tmp_path):
    path = tmp_path / "results.csv"
    path.write_text("src_lang,tgt_lang,f1\nA,B,0.5\nB,A,0.25\n")
    reading = inspect_study(path).reading
    assert reading is not None
    line = reading_line(reading)
    assert line.startswith("results.csv: a long table of scores, sources = src_lang")
    assert line.endswith("higher is better · as given, no zero")
    assert reading_details(reading).className == "reading"
    assert "python -m core init results.csv" in plain_text(reading_details(reading))


def test_the_line_shows_what_was_assumed_and_what_may_be_no_source(tmp_path):
    path = tmp_path / "comma.csv"
    path.write_text("trained on,A,B\nA,92,40\nB,50,88\nrandom,31,33\n")
    reading = inspect_study(path).reading
    assert reading is not None
    assert reading_line(reading) == (
        "comma.csv: a square table · higher is better (assumed) · as given, no zero"
        " · random counts as a source, not as zero"
    )
    assert reading_details(reading).className == "reading unsure"


def test_a_manifest_is_where_to_change_it_and_what_was_recognized_is_said(tmp_path):
    files = write_study_files(tmp_path, "scores")
    files.write("scores.csv", files.read("scores.csv").replace(",", "\t"))
    reading = inspect_study(tmp_path).reading
    assert reading is not None
    assert "separated by tab" in reading_line(reading)
    told = plain_text(reading_details(reading))
    assert "study.toml says how" in told
    assert "init" not in told


def test_each_zero_is_told_and_what_was_recognized_names_another_file(tmp_path):
    files = write_study_files(tmp_path, "scores")
    manifest = files.read("study.toml").replace("[tasks.distance]", "[tasks.distance]\nzero = 0.25")
    manifest = manifest.replace("[tasks.crossing]", "[tasks.crossing]\nzero = 2")
    files.write("study.toml", manifest + '[predictors.far]\npath = "far.csv"\n')
    files.write("far.csv", "source;target;value\ndistance;crossing;1\ncrossing;distance;2\n")
    reading = inspect_study(tmp_path).reading
    assert reading is not None
    assert reading_line(reading).endswith(
        "gain over a zero for each task · far.csv: columns separated by semicolon"
    )
    assert dict(reading.facts)["Zero of each task"] == "distance 0.25, crossing 2"


def test_given_scores_have_the_line_and_our_own_tables_need_none(tmp_path):
    def app_context(layout):
        folder = write_study_files(tmp_path / layout, layout).folder
        return AppContext(StudyLibrary([folder]), ResultCache(None))

    line, hidden = how_read(app_context("scores"), FIGURE_INPUT)
    assert not hidden
    assert "scores.csv" in plain_text(line)
    assert how_read(app_context("table"), FIGURE_INPUT) == [None, True]
