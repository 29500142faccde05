"""The frame of a matrix: how large its cells are, its labels, outlines and text.

Cells are unit squares around whole numbers: row i, column j is centred at x = j, y = i, and y
runs downwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from propcache.api import cached_property

from dashboard.figures.parts.theme import Theme
from dashboard.text.names import escape, shortened_apart

ROOMY, SMALL = 36.0, 32.0
ROOMY_UP_TO = 12
TEXT_FROM = 26.0
TEXT_UP_TO = 900
LARGEST = 900.0
NARROW, SCROLLED_UP_TO, NAMED_FROM = 40, 300, 14.0
"""Of a matrix with few columns: how many, how many rows it scrolls, and the side of its cells."""
MARGIN_GAP = 8.0
MARGIN_STRIP = 16.0
OUTLINES_FROM = 6.0
LABEL_SIZE = 12
NOTE_SIZE = 10
LABEL_LENGTH = 16
LINE = 13.0
"""Pixels from a label to the next, at least."""
BAR_ROOM = 74
BAR_WIDTH = 196
"""Pixels from the matrix' left edge on that the shortest bar and the longest title over it need."""
FLAT_ROOM, NOTED_ROOM, TURNED_ROOM = 20, 34, 6
"""Pixels of labels on one line, on one with a note below it, and beside the longest turned one."""
_NOTED = re.compile(r'(.*)(?:<br>| · )<span style="font-size:[\d.]+px">(.*)</span>')
_TAG = re.compile(r"<[^>]*>")
_ENTITY = re.compile(r"&#?\w+;")


@dataclass(frozen=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int


def text_width(text: str, size: float) -> float:
    """About how wide a text is in pixels, rather too wide than too narrow."""
    total = 0.0
    for c in text:
        if c in "iljtf.,:;|!'()[] ":
            total += 0.36
        elif c in "→MWmw…@%" or ord(c) > 0x2E7F:
            total += 1.02
        else:
            total += 0.72 if c.isupper() else 0.63
    return size * total


def drawn_width(text: str, size: float) -> float:
    """Like `text_width`, of what is drawn of a text that is written as HTML."""
    return text_width(_ENTITY.sub("x", _TAG.sub("", text)), size)


@dataclass(frozen=True)
class ColumnLabels:
    """What is written over columns, and the pixels that it needs.

    texts and notes: HTML, a note for each text, empty = none. size: pixels of the letters of the
    texts.
    """

    texts: tuple[str, ...]
    notes: tuple[str, ...]
    size: float = LABEL_SIZE

    @classmethod
    def drawn(cls, ticks: Iterable[str], size: float) -> ColumnLabels:
        """Those of a figure, by its ticks as `written` gave them."""
        parts = [_NOTED.fullmatch(tick) or tick for tick in ticks]
        return cls(
            tuple(part if isinstance(part, str) else part[1] for part in parts),
            tuple("" if isinstance(part, str) else part[2] for part in parts),
            size,
        )

    def crowd(self, each: float) -> bool:
        """Whether they do not fit beside each other, each on so many pixels, and must be turned."""
        widest = max(
            (
                *(drawn_width(text, self.size) for text in self.texts),
                *(drawn_width(note, NOTE_SIZE) for note in self.notes),
            ),
            default=0.0,
        )
        return widest > each - 2

    def room(self, *, turned: bool) -> int:
        """Pixels above the cells. A note stands below its text, and on its line where turned."""
        notes = [drawn_width(f" · {note}", NOTE_SIZE) for note in self.notes if note]
        if turned:
            texts = max((drawn_width(text, self.size) for text in self.texts), default=0.0)
            return round(texts + max(notes, default=0.0) + TURNED_ROOM)
        return NOTED_ROOM if notes else FLAT_ROOM

    def written(self, *, turned: bool) -> list[str]:
        """As ticks of an axis."""
        between = " · " if turned else "<br>"
        return [
            f'{text}{between}<span style="font-size:{NOTE_SIZE}px">{note}</span>' if note else text
            for text, note in zip(self.texts, self.notes, strict=True)
        ]


@dataclass(frozen=True)
class Block:
    """Neighbouring rows or columns of one group: which it is, the first and how many."""

    group: str
    first: int
    count: int

    @property
    def middle(self) -> float:
        """Where its name stands."""
        return self.first + (self.count - 1) / 2


def _blocks(groups: Sequence[str]) -> tuple[Block, ...]:
    """Empty where a group stands in two places, where there is one, or most have one member."""
    found, first = [], 0
    for group, members in groupby(groups):
        count = len(list(members))
        found.append(Block(group, first, count))
        first += count
    together = len({block.group for block in found}) == len(found)
    return tuple(found) if together and 1 < len(found) <= len(groups) / 2 else ()


@dataclass(frozen=True)
class MatrixFrame:
    """Where everything in a matrix figure is.

    rows, columns: labels, not escaped. means: a strip of row means at the right and of column
    means below. beside: pixels for what stands at the right of the last column. notes: small, one
    under each column's label, on its line where labels are turned; empty = none.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    means: bool
    wanted_cell: float | None = None
    beside: float = 0.0
    notes: tuple[str, ...] = ()
    row_groups: tuple[str, ...] = ()
    column_groups: tuple[str, ...] = ()

    @cached_property
    def row_blocks(self) -> tuple[Block, ...]:
        """The groups of rows, from the top; empty where they do not stand together."""
        return _blocks(self.row_groups)

    @cached_property
    def column_blocks(self) -> tuple[Block, ...]:
        """The groups of columns, from the left; empty where they do not stand together."""
        return _blocks(self.column_groups)

    @cached_property
    def cell(self) -> float:
        """Side of a cell in pixels."""
        if self.wanted_cell is not None:
            return self.wanted_cell
        longest = max(len(self.rows), len(self.columns), 1)
        if longest <= ROOMY_UP_TO:
            return ROOMY
        # A long, narrow matrix (35 training sets, 7 targets) is scrolled, not shrunk.
        if len(self.rows) * len(self.columns) <= TEXT_UP_TO and len(self.columns) <= 30:
            return SMALL
        fitting = min(SMALL, LARGEST / longest)
        few_columns = len(self.columns) <= NARROW and len(self.rows) <= SCROLLED_UP_TO
        # So wide that each column is named; the rows scroll.
        return max(fitting, NAMED_FROM) if few_columns else fitting

    @property
    def has_text(self) -> bool:
        """Numbers in the cells can be read."""
        return self.cell >= TEXT_FROM and len(self.rows) * len(self.columns) <= TEXT_UP_TO

    @property
    def has_outlines(self) -> bool:
        """Cells are large enough to be outlined one by one."""
        return self.cell >= OUTLINES_FROM

    @property
    def gap(self) -> int:
        """Pixels between cells."""
        return 2 if self.cell >= 20 else 1 if self.cell >= 10 else 0

    @property
    def row_means(self) -> bool:
        """A strip at the right: the mean of one column is that column."""
        return self.means and len(self.columns) > 1

    @property
    def column_means(self) -> bool:
        """A strip below."""
        return self.means and len(self.rows) > 1

    def strip(self, cells: int) -> tuple[float, float]:
        """Both edges of a strip of means behind so many cells."""
        start = cells - 0.5 + MARGIN_GAP / self.cell
        return start, start + (1.0 if self.has_text else max(1.0, MARGIN_STRIP / self.cell))

    @property
    def x_range(self) -> tuple[float, float]:
        """From left to right."""
        end = self.strip(len(self.columns))[1] if self.row_means else len(self.columns) - 0.5
        return -0.5, max(end, 0.5) + self.beside / self.cell

    @property
    def y_range(self) -> tuple[float, float]:
        """From bottom to top: rows run downwards."""
        end = self.strip(len(self.rows))[1] if self.column_means else len(self.rows) - 0.5
        return max(end, 0.5), -0.5

    @cached_property
    def _every_column(self) -> ColumnLabels:
        return ColumnLabels(
            tuple(escape(label) for label in self.short(self.columns)),
            tuple(map(escape, self.notes)) or ("",) * len(self.columns),
        )

    @cached_property
    def _column_labels(self) -> ColumnLabels:
        """Those that are drawn."""
        texts, notes = self._every_column.texts, self._every_column.notes
        return ColumnLabels(tuple(self._shown(texts)), tuple(self._shown(notes)))

    @cached_property
    def _turned_columns(self) -> bool:
        crowded = self._column_labels.crowd(self.cell * self.step(len(self.columns)))
        # Groups stand at least a line apart, and their names are longer.
        return crowded or bool(self._named(self.columns, self.column_blocks))

    @cached_property
    def _called(self) -> dict[str, str]:
        """Label -> what is written: a name that is both a row and a column is cut alike.

        Of all labels: those that are not drawn are written where somebody zooms in.
        """
        labels = list(dict.fromkeys((*self.rows, *self.columns)))
        return dict(zip(labels, shortened_apart(labels, LABEL_LENGTH), strict=True))

    def short(self, labels: Sequence[str]) -> list[str]:
        """As they are written, every one of them."""
        return [self._called[label] for label in labels]

    def _short(self, labels: Sequence[str]) -> list[str]:
        return self.short(self._shown(labels))

    def _shown(self, labels: Sequence[str]) -> Sequence[str]:
        return labels[:: self.step(len(labels))]

    def step(self, count: int) -> int:
        """Every how many labels one is shown."""
        del count
        step = 1
        while self.cell * step < LINE:
            step = {1: 2, 2: 5, 5: 10, 10: 20, 20: 50, 50: 100}.get(step, step * 2)
        return step

    @cached_property
    def margins(self) -> dict[str, int]:
        """Left, right, top and bottom, wide enough for labels and colour bar."""
        groups = self._named(self.rows, self.row_blocks).values()
        rows = max(
            (
                *(text_width(c, LABEL_SIZE) for c in self.short(self.rows)),
                *(drawn_width(name, LABEL_SIZE) for name in groups),
            ),
            default=0.0,
        )
        groups = self._named(self.columns, self.column_blocks).values()
        labels = max(
            self._every_column.room(turned=self._turned_columns),
            ColumnLabels(tuple(groups), ("",) * len(groups)).room(turned=self._turned_columns),
        )
        left, right = self.x_range
        return {
            "l": round(rows) + 34,
            "r": 14 + max(BAR_WIDTH - round((right - left) * self.cell), 0),
            "t": labels + 24,
            "b": BAR_ROOM,
        }

    @property
    def size(self) -> Size:
        """Of the whole figure."""
        (left, right), (bottom, top) = self.x_range, self.y_range
        margins = self.margins
        return Size(
            width=round((right - left) * self.cell) + margins["l"] + margins["r"],
            height=round((bottom - top) * self.cell) + margins["t"] + margins["b"],
        )

    def axes(self, theme: Theme, *, rows: str, columns: str) -> dict[str, Any]:
        """Layout of both axes: labels of columns on top, of rows at the left, square cells."""
        size = self.size
        quiet = {"font": {"size": 11, "color": theme.muted}}
        plain = {
            "showline": False,
            "ticks": "",
            "ticklabelstandoff": 4,
            "showgrid": False,
            "zeroline": False,
            "tickmode": "array",
            "tickfont": {"size": LABEL_SIZE, "color": theme.text},
            "constrain": "domain",
        }
        return {
            "height": size.height,
            "margin": self.margins,
            "xaxis": {
                **plain,
                **self._noted(self._ticks(self.columns, self.column_blocks, means=self.row_means)),
                "range": self.x_range,
                "side": "top",
                "tickangle": -90 if self._turned_columns else 0,
                "constraintoward": "left",
                "title": {"text": escape(columns), "standoff": 6, **quiet},
            },
            "yaxis": {
                **plain,
                **self._ticks(self.rows, self.row_blocks, means=self.column_means),
                "range": self.y_range,
                "scaleanchor": "x",
                "constraintoward": "top",
                "title": {"text": escape(rows), "standoff": 6, **quiet},
            },
        }

    def _ticks(
        self, labels: Sequence[str], blocks: Sequence[Block], *, means: bool
    ) -> dict[str, Any]:
        ticks = self._named(labels, blocks)
        if not ticks:
            at = range(0, len(labels), self.step(len(labels)))
            text = [escape(label) for label in self._short(labels)]
            ticks = dict(zip(map(float, at), text, strict=True))
        if means:
            # The strip and its gap are as high as a line, however small cells are.
            ticks[sum(self.strip(len(labels))) / 2] = "<i>mean</i>"
        return {"tickvals": list(ticks), "ticktext": list(ticks.values())}

    def _named(self, labels: Sequence[str], blocks: Sequence[Block]) -> dict[float, str]:
        """Where the names of groups stand instead of labels, as HTML.

        There where not every label is drawn, each on a line of its own.
        """
        shown = [block for block in blocks if block.count * self.cell >= LINE]
        if self.step(len(labels)) == 1:
            return {}
        called = shortened_apart([block.group for block in shown], LABEL_LENGTH)
        return {
            block.middle: f"<i>{escape(name)}</i>"
            for block, name in zip(shown, called, strict=True)
        }

    @property
    def group_axes(self) -> list[str]:
        """The axes that name groups instead of rows or columns."""
        named = {
            "xaxis": self._named(self.columns, self.column_blocks),
            "yaxis": self._named(self.rows, self.row_blocks),
        }
        return [axis for axis, names in named.items() if names]

    def edges(self, *, color: str) -> dict[str, Any] | None:
        """Lines between groups, across all cells."""
        height, width = len(self.rows) - 0.5, len(self.columns) - 0.5
        path = [f"M-0.5,{block.first - 0.5}H{width}" for block in self.row_blocks[1:]]
        path += [f"M{block.first - 0.5},-0.5V{height}" for block in self.column_blocks[1:]]
        return _path("".join(path), color=color, width=1, name="groups")

    def _noted(self, ticks: dict[str, Any]) -> dict[str, Any]:
        """The ticks of the columns with their notes."""
        if self._named(self.columns, self.column_blocks):
            return ticks
        noted = self._column_labels.written(turned=self._turned_columns)
        return {**ticks, "ticktext": [*noted, *ticks["ticktext"][len(noted) :]]}

    def outline(
        self, cells: Iterable[tuple[int, int]], *, color: str, width: float, name: str
    ) -> dict[str, Any] | None:
        """One shape around each of these cells (row, column); None where there is none."""
        reach = 0.5 - self.gap / 2 / self.cell
        path = " ".join(
            f"M{j - reach:.3f},{i - reach:.3f}H{j + reach:.3f}V{i + reach:.3f}H{j - reach:.3f}Z"
            for i, j in cells
        )
        return _path(path, color=color, width=width, name=name)

    def hatching(self, cells: Iterable[tuple[int, int]], *, color: str) -> dict[str, Any] | None:
        """Three diagonal lines in each of these cells (row, column)."""
        r = 0.5 - self.gap / 2 / self.cell
        path = " ".join(
            f"M{j - r:.3f},{i:.3f}L{j:.3f},{i - r:.3f}"
            f"M{j - r:.3f},{i + r:.3f}L{j + r:.3f},{i - r:.3f}"
            f"M{j:.3f},{i + r:.3f}L{j + r:.3f},{i:.3f}"
            for i, j in cells
        )
        return _path(path, color=color, width=1, name="missing")


def _path(path: str, *, color: str, width: float, name: str) -> dict[str, Any] | None:
    if not path:
        return None
    return {
        "type": "path",
        "path": path,
        "name": name,
        "line": {"color": color, "width": width},
        "fillcolor": "rgba(0,0,0,0)",
        "layer": "above",
        "xref": "x",
        "yref": "y",
    }
