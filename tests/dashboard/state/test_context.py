from __future__ import annotations

import pytest

from tests.studies import write_study_files


@pytest.fixture
def twins(tmp_path):
    """Two folders called `same`, the studies in them titled after what they lie in."""
    found = []
    for place in ("mine", "yours"):
        files = write_study_files(tmp_path / place / "same", cka=True)
        files.replace("study.toml", 'title = "Tiny"', f'title = "{place}"')
        found.append(files)
    return found


def test_a_link_names_the_same_study_after_the_settings_are_reordered(app_context_of, twins):
    folders = [files.folder for files in twins]
    before, after = app_context_of(*folders), app_context_of(*reversed(folders))
    for entry in before.library.entries():
        asked = after.resolve({"study": [entry.slug]})
        assert (asked.entry.title, asked.notices) == (entry.title, ())


def test_an_old_link_that_may_mean_either_says_so(app_context_of, twins):
    mine, yours = (files.folder for files in twins)
    asked = app_context_of(yours, mine).resolve({"study": ["same"]})
    assert asked.entry.title == "yours"
    assert asked.doubts == asked.notices
    assert "2 studies here were called “same”" in asked.doubts[0]


def test_the_digest_tells_which_of_the_two_an_old_link_means(app_context_of, twins):
    mine, yours = (files.folder for files in twins)
    app_context = app_context_of(yours, mine)
    (digest,) = [e.study.digest for e in app_context.library.entries() if e.title == "mine"]
    asked = app_context.resolve({"study": ["same"], "digest": [digest[:12]]})
    assert (asked.entry.title, asked.doubts) == ("mine", ())


def test_an_old_link_to_a_study_that_has_an_id_now_is_understood(app_context_of, twins):
    twins[0].replace("study.toml", "title =", 'id = "own"\ntitle =')
    asked = app_context_of(twins[0].folder).resolve({"study": ["same"]})
    assert (asked.entry.slug, asked.doubts) == ("own", ())


def test_a_link_says_whether_the_files_have_changed_since_it_was_made(app_context_of, twins):
    files = twins[0]
    app_context = app_context_of(files.folder)
    (entry,) = app_context.library.entries()
    query = {"study": [entry.slug], "digest": [entry.study.digest[:12]]}
    assert app_context.resolve(query).doubts == ()
    cell = "pt1_ftwb1-1,distance,shifted,10000,"
    files.replace("evaluations.csv", cell, f"{cell}9")
    changed = app_context_of(files.folder).resolve(query)
    (said,) = changed.doubts
    assert "have changed since the link was made" in said
    assert entry.study.digest[:12] in said
    assert changed.entry.study.digest[:12] in said
    assert changed.view is not None
