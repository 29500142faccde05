"""Error bars from intervals over seeds, and whose go on beyond the frame."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import listed
from core.numerics.intervals import Interval
from dashboard.figures.parts.points import NAME_LENGTH
from dashboard.text.names import shortened_apart


def error_bars(
    values: Sequence[float], intervals: Sequence[Interval], color: str, shown: bool = True
) -> dict[str, Any]:
    """Error bars from intervals; none where an interval has no ends, or none is shown."""
    if not shown:
        return {"visible": False}
    known = [math.isfinite(i.low) and math.isfinite(i.high) for i in intervals]
    pairs = list(zip(values, intervals, known, strict=True))
    return {
        "type": "data",
        "visible": any(known),
        "symmetric": False,
        "array": [i.high - v if there else 0.0 for v, i, there in pairs],
        "arrayminus": [v - i.low if there else 0.0 for v, i, there in pairs],
        "color": color,
        "thickness": 1.2,
        "width": 3,
    }


def told_beyond(ends: Mapping[str, Sequence[Interval]], frame: tuple[float, float]) -> str:
    """Which tasks' whiskers end outside the frame, in words; empty where none does.

    ends: of each task. Of a few seeds they can be many times as long as all tasks lie apart.
    """
    low, high = frame
    out = [task for task, found in ends.items() if any(i.low < low or i.high > high for i in found)]
    if not out:
        return ""
    called = dict(zip(ends, shortened_apart(ends, NAME_LENGTH), strict=True))
    names = listed(called[task] for task in out)
    return f"whiskers of {names} go on beyond the frame: hover says how far"
