"""Heatmaps of transfer matrices."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.metrics import by_logarithms
from core.numerics.arrays import BoolArray, FloatArray
from core.numerics.clustering import Dendrogram
from core.similarity.matrix import SimilarityMatrix
from core.study import Study, ValueScale
from core.transfer.groups import GroupMeans, group_means, group_of, groups_of
from core.transfer.matrix import MatrixKind, TransferMatrix, is_difference
from core.transfer.shrinkage import shrink
from dashboard.figures.parts.assembled import assembled
from dashboard.figures.parts.cell_hover import CellTexts, source_key
from dashboard.figures.parts.color_limits import Limits, color_limits, is_raw, shared_limits
from dashboard.figures.parts.group_strips import group_strips
from dashboard.figures.parts.legend import BETWEEN
from dashboard.figures.parts.matrix import (
    FULL_HOVER_UP_TO,
    HATCHED_UP_TO,
    Colors,
    counted_hover,
    has_reasons,
    hatch,
    matrix_layout,
    mean_traces,
    missing_trace,
    number_traces,
    positions,
    reasons_trace,
    values_trace,
)
from dashboard.figures.parts.matrix_frame import MatrixFrame
from dashboard.figures.parts.points import note
from dashboard.figures.parts.selection import selects_cells
from dashboard.figures.parts.theme import GROUPS_WITH_COLORS, Theme, group_colors
from dashboard.figures.similarity.heatmap import similarity_grid
from dashboard.text.names import (
    escape,
    labels_of,
    shortened_apart,
    sources_label,
)
from dashboard.text.numbers import bounds, common_power, counted, number, on_scale, signed


def _rounded(end: float) -> float:
    """The end of a colour bar as it is written: given scores end anywhere."""
    return float(f"{end:.3g}")


LONGEST_ON_BAR = 24
"""Characters of a method below the bar of its matrix."""


def _transfer_colors(
    matrix: TransferMatrix, study: Study, theme: Theme, limits: Limits | None
) -> Colors:
    low, high = limits or color_limits(matrix, study)
    beyond_low, beyond_high = _reaches_beyond(matrix, low, high)
    ends = (
        (low, ("≤ " if beyond_low else "") + on_scale(_rounded(low))),
        (high, ("≥ " if beyond_high else "") + on_scale(_rounded(high))),
    )
    raw = is_raw(matrix)
    scale = theme.diverging if low < 0 and not raw else theme.sequential
    if matrix.lower_is_better:
        # Better is blue whatever the direction.
        scale = tuple((1 - at, color) for at, color in reversed(scale))
    ticks: tuple[tuple[float, str], ...] = (
        (ends[0], (0.0, "0"), ends[1]) if low < 0 and not raw else ends
    )
    lower = matrix.lower_is_better
    if matrix.mixes_directions and raw:
        return Colors(
            theme.sequential,
            0.0,
            1.0,
            "score as given; colours from the worst to the best of each target",
            ((0.0, "worst"), (1.0, "best")),
        )
    # Beside errors the colours are by the differences with those of errors turned.
    turned = ", errors turned" if matrix.mixes_directions else ""
    if matrix.kind == MatrixKind.DIFFERENCE and turned:
        caption = f"worse than predicted ← 0 → better{turned}"
    elif matrix.kind == MatrixKind.DIFFERENCE:
        caption = "below prediction ← 0 → above" + (", lower is better" if lower else "")
    elif matrix.kind == MatrixKind.VERSUS:
        names = matrix.method, matrix.other or ""
        if matrix.subtracted is None:
            names = _method_label(study, names[0]), _method_label(study, names[1])
        first, second = (escape(name) for name in shortened_apart(names, LONGEST_ON_BAR))
        if lower:
            first, second = second, first
        caption = f"{second} better{BETWEEN}{first} better{turned}"
    elif study.has_given_scores:
        caption = {
            ValueScale.RAW: "score as given" + (", lower is better" if lower else ""),
            ValueScale.GAIN: "gain over zero, in the metric's unit",
            ValueScale.NORMALIZED: "0 = no transfer, 1 = full"
            + (by_logarithms(task.metric for task in study.tasks) or ", as the manifest says"),
        }[study.value_scale]
    else:
        caption = "0 = base, 1 = its standard performance"
        ticks = tuple(sorted({**dict(ticks), 1.0: "<b>1</b>", 0.0: "0"}.items()))
    return Colors(scale, low, high, caption, ticks)


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
    limits: Limits | None = None,
    cell: float | None = None,
) -> go.Figure:
    """A transfer matrix: sources at the left, targets on top, a number in every cell.

    limits: of the colours, from `shared_limits` where figures stand side by side. cell: side of a
    cell in pixels, None = by the number of cells. The first trace holds the values at x = column,
    y = row.
    """
    grid = _transfer_grid(matrix, study, cell)
    colors = _transfer_colors(matrix, study, theme, limits)
    if grid.has_text:
        colors = replace(colors, power=common_power(matrix.values.ravel().tolist()))
    shades = _shades(matrix)
    texts = CellTexts(matrix, study)
    present = np.isfinite(matrix.values)
    keys = [source_key(sources) for sources in matrix.sources]
    traces: list[Any] = []
    if matrix.values.size:
        stands_for = selects_cells(keys, matrix.targets, number=matrix.kind)
        hover = _transfer_hover(texts, present, theme)
        traces.append(values_trace(shades, grid, hover, stands_for))
        if not present.all():
            traces.append(missing_trace(present, grid, theme))
            if has_reasons(present):
                traces.append(reasons_trace(texts, present, grid))
        if not matrix.mixes_directions:
            traces += mean_traces(matrix, grid)
        if grid.has_text:
            # With one seed nothing speaks for a sign; raw scores have no sign to doubt.
            left = shrink(matrix, study)
            doubtful = ~(left.trusted | left.fixed) & (not is_raw(matrix))
            traces += number_traces(matrix.values, doubtful, grid, colors, theme, shades=shades)
    layout = matrix_layout(grid, colors, theme, rows="trained on", columns="tested on")
    shapes = layout["shapes"]
    if grid.has_outlines:
        if (~present).sum() <= HATCHED_UP_TO:
            shapes.append(grid.hatching(positions(~present), color=hatch(theme)))
        shapes.append(
            grid.outline(positions(matrix.trained), color=theme.text, width=1.5, name="trained")
        )
    own = group_colors(study.tasks)
    shapes += group_strips(grid, own if len(own) <= GROUPS_WITH_COLORS else {})
    layout["shapes"] = [shape for shape in shapes if shape is not None]
    if not matrix.values.size:
        layout["annotations"] = [note("no cells to show", theme)]
    return assembled(data=traces, layout=layout)


def group_heatmap(
    matrix: TransferMatrix, study: Study, theme: Theme, *, limits: Limits | None = None
) -> tuple[go.Figure, tuple[int, int]]:
    """The means of a matrix' blocks, a cell for each two groups, and its size in pixels.

    A block may hold errors and other scores: there errors count with their sign turned.
    """
    turned = matrix.mixes_directions
    if turned:
        # Limits of scores as they are do not hold turned ones; those of differences do.
        limits = None if is_raw(matrix) else limits
        matrix = matrix.oriented()
    means = group_means(matrix, study)
    grid = MatrixFrame(means.sources, means.targets, means=False)
    if limits is None:
        limits = shared_limits([matrix], study, shown=[means.values])
    colors = _transfer_colors(matrix, study, theme, limits)
    if turned:
        colors = replace(colors, caption=f"{colors.caption}, errors turned")
    if grid.has_text:
        colors = replace(colors, power=common_power(means.values.ravel().tolist()))
    present = np.isfinite(means.values)
    hover = {
        "hoverinfo": "text",
        "hovertext": [
            [
                f"<b>{escape(source)} → {escape(target)}</b><br>"
                f"{_of_block(means, i, j, difference=is_difference(matrix.kind))}"
                for j, target in enumerate(means.targets)
            ]
            for i, source in enumerate(means.sources)
        ],
    }
    layout = matrix_layout(grid, colors, theme, rows="trained on", columns="tested on")
    if not means.values.size:
        layout["annotations"] = [note("no cells to show", theme)]
        return assembled(layout=layout), (grid.size.width, grid.size.height)
    traces: list[Any] = [values_trace(means.values, grid, hover, {})]
    if not present.all():
        traces.append(missing_trace(present, grid, theme))
    if grid.has_text:
        traces += number_traces(means.values, ~present, grid, colors, theme)
    return assembled(data=traces, layout=layout), (grid.size.width, grid.size.height)


def _of_block(means: GroupMeans, row: int, column: int, *, difference: bool) -> str:
    """`0.71 (95 % over seeds: 0.65 to 0.77), mean over 12 cells`."""
    value, cells = float(means.values[row, column]), int(means.cells[row, column])
    if not cells:
        return "no cell that was not trained on"
    low, high = float(means.low[row, column]), float(means.high[row, column])
    sure = f" (95 % over seeds: {bounds(low, high)})" if math.isfinite(low) else ""
    shown = signed(value) if difference else number(value)
    return f"{shown}{sure}, mean over {counted(cells, 'cell')}"


def _shades(matrix: TransferMatrix) -> FloatArray:
    """What the colours are by: the values; beside errors, where in its column a value stands.

    (n_sources, n_targets): 0 the worst of the target, 1 the best; one value alone is 0.5. Of
    differences beside errors: more as better, those of errors with their sign turned.
    """
    if not matrix.mixes_directions:
        return matrix.values
    values = matrix.oriented().values
    if not is_raw(matrix):
        return values
    some = np.isfinite(values).any(axis=0)
    low = np.min(np.where(np.isfinite(values), values, np.inf), axis=0, initial=np.inf)
    high = np.max(np.where(np.isfinite(values), values, -np.inf), axis=0, initial=-np.inf)
    span = np.where(some, high - low, 1.0)
    with np.errstate(invalid="ignore"):
        return np.where(span > 0, (values - low) / np.where(span > 0, span, 1.0), values * 0 + 0.5)


def figure_size(
    matrix: TransferMatrix | SimilarityMatrix,
    study: Study | None = None,
    *,
    cell: float | None = None,
    tree: Dendrogram | None = None,
) -> tuple[int, int]:
    """(width, height) in pixels at which a matrix' cells have their intended size.

    The figure's height is set; its frame should be at least as wide, or scroll.
    """
    if isinstance(matrix, SimilarityMatrix):
        grid = similarity_grid(matrix, study, cell=cell, tree=tree)
    else:
        grid = _transfer_grid(matrix, study, cell)
    return grid.size.width, grid.size.height


def _transfer_grid(matrix: TransferMatrix, study: Study | None, cell: float | None) -> MatrixFrame:
    if study is None:
        rows = tuple("+".join(sources) for sources in matrix.sources)
        columns = matrix.targets
    else:
        rows = tuple(sources_label(study, sources) for sources in matrix.sources)
        columns = tuple(labels_of(study, matrix.targets))
    # A mean over scores and errors says nothing.
    groups = {} if study is None else groups_of(study)
    return MatrixFrame(
        rows,
        columns,
        means=not matrix.mixes_directions,
        wanted_cell=cell,
        row_groups=tuple(group_of(s, groups) for s in matrix.sources) if groups else (),
        column_groups=tuple(group_of((t,), groups) for t in matrix.targets) if groups else (),
    )


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
    if texts.matrix.mixes_directions:
        values = texts.matrix.values.astype(np.float32)
        return {
            "hoverongaps": False,
            "customdata": np.dstack([few, values]),
            "hovertemplate": "<b>%{y} → %{x}</b><br>%{customdata[1]:.4~g},"
            " seeds: %{customdata[0]}<extra></extra>",
        }
    return counted_hover("<b>%{y} → %{x}</b><br>%{z:.4~g}, seeds: ", few, present)
