"""How evaluations are laid out in files: one module per layout, all of them listed here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.evaluations import Evaluations
from core.io.files import StudyFolder
from core.io.layouts.file_tree import TreeLayout, read_tree_evaluations, read_tree_scores
from core.io.layouts.scores import Scores, ScoresLayout, read_scores
from core.io.layouts.square import SquareLayout, read_square
from core.io.layouts.table import TableLayout, read_evaluation_table
from core.io.layouts.task_scales import TaskScale, TasksNamed
from core.io.layouts.tree import RunsLayout, evaluation_files, read_runs_tree
from core.io.layouts.wide import WideLayout, read_wide_evaluations, read_wide_scores
from core.io.runs import RunList
from core.io.sections import Section
from core.io.sources import source_files
from core.study import Task

ReadScores = Callable[[StudyFolder, Any, TasksNamed], Scores | None]
ReadEvaluations = Callable[[StudyFolder, Any, Sequence[Task], RunList], Evaluations | None]


@dataclass(frozen=True)
class Layout:
    """One way evaluations lie in files.

    name: what `[evaluations] layout` says. section: its keys. read_scores, read_evaluations: what
    it can be read as, None = not. files: wherever there may be a file it is read from.
    """

    name: str
    section: type[Section]
    files: Callable[[StudyFolder, Any], Iterator[str]]
    read_scores: ReadScores | None = None
    read_evaluations: ReadEvaluations | None = None

    def gives_scores(self, section: Section) -> bool:
        """True where there are no runs of ours behind the values."""
        if self.read_scores is None or self.read_evaluations is None:
            return self.read_scores is not None
        return bool(section.gives_scores)  # type: ignore[attr-defined]


LAYOUTS: Mapping[str, Layout] = {
    layout.name: layout
    for layout in (
        Layout("runs", RunsLayout, evaluation_files, read_evaluations=read_runs_tree),
        Layout("table", TableLayout, source_files, read_evaluations=read_evaluation_table),
        Layout("scores", ScoresLayout, source_files, read_scores=read_scores),
        Layout("square", SquareLayout, source_files, read_scores=read_square),
        Layout(
            "wide",
            WideLayout,
            source_files,
            read_scores=read_wide_scores,
            read_evaluations=read_wide_evaluations,
        ),
        Layout(
            "tree",
            TreeLayout,
            source_files,
            read_scores=read_tree_scores,
            read_evaluations=read_tree_evaluations,
        ),
    )
}
"""By name; a new layout is one module and one line here."""

__all__ = ["LAYOUTS", "Layout", "Scores", "TaskScale", "TasksNamed"]
