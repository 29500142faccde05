"""Which colour is which group, above a figure whose dots are coloured by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from core.study import Task
from dashboard.figures.parts.theme import GROUPS_WITH_COLORS, group_colors
from dashboard.text import numbers

CLASS = "group-key"


@dataclass(frozen=True)
class GroupKey:
    """What the colours of a figure's dots or strips stand for.

    tasks: all of a study, as for `task_colors`. of: whose group it is, where a dot is no task.
    """

    tasks: Sequence[Task]
    of: str = ""

    @property
    def title(self) -> str:
        """`Group of the source`."""
        return f"Group{f' of {self.of}' if self.of else ''}"

    @property
    def colors(self) -> dict[str, str]:
        """Group -> its colour; nothing of tasks without groups, or all of whose colours are the
        manifest's, nor of more groups than have a colour each."""
        colors = group_colors(self.tasks)
        return colors if len(colors) <= GROUPS_WITH_COLORS else {}

    def components(self) -> list[Component]:
        """A swatch and a name for each group; of more than have colours that none has one."""
        count = len(group_colors(self.tasks))
        if count > GROUPS_WITH_COLORS:
            text = f"{numbers.counted(count, 'group')} are too many to tell apart by colour: dots"
            return [html.P(f"{text} of all groups have one.", className=CLASS)]
        if not count:
            return []
        said = [html.Span(f"{self.title}:")]
        said += [html.Span([_swatch(color), name]) for name, color in self.colors.items()]
        return [html.P(said, className=CLASS)]


def _swatch(color: str) -> Component:
    """A dot as a picture: what is fetched as HTML has no style of its own."""
    dot = f"<circle cx='5' cy='5' r='5' fill='{color}'/>"
    drawn = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 10 10'>{dot}</svg>"
    return html.Img(src=f"data:image/svg+xml,{quote(drawn)}", alt="", className="swatch")
