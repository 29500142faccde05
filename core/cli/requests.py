"""The study and the method a command line asks for."""

from __future__ import annotations

from typing import Any

from core.analyses.query import TransferQuery
from core.cli.options import study_folder
from core.errors import RequestError, listed
from core.io import open_study
from core.study import Study
from core.transfer.normalization import Scale


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
    study = open_study(study_folder(shared["folder"]))
    return study, TransferQuery(
        method=_single_source_method(study, shared["method"]),
        seeds=shared["seeds"] or None,
        exclude=shared["exclude"],
        include=shared["include"],
        scale=Scale(shared["scale"]),
        checkpoint=shared["checkpoint"],
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
