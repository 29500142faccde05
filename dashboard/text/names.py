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
from core.transfer.predictions import PREDICTIONS
from dashboard.text.numbers import ARROW

ONE_RUN = "one run"
"""What there is of each cell where no file names a seed."""


def seeds_text(seeds: Sequence[int], *, named: bool = True) -> str:
    """`seed 42`, `3 seeds (1, 2, 42)`, `no seed`; `one run` of a study whose files name none."""
    if not seeds:
        return "no seed"
    if len(seeds) == 1:
        return f"seed {seeds[0]}" if named else ONE_RUN
    shown = ", ".join(str(seed) for seed in seeds[:6]) + (", …" if len(seeds) > 6 else "")
    return f"{len(seeds)} seeds ({shown})"


def lines_of(text: str, width: int = 54) -> list[str]:
    """A text broken where it would be wider than a hover should be."""
    if len(text) <= width:
        return [text]
    return textwrap.wrap(text, width, subsequent_indent="   ", break_long_words=True)


# -- names -------------------------------------------------------------------------------------


def escape(text: object) -> str:
    """Text of a file made safe for Plotly, which would read `<b>` and `&` as HTML.

    `%{…}` is a template to it, in titles, names of traces, annotations and hovers alike: where
    nothing of that name is there, nothing is shown.
    """
    # Of the named ones Plotly knows no quotation mark: it would show `&quot;` as it stands.
    return html.escape(str(text), quote=True).replace("&quot;", "&#34;").replace("%{", "&#37;{")


def shortened(text: str, most: int) -> str:
    """At most so many characters, the last one `…` where something was cut."""
    return text if len(text) <= most else text[: max(1, most - 1)].rstrip() + "…"


def shortened_apart(texts: Iterable[str], most: int) -> list[str]:
    """`shortened` of several that stand under each other, so that no two different look the same.

    Those that would are cut where they are alike: first in the middle, else to what surrounds
    their first difference; what still cannot be told apart so stands whole.
    """
    whole = list(texts)
    cut = {text: shortened(text, most) for text in whole}
    alike: dict[str, list[str]] = {}
    for text, short in cut.items():
        alike.setdefault(short, []).append(text)
    for group in alike.values():
        if len(group) > 1:
            cut.update(zip(group, _cut_where_alike(group, most), strict=True))
    if len(set(cut.values())) < len(cut):
        return whole
    return [cut[text] for text in whole]


def _cut_where_alike(group: Sequence[str], most: int) -> list[str]:
    head, tail = most // 2, most - 1 - most // 2
    shortest = min(map(len, group))
    same = next((i for i in range(shortest) if len({text[i] for text in group}) > 1), shortest)
    start = max(0, same - head)
    middle = [t if len(t) <= most else f"{t[:head]}…{t[-tail:]}" for t in group]
    difference = [f"…{shortened(t[start:], most - 1)}" for t in group]
    for found in (middle, difference):
        if len(set(found)) == len(group):
            return found
    return list(group)


def sources_in_words(sources: str | Iterable[str]) -> str:
    """`distance + compass` of a name or several."""
    names = [sources] if isinstance(sources, str) else list(sources)
    return " + ".join(names)


def in_words(source: str | Iterable[str], target: str) -> str:
    """A pair of names: `distance + compass → angle`. Not escaped."""
    return f"{sources_in_words(source)} {ARROW} {target}"


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
    if matrix.kind in PREDICTIONS:
        return PREDICTIONS[matrix.kind].title
    if matrix.kind == MatrixKind.VERSUS:
        return f"{called.get(matrix.method, matrix.method)} − {called.get(other, other)}"
    return "actual − predicted" if matrix.kind == MatrixKind.DIFFERENCE else "actual"


def seeds_named(seeds: Sequence[int], *, named: bool = True) -> str:
    """The same without brackets, for inside of some: `seeds 1, 2, 42`, `9 seeds`."""
    if not 1 < len(seeds) <= 4:
        return seeds_text(seeds, named=named).partition(" (")[0]
    return "seeds " + ", ".join(str(seed) for seed in seeds)


def capital(text: str) -> str:
    """The same text with a capital first letter."""
    return text[:1].upper() + text[1:]


def joined(names: Iterable[str], word: str = "and") -> str:
    """`a, b and c`, or `a, b or c`; at least one name."""
    *first, last = names
    return f"{', '.join(first)} {word} {last}" if first else last


def sentence(text: object) -> str:
    """`a reason` or an error that is one, with a capital and a full stop; empty as it is."""
    return f"{capital(str(text))}." if str(text) else ""
