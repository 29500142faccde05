"""The study and the method a command line asks for."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from core.analyses.query import TransferQuery
from core.cli.opening import opened
from core.cli.options import study_folder
from core.errors import RequestError, listed
from core.study import Study


def method_of(study: Study, asked: str | None) -> str:
    """The method asked for; where none was, the only one there is."""
    names = [m.name for m in study.tested_methods]
    return asked if names and asked is not None else _only(names)


def _single_source_method(study: Study, asked: str | None) -> str:
    """The same among the methods that have X→Y values."""
    if asked is not None and study.tested_methods:
        return asked
    return _only([m.name for m in study.single_source_methods])


def study_and_pairs(shared: dict[str, Any]) -> tuple[Study, TransferQuery]:
    """The study asked for, and what the options of PAIRS ask for."""
    study = opened(study_folder(shared["folder"]))
    return study, _query(_single_source_method(study, shared["method"]), shared)


def study_and_transfer(shared: dict[str, Any]) -> tuple[Study, TransferQuery]:
    """The same of any method, as the options of TRANSFER ask, and those of a matrix."""
    study = opened(study_folder(shared["folder"]))
    return study, _query(method_of(study, shared["method"]), shared)


def _query(method: str, shared: dict[str, Any]) -> TransferQuery:
    names = {field.name for field in fields(TransferQuery)}
    return TransferQuery(
        **{name: shared[name] for name in names & shared.keys()} | {"method": method}
    )


def _only(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    if not names:
        raise RequestError(
            "this study has no transfer yet: add [evaluations] to study.toml, with scores or with"
            " fine-tuned runs; similarity and cka need none"
        )
    raise RequestError(f"say which method with --method: {listed(names)}")
