"""Numbers and results in words: what titles, hovers, captions and aria-labels say.

Whatever came from a file goes through `escape` before it is put in a Plotly text, which reads
some HTML. Sentences here are plain text.
"""

from __future__ import annotations

import html
import math
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from core.association import Association
from core.balance import Balance
from core.network import TransferGraph
from core.normalization import Convention
from core.run_pairs import is_plain, measure_name
from core.statistics import Interval
from core.study import Study
from core.transfer import Kind, TransferMatrix

CHANCE = 0.05
"""A QAP p above this is said to be no more than chance would give."""

MINUS = "−"
NOTHING = "—"
ARROW = "→"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

# -- numbers -----------------------------------------------------------------------------------


def number(value: float) -> str:
    """Two or three significant digits: `0.354`, `0.055`, `−12.3`, `1,234`; `—` for none.

    Below 0.01 two that count, without a last zero: `0.0024`, `0.002`.
    """
    if not math.isfinite(value):
        return NOTHING
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 999_999.5 or size < 0.000_095:
        power = math.floor(math.log10(size))
        mantissa = f"{size / 10.0**power:.1f}" if power > -300 else "1.0"
        if mantissa == "10.0":
            mantissa, power = "1.0", power + 1
        text = f"{mantissa} × 10{str(power).translate(_SUPERSCRIPT)}"
    elif size >= 99.95:
        text = f"{size:,.0f}"
    elif size >= 9.995:
        text = f"{size:.1f}"
    elif size >= 0.9995:
        text = f"{size:.2f}"
    elif size >= 0.00995:
        text = f"{size:.3f}"
    else:
        text = f"{size:.{1 - math.floor(math.log10(size))}f}".rstrip("0")
    return (MINUS if value < 0 else "") + text


def signed(value: float) -> str:
    """`number` with a plus where it is positive."""
    return f"+{number(value)}" if math.isfinite(value) and value > 0 else number(value)


def two_decimals(value: float) -> str:
    """As it stands in a cell: `0.71`, `−0.12`; empty for none."""
    if not math.isfinite(value):
        return ""
    text = f"{abs(value):.2f}" if abs(value) < 99.995 else f"{abs(value):,.0f}"
    return MINUS + text if value < 0 and text != "0.00" else text


def signed_decimals(value: float) -> str:
    """`two_decimals` with its sign, for numbers that stand under each other: `+0.95`."""
    text = two_decimals(value)
    return f"+{text}" if value > 0 and text != "0.00" else text


def on_scale(value: float) -> str:
    """A round value as an axis has it, without zeros at its end: `1.5`, `−0.2`."""
    return (MINUS if value < 0 else "") + f"{abs(value):,.6g}"


def percent(share: float) -> str:
    """`12.5 %` of 0.125."""
    if not math.isfinite(share):
        return NOTHING
    value = 100 * share
    text = f"{abs(value):.0f}" if abs(value) >= 99.95 else f"{abs(value):.3g}"
    return f"{MINUS if value < 0 and float(text) else ''}{text} %"


def p_value(p: float, name: str = "p") -> str:
    """`p = 0.055`, `p < 0.001`, `p undefined`."""
    if not math.isfinite(p):
        return f"{name} undefined"
    if p < 0.001:
        return f"{name} < 0.001"
    return f"{name} = {1:.0f}" if p >= 0.995 else f"{name} = {_two_digits(p)}"


def _two_digits(p: float) -> str:
    text = f"{p:.{1 - math.floor(math.log10(p))}f}"
    return text.rstrip("0") if "." in text else text


def bounds(low: float, high: float) -> str:
    """`0.65 to 0.77`; `—` where there is no interval."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return NOTHING
    return f"{number(low)} to {number(high)}"


def interval_text(interval: Interval) -> str:
    """`95 % over seeds: 0.65 to 0.77`, or that there is none."""
    if not (math.isfinite(interval.low) and math.isfinite(interval.high)):
        return f"no interval over {interval.over.value}"
    return f"95 % over {interval.over.value}: {bounds(interval.low, interval.high)}"


def counted(count: int, noun: str, plural: str = "") -> str:
    """`1 seed`, `3 seeds`, `1,000 tasks`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def with_unit(value: float, unit: str) -> str:
    """`131 km`, `0.85`; a unit written `km^2` is said `km²`."""
    return f"{number(value)} {unit_text(unit)}" if unit and math.isfinite(value) else number(value)


def unit_text(unit: str) -> str:
    """A unit as it is printed: `10⁶ km²` of `10^6 km^2`."""
    return re.sub(r"\^(-?\d+)", lambda power: power[1].translate(_SUPERSCRIPT), unit)


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
        Kind.ACTUAL: "actual",
        Kind.PREDICTED: "predicted from single sources",
        Kind.CROSS_FITTED: "predicted, cross-fitted",
        Kind.DIFFERENCE: "actual − predicted",
        Kind.VERSUS: f"{called.get(matrix.method, matrix.method)} − {called.get(other, other)}",
    }[matrix.kind]


# -- findings: a sentence with numbers, the figure's text alternative as well -------------------


def transfer_finding(
    actual: TransferMatrix,
    predicted: TransferMatrix | None = None,
    difference: TransferMatrix | None = None,
    *,
    label: str = "",
) -> str:
    """What a method reaches on trained and other targets, and against its prediction.

    label: the method's, where it should be called otherwise than in the files.
    """
    name = label or actual.method
    if not math.isfinite(actual.mean):
        return f"{name} has no value to show: {matrix_note(actual) or 'no cells'}"
    trained, transfer = actual.trained_mean, actual.transfer_mean
    parts = []
    if math.isfinite(trained):
        parts.append(f"{number(trained)} on targets it was trained on")
    if math.isfinite(transfer):
        parts.append(f"{number(transfer)} on {'the others' if parts else 'other targets'}")
    text = f"{name} reaches {' and '.join(parts)}"
    if difference is not None and math.isfinite(difference.transfer_mean):
        gap = difference.transfer_mean
        where = "above" if gap > 0 else "below"
        text += (
            ", just what its best single sources predict"
            if number(abs(gap)) == "0"
            else f", {number(abs(gap))} {where} what its best single sources predict there"
        )
    elif predicted is not None and math.isfinite(predicted.transfer_mean):
        text += f"; predicted there: {number(predicted.transfer_mean)}"
    return f"{text} (means over {_seeds_named(actual.seeds)})."


def difference_finding(difference: TransferMatrix, *, labels: tuple[str, str] = ("", "")) -> str:
    """How far one matrix is from another, over all, trained and other targets."""
    first = labels[0] or difference.method
    second = labels[1] or (difference.other or "its prediction")
    if not math.isfinite(difference.mean):
        return f"{first} and {second} have no cell in common."
    parts = [f"{signed(difference.mean)} over all cells"]
    if math.isfinite(difference.trained_mean):
        parts.append(f"{signed(difference.trained_mean)} on trained targets")
    if math.isfinite(difference.transfer_mean):
        parts.append(f"{signed(difference.transfer_mean)} on the others")
    return f"{first} minus {second}: {', '.join(parts)} ({_seeds_named(difference.seeds)})."


def matrix_note(matrix: TransferMatrix) -> str:
    """How many values were clipped and how many are missing; empty where neither."""
    total = matrix.per_seed.size
    parts = []
    if matrix.convention is Convention.PUBLISHED and matrix.clipped_count:
        parts.append(f"{counted(matrix.clipped_count, 'value')} of {total:,} cut at 0 or 1.5")
    gone = int((matrix.reason > 0).sum())
    if gone:
        parts.append(f"{gone:,} of {total:,} missing")
    return "; ".join(parts)


def association_finding(association: Association) -> str:
    """How much of transfer similarity explains, and how much it could."""
    pairs = f"n = {counted(association.n, 'pair')} of {counted(len(association.tasks), 'task')}"
    if association.n == 0:
        return f"No pair of tasks has both a {measured(association)} and a transfer."
    if not math.isfinite(association.pearson.r):
        why = _no_correlation(association)
        return f"Similarity against transfer has no correlation: {why} ({pairs})."
    chance = ", no more than chance would" if association.qap.p > CHANCE else ""
    plain = is_plain(association.measure, debiased=association.debiased)
    text = (
        f"{'Similarity' if plain else _capital(measured(association))} explains"
        f" {percent(association.r_squared)} of transfer{chance}"
        f" (r = {number(association.pearson.r)}, {p_value(association.qap.p, 'QAP p')}, {pairs})"
    )
    most, why = bound(association)
    if math.isfinite(most):
        text += f"; a symmetric measure could explain at most {percent(most)}"
        text += f", as {why}" if why else ""
    return text + "."


def bound(association: Association) -> tuple[float, str]:
    """What a symmetric measure can explain at most, and why, where its symmetry is not what binds.

    The lower of the two ceilings, in [0, 1]; NaN where that of symmetry is undefined.
    """
    symmetric, seeds = association.ceiling.symmetric, association.ceiling.seeds
    if seeds < symmetric:
        return max(seeds, 0.0), "the seeds agree no further"
    return symmetric, ""


def measured(association: Association) -> str:
    """What the similarity is: `CKA`, `debiased CKA` or `Procrustes similarity`."""
    return measure_name(association.measure, debiased=association.debiased)


def _no_correlation(association: Association) -> str:
    if association.n < 3:
        return "needs at least 3 pairs"
    return f"{measured(association)} or transfer is constant"


def association_title(association: Association) -> tuple[str, str]:
    """The two lines above a scatter: the equation, then r, both p, R² and n."""
    if math.isfinite(association.slope):
        sign = MINUS if association.intercept < 0 else "+"
        equation = (
            f"transfer = {number(association.slope)} · {measured(association)} {sign}"
            f" {number(abs(association.intercept))}"
        )
    elif association.n == 0:
        equation = f"no pair has both a {measured(association)} and a transfer"
    else:
        why = f"{measured(association)} constant"
        equation = "no line: " + ("needs at least 2 pairs" if association.n < 2 else why)
    if not math.isfinite(association.pearson.r):
        why = _no_correlation(association)
        return equation, f"r undefined ({why}), n = {association.n:,}"
    numbers = (
        f"r = {number(association.pearson.r)}, {p_value(association.pearson.p)},"
        f" {p_value(association.qap.p, 'QAP p')}, R² = {number(association.r_squared)},"
        f" n = {association.n:,}"
    )
    return equation, numbers


def balance_finding(balance: Balance) -> str:
    """Who gives most on balance and who takes most."""
    known = [task for task in balance.tasks if math.isfinite(task.net)]
    if not known:
        return (
            "No task is both a source and a target: there is nothing to balance."
            " Tick more tasks, or choose another method."
        )
    if len(known) == 1:
        only = name_in_words(known[0].task)
        return f"Only {only} is both a source and a target: a balance needs at least 2 tasks."
    top, low = max(known, key=lambda t: t.net), min(known, key=lambda t: t.net)
    if top.net == low.net:
        return (
            f"All {len(known)} tasks give as much as they receive: every net is {signed(top.net)}."
        )
    text = (
        f"{_capital(name_in_words(top.task))} gives most on balance ({signed(top.net)}),"
        f" {name_in_words(low.task)} takes most ({signed(low.net)})"
    )
    guessed = sum(task.estimated for task in known)
    if guessed:
        text += f"; {counted(guessed, 'sum')} estimated from incomplete rows"
    return f"{text} ({counted(len(known), 'task')}, {_seeds_named(balance.seeds)})."


def graph_finding(graph: TransferGraph, threshold: float, *, scored: bool = False) -> str:
    """How many arrows are shown, the strongest of them, and how many do harm.

    scored: the values are given scores, which have one scale.
    """
    if not graph.nodes:
        return "There is no task to draw."
    if not graph.edge_count:
        return (
            f"No transfer between two tasks is known ({counted(len(graph.nodes), 'task')} drawn)."
            " Tick more tasks, or choose another method."
        )
    strength = np.where(np.isfinite(graph.strengths), graph.strengths, -np.inf)
    shown = strength >= threshold
    harmful = int((graph.strict[shown] < 0).sum())
    text = (
        f"{int(shown.sum()):,} of {counted(graph.edge_count, 'arrow')} reach a strength of"
        f" {on_scale(threshold)}"
    )
    if shown.any():
        source, target = np.unravel_index(int(strength.argmax()), strength.shape)
        pair = in_words(graph.nodes[int(source)].task, graph.nodes[int(target)].task)
        weight = float(graph.weights[source, target])
        what = "the strongest is" if weight >= 0 else "the strongest does harm,"
        text += f"; {what} {pair} ({signed(weight)})"
    verb = "does" if harmful <= 1 else "do"
    harm = f"{f'{harmful:,}' if harmful else 'none'} of them {verb} harm"
    harm += "" if scored else " (strict scale)"
    return f"{text}; {harm}." if shown.any() else f"{text}."


def _seeds_named(seeds: Sequence[int]) -> str:
    """The same without brackets, for inside of some: `seeds 1, 2, 42`, `9 seeds`."""
    if not 1 < len(seeds) <= 4:
        return seeds_text(seeds).partition(" (")[0]
    return "seeds " + ", ".join(str(seed) for seed in seeds)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
