"""python -m core similarity."""

from __future__ import annotations

import pytest

NAMES = ("east", "north", "south", "west")


def test_similarity_json(run_json, folder):
    report = run_json("similarity", folder, "--layer", 1)
    assert report["tasks"] == list(NAMES)
    assert report["values"][0][0] is None
    assert report["values"][0][1] == report["values"][1][0]
    assert (report["measure"], report["debiased"], report["floor"]) == ("cka", False, None)
    assert report["shared"][0][:2] == ["all", "none"]


@pytest.mark.parametrize(
    ("options", "name"),
    [((), "cka"), (("--debiased",), "cka"), (("--measure", "procrustes"), "procrustes")],
)
def test_similarity_by_any_measure_from_representations(run_json, write_study, options, name):
    files = write_study(representations=True)
    report = run_json("similarity", files.folder, *options)
    assert report["measure"] == name
    assert report["debiased"] == ("--debiased" in options)
    assert report["origin"] == ("representations" if options else "table")
    assert (report["floor"] is None) == bool(options)


def test_similarity_of_models_of_several_tasks_that_are_not_there(run, folder):
    code, out, err = run("similarity", folder, "--trained", 2)
    assert (code, out) == (1, "")
    assert err.startswith("error: this study has no CKA of models trained on 2 tasks")
