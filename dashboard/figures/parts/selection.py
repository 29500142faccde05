"""How a figure takes part in the selection.

assets/js/select/plotly-marks.js listens to every figure of the workspace. A click that selects, and
the mark in the accent round what is selected, need no callback and no new figure; all a figure
does for both is to say on a trace what it stands for:

- **A matrix** (`heatmap`): `meta=selects_cells(rows, columns)`, its cells at x = column,
  y = row. A row is a training set as `source_key` writes it, a column a task. Cells select a
  pair, labels and strips of means the training set or the task. With `number` a click also says
  which number of the pair it was on, and the panel begins with that. With the focus on it, a
  matrix has a cursor (matrix-keyboard.js), which says aloud the first lines of a cell's hover.
- **Points and bars** (`scatter`, `scattergl`, `bar`): `**selects_points(selections)`, for each
  point a task `("angle",)`, a training set `("angle+compass",)`, a pair `("angle", "distance")`,
  or None where a click selects nothing. It takes `customdata` and `meta` of the trace.

What is not a figure: any element with `data-select='["angle","distance"]'` (a row of a table, a
button: `dashboard.ui.facts.select_button`) selects that, and has the class `is-selected` while it
is; `[]` lets go. Scripts (those of the graph, of the grid) call `window.atlasSelection.choose`
with such a list and listen to `atlas:selection` on the document.

Where the pair itself is not in a figure, its parts are marked thinly: of A+B→C the pairs A→C and
B→C, the tasks A, B and C. Names come from files and are nothing but text here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Selection = Sequence[str]
"""One name or two: a task or training set, or a training set and a target."""


def selects_cells(
    rows: Sequence[str], columns: Sequence[str], *, number: str | None = None
) -> dict[str, Any]:
    """`meta` of a heatmap whose cell at x = j, y = i is the pair `rows[i]` → `columns[j]`.

    number: which transfer of a pair stands in a cell, None = something else.
    """
    named = {} if number is None else {"number": number}
    return {"selects": {"rows": list(rows), "columns": list(columns), **named}}


def selects_points(selections: Sequence[Selection | None]) -> dict[str, Any]:
    """`customdata` and `meta` of a trace whose points select these, in their order."""
    return {
        "customdata": [list(selection or ()) for selection in selections],
        "meta": {"selects": {"points": True}},
    }


def selects_many_points(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The same for thousands of pairs: positions in a list of names, which travel as numbers."""
    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    at = {name: i for i, name in enumerate(names)}
    positions = np.array([(at[source], at[target]) for source, target in pairs])
    return {
        "customdata": positions.astype(np.uint16 if len(names) < 2**16 else np.uint32),
        "meta": {"selects": {"points": True, "names": names}},
    }
