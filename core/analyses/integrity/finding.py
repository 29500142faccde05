"""What a look at a study finds: a kind, a sentence, and the cells it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from core.study import Run

MOST_CELLS = 50
"""How many cells of one finding are listed."""


class IntegrityKind(StrEnum):
    """What a finding is about."""

    NAME = "name"
    CHECKPOINT = "checkpoint"
    SEED = "seed"
    EQUAL_RUNS = "equal-runs"
    COPIED_TASK = "copied-task"
    COPIED_CKA = "copied-cka"
    SHARED_BASE = "shared-base"
    VALID_RATIO = "valid-ratio"
    NO_ROOM = "no-room"
    EXPOSED = "exposed"
    RATIO_COVARIATE = "ratio-covariate"


@dataclass(frozen=True)
class IntegrityCell:
    """What a finding points at: a run, and a task where it is about one; "" = all of them."""

    run: str
    task: str = ""


@dataclass(frozen=True)
class IntegrityFinding:
    """One finding: its kind, a sentence, and the cells it is about (at most MOST_CELLS)."""

    kind: IntegrityKind
    text: str
    cells: tuple[IntegrityCell, ...] = ()


def finding(kind: IntegrityKind, text: str, cells: Iterable[tuple[str, str]]) -> IntegrityFinding:
    """A finding about some (run, task), each once."""
    listed_cells = [IntegrityCell(*cell) for cell in dict.fromkeys(cells)]
    return IntegrityFinding(kind, text, tuple(listed_cells[:MOST_CELLS]))


def trained_on(run: Run) -> str:
    """The tasks of a run, in words."""
    return " + ".join(run.trained)
