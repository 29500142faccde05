"""Matrices as figures: transfer of training sets to targets, and similarity of tasks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from core.arrays import BoolArray, FloatArray
from core.measures import Measure
from core.normalization import CLIP_HIGH, CLIP_LOW, Convention
from core.ordering import Tree
from core.similarity import Shared, SimilarityMatrix
from core.study import Study
from core.transfer import Kind, TransferMatrix, mean_present
from dashboard.figures.cells import CellTexts, mean_text, source_key
from dashboard.figures.colors import ink_on, mix, quiet_ink_on, scale_colors
from dashboard.figures.grid import Grid, text_width
from dashboard.figures.keys import colorbar_below
from dashboard.figures.selection import selects_cells
from dashboard.figures.words import (
    counted,
    escape,
    labels_of,
    lines_of,
    name_in_words,
    number,
    on_scale,
    signed,
    sources_in_words,
    sources_label,
    two_decimals,
)
from dashboard.theme import Colorscale, Theme

FULL_HOVER_UP_TO = 1_600
REASONS_UP_TO = 2_000
HATCHED_UP_TO = 400
FLOAT32_FROM = 40_000
BARELY_NEGATIVE = -0.1
TREE_GAP, TREE_WIDTH = 10.0, 110.0
"""Pixels between a matrix and the tree of its rows, and of the tree."""
DOT = 4.0
DOTS_FROM, DOTS_UP_TO = 12.0, 2_000
"""Sides of cells from which, and number up to which, cells are marked by a dot."""

Limits = tuple[float, float]
"""Values at both ends of a colour scale."""

_NICE = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5)
_STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
WHOLE_REACH_UP_TO = 1_000


def color_limits(matrix: TransferMatrix, study: Study) -> Limits:
    """Values at the ends of a matrix' colours.

    Published: always 0 to 1.5, so that methods can be compared. Strict: −1.5 to 1.5, what is
    beyond has the colour of the end. Differences: symmetric around 0, as far as they reach.
    Given scores: from 0 where none is negative, else symmetric.
    """
    return shared_limits([matrix], study)


def shared_limits(matrices: Iterable[TransferMatrix], study: Study) -> Limits:
    """The limits that several matrices have in common: actual and predicted side by side."""
    several = list(matrices)
    reach = max((_largest(m) for m in several), default=0.0)
    if any(_is_difference(m) for m in several):
        most = _nice(reach, capped=not study.scored)
        return -most, most
    if study.scored:
        most = _nice(reach, capped=False)
        negative = any((m.values < 0).any() for m in several)
        return (-most, most) if negative else (0.0, most)
    if all(m.convention is Convention.PUBLISHED for m in several):
        return CLIP_LOW, CLIP_HIGH
    return -CLIP_HIGH, CLIP_HIGH


def _is_difference(matrix: TransferMatrix) -> bool:
    return matrix.kind in (Kind.DIFFERENCE, Kind.VERSUS)


def _largest(matrix: TransferMatrix) -> float:
    """How far colours must reach: in a large matrix a few outliers may lie beyond."""
    finite = np.abs(matrix.values[np.isfinite(matrix.values)])
    if not finite.size:
        return 0.0
    return float(finite.max() if finite.size <= WHOLE_REACH_UP_TO else np.quantile(finite, 0.995))


def _nice(reach: float, *, capped: bool) -> float:
    """The next round number; with `capped` the colours end at 1.5."""
    for step in _NICE:
        if reach <= step:
            return step
    if capped:
        return _NICE[-1]
    power = 10.0 ** math.floor(math.log10(reach))
    return next(m * power for m in _STEPS if reach <= m * power * (1 + 1e-9))


@dataclass(frozen=True)
class _Colors:
    """A colour scale, the values at its ends and what its bar says."""

    scale: Colorscale
    low: float
    high: float
    caption: str
    ticks: tuple[tuple[float, str], ...]

    def axis(self, theme: Theme, grid: Grid) -> dict[str, Any]:
        """`layout.coloraxis`, its bar below the matrix."""
        return {
            "colorscale": [list(stop) for stop in self.scale],
            "cmin": self.low,
            "cmax": self.high,
            "cmid": 0.0 if self.low < 0 else None,
            "colorbar": colorbar_below(grid, theme, ticks=self.ticks, title=self.caption),
        }


def _transfer_colors(
    matrix: TransferMatrix, study: Study, theme: Theme, limits: Limits | None
) -> _Colors:
    low, high = limits or color_limits(matrix, study)
    beyond_low, beyond_high = _reaches_beyond(matrix, low, high)
    ends = (
        (low, ("≤ " if beyond_low else "") + on_scale(low)),
        (high, ("≥ " if beyond_high else "") + on_scale(high)),
    )
    scale = theme.diverging if low < 0 else theme.sequential
    ticks: tuple[tuple[float, str], ...] = (ends[0], (0.0, "0"), ends[1]) if low < 0 else ends
    if matrix.kind is Kind.DIFFERENCE:
        caption = "below prediction ← 0 → above"
    elif matrix.kind is Kind.VERSUS:
        first, second = (
            escape(_method_label(study, m)) for m in (matrix.method, matrix.other or "")
        )
        caption = f"{second} better ← 0 → {first} better"
    elif study.scored:
        caption = "score as given"
    else:
        caption = "0 = base, 1 = its standard performance"
        ticks = tuple(sorted({**dict(ticks), 1.0: "<b>1</b>", 0.0: "0"}.items()))
    return _Colors(scale, low, high, caption, ticks)


def _reaches_beyond(matrix: TransferMatrix, low: float, high: float) -> tuple[bool, bool]:
    return bool((matrix.values < low).any()), bool((matrix.values > high).any())


def _method_label(study: Study, name: str) -> str:
    return next((m.label for m in study.methods if m.name == name), name)


# -- transfer ----------------------------------------------------------------------------------


def transfer_heatmap(
    matrix: TransferMatrix,
    study: Study,
    theme: Theme,
    *,
    selected: tuple[str, str] | None = None,
    title: str = "",
    show_means: bool = True,
    limits: Limits | None = None,
    cell: float | None = None,
) -> go.Figure:
    """A transfer matrix: sources at the left, targets on top, a number in every cell.

    selected: (source, target), the source as `source_key` gives it. limits: of the colours,
    from `shared_limits` where figures stand side by side. cell: side of a cell in pixels, None
    = by the number of cells. The first trace holds the values at x = column, y = row; `cell_at`
    turns a click on it into names.
    """
    grid = _transfer_grid(matrix, study, title=title, show_means=show_means, cell=cell)
    colors = _transfer_colors(matrix, study, theme, limits)
    texts = CellTexts(matrix, study)
    present = np.isfinite(matrix.values)
    keys = [source_key(sources) for sources in matrix.sources]
    traces: list[Any] = []
    if matrix.values.size:
        stands_for = selects_cells(keys, matrix.targets, number=matrix.kind)
        hover = _transfer_hover(texts, present, theme)
        traces.append(_values_trace(matrix.values, grid, hover, stands_for))
        if not present.all():
            traces.append(_missing_trace(present, grid, theme))
            if _has_reasons(present):
                traces.append(_reasons_trace(texts, present, grid))
        traces += _mean_traces(matrix, grid)
        if grid.has_text:
            low, high = matrix.interval
            doubtful = (low <= 0) & (high >= 0)
            traces += _number_traces(matrix.values, doubtful, grid, colors, theme)
    layout = _matrix_layout(grid, colors, theme, title, rows="trained on", columns="tested on")
    shapes = []
    if grid.has_outlines:
        if (~present).sum() <= HATCHED_UP_TO:
            shapes.append(grid.hatching(_positions(~present), color=_hatch(theme)))
        shapes.append(
            grid.outline(_positions(matrix.trained), color=theme.text, width=1.5, name="trained")
        )
    shapes.append(_selection(selected, keys, matrix.targets, grid, theme))
    layout["shapes"] = [shape for shape in shapes if shape is not None]
    if not matrix.values.size:
        layout["annotations"] = [_nothing("no cells to show", theme)]
    return go.Figure(data=traces, layout=layout)


def figure_size(
    matrix: TransferMatrix | SimilarityMatrix,
    study: Study | None = None,
    *,
    title: str = "",
    show_means: bool = True,
    cell: float | None = None,
    tree: Tree | None = None,
) -> tuple[int, int]:
    """(width, height) in pixels at which a matrix' cells have their intended size.

    The figure's height is set; its frame should be at least as wide, or scroll.
    """
    if isinstance(matrix, SimilarityMatrix):
        grid = _similarity_grid(matrix, study, cell=cell, tree=tree)
    else:
        grid = _transfer_grid(matrix, study, title=title, show_means=show_means, cell=cell)
    return grid.size.width, grid.size.height


def cell_at(
    matrix: TransferMatrix | SimilarityMatrix, point: Mapping[str, Any]
) -> tuple[str, str] | None:
    """(source, target) of a point of the browser's click or hover data; None off the cells."""
    if isinstance(matrix, SimilarityMatrix):
        rows: Sequence[str] = [source_key(tasks) for tasks in matrix.sets]
        columns: Sequence[str] = rows
    else:
        rows = [source_key(sources) for sources in matrix.sources]
        columns = matrix.targets
    x, y = point.get("x"), point.get("y")
    if not isinstance(x, int | float) or not isinstance(y, int | float):
        return None
    if x != int(x) or y != int(y) or not (0 <= x < len(columns) and 0 <= y < len(rows)):
        return None
    return rows[int(y)], columns[int(x)]


def _transfer_grid(
    matrix: TransferMatrix,
    study: Study | None,
    *,
    title: str,
    show_means: bool,
    cell: float | None,
) -> Grid:
    if study is None:
        rows = tuple("+".join(sources) for sources in matrix.sources)
        columns = matrix.targets
    else:
        rows = tuple(sources_label(study, sources) for sources in matrix.sources)
        columns = tuple(labels_of(study, matrix.targets))
    return Grid(rows, columns, means=show_means, title=bool(title), wanted_cell=cell)


def _values_trace(
    values: FloatArray, grid: Grid, hover: dict[str, Any], stands_for: dict[str, Any]
) -> dict[str, Any]:
    return {
        "type": "heatmap",
        "meta": stands_for,
        "z": _sent(values),
        "coloraxis": "coloraxis",
        "xgap": grid.gap,
        "ygap": grid.gap,
        "name": "values",
        **hover,
    }


def _sent(values: FloatArray) -> npt.NDArray[np.floating]:
    """As it travels to the browser: a numpy array, half as large where it is large."""
    return values.astype(np.float32) if values.size > FLOAT32_FROM else values


def _transfer_hover(texts: CellTexts, present: BoolArray, theme: Theme) -> dict[str, Any]:
    if present.size <= FULL_HOVER_UP_TO:
        rows, columns = present.shape
        return {
            "hoverinfo": "text",
            "hoverongaps": True,
            "hovertext": [
                [texts.hover(i, j, muted=theme.muted) for j in range(columns)] for i in range(rows)
            ],
        }
    # A hover text per cell would weigh more than the matrix: names come from the axes' aliases.
    few = np.minimum(texts.matrix.n, 255).astype(np.uint8)
    return {
        "hoverongaps": False,
        "customdata": few,
        "hovertemplate": "<b>%{y} → %{x}</b><br>%{z:.3f}, seeds: %{customdata}<extra></extra>",
    }


def _missing_trace(present: BoolArray, grid: Grid, theme: Theme) -> dict[str, Any]:
    hover: dict[str, Any] = {"hoverinfo": "skip"}
    if present.size > FULL_HOVER_UP_TO and not _has_reasons(present):
        hover = {"hovertemplate": "<b>%{y} → %{x}</b><br>no value<extra></extra>"}
    return _flat_trace(~present, theme.missing, grid, name="missing", **hover)


def _has_reasons(present: BoolArray) -> bool:
    """A large matrix whose gaps are few enough to carry their reasons one by one."""
    return present.size > FULL_HOVER_UP_TO and int((~present).sum()) <= REASONS_UP_TO


def _reasons_trace(texts: CellTexts, present: BoolArray, grid: Grid) -> dict[str, Any]:
    """Marks nobody sees, over the gaps of a large matrix, that say why there is no value."""
    rows, columns = np.nonzero(~present)
    return {
        "type": "scatter",
        "x": columns.astype(np.float32),
        "y": rows.astype(np.float32),
        "mode": "markers",
        "marker": {"size": max(grid.cell, 4.0), "opacity": 0},
        "name": "reasons",
        "hoverinfo": "text",
        "hovertext": [
            "<br>".join(
                [
                    f"<b>{escape(texts.pair(i, j))}</b>",
                    "no value:",
                    *(escape(line) for line in lines_of(texts.reason(i, j))),
                ]
            )
            for i, j in zip(rows.tolist(), columns.tolist(), strict=True)
        ],
    }


def _flat_trace(
    where: BoolArray, color: str, grid: Grid, *, name: str, **hover: Any
) -> dict[str, Any]:
    """Cells of one colour."""
    return {
        "type": "heatmap",
        "z": np.where(where, 1.0, np.nan).astype(np.float32),
        "zmin": 0.0,
        "zmax": 1.0,
        "colorscale": [[0, color], [1, color]],
        "showscale": False,
        "xgap": grid.gap,
        "ygap": grid.gap,
        "name": name,
        "hoverongaps": False,
        **hover,
    }


def _mean_traces(matrix: TransferMatrix, grid: Grid) -> list[dict[str, Any]]:
    """Strips at the right and below; the means are `core`'s mean of the cells there are."""
    traces: list[dict[str, Any]] = []
    values = matrix.values
    rows, columns = values.shape
    shared = {
        "type": "heatmap",
        "coloraxis": "coloraxis",
        "hoverinfo": "text",
        "hoverongaps": False,
    }
    if grid.row_means:
        means = mean_present(values, axis=1)
        words = [
            mean_text(f"trained on {sources_in_words(s)}", float(m), counted(columns, "target"))
            for s, m in zip(matrix.sources, means, strict=True)
        ]
        traces.append(
            {
                **shared,
                "z": means[:, None],
                "x": list(grid.strip(columns)),
                "y": np.arange(rows),
                "hovertext": [[word] for word in words],
                "ygap": grid.gap,
                "name": "row means",
            }
        )
    if grid.column_means:
        means = mean_present(values, axis=0)
        words = [
            mean_text(f"tested on {name_in_words(t)}", float(m), counted(rows, "training set"))
            for t, m in zip(matrix.targets, means, strict=True)
        ]
        traces.append(
            {
                **shared,
                "z": means[None, :],
                "x": np.arange(columns),
                "y": list(grid.strip(rows)),
                "hovertext": [words],
                "xgap": grid.gap,
                "name": "column means",
            }
        )
    return traces


def _number_traces(
    values: FloatArray, doubtful: BoolArray, grid: Grid, colors: _Colors, theme: Theme
) -> list[go.Scatter]:
    """The number of every cell that has one, in an ink chosen for its background."""
    rows, columns = np.nonzero(np.isfinite(values))
    shown = [(values[rows, columns], columns.astype(float), rows.astype(float))]
    quiet = doubtful[rows, columns]
    total_rows, total_columns = values.shape
    if grid.row_means:
        means = mean_present(values, axis=1)
        at = np.flatnonzero(np.isfinite(means))
        middle = sum(grid.strip(total_columns)) / 2
        shown.append((means[at], np.full(len(at), middle), at.astype(float)))
    if grid.column_means:
        means = mean_present(values, axis=0)
        at = np.flatnonzero(np.isfinite(means))
        middle = sum(grid.strip(total_rows)) / 2
        shown.append((means[at], at.astype(float), np.full(len(at), middle)))
    number_of, x, y = (np.concatenate(part) for part in zip(*shown, strict=True))
    quiet = np.concatenate([quiet, np.zeros(len(number_of) - len(quiet), dtype=bool)])
    behind = scale_colors(colors.scale, number_of, colors.low, colors.high)
    ink = [
        (quiet_ink_on if is_quiet else ink_on)(color, theme.ink_dark, theme.ink_light)
        for color, is_quiet in zip(behind, quiet.tolist(), strict=True)
    ]
    text = [two_decimals(value) for value in number_of.tolist()]
    # A minus sign is a sixth of a small cell: one size down, it does not touch the border.
    fits = all(text_width(number, 11) <= grid.cell - 2 for number in text)
    return [
        go.Scatter(
            x=x,
            y=y,
            mode="text",
            text=text,
            textfont={"size": 11 if fits else 10, "color": ink},
            hoverinfo="skip",
            name="numbers",
        )
    ]


def _matrix_layout(
    grid: Grid, colors: _Colors, theme: Theme, title: str, *, rows: str, columns: str
) -> dict[str, Any]:
    layout: dict[str, Any] = {
        "template": theme.template,
        "coloraxis": colors.axis(theme, grid),
        **grid.axes(theme, rows=rows, columns=columns),
    }
    if title:
        layout["title"] = {"text": escape(title), "y": 1, "pad": {"t": 8}}
    for axis, labels in (("xaxis", grid.columns), ("yaxis", grid.rows)):
        if len(labels) > 1 and grid.step(len(labels)) > 1:
            # Labels that are not drawn still name the cell in its hover.
            layout[axis]["labelalias"] = {str(i): escape(label) for i, label in enumerate(labels)}
            layout[axis]["hoverformat"] = "d"
    return layout


def _positions(mask: BoolArray) -> list[tuple[int, int]]:
    return [(int(i), int(j)) for i, j in np.argwhere(mask)]


def _selection(
    selected: tuple[str, str] | None,
    rows: Sequence[str],
    columns: Sequence[str],
    grid: Grid,
    theme: Theme,
) -> dict[str, Any] | None:
    if selected is None or selected[0] not in rows or selected[1] not in columns:
        return None
    at = (list(rows).index(selected[0]), list(columns).index(selected[1]))
    return grid.outline([at], color=theme.accent, width=3, name="selection")


def _hatch(theme: Theme) -> str:
    return mix(theme.missing, theme.muted, 0.4)


def _nothing(text: str, theme: Theme) -> dict[str, Any]:
    return {
        "text": text,
        "showarrow": False,
        "xref": "paper",
        "yref": "paper",
        "x": 0.5,
        "y": 0.5,
        "font": {"size": 13, "color": theme.muted},
    }


# -- similarity --------------------------------------------------------------------------------


def similarity_heatmap(
    similarity: SimilarityMatrix,
    study: Study,
    theme: Theme,
    *,
    tree: Tree | None = None,
    selected: tuple[str, str] | None = None,
    title: str = "",
    cell: float | None = None,
) -> go.Figure:
    """Similarity of models, training set by training set, on a linear scale from 0 to 1.

    The scale is from −1 where values lie far below 0. The diagonal is outlined: one training set
    across seeds, empty where it has one run. A dot marks pairs that share some of their training
    tasks. tree: of the rows as they stand, drawn at the right. selected: two task names.
    """
    grid = _similarity_grid(similarity, study, cell=cell, title=title, tree=tree)
    values = similarity.values
    present = np.isfinite(values)
    least = float(np.nanmin(values)) if present.any() else 0.0
    # Debiased values just below 0 say the same as 0: they keep the scale that all others have.
    low = -1.0 if least < BARELY_NEGATIVE else 0.0
    zero = "≤ 0" if low == 0.0 and least < 0 else "0"
    ends = ((-1.0, on_scale(-1.0)), (0.0, "0")) if low < 0 else ((0.0, zero), (0.5, on_scale(0.5)))
    meaning = {
        Measure.CKA: "1 = the same up to rotation and scale",
        Measure.PROCRUSTES: "1 = one is the other, rotated and scaled",
    }
    colors = _Colors(
        scale=theme.diverging if low < 0 else theme.similarity,
        low=low,
        high=1.0,
        caption=f"{similarity.name}, {meaning[similarity.measure]}",
        ticks=(*ends, (1.0, on_scale(1.0))),
    )
    traces: list[Any] = []
    if values.size:
        hover = _similarity_hover(similarity)
        keys = [source_key(names) for names in similarity.sets]
        traces.append(_values_trace(values, grid, hover, selects_cells(keys, keys)))
        if not present.all():
            traces.append(
                _flat_trace(~present, theme.missing, grid, name="missing", hoverinfo="skip")
            )
        if grid.has_text:
            traces += _number_traces(values, np.zeros_like(present), grid, colors, theme)
        traces += _shared_traces(similarity, grid, colors, theme)
    layout = _matrix_layout(grid, colors, theme, title, rows="", columns="")
    annotations = []
    if tree is not None and len(tree.height):
        traces.append(_tree_trace(tree, similarity, grid, theme))
        annotations = _tree_scale(tree, similarity, grid, theme)
    shapes = []
    if grid.has_outlines:
        if (~present).sum() <= HATCHED_UP_TO:
            shapes.append(grid.hatching(_positions(~present), color=_hatch(theme)))
        same = _positions(similarity.shared == Shared.ALL)
        shapes.append(grid.outline(same, color=theme.text, width=1.5, name="same training set"))
    names = [source_key(tasks) for tasks in similarity.sets]
    shapes.append(_selection(selected, names, names, grid, theme))
    layout["shapes"] = [shape for shape in shapes if shape is not None]
    if not values.size:
        annotations = [_nothing("no models to compare", theme)]
    layout["annotations"] = annotations
    return go.Figure(data=traces, layout=layout)


def _similarity_grid(
    similarity: SimilarityMatrix,
    study: Study | None,
    *,
    cell: float | None,
    title: str = "",
    tree: Tree | None = None,
) -> Grid:
    labels = tuple(
        "+".join(tasks) if study is None else sources_label(study, tasks)
        for tasks in similarity.sets
    )
    beside = TREE_GAP + TREE_WIDTH if tree is not None and len(tree.height) else 0.0
    return Grid(labels, labels, means=False, title=bool(title), wanted_cell=cell, beside=beside)


def _shared_traces(
    similarity: SimilarityMatrix, grid: Grid, colors: _Colors, theme: Theme
) -> list[dict[str, Any]]:
    """A dot in the corner of pairs that share some of their training tasks."""
    some = (similarity.shared == Shared.SOME) & np.isfinite(similarity.values)
    rows, columns = np.nonzero(some)
    if not len(rows) or len(rows) > DOTS_UP_TO or grid.cell < DOTS_FROM:
        return []
    behind = scale_colors(colors.scale, similarity.values[some], colors.low, colors.high)
    aside = 0.5 - (grid.gap / 2 + DOT) / grid.cell
    return [
        {
            "type": "scatter",
            "x": columns + aside,
            "y": rows - aside,
            "mode": "markers",
            "marker": {
                "size": DOT,
                "color": [ink_on(color, theme.ink_dark, theme.ink_light) for color in behind],
            },
            "hoverinfo": "skip",
            "name": "some tasks shared",
        }
    ]


def _tree_places(tree: Tree, grid: Grid, height: FloatArray) -> FloatArray:
    """Where heights of the tree are along x: its leaves at the matrix, the last merge outside."""
    low, high = _tree_ends(tree)
    start = len(grid.columns) - 0.5 + TREE_GAP / grid.cell
    share = (np.maximum(height, low) - low) / (high - low) if high > low else height * 0.0
    return np.asarray(start + share * TREE_WIDTH / grid.cell)


def _tree_ends(tree: Tree) -> tuple[float, float]:
    """Heights at both ends: from 0, or where all merges are far from it, from before the first."""
    first, last = float(tree.height[:, 1].min()), float(tree.height.max())
    return (0.0 if first <= last / 2 or first == last else first - (last - first) / 4), last


def _tree_trace(
    tree: Tree, similarity: SimilarityMatrix, grid: Grid, theme: Theme
) -> dict[str, Any]:
    """The brackets of the tree, its leaves at the rows."""
    count = len(tree.height)
    x, y = np.full((count, 5), np.nan), np.full((count, 5), np.nan)
    x[:, :4], y[:, :4] = _tree_places(tree, grid, tree.height), tree.along
    text = [
        f"joined at a mean {escape(similarity.name)} of {number(1 - float(height))}"
        for height in tree.height[:, 1]
    ]
    return {
        "type": "scatter",
        "x": x.ravel(),
        "y": y.ravel(),
        "mode": "lines",
        "line": {"color": theme.muted, "width": 1.5},
        "hoverinfo": "text",
        "hovertext": [line for line in text for _ in range(5)],
        "name": "tree",
    }


def _tree_scale(
    tree: Tree, similarity: SimilarityMatrix, grid: Grid, theme: Theme
) -> list[dict[str, Any]]:
    """At what similarity the tree joins: its ends, above it."""
    ends = np.array(_tree_ends(tree))
    places = _tree_places(tree, grid, ends).tolist()
    shared = {
        "y": -0.5,
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 11, "color": theme.muted},
    }
    numbers = ["1" if height == 0 else number(1 - height) for height in ends.tolist()]
    return [
        {"text": numbers[0], "x": places[0], "xanchor": "left", **shared},
        {"text": numbers[1], "x": places[1], "xanchor": "right", **shared},
        {
            "text": f"joined at {escape(similarity.name)}",
            "x": places[1],
            "xanchor": "right",
            "yshift": 14,
            **shared,
        },
    ]


def _similarity_hover(similarity: SimilarityMatrix) -> dict[str, Any]:
    if similarity.values.size > FULL_HOVER_UP_TO:
        return {
            "hoverongaps": False,
            "customdata": np.minimum(similarity.n, 65_535).astype(np.uint16),
            "hovertemplate": f"<b>%{{y}} and %{{x}}</b><br>{similarity.name} %{{z:.3f}},"
            " pairs of runs: %{customdata}<extra></extra>",
        }
    size = len(similarity.sets)
    return {
        "hoverinfo": "text",
        "hoverongaps": True,
        "hovertext": [
            [
                "<br>".join(
                    f"<b>{escape(text)}</b>" if name == "pair" else f"{escape(name)} {escape(text)}"
                    for name, text in _similarity_rows(similarity, i, j)
                )
                for j in range(size)
            ]
            for i in range(size)
        ],
    }


def similarity_table(
    similarity: SimilarityMatrix, first: str, second: str
) -> list[tuple[str, str]]:
    """(name, text) rows about the models of two tasks; empty where either has none."""
    if (first,) not in similarity.sets or (second,) not in similarity.sets:
        return []
    return _similarity_rows(
        similarity, similarity.sets.index((first,)), similarity.sets.index((second,))
    )


def _similarity_rows(similarity: SimilarityMatrix, i: int, j: int) -> list[tuple[str, str]]:
    first, second = (sources_in_words(similarity.sets[at]) for at in (i, j))
    value, n = float(similarity.values[i, j]), int(similarity.n[i, j])
    if i == j:
        pair = f"{first} with itself, across seeds"
        why = "only one run of it: a run is never compared with itself"
    else:
        pair = f"{first} and {second}"
        why = f"no pair of runs has a {similarity.name} here"
    step = "last" if similarity.checkpoint == "last" else f"{similarity.checkpoint:,}"
    rows = [("pair", pair)]
    if math.isfinite(value):
        spread = float(similarity.sd[i, j])
        over = counted(n, "pair of runs", "pairs of runs")
        rows.append((similarity.name, number(value)))
        rows.append(("over", f"{over}, sd {number(spread)}" if math.isfinite(spread) else over))
    else:
        rows.append((similarity.name, f"none: {why}"))
    if math.isfinite(floor := float(similarity.floor[i, j])):
        rows.append(("independent noise", number(floor)))
        if math.isfinite(value):
            rows.append(("above noise by", signed(value - floor)))
    if i != j and len(similarity.sets[i]) > 1:
        common = [task for task in similarity.sets[i] if task in similarity.sets[j]]
        rows.append(("tasks in common", sources_in_words(common) if common else "none"))
    return [*rows, ("layer", str(similarity.layer)), ("checkpoint", step)]
