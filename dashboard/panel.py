"""The panel at the right: all that is known of the selected pair, task or training set.

It belongs to the shell, not to a page: every tab selects, and every tab shows it. Its parts are
Dash's HTML components, but no callbacks: assets/script-panel.js asks for them by address and makes
elements of them. Dash resets the state of every component that a callback replaces, one by one,
which for a panel of 280 components was most of a second a click.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from dash import html
from dash.development.base_component import Component
from flask import Flask, Response, abort, request
from plotly.utils import PlotlyJSONEncoder

from core.analyses import BALANCE, PAIR, SIMILARITY_COURSE, TASK
from core.balance import TaskBalance
from core.course import SimilarityCourse
from core.errors import AtlasError
from core.exchange import Standing, TaskStory, Trained
from core.normalization import Convention
from core.pair import (
    Beside,
    BestSource,
    Both,
    Direction,
    Gap,
    PairStory,
    Placed,
    Prediction,
    Reading,
    SeedStory,
    Summary,
)
from core.similarity import similarity_layers
from core.study import Metric, Split, Study
from core.transfer import Kind
from dashboard import captions, messages
from dashboard.atlas import Atlas, NothingToShow, Scene, log_failure
from dashboard.attributes import aria, data
from dashboard.cards import Children
from dashboard.figures import words
from dashboard.figures.cells import source_key
from dashboard.figures.formula import difference, formula, mean
from dashboard.figures.sparkline import Line, bounds_of, sparkline
from dashboard.glossary import help_button
from dashboard.ids import Id
from dashboard.pages.page import EVERYWHERE
from dashboard.theme import Mode

STORY, SIMILARITY = "story", "similarity"
PARTS = {
    STORY: (*EVERYWHERE, "include", "against", "select"),
    SIMILARITY: ("study", "method", "seeds", "layer", "cka_at", "measure", "select"),
}
"""What of the query each part depends on; the similarity may have to be computed first."""

ROUTE = "/panel/<part>"
SCALES = ((Convention.PUBLISHED, "Published"), (Convention.STRICT, "Strict"))
JSON = "application/json"
BESIDE_SHOWN = 12
RUNS_SHOWN = 60


def layout() -> Component:
    """The empty panel; on a narrow screen the style sheet makes it a sheet from below."""
    return html.Aside(
        id=Id.PANEL,
        className="panel",
        hidden=True,
        **aria(labelledby=Id.PANEL_TITLE),
        children=[
            html.Button(
                "×",
                type="button",
                className="panel-close",
                title="Let go (Escape)",
                **data(select="[]"),
                **aria(label="Let go of the selection"),
            ),
            # Says aloud what is selected; the focus stays where the selection was made.
            html.H2(
                id=Id.PANEL_TITLE, className="panel-title", tabIndex="-1", **aria(live="polite")
            ),
            html.Div(id=Id.PANEL_BODY),
            html.Div(id=Id.PANEL_SIMILARITY),
        ],
    )


@dataclass(frozen=True)
class Told:
    """One part of the panel: what is selected, in words, and what is told of it.

    number: which number of it comes first; where that changes, the panel is at its top again.
    """

    title: str
    body: Children = None
    number: str = ""

    def as_json(self) -> str:
        """For the browser: components as Dash writes them, `{type, props, …}`."""
        return json.dumps(vars(self), cls=PlotlyJSONEncoder)


def register(server: Flask, atlas: Atlas) -> None:
    """Answer what script-panel.js asks: a part of the panel for the query of an address."""
    tells = {STORY: told, SIMILARITY: told_similarity}

    @server.get(ROUTE)
    def panel_part(part: str) -> Response:
        if part not in tells:
            abort(404)
        query = parse_qs(request.query_string.decode("utf-8", "replace"))
        (mode,) = query.pop("mode", [Mode.LIGHT.value])[:1]
        answer = tells[part](atlas, {"query": query, "mode": mode})
        return Response("null" if answer is None else answer.as_json(), mimetype=JSON)


def told(atlas: Atlas, feed: object) -> Told | None:
    """Heading and body of the panel; None where nothing is selected or can be shown."""
    scene = _scene(atlas, feed)
    if scene is None:
        return None
    view = scene.view
    if view.selected_target is None:
        heading = words.sources_in_words(view.selected_sources)
        return Told(heading, _instead(lambda: _about_task(atlas, scene), "the panel"))
    heading = words.in_words(view.selected_sources, view.selected_target)
    return Told(heading, _instead(lambda: _about_pair(atlas, scene), "the panel"), view.number)


def told_similarity(atlas: Atlas, feed: object) -> Told | None:
    """Similarity of the selected pair over layers and training; empty without any."""
    scene = _scene(atlas, feed)
    if scene is None:
        return None
    if scene.view.selected_target is None or not similarity_layers(scene.study):
        return Told("")
    return Told("", _instead(lambda: _about_similarity(atlas, scene), "the similarity of a pair"))


def _scene(atlas: Atlas, feed: object) -> Scene | None:
    """What is asked for, where something is selected in a study that can be read."""
    try:
        scene = atlas.scene(feed)
    except NothingToShow:
        return None
    return scene if scene.view.selection else None


def _instead(tell: Callable[[], list[Component]], what: str) -> Component | list[Component]:
    """What is to be told, or why it cannot be."""
    try:
        return tell()
    except AtlasError as error:
        return messages.box(str(error), tone="warning")
    except Exception as error:
        return messages.failure(log_failure(what, error))


# -- a pair ------------------------------------------------------------------------------------


def _about_pair(atlas: Atlas, scene: Scene) -> list[Component]:
    study = scene.study
    params = scene.view.pair(study)
    story = atlas.fetch(PAIR, study, params)
    cell = story.there
    label = captions.method_label(study, cell.method)
    note = captions.instead_note(study, params.method, scene.view.method)
    if len(cell.sources) > 1 and params.method != scene.view.method:
        note = (
            f"{captions.method_label(study, scene.view.method)} has no run trained on this set:"
            f" shown is {label}."
        )
    first, gone = _first(story, scene)
    return [
        _where(
            label,
            captions.checkpoint_text(params.checkpoint),
            _role(cell) if not study.scored else "",
        ),
        *(html.P(text, className="note") for text in (note, gone) if text),
        *first,
        *([html.H3(f"Actual: {label}")] if first else []),
        *_direction(cell, scene),
        *_subtracted(story, scene),
        *_predictions(story, scene),
        *_beside("Its tasks alone", story.alone, cell.target, study),
        *_way_back(story, study),
        *_course(cell, scene),
        *_beside("Other methods", story.elsewhere, cell.target, study, by_method=True),
    ]


def _direction(cell: Direction, scene: Scene) -> list[Component]:
    """What a method reached: its means, every seed, and where each number was read."""
    study = scene.study
    return [
        _means(cell.published, cell.strict, scene),
        *_doubts(cell, study),
        _seed_table(cell, study),
        *[_seed_details(cell, seed, study, first=at == 0) for at, seed in enumerate(cell.seeds)],
    ]


# -- the number that was asked for, where it is not the actual one ------------------------------


def _first(story: PairStory, scene: Scene) -> tuple[list[Component], str]:
    """That number and how it comes about, or nothing and why there is none."""
    number = scene.view.number
    label = captions.method_label(scene.study, story.there.method)
    if number is Kind.ACTUAL:
        return [], ""
    if number is Kind.VERSUS:
        if story.against is None or story.versus is None:
            return [], f"{label} stands beside no other method here: shown is its own value."
        other = captions.method_label(scene.study, story.against.method)
        title = f"{label} {words.MINUS} {other}"
        return _difference(title, "versus", story.versus, (label, other), scene), ""
    if not story.predictions:
        return [], f"{label} has no prediction: shown is its own value."
    predicted, cross_fitted = story.predictions
    if number is Kind.DIFFERENCE:
        called = ("actual", "predicted")
        gaps = predicted.difference
        return _difference("Difference from prediction", "predicted", gaps, called, scene), ""
    return _prediction(predicted if number is Kind.PREDICTED else cross_fitted, story, scene), ""


def _difference(
    title: str, about: str, gaps: Both, called: tuple[str, str], scene: Scene
) -> list[Component]:
    """A difference on both scales, and the two means it is of."""
    scales = [(gaps.on(convention), name) for convention, name in _scales(scene)]
    lines = [(name, difference(gap, *called)) for gap, name in scales]
    return [
        html.H3([title, help_button(about, title)], className="panel-first"),
        _numbers(
            [
                (name, words.signed(gap.value), _spread_of(gap.n, math.nan, gap.low, gap.high))
                for gap, name in scales
            ]
        ),
        *_filled(lines),
    ]


def _prediction(prediction: Prediction, story: PairStory, scene: Scene) -> list[Component]:
    """A predicted mean, the single sources it is of, and where their numbers were read."""
    study = scene.study
    cross_fitted = prediction.kind is Kind.CROSS_FITTED
    title, about = (
        ("Predicted, cross-fitted", "crossfitted") if cross_fitted else ("Predicted", "predicted")
    )
    lines = []
    for convention, name in _scales(scene):
        values = [best.told.on(convention).value for best in prediction.best if best.task]
        there = [value for value in values if math.isfinite(value)]
        lines.append((name, mean(there, prediction.summary(convention).mean)))
    return [
        html.H3([title, help_button(about, title)], className="panel-first"),
        _means(prediction.published, prediction.strict, scene),
        _sources(prediction, story.there.target, study),
        *_filled(lines),
        *_provenance(prediction, story.there, study, opened=True),
    ]


def _sources(prediction: Prediction, target: str, study: Study) -> Component:
    """Which single-task transfer a prediction is, seed by seed where it is not always one."""
    seeds: dict[str, list[int]] = {}
    for best in prediction.best:
        if best.task:
            seeds.setdefault(best.task, []).append(best.told.seed)
    label = captions.method_label(study, prediction.method)
    how = (
        "chosen by the other seeds"
        if prediction.kind is Kind.CROSS_FITTED
        else "the best of its tasks alone"
    )
    named: list[Component | str] = []
    for task, which in seeds.items():
        named += [
            ", " if named else "",
            captions.select_button([task, target], words.in_words(task, target)),
            f" ({words.seeds_text(which)})" if len(seeds) > 1 else "",
        ]
    if not named:
        return html.P(f"No single source of {label} has a value here.", className="panel-said")
    return html.P([f"{label}, {how}: ", *named, "."], className="panel-said")


def _provenance(
    prediction: Prediction, cell: Direction, study: Study, *, opened: bool
) -> list[Component]:
    """Every seed's single source with its run, formula and files."""
    which = (
        "Best single source"
        if prediction.kind is Kind.PREDICTED
        else "Single source chosen by the other seeds"
    )
    heads = ("Seed", "Source", "v", *(("Score",) if study.scored else ("Publ.", "Strict")))
    rows: list[list[str | Component]] = [
        [
            str(best.told.seed),
            captions.select_button([best.task, cell.target], words.name_in_words(best.task))
            if best.task
            else words.NOTHING,
            words.number(best.told.result.value),
            *_both(best.told.published, best.told.strict, study),
        ]
        for best in prediction.best
    ]
    return [
        _table(f"{which}, on the scale of this run's own base", heads, rows),
        *[
            _seed_details(
                cell,
                best.told,
                study,
                first=opened and at == 0,
                chosen=_chosen_from(best, cell) if prediction.kind is Kind.PREDICTED else "",
            )
            for at, best in enumerate(prediction.best)
            if best.task
        ],
    ]


def _chosen_from(best: BestSource, cell: Direction) -> str:
    """`v: the lowest of angle 12.3 and compass 15.1`."""
    values = [f"{words.name_in_words(part.task)} {words.number(part.value)}" for part in best.parts]
    if len(values) < 2:
        return ""
    which = "highest" if cell.metric is Metric.ACCURACY else "lowest"
    return f"v: the {which} of {', '.join(values[:-1])} and {values[-1]}"


def _subtracted(story: PairStory, scene: Scene) -> list[Component]:
    """The method that was subtracted, told as fully as the one it was subtracted from."""
    if story.against is None:
        return []
    label = captions.method_label(scene.study, story.against.method)
    return [html.H3(f"Actual: {label}"), *_direction(story.against, scene)]


def _scales(scene: Scene) -> list[tuple[Convention, str]]:
    """Both scales with their names, the one that is shown first; given scores have one."""
    if scene.study.scored:
        return [(Convention.PUBLISHED, "Score")]
    return sorted(SCALES, key=lambda scale: scale[0] is not scene.view.convention)


def _filled(lines: Sequence[tuple[str, list[str]]]) -> list[Component]:
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


def _where(*parts: str) -> Component:
    return html.P(captions.join(*parts), className="panel-where quiet")


def _role(cell: Direction) -> str:
    if cell.trained:
        return "trained on this target"
    return (
        "a few samples of this target were seen" if cell.exposed else "not trained on this target"
    )


def _means(published: Summary, strict: Summary, scene: Scene) -> Component:
    """The mean on both scales, each with its interval and spread over seeds."""
    sides = {Convention.PUBLISHED: published, Convention.STRICT: strict}
    return _numbers(
        [
            (name, words.number(one.mean), _spread_of(one.n, one.sd, one.low, one.high))
            for one, name in ((sides[convention], name) for convention, name in _scales(scene))
        ]
    )


def _numbers(numbers: Sequence[tuple[str, str, Sequence[str]]]) -> Component:
    """(scale, number, what is to be said of it) side by side."""
    return html.Dl(
        className="means panel-means",
        children=[
            html.Div(
                [
                    html.Dt([name, *([help_button("scale", f"{name} scale")] if at == 0 else [])]),
                    html.Dd(number),
                    *[html.Dd(text, className="quiet") for text in about],
                ]
            )
            for at, (name, number, about) in enumerate(numbers)
        ],
    )


def _spread_of(n: int, sd: float, low: float, high: float) -> list[str]:
    """`4 seeds, sd 0.021` and `95 %: 0.65 to 0.77`."""
    seeds = words.counted(n, "seed")
    if n < 2:
        return [seeds]
    return [
        f"{seeds}, sd {words.number(sd)}" if math.isfinite(sd) else seeds,
        f"95 %: {words.bounds(low, high)}",
    ]


def _doubts(cell: Direction, study: Study) -> list[Component]:
    """What was cut to the scale, what is undefined or missing, and why."""
    sentences = []
    if cell.published.clipped:
        sentences.append(
            f"Published: {cell.published.clipped} of"
            f" {words.counted(cell.published.n, 'value')} cut to the scale (marked *)."
        )
    for summary, name in ((cell.published, "Published"), (cell.strict, "Strict")):
        gone = len(cell.seeds) - summary.n
        if gone and not (study.scored and name == "Strict"):
            of = f"{gone} of {words.counted(len(cell.seeds), 'seed')} without a value"
            head = of if study.scored else f"{name}: {of}"
            sentences.append(f"{head}: {summary.reason}.")
    return [html.P(sentence, className="note") for sentence in sentences]


def _seed_table(cell: Direction, study: Study) -> Component:
    if study.scored:
        rows = [
            [str(seed.seed), words.number(seed.published.value), _place(seed.result)]
            for seed in cell.seeds
        ]
        return _table("Every seed", ("Seed", "Score", "Read in"), rows)
    rows = [
        [
            str(seed.seed),
            words.number(seed.result.value),
            _raw(seed.baseline),
            _raw(seed.reference),
            _placed(seed.published),
            _placed(seed.strict),
        ]
        for seed in cell.seeds
    ]
    better = "higher is better" if cell.metric is Metric.ACCURACY else "lower is better"
    unit = words.unit_text(cell.unit) or "accuracy"
    return _table(
        f"Every seed. v: the run; b, s: its base, shifted and standard ({unit}, {better})",
        ("Seed", "v", "b", "s", "Publ.", "Strict"),
        rows,
    )


def _raw(reading: Reading | None) -> str:
    return words.NOTHING if reading is None else words.number(reading.value)


def _placed(placed: Placed) -> str:
    return words.number(placed.value) + ("*" if placed.clipped else "")


def _place(reading: Reading) -> str:
    return ", ".join(part for part in (reading.file, reading.place) if part) or words.NOTHING


def _seed_details(
    cell: Direction,
    seed: SeedStory,
    study: Study,
    *,
    first: bool,
    chosen: str = "",
) -> Component:
    """From the number to the files it came from, the formula filled in.

    chosen: from what the run was chosen, where it is that of a prediction.
    """
    called = f"Seed {seed.seed}" + (f": {seed.run}" if seed.run and not study.scored else "")
    return html.Details(
        className="seed",
        open=first,
        children=[
            html.Summary(called),
            *([html.P(chosen, className="panel-said quiet")] if chosen else []),
            *_formulas(cell, seed, study),
            html.Dl(
                className="readings",
                children=[
                    item
                    for letter, reading in (
                        ("v", seed.result),
                        ("b", seed.baseline),
                        ("s", seed.reference),
                    )
                    if reading is not None
                    for item in _reading("score" if study.scored else letter, reading, cell, seed)
                ],
            ),
        ],
    )


def _formulas(cell: Direction, seed: SeedStory, study: Study) -> list[Component]:
    if study.scored:
        text = seed.published.reason or "The score as it was given, not normalized here."
        return [html.P(text, className="quiet")]
    return _filled([(name, formula(seed, convention, cell.metric)) for convention, name in SCALES])


def _broken(lines: Sequence[str]) -> list[Component | str]:
    """Lines that may break only between them."""
    return [html.Span(f"{line} ", className="formula-part") for line in lines]


def _reading(letter: str, reading: Reading, cell: Direction, seed: SeedStory) -> list[Component]:
    split = "" if seed.baseline is None else f"{reading.split.value}, "
    step = f"checkpoint {reading.checkpoint:,}" if reading.checkpoint >= 0 and split else ""
    who = f"{reading.run}, {split}{step}".removesuffix(", ") if split else ""
    return [
        html.Dt(letter),
        html.Dd(
            [
                html.Span(words.with_unit(reading.value, cell.unit), className="reading-value"),
                *([html.Span(who)] if who and reading.run else []),
                html.Code(_place(reading)) if reading.file else html.Span("not read from any file"),
            ]
        ),
    ]


def _course(cell: Direction, scene: Scene) -> list[Component]:
    """Transfer over the checkpoints of fine-tuning."""
    steps = cell.course.steps.tolist()
    if len(steps) < 2:
        return []
    convention = scene.view.convention
    strict = convention is Convention.STRICT
    seeds = cell.course.strict if strict else cell.course.published
    mean = Line(cell.course.mean(convention))
    lines = [*(Line(values, quiet=True) for values in seeds), mean]
    shown = scene.view.checkpoint
    what = "Score" if scene.study.scored else f"Normalized improvement, {convention.value} scale,"
    return [
        html.H3("Over fine-tuning"),
        *_spark(
            f"{what} at each checkpoint; thin: every seed",
            steps,
            [f"{step:,}" for step in steps],
            lines,
            scene,
            within=(0.0, 1.0),
            here=steps[-1] if shown == "last" else float(shown),
        ),
    ]


def _spark(
    what: str,
    at: Sequence[float],
    names: Sequence[str],
    lines: Sequence[Line],
    scene: Scene,
    *,
    within: tuple[float, float],
    here: float | None,
) -> list[Component]:
    """A small figure: its ends named beside it, all its values in its text."""
    low, high = bounds_of(lines, within=within)
    values = [words.number(float(value)) for value in lines[-1].values]
    told = ", ".join(f"{name}: {value}" for name, value in zip(names, values, strict=True))
    return [
        html.P(what, className="quiet spark-what"),
        html.Div(
            className="spark",
            children=[
                html.Span(words.number(high), className="spark-high"),
                html.Span(words.number(low), className="spark-low"),
                html.Img(
                    src=sparkline(
                        list(at),
                        lines,
                        scene.theme,
                        low=low,
                        high=high,
                        marks=(0.0, 1.0),
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


def _predictions(story: PairStory, scene: Scene) -> list[Component]:
    if not story.predictions:
        return []
    study = scene.study
    rows: list[list[str | Component]] = []
    for prediction in story.predictions:
        name = "best source" if prediction.kind is Kind.PREDICTED else "cross-fitted"
        gaps = [prediction.difference.published, prediction.difference.strict]
        rows.append([name, *_two(prediction.published, prediction.strict, study)])
        rows.append(["difference", *map(_gap, gaps[: len(_heads(study))])])
    label = captions.method_label(study, story.predictions[0].method)
    return [
        html.H3(["Predicted from single sources", help_button("predicted", "predicted")]),
        _table(
            f"From {label}; difference: reached − predicted, 95 % over seeds",
            ("", *_heads(study)),
            rows,
        ),
        *(
            # Where a prediction was asked for, its sources stand at the top.
            []
            if scene.view.number in (Kind.PREDICTED, Kind.CROSS_FITTED)
            else [
                _sources(story.predictions[0], story.there.target, study),
                *_provenance(story.predictions[0], story.there, study, opened=False),
            ]
        ),
    ]


def _way_back(story: PairStory, study: Study) -> list[Component]:
    """Y→X and the asymmetry."""
    back, asymmetry = story.back, story.asymmetry
    if back is None or asymmetry is None:
        return []
    gaps = [asymmetry.published] if study.scored else [asymmetry.published, asymmetry.strict]
    return [
        html.H3(
            captions.select_button(
                [source_key(back.sources), back.target], words.in_words(back.sources, back.target)
            )
        ),
        _table(
            "The other way; asymmetry: this way minus the other, 95 % over seeds",
            ("", *_heads(study)),
            [
                ["mean", *_two(back.published, back.strict, study)],
                *[
                    [f"seed {seed.seed}", *_both(seed.published, seed.strict, study)]
                    for seed in back.seeds
                ],
                ["asymmetry", *[_gap(gap) for gap in gaps]],
            ],
        ),
    ]


def _beside(
    title: str, cells: Sequence[Beside], target: str, study: Study, *, by_method: bool = False
) -> list[Component]:
    if not cells:
        return []
    rows: list[list[str | Component]] = []
    for cell in cells[:BESIDE_SHOWN]:
        label = captions.method_label(study, cell.method)
        name: str | Component = label
        if not by_method:
            name = html.Span(
                [
                    captions.select_button(
                        [source_key(cell.sources), target], words.sources_in_words(cell.sources)
                    ),
                    html.Span(f" {label}", className="quiet"),
                ]
            )
        rows.append([name, *_two(cell.published, cell.strict, study)])
    return [html.H3(title), _table("Means over seeds", ("", *_heads(study)), rows)]


def _heads(study: Study) -> tuple[str, ...]:
    return ("Score",) if study.scored else ("Published", "Strict")


def _two(published: Summary, strict: Summary, study: Study) -> list[str]:
    means = [published.mean] if study.scored else [published.mean, strict.mean]
    return [words.number(mean) for mean in means]


def _both(published: Placed, strict: Placed, study: Study) -> list[str]:
    return [_placed(published)] if study.scored else [_placed(published), _placed(strict)]


def _gap(gap: Gap) -> Component:
    ends = words.bounds(gap.low, gap.high)
    return html.Span(
        [
            html.Span(words.signed(gap.value), className="better" if gap.value > 0 else "worse")
            if gap.value
            else words.signed(gap.value),
            *([html.Span(f" [{ends}]", className="quiet")] if ends != words.NOTHING else []),
        ]
    )


def _table(
    title: str, heads: Sequence[str], rows: Sequence[Sequence[str | Component]]
) -> Component:
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


# -- similarity ----------------------------------------------------------------------------------


def _about_similarity(atlas: Atlas, scene: Scene) -> list[Component]:
    courses = [
        atlas.fetch(SIMILARITY_COURSE, scene.study, params)
        for params in scene.view.similarity_courses()
    ]
    return [part for course in courses for part in _similarity(course, scene)]


def _similarity(course: SimilarityCourse, scene: Scene) -> list[Component]:
    first, second = words.name_in_words(course.first), words.name_in_words(course.second)
    who = f"{first} and {second}" if first != second else f"{first} across seeds"
    step = captions.checkpoint_text(course.checkpoint)
    floor = (
        f", independent noise {words.number(course.floor)}" if course.floor == course.floor else ""
    )
    line = Line(course.by_layer)
    over = Line(course.over_training)
    return [
        html.H3([f"{course.name} of {who}", help_button("cka", course.name)]),
        html.P(
            f"{words.number(course.value)} at layer {course.layer}, {step},"
            f" over {words.counted(course.n, 'pair of runs', 'pairs of runs')}{floor}.",
            className="panel-said",
        ),
        *_spark(
            f"By layer, {step}",
            list(range(len(course.layers))),
            [f"layer {layer}" for layer in course.layers],
            [line],
            scene,
            within=(0.0, 1.0),
            here=float(course.layers.index(course.layer)),
        ),
        *(
            _spark(
                f"Over training, layer {course.layer}",
                list(course.checkpoints),
                [f"{step:,}" for step in course.checkpoints],
                [over],
                scene,
                within=(0.0, 1.0),
                here=None if course.checkpoint == "last" else float(course.checkpoint),
            )
            if len(course.checkpoints) > 1
            else []
        ),
    ]


# -- a task, or a training set ---------------------------------------------------------------------


def _about_task(atlas: Atlas, scene: Scene) -> list[Component]:
    study = scene.study
    params = scene.view.row(study)
    story = atlas.fetch(TASK, study, params)
    note = captions.instead_note(study, params.method, scene.view.method)
    label = captions.method_label(study, story.method)
    single = len(story.sources) == 1
    return [
        _where(label, captions.checkpoint_text(params.checkpoint), _measured(story, study)),
        *([html.P(note, className="note")] if note and single else []),
        *(_sums(atlas, scene, story.sources[0]) if single else []),
        *_exchanges(
            "Gives to",
            [
                ([source_key(story.sources), given.target], given.target, given.reached)
                for given in story.gives
            ],
            study,
        ),
        *_exchanges(
            "Learns from",
            [
                ([source_key(gets.sources), story.sources[0]], gets.sources[0], gets)
                for gets in story.gets
            ],
            study,
        ),
        *_standings(story.standings, story.unit),
        *_runs(story.runs, study),
    ]


def _measured(story: TaskStory, study: Study) -> str:
    """How the task is measured; a training set has several measures."""
    if study.scored or len(story.sources) > 1:
        return ""
    return f"{story.metric.value}{f' in {words.unit_text(story.unit)}' if story.unit else ''}"


def _sums(atlas: Atlas, scene: Scene, task: str) -> list[Component]:
    """Given, received, net; nothing of a task that is left out of the balance."""
    try:
        balance = atlas.fetch(BALANCE, scene.study, scene.view.balance(scene.study))
    except AtlasError:
        return []
    found = next((one for one in balance.tasks if one.task == task), None)
    if found is None or found.net != found.net:
        return [
            html.P(
                "Not in the balance: it is left out, or not both source and target.",
                className="quiet",
            )
        ]
    over = words.counted(len(balance.tasks), "task")
    scale = captions.scale_text(scene.study, scene.view.convention)
    return [
        captions.facts(*_balance_facts(found)),
        html.P(f"Sums over the other tasks, {over} in all, {scale}.", className="panel-said quiet"),
    ]


def _balance_facts(task: TaskBalance) -> list[captions.Fact]:
    return [
        (name, text, words.bounds(interval.low, interval.high), about)
        for name, text, interval, about in (
            ("Given", words.number(task.given), task.given_interval, ("", "")),
            ("Received", words.number(task.received), task.received_interval, ("", "")),
            ("Net", words.signed(task.net), task.net_interval, ("net", "net")),
        )
    ]


def _exchanges(
    title: str, rows: Sequence[tuple[list[str], str, Beside]], study: Study
) -> list[Component]:
    """Pairs with the strongest first; what harms on the strict scale is red."""
    if not rows:
        return []
    strongest = sorted(rows, key=lambda row: -_or_least(row[2].strict.mean, row[2].published.mean))
    shown = [
        [captions.select_button(pair, words.name_in_words(name)), *_colored(beside, study)]
        for pair, name, beside in strongest
    ]
    return [html.H3(title), _table("Means over seeds", ("", *_heads(study)), shown)]


def _or_least(*values: float) -> float:
    return next((value for value in values if value == value), float("-inf"))


def _colored(beside: Beside, study: Study) -> list[str | Component]:
    texts = _two(beside.published, beside.strict, study)
    tone = "worse" if beside.strict.mean < 0 else "better"
    return [*texts[:-1], html.Span(texts[-1], className=tone)]


def _standings(standings: Sequence[Standing], unit: str) -> list[Component]:
    """The two ends of the scale: what each base reaches on the task."""
    if not standings:
        return []
    named = f" ({words.unit_text(unit)})" if unit else ""
    return [
        html.H3(["Standard performance", help_button("baselines", "base and reference")]),
        _table(
            f"What each base reaches{named}, its last checkpoint",
            ("Base", Split.STANDARD.value, Split.SHIFTED.value),
            [
                [
                    html.Span(one.base, title=f"{_place(one.standard)}; {_place(one.shifted)}"),
                    words.number(one.standard.value),
                    words.number(one.shifted.value),
                ]
                for one in standings
            ],
        ),
    ]


def _runs(runs: Sequence[Trained], study: Study) -> list[Component]:
    """Every run trained on exactly this, of all methods."""
    if not runs or study.scored:
        return []
    labels = {method.name: method.label for method in study.methods}
    more = len(runs) - RUNS_SHOWN
    return [
        html.Details(
            className="seed",
            children=[
                html.Summary(f"Its {words.counted(len(runs), 'run')}"),
                _table(
                    "Trained on exactly this" + (f"; the first {RUNS_SHOWN}" if more > 0 else ""),
                    ("Run", "Method", "Seed"),
                    [
                        [
                            html.Span(
                                run.run + (" (failed)" if run.failed else ""),
                                title=f"from {run.base}" if run.base else "a base",
                            ),
                            labels.get(run.method, run.method),
                            str(run.seed),
                        ]
                        for run in runs[:RUNS_SHOWN]
                    ],
                ),
            ],
        )
    ]
