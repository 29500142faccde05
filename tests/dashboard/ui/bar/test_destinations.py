"""What Go to finds, and in which order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.io import open_study
from dashboard.pages import PAGES
from dashboard.ui.bar.destinations import MOST, MOST_WORDS, Destination, Place, destinations
from tests.steps import steps


@pytest.fixture
def find(example):
    pages = {page.name: page for page in PAGES}

    def found(text, *, tab="balance", study=example, entries=(), more=()):
        place = Place(pages[tab], study, "atlantis")
        return destinations(text, place, PAGES, entries, more)

    return found


def told(found):
    return [(one.kind, one.title) for one in found]


def test_without_a_word_the_tabs_come_first(find):
    found = told(find(""))
    assert len(found) == MOST
    assert found[: len(PAGES)] == [("tab", page.title) for page in PAGES]


@pytest.mark.parametrize(
    "text", ["trianglearea", "TRIANGLE", "triang", "area", "trngl", "tri arÉa"]
)
def test_a_task_is_found_by_parts_of_its_name(find, text):
    (first, *_) = find(text)
    assert (first.kind, first.title) == ("task", "trianglearea")
    assert first.query == {"select": ["trianglearea"]}


def test_what_fits_better_comes_first(find):
    assert told(find("compass"))[0] == ("task", "compass")
    # The tab begins with it; a name that merely contains it comes later.
    assert told(find("over"))[0] == ("tab", "Overview")


@pytest.mark.parametrize(
    "text", ["angle compass", "ang→comp", "angle -> compass", "angle>compass", "ANGLE  => compass"]
)
def test_a_pair_is_found_by_both_names(find, text):
    pairs = [one for one in find(text) if one.kind == "pair"]
    assert pairs[0].title == "angle → compass"
    assert pairs[0].query == {"select": ["angle", "compass"]}


def test_an_arrow_alone_offers_the_targets_of_a_source(find):
    found = find("perimeter >")
    assert {one.query["select"][0] for one in found if one.kind == "pair"} == {"perimeter"}


def test_a_group_of_tasks_goes_to_the_graph_where_it_is_opened(find, example):
    grouped = replace(
        example,
        tasks=tuple(
            replace(task, group="Shapes" if at < 3 else "Places")
            for at, task in enumerate(example.tasks)
        ),
    )
    found = [one for one in find("shap", study=grouped) if one.kind == "group"]
    query = {"tab": ["network"], "fold": ["groups"], "opened": ["Shapes"]}
    assert found == [Destination("group", "Shapes", "3 tasks", query)]
    assert "group" not in {one.kind for one in find("", study=grouped)}
    # The graph does not fold everything into one node.
    alike = tuple(replace(task, group="Shapes") for task in example.tasks)
    one_group = replace(example, tasks=alike)
    assert "group" not in {one.kind for one in find("shap", study=one_group)}


def test_a_method_goes_to_a_tab_that_draws_it(find):
    (single,) = [one for one in find("ftwb1") if one.kind == "method"]
    assert single.query == {"method": ["ftwb1"], "tab": ["balance"]}
    (several,) = [one for one in find("ftwb3") if one.kind == "method"]
    assert several.query == {"method": ["ftwb3"], "tab": ["transfer"]}


def test_other_studies_are_found_and_the_open_one_is_not(find, app_context):
    (entry,) = app_context.library.entries()
    other = replace(entry, slug="elsewhere")
    found = find(entry.title, entries=(entry, other))
    studies = [one for one in found if one.kind == "study"]
    assert [one.query for one in studies] == [{"study": ["elsewhere"], "tab": ["balance"]}]


def test_more_can_be_found(find):
    board = Destination("board", "What we keep", href="boards/1")
    assert find("keep", more=[board]) == [board]


def test_what_fits_nothing_finds_nothing(find):
    assert find("zzzz") == []
    assert find("<script>") == []
    assert find("→ → >") == find("")


def test_without_a_study_there_are_tabs_still(find):
    assert ("tab", "Transfer") in told(find("transfer", study=None))


def test_a_study_without_transfer_offers_tabs_that_show_it(find, write_study):
    study = open_study(write_study(cka=True).folder)
    study = replace(study, runs=tuple(run for run in study.runs if run.is_base))
    assert ("tab", "Transfer") not in told(find("", study=study))


def test_each_of_many_tasks_is_looked_at_a_few_times(find, example):
    """Once for a name, and for a pair once on each side of each way to part the words."""

    def named(count):
        tasks = tuple(
            replace(example.tasks[0], name=f"language_{i}", label=f"L{i}") for i in range(count)
        )
        return replace(example, tasks=tasks, runs=(), cka=None, representations=None)

    many, more = named(100), named(200)
    assert told(find("language 177", study=more))[0] == ("task", "language_177")
    for text in ("language 177", "l " * 100):
        took = [steps(lambda s=study, t=text: find(t, study=s)) for study in (many, more)]
        assert took[1] < 2.5 * took[0]
    as_many_words = steps(lambda: find("l " * MOST_WORDS, study=many))
    assert steps(lambda: find("l " * 100, study=many)) < 1.1 * as_many_words


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("CKA", ["Predictors", "Representations"]),
        ("similarity", ["Predictors", "Representations"]),
        ("giver", ["Balance", "Network"]),
        ("taker", ["Balance", "Network"]),
        ("who gives most", ["Balance", "Network"]),
        ("explain", ["Predictors", "Teachers"]),
        ("against", ["Compare"]),
        ("what is better", ["Compare"]),
    ],
)
def test_a_tab_is_found_by_what_it_is_about(find, text, titles):
    assert [one.title for one in find(text) if one.kind == "tab"] == titles


def test_a_question_finds_the_tab_and_the_method_in_it(find):
    assert find("no such thing at all") == []
    found = told(find("compare FT3"))
    assert set(found) == {("tab", "Compare"), ("method", "FT3")}


def test_keywords_are_as_what_is_typed_is_compared():
    for page in PAGES:
        assert page.keywords
        assert all(word.isalpha() and word == word.casefold() for word in page.keywords)
