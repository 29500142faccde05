"""Ways to break a study, and what is said of it: for the tests of whole messages."""

from __future__ import annotations

import json
from collections.abc import Callable

from core.io import inspect_study
from tests.studies import StudyFiles, results_of, value_of

Damage = Callable[[StudyFiles], object]


EVALUATION = results_of("pt1", "distance")


SHIFTED = results_of("pt1_ftwb1-1", "crossing", "shifted")


def manifest(old: str, new: str) -> Damage:
    return lambda study: study.replace("study.toml", old, new)


def runs(old: str, new: str) -> Damage:
    return lambda study: study.replace("runs.csv", old, new)


def table(old: str, new: str) -> Damage:
    return lambda study: study.replace("evaluations.csv", old, new)


def add(name: str, text: str) -> Damage:
    return lambda study: study.append(name, text)


def put(name: str, content: str | bytes) -> Damage:
    return lambda study: study.write(name, content)


def put_json(name: str, document: object) -> Damage:
    return lambda study: study.write(name, json.dumps(document))


def remove(name: str) -> Damage:
    return lambda study: study.remove(name)


def problems_of(study: StudyFiles) -> list[str]:
    inspection = inspect_study(study.folder)
    found = [f"{problem.severity}: {problem}" for problem in inspection.problems]
    assert len(found) == len(set(found))
    assert all("\n" not in line for line in found)
    assert found == sorted(found, key=lambda line: line.startswith("warning"))
    assert (inspection.study is None) == any(line.startswith("error") for line in found)
    return found


FIRST = value_of("pt1", "distance", "standard", 9000)


ROW_2 = f"pt1,distance,standard,9000,{FIRST!r}"


LAST = "pt1_ftwb2-1,crossing,shifted,10000"


CELL = repr(value_of("pt1_ftwb2-1", "crossing", "shifted", 10000))


SCORED = '[evaluations]\nlayout = "scores"\npath = "scores.csv"\n'


def ids(cases: list[tuple[Damage, str]]) -> list[str]:
    return [f"{i}: {message[:50]}" for i, (_, message) in enumerate(cases)]


def without_rows(*starts: str) -> Damage:
    def damage(study: StudyFiles) -> None:
        lines = study.read("evaluations.csv").splitlines()
        kept = [line for line in lines if not line.startswith(starts)]
        assert len(kept) < len(lines)
        study.write("evaluations.csv", "\n".join(kept))

    return damage
