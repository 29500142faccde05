"""Pieces that every part of the panel is made of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from dash import html
from dash.development.base_component import Component

from core.study import Study
from core.transfer.normalization import PerScale, Scale
from dashboard.figures.parts.sparkline import SparklineSeries, bounds_of, sparkline
from dashboard.state.context import ViewContext
from dashboard.text import captions, numbers
from dashboard.text.formula import formula
from dashboard.ui.help import help_button

if TYPE_CHECKING:
    from core.analyses.details.cell import CellDetail, CellSummary, NormalizedValue, SeedResult
    from core.analyses.details.estimates import DifferenceEstimate, SeedSummary
    from core.transfer.provenance import RawValue


T = TypeVar("T")

SCALES = ((Scale.PUBLISHED, "Published"), (Scale.STRICT, "Strict"))


def scales(context: ViewContext) -> list[tuple[Scale, str]]:
    """Both scales with their names, the one that is shown first; given scores have one."""
    if context.study.has_given_scores:
        return [(Scale.PUBLISHED, "Score")]
    return sorted(SCALES, key=lambda scale: scale[0] is not context.view.scale)


def filled(lines: Sequence[tuple[str, list[str]]]) -> list[Component]:
    """Formulas with their numbers, one for both scales where they are the same."""
    if len(lines) > 1 and len({tuple(text) for _, text in lines}) == 1:
        lines = [("Both scales", lines[0][1])]
    return [
        html.P(
            [
                *([html.Span(f"{name}: ", className="quiet")] if name != "Score" else []),
                *_broken(text),
            ],
            className="formula",
        )
        for name, text in lines
        if text
    ]


def where(*parts: str) -> Component:
    """What is told of, in a quiet line: method, checkpoint, role."""
    return html.P(captions.join(*parts), className="panel-where quiet")


def role(cell: CellDetail) -> str:
    """Whether the target was trained on, seen, or neither."""
    if cell.trained:
        return "trained on this target"
    return (
        "a few samples of this target were seen" if cell.exposed else "not trained on this target"
    )


def means(summary: PerScale[SeedSummary], context: ViewContext) -> Component:
    """The mean on both scales, each with its interval and spread over seeds."""
    return number_facts(
        [
            (name, numbers.number(one.mean), spread_of(one.n, one.sd, one.low, one.high))
            for one, name in ((summary.on(scale), name) for scale, name in scales(context))
        ]
    )


def number_facts(facts: Sequence[tuple[str, str, Sequence[str]]]) -> Component:
    """(scale, number, what is to be said of it) side by side."""
    return html.Dl(
        className="means panel-means",
        children=[
            html.Div(
                [
                    html.Dt([name, *([_about(name)] if at == 0 else [])]),
                    html.Dd(number),
                    *[html.Dd(text, className="quiet") for text in about],
                ]
            )
            for at, (name, number, about) in enumerate(facts)
        ],
    )


def _about(name: str) -> Component:
    """Help for the first of the numbers: its scale; a given score has none to choose."""
    if name == "Score":
        return help_button("improvement", "score")
    return help_button("scale", f"{name} scale")


def spread_of(n: int, sd: float, low: float, high: float) -> list[str]:
    """`4 seeds, sd 0.021` and `95 %: 0.65 to 0.77`."""
    seeds = numbers.counted(n, "seed")
    if n < 2:
        return [seeds]
    return [
        f"{seeds}, sd {numbers.number(sd)}" if math.isfinite(sd) else seeds,
        f"95 %: {numbers.bounds(low, high)}",
    ]


def raw(reading: RawValue | None) -> str:
    """A raw value, or the sign for nothing."""
    return numbers.NOTHING if reading is None else numbers.number(reading.value)


def placed(placed: NormalizedValue) -> str:
    """A normalized value, marked where the scale cut it."""
    return numbers.number(placed.value) + ("*" if placed.clipped else "")


def place(reading: RawValue, study: Study | None = None) -> str:
    """File and row or key a value was read at; with the study's address where it has one."""
    below = f"{study.origin.rstrip('/')}/" if study and study.origin and reading.file else ""
    return below + (reading.source or numbers.NOTHING)


def formulas(cell: CellDetail, seed: SeedResult, study: Study) -> list[Component]:
    """The formula of a seed filled in, on both scales."""
    if study.is_raw:
        text = seed.normalized.published.reason or "The score as it was given."
        return [html.P(text, className="quiet")]
    if study.has_given_scores:
        lines = formula(seed, Scale.PUBLISHED, cell.metric, study.value_scale)
        return filled([("Score", lines)])
    return filled([(name, formula(seed, scale, cell.metric)) for scale, name in SCALES])


def _broken(lines: Sequence[str]) -> list[Component | str]:
    """Lines that may break only between them."""
    return [html.Span(f"{line} ", className="formula-part") for line in lines]


def reading(
    letter: str, reading: RawValue, cell: CellDetail, seed: SeedResult, study: Study
) -> list[Component]:
    """One raw value with its unit, run, checkpoint and place, as terms of a list."""
    given = study.has_given_scores
    split = "" if given or seed.baseline is None else f"{reading.split.value}, "
    step = f"checkpoint {reading.checkpoint:,}" if reading.checkpoint >= 0 and split else ""
    who = f"{reading.run}, {split}{step}".removesuffix(", ") if split else ""
    if given and reading is not seed.result:
        # A number in the manifest is of no source; `B on itself` says what it is.
        own = reading is seed.reference and study.task(cell.target).one == "diagonal"
        who = reading.run if own or not reading.run else f"source {reading.run}"
    return [
        html.Dt(letter),
        html.Dd(
            [
                html.Span(numbers.with_unit(reading.value, cell.unit), className="reading-value"),
                *([html.Span(who)] if who and reading.run else []),
                html.Code(place(reading, study))
                if reading.file
                else html.Span("not read from any file"),
            ]
        ),
    ]


def spark(
    what: str,
    at: Sequence[float],
    names: Sequence[str],
    lines: Sequence[SparklineSeries],
    context: ViewContext,
    *,
    within: tuple[float, float] | None,
    here: float | None,
) -> list[Component]:
    """A small figure: its ends named beside it, all its values in its text.

    within: what it shows at least, both marked; None = nothing beyond the values.
    """
    low, high = bounds_of(lines, within=within)
    values = [numbers.number(float(value)) for value in lines[-1].values]
    told = ", ".join(f"{name}: {value}" for name, value in zip(names, values, strict=True))
    return [
        html.P(what, className="quiet spark-what"),
        html.Div(
            className="spark",
            children=[
                html.Span(numbers.number(high), className="spark-high"),
                html.Span(numbers.number(low), className="spark-low"),
                html.Img(
                    src=sparkline(
                        list(at),
                        lines,
                        context.theme,
                        low=low,
                        high=high,
                        marks=within or (),
                        here=here,
                    ),
                    alt=f"{what}: {told}",
                    title=told,
                ),
                html.Span(names[0], className="spark-first"),
                html.Span(f"{values[-1]} at {names[-1]}" if values else "", className="spark-last"),
            ],
        ),
    ]


def heads(study: Study) -> tuple[str, ...]:
    """The headings of columns with a value on each scale."""
    return ("Score",) if study.has_given_scores else ("Published", "Strict")


def shown(quantity: PerScale[T], study: Study) -> list[T]:
    """What stands under `heads`."""
    both = [quantity.published, quantity.strict]
    return both[:1] if study.has_given_scores else both


def two(summary: PerScale[SeedSummary], study: Study) -> list[str]:
    """A mean on both scales; given scores have one."""
    return [numbers.number(one.mean) for one in shown(summary, study)]


def both(value: PerScale[NormalizedValue], study: Study) -> list[str]:
    """A seed's value on both scales; given scores have one."""
    return [placed(one) for one in shown(value, study)]


def gap(gap: DifferenceEstimate, *, lower: bool = False) -> Component:
    """A difference with its interval, better in blue and worse in red; lower: less is better.

    Without a colour where the interval holds 0.
    """
    ends = numbers.bounds(gap.low, gap.high)
    tone = "better" if (gap.value > 0) is not lower else "worse"
    return html.Span(
        [
            html.Span(numbers.signed(gap.value), className=tone)
            if gap.value and not gap.low <= 0 <= gap.high
            else numbers.signed(gap.value),
            *([html.Span(f" [{ends}]", className="quiet")] if ends != numbers.NOTHING else []),
        ]
    )


def interval(mean: float, low: float, high: float) -> Component:
    """`0.71 [0.65 to 0.77]`, the ends on a line of their own: two columns of it have room."""
    ends = numbers.bounds(low, high)
    told = [html.Span(f" [{ends}]", className="quiet")] if ends != numbers.NOTHING else []
    return html.Span([numbers.number(mean), *told])


def table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str | Component]]) -> Component:
    """Numbers under each other, the first column their names."""
    return html.Table(
        className="data-table panel-table",
        children=[
            html.Caption(title),
            html.Thead(
                html.Tr(
                    [
                        html.Th(head, scope="col", className="numeric" if at else None)
                        if head
                        else html.Td()
                        for at, head in enumerate(heads)
                    ]
                )
            ),
            html.Tbody(
                [
                    html.Tr(
                        [
                            html.Th(row[0], scope="row"),
                            *[html.Td(cell, className="numeric") for cell in row[1:]],
                        ]
                    )
                    for row in rows
                ]
            ),
        ],
    )


def or_least(*values: float) -> float:
    """The first value that is one; below all others where none is."""
    return next((value for value in values if value == value), float("-inf"))


def colored(beside: CellSummary, study: Study) -> list[str | Component]:
    """A mean on both scales, coloured by its sign on the strict one."""
    texts = two(beside.summary, study)
    if study.is_raw:
        return list(texts)
    tone = "worse" if beside.summary.strict.mean < 0 else "better"
    return [*texts[:-1], html.Span(texts[-1], className=tone)]
