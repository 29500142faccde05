"""What was measured beside the peers as a table and as a plot."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path

from benchmarks.by_size import machine_in_words

OURS = "Transfer Atlas"
Found = Mapping[int, Mapping[str, Mapping[str, float]]]
"""Size → contender → number → median."""

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


def aim(row: str, size: int) -> float | None:
    """The ratio to reach at a size; the click's aim is in ms."""
    at = 0 if size <= 45 else 1 if size <= 196 else 2
    if row in ("mark", "panel"):
        return CLICK_AIMS_MS[at]
    return AIMS[row][at] if row in AIMS else None


def ratio(one: Mapping[str, Mapping[str, float]], row: str) -> float | None:
    """Ours over the best peer's; None where there is none to compare with."""
    own = one.get(OURS, {}).get(row)
    asked = "predictors" if row in LONE else row
    peers = {"plain Dash": one.get("plain Dash", {})} if row == "start" else one
    best = [peer[asked] for name, peer in peers.items() if name != OURS and asked in peer]
    return own / min(best) if own is not None and best else None


def as_markdown(found: Found, *, rounds: Mapping[int, int], machine: str) -> str:
    """A table for each size: a row a number, a column a contender."""
    lines = [f"Beside its peers; {machine}.", ""]
    for size, one in found.items():
        names = [name for name in one if name != "seaborn"]
        lines += [
            f"## {size:,} tasks, medians of {rounds[size]}",
            "",
            f"| | {' | '.join(names)} | to the best peer | aim |",
            "|---" * (len(names) + 3) + "|",
        ]
        words = {**ROWS, **{tab: f"tab {tab.title()}, ms" for tab in LONE}}
        for row, said in words.items():
            if not any(row in one[name] for name in names):
                continue
            cells = [_number(one[name].get(row)) for name in names]
            part, goal = ratio(one, row), aim(row, size)
            wanted = "" if goal is None else f"{goal:g} ms" if goal >= 10 else f"{goal:g}"
            beside = "" if part is None else f"{part:.2f}"
            lines.append(f"| {said} | {' | '.join(cells)} | {beside} | {wanted} |")
        if "seaborn" in one:
            lines += [
                "",
                f"The five figures as SVG by seaborn: {one['seaborn']['export']:,.0f} ms.",
            ]
        lines.append("")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:,.0f}"


def as_plot(found: Found) -> str:
    """Our ratio to the best peer: a line of dots a number, a colour a size, the aim a bar."""
    rows = [row for row in ROWS if any(ratio(one, row) for one in found.values())]
    colors = dict(zip(found, ("#9ecae1", "#4292c6", "#2166ac", "#08306b"), strict=False))
    left, width, step = 270, 720, 24
    height = 60 + step * len(rows)

    def x(part: float) -> float:
        return left + 400 * min(part, 2.0) / 2.0

    parts = [
        f'<line x1="{x(at):.0f}" x2="{x(at):.0f}" y1="30" y2="{height - 20}"'
        f' stroke="{"#555" if at == 1 else "#ddd"}"/>'
        f'<text x="{x(at):.0f}" y="{height - 6}" text-anchor="middle">{at:g}×</text>'
        for at in (0, 0.5, 1, 1.5, 2)
    ]
    for at, row in enumerate(rows):
        y = 42 + step * at
        parts.append(
            f'<text x="{left - 10}" y="{y + 4}" text-anchor="end">{escape(ROWS[row])}</text>'
        )
        for size, one in found.items():
            if (part := ratio(one, row)) is not None:
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


def write(found: Found, out: Path, *, rounds: Mapping[int, int]) -> None:
    """`peers.md`, `peers.svg`, `peers.json`; rounds: by size. Prints the table."""
    out.mkdir(parents=True, exist_ok=True)
    table = as_markdown(found, rounds=rounds, machine=machine_in_words())
    (out / "peers.md").write_text(table, encoding="utf-8")
    (out / "peers.svg").write_text(as_plot(found), encoding="utf-8")
    (out / "peers.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(table)
