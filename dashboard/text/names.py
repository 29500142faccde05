"""Numbers and results in words: what titles, hovers, captions and aria-labels say.

Whatever came from a file goes through `escape` before it is put in a Plotly text, which reads
some HTML. Sentences here are plain text.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterable, Mapping, Sequence

from core.study import Study
from core.transfer.matrix import MatrixKind, TransferMatrix
from dashboard.text.numbers import ARROW


def seeds_text(seeds: Sequence[int]) -> str:
    """`seed 42`, `3 seeds (1, 2, 42)`, `no seed`."""
    if not seeds:
        return "no seed"
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    shown = ", ".join(str(seed) for seed in seeds[:6]) + (", …" if len(seeds) > 6 else "")
    return f"{len(seeds)} seeds ({shown})"


def lines_of(text: str, width: int = 54) -> list[str]:
    """A text broken where it would be wider than a hover should be."""
    if len(text) <= width:
        return [text]
    return textwrap.wrap(text, width, subsequent_indent="   ", break_long_words=True)


# -- names -------------------------------------------------------------------------------------


def escape(text: object) -> str:
    """Text of a file made safe for Plotly, which would read `<b>` and `&` as HTML."""
    return html.escape(str(text), quote=True)


def shortened(text: str, most: int) -> str:
    """At most so many characters, the last one `…` where something was cut."""
    return text if len(text) <= most else text[: max(1, most - 1)].rstrip() + "…"


def name_in_words(name: str) -> str:
    """A task's name as it is said: underscores are spaces."""
    return name.replace("_", " ").strip() or name


def sources_in_words(sources: str | Iterable[str]) -> str:
    """`distance + compass` of a name or several."""
    names = [sources] if isinstance(sources, str) else list(sources)
    return " + ".join(name_in_words(name) for name in names)


def in_words(source: str | Iterable[str], target: str) -> str:
    """A pair of names: `distance + compass → angle`. Not escaped."""
    return f"{sources_in_words(source)} {ARROW} {name_in_words(target)}"


def labels_of(study: Study, names: Iterable[str]) -> list[str]:
    """The short labels of tasks; a name that is no task stands for itself."""
    index = study.task_index
    return [study.tasks[index[n]].label if n in index else n for n in names]


def sources_label(study: Study, sources: Sequence[str]) -> str:
    """The label of a row: `D`, or `D+Cr` for a set."""
    return "+".join(labels_of(study, sources))


def kind_in_words(matrix: TransferMatrix, labels: Mapping[str, str] | None = None) -> str:
    """What a matrix shows, as a heading; labels: method name -> what it is called."""
    called = labels or {}
    other = matrix.other or ""
    return {
        MatrixKind.ACTUAL: "actual",
        MatrixKind.PREDICTED: "predicted from single sources",
        MatrixKind.CROSS_FITTED: "predicted, cross-fitted",
        MatrixKind.DIFFERENCE: "actual − predicted",
        MatrixKind.VERSUS: (
            f"{called.get(matrix.method, matrix.method)} − {called.get(other, other)}"
        ),
    }[matrix.kind]


def seeds_named(seeds: Sequence[int]) -> str:
    """The same without brackets, for inside of some: `seeds 1, 2, 42`, `9 seeds`."""
    if not 1 < len(seeds) <= 4:
        return seeds_text(seeds).partition(" (")[0]
    return "seeds " + ", ".join(str(seed) for seed in seeds)


def capital(text: str) -> str:
    """The same text with a capital first letter."""
    return text[:1].upper() + text[1:]
