from __future__ import annotations

import pytest

from core.io import inspect_study


def with_id(files, text: str):
    files.replace("study.toml", 'title = "Tiny"', f'id = {text}\ntitle = "Tiny"')
    return inspect_study(files.folder)


@pytest.mark.parametrize("name", ["a", "digits-2026", "a" * 64])
def test_a_study_may_have_an_id(write_study, name):
    found = with_id(write_study(), f'"{name}"')
    assert found.study is not None
    assert found.study_id == name


@pytest.mark.parametrize(
    "text", ['""', '"A"', '"a b"', '"../a"', '"-a"', '"a\\n"', '"é"', f'"{"a" * 65}"', "7", "[]"]
)
def test_an_id_is_what_an_address_can_hold_as_it_is(write_study, text):
    found = with_id(write_study(), text)
    (problem,) = [one for one in found.problems if one.is_error]
    assert (problem.file, problem.at) == ("study.toml", "id")
    assert "small letters, digits and hyphens" in problem.todo
    assert found.study_id == ""
