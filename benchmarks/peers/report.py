"""What was measured beside the peers as a table and as a plot."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from html import escape
from math import log10
from pathlib import Path
from typing import Any

from benchmarks.by_size import machine, number
from benchmarks.scale import OURS
from benchmarks.scale import ROWS as ALONE

Numbers = Mapping[str, Mapping[str, float]]
"""Contender → number → median."""


@dataclass(frozen=True)
class Size:
    """What was measured at a size. rounds: at most; load: before and after; notes: sentences.

    on: the machine and the day.
    """

    contenders: Numbers
    rounds: int
    load: tuple[float, float]
    notes: Sequence[str] = ()
    on: str = field(default_factory=machine)


Found = Mapping[int, Size]

ROWS = {
    "start": "start → first page, ms",
    "start, core": "the same, ms of a core",
    "first": "fresh browser → first figure, ms",
    "three": "fresh browser → three matrices, ms",
    "home": "tab Transfer again, ms",
    "predictors": "tab Predictors (scatter), ms",
    "balance": "tab Balance (bars), ms",
    "a matrix": "method → first matrix repainted, ms",
    "all three": "method → all three repainted, ms",
    "mark": "click → mark in all three, ms",
    "panel": "click → panel of the pair, ms",
    "resident": "largest process, resident MB",
    "proportional": "all processes, proportional MB",
}
HELD_UP = {"held up": "another's click beside a slow question: ms more, at most"}
LONE = ("overview", "compare", "representations", "teachers", "network", "plan", "pairs")
"""Our tabs that no peer has; beside the best peer's scatter."""
AIMS: dict[str, tuple[float, float, float]] = {
    "start": (1.3, 1.3, 1.3),
    "first": (0.9, 0.7, 0.5),
    "three": (0.9, 0.7, 0.5),
    "a matrix": (0.7, 0.8, 0.5),
    "all three": (1.2, 0.8, 0.5),
    **dict.fromkeys(("home", "predictors", "balance", *LONE), (1.0, 0.8, 0.8)),
}
"""Ratio to the best peer at up to 45, up to 196, and more tasks; start: to plain Dash."""
CLICK_AIMS_MS = (50.0, 60.0, 100.0)
HELD_UP_MS = 100.0
WORDS = {**ROWS, **{tab: f"tab {tab.title()}, ms" for tab in LONE}, **HELD_UP, **ALONE}


def aim(row: str, size: int) -> float | None:
    """The ratio to reach at a size; the click's aim is in ms."""
    at = 0 if size <= 45 else 1 if size <= 196 else 2
    if row in ("mark", "panel"):
        return CLICK_AIMS_MS[at]
    if row in HELD_UP:
        return HELD_UP_MS
    return AIMS[row][at] if row in AIMS else None


def ratio(one: Numbers, row: str) -> float | None:
    """Ours over the best peer's; None where there is none to compare with."""
    own = one.get(OURS, {}).get(row)
    asked = "predictors" if row in LONE else row
    peers = {"plain Dash": one.get("plain Dash", {})} if row == "start" else one
    best = [peer[asked] for name, peer in peers.items() if name != OURS and asked in peer]
    return own / min(best) if own is not None and best else None


def as_markdown(found: Found) -> str:
    """A table for each size: a row a number, a column a contender."""
    lines = ["Beside its peers. How: benchmarks/README.md.", ""]
    for size, told in found.items():
        one, names = told.contenders, list(told.contenders)
        before, after = told.load
        lines += [
            f"## {size:,} tasks, medians of {told.rounds}",
            "",
            f"{told.on}. Load {before:.1f} before, {after:.1f} after, of which this itself is 1 to"
            " 2.",
            "",
            f"| | {' | '.join(names)} | to the best peer | aim |",
            "|---" * (len(names) + 3) + "|",
        ]
        for row, said in WORDS.items():
            if not any(row in one[name] for name in names):
                continue
            cells = [_number(one[name].get(row)) for name in names]
            part, goal = ratio(one, row), aim(row, size)
            wanted = "" if goal is None else f"{goal:g} ms" if goal >= 10 else f"{goal:g}"
            beside = "" if part is None else f"{part:.2f}"
            lines.append(f"| {said} | {' | '.join(cells)} | {beside} | {wanted} |")
        lines += ["", *told.notes] if told.notes else []
        lines.append("")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return number(value, 2)


def as_plot(found: Found) -> str:
    """Our ratio to the best peer, logarithmic: a line a number, a dot a size, a bar its aim."""
    sizes = {size: told.contenders for size, told in found.items()}
    rows = [row for row in WORDS if any(ratio(one, row) for one in sizes.values())]
    colors = dict(zip(found, ("#9ecae1", "#4292c6", "#2166ac", "#08306b"), strict=False))
    left, width, step = 400, 860, 24
    height = 60 + step * len(rows)

    def x(part: float) -> float:
        return left + 400 * (log10(min(max(part, FEWEST), MOST) / FEWEST) / log10(MOST / FEWEST))

    parts = [
        f'<line x1="{x(at):.0f}" x2="{x(at):.0f}" y1="30" y2="{height - 20}"'
        f' stroke="{"#555" if at == 1 else "#ddd"}"/>'
        f'<text x="{x(at):.0f}" y="{height - 6}" text-anchor="middle">{at:g}×</text>'
        for at in (0.01, 0.1, 0.5, 1, 2, 10)
    ]
    for at, row in enumerate(rows):
        y = 42 + step * at
        parts.append(
            f'<text x="{left - 10}" y="{y + 4}" text-anchor="end">{escape(WORDS[row])}</text>'
        )
        for size, one in sizes.items():
            if (part := ratio(one, row)) is None:
                continue
            if row in AIMS and (goal := aim(row, size)):
                parts.append(
                    f'<line x1="{x(goal):.1f}" x2="{x(goal):.1f}" y1="{y - 9}" y2="{y + 9}"'
                    f' stroke="{colors[size]}" stroke-width="2"/>'
                )
            parts.append(
                f'<circle cx="{x(part):.1f}" cy="{y}" r="5" fill="{colors[size]}">'
                f"<title>{size:,} tasks: {part:.2f}</title></circle>"
            )
    for at, (size, color) in enumerate(colors.items()):
        parts.append(
            f'<circle cx="{left + 90 * at}" cy="14" r="5" fill="{color}"/>'
            f'<text x="{left + 90 * at + 9}" y="18">{size:,} tasks</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        ' font-family="sans-serif" font-size="12">\n'
        '<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


FEWEST, MOST = 0.005, 20.0
"""Ratios at the ends of the plot."""


NAME = "peers"


def kept(out: Path) -> Found:
    """What `write` left there; nothing where it left nothing."""
    path = out / f"{NAME}.json"
    if not path.exists():
        return {}
    sizes = json.loads(path.read_text(encoding="utf-8"))
    return {int(size): _read(told) for size, told in sizes.items()}


def _read(told: Mapping[str, Any]) -> Size:
    return Size(**{**told, "load": tuple(told["load"]), "notes": tuple(told["notes"])})


def write(found: Found, out: Path) -> None:
    """`peers.md`, `peers.svg`, `peers.json`; other sizes stay as they are. Prints the new table."""
    out.mkdir(parents=True, exist_ok=True)
    every = dict(sorted({**kept(out), **found}.items()))
    (out / f"{NAME}.md").write_text(as_markdown(every), encoding="utf-8")
    (out / f"{NAME}.svg").write_text(as_plot(every), encoding="utf-8")
    measured = {size: asdict(told) for size, told in every.items()}
    (out / f"{NAME}.json").write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    print(as_markdown(found))
