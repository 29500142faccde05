"""Where each raw value was read, seed by seed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from core.study import Study, ValueScale
from core.transfer.copied_seeds import copied_among
from core.transfer.predictions import PREDICTIONS, USUAL
from dashboard.details.blocks import both, formulas, place, placed, raw, reading, table
from dashboard.text import captions, names, numbers
from dashboard.text.formula import GIVEN_LETTERS, LETTERS
from dashboard.text.names import capital
from dashboard.ui import facts

if TYPE_CHECKING:
    from core.analyses.details.cell import CellDetail, SeedResult
    from core.analyses.details.prediction import BestSource, Prediction


def sources(prediction: Prediction, target: str, study: Study) -> Component:
    """Which single-task transfer a prediction is, seed by seed where it is not always one."""
    rule = PREDICTIONS[prediction.kind]
    seeds: dict[str, list[int]] = {}
    for best in prediction.best:
        for task in _tasks(best):
            seeds.setdefault(task, []).append(best.seed_result.seed)
    label, how = captions.method_label(study, prediction.method), rule.sentence
    chosen = rule.choose is not None and len(seeds) > 1
    named: list[Component | str] = []
    for task, which in seeds.items():
        named += [
            ", " if named else "",
            facts.select_button([task, target], names.in_words(task, target)),
            f" ({names.seeds_text(which)})" if chosen else "",
        ]
    if not named:
        return html.P(f"No single source of {label} has a value here.", className="panel-said")
    return html.P([f"{label}, {how}: ", *named, "."], className="panel-said")


def provenance(
    prediction: Prediction, cell: CellDetail, study: Study, *, opened: bool
) -> list[Component]:
    """Every seed's single source with its run, formula and files."""
    rule = PREDICTIONS[prediction.kind]
    which = names.capital(rule.what)
    heads = (
        "Seed",
        "Source",
        GIVEN_LETTERS[0] if study.has_given_scores else LETTERS[0],
        *(("Score",) if study.has_given_scores else ("Publ.", "Strict")),
    )
    rows: list[list[str | Component]] = [
        [
            str(best.seed_result.seed),
            facts.select_button([best.task, cell.target], best.task)
            if best.task
            else names.sources_in_words(_tasks(best)) or numbers.NOTHING,
            ", ".join(_raw_values(best)),
            *both(best.seed_result.normalized, study),
        ]
        for best in prediction.best
    ]
    return [
        table(f"{which}, on the scale of this run's own base", heads, rows),
        *[
            seed_details(
                cell,
                best.seed_result,
                study,
                first=opened and at == 0,
                chosen=_chosen_from(best, cell, study) if rule.name == USUAL else "",
            )
            for at, best in enumerate(prediction.best)
            if best.task
        ],
    ]


def _tasks(best: BestSource) -> tuple[str, ...]:
    """The single sources a prediction is made of: the one that was chosen, or all of them."""
    if best.task:
        return (best.task,)
    predicted = math.isfinite(best.seed_result.normalized.published.value)
    return tuple(part.task for part in best.parts) if predicted else ()


def _raw_values(best: BestSource) -> list[str]:
    """What each of them reached."""
    tasks = _tasks(best)
    values = [part.value for part in best.parts if part.task in tasks]
    return [numbers.number(value) for value in values] or [numbers.NOTHING]


def _chosen_from(best: BestSource, cell: CellDetail, study: Study) -> str:
    """`v: the lowest of angle 12.3 and compass 15.1`."""
    values = [f"{part.task} {numbers.number(part.value)}" for part in best.parts]
    if len(values) < 2:
        return ""
    which = "highest" if cell.metric.higher_is_better else "lowest"
    letter = (GIVEN_LETTERS if study.has_given_scores else LETTERS)[0]
    return f"{letter}: the {which} of {names.joined(values)}"


def doubts(cell: CellDetail, study: Study) -> list[Component]:
    """What was cut to the scale, what is undefined or missing, and why; seeds that are alike."""
    sentences = []
    if cell.summary.published.clipped:
        sentences.append(
            f"Published: {cell.summary.published.clipped} of"
            f" {numbers.counted(cell.summary.published.n, 'value')} cut to the scale (marked *)."
        )
    for summary, name in (
        (cell.summary.published, "Published"),
        (cell.summary.strict, "Strict"),
    ):
        gone = len(cell.seeds) - summary.n
        if gone and not (study.has_given_scores and name == "Strict"):
            of = f"{gone} of {numbers.counted(len(cell.seeds), 'seed')} without a value"
            head = of if study.has_given_scores else f"{name}: {of}"
            sentences.append(f"{head}: {summary.reason}.")
    seeds = [seed.seed for seed in cell.seeds]
    sentences += [
        f"{capital(str(one))}: one may be a copy, and the interval too narrow."
        for one in copied_among(study, cell.method, seeds)
    ]
    return [html.P(sentence, className="note") for sentence in sentences]


def seed_table(cell: CellDetail, study: Study) -> Component:
    """A row for each seed: raw value, both baselines, both scales; given scores between theirs."""
    steps = _step_head(cell)
    if study.has_given_scores and not study.is_raw:
        return _given_seeds(cell, study, steps)
    if study.has_given_scores:
        rows = [
            [
                *_seed(seed, study),
                *_step(seed, steps),
                numbers.number(seed.normalized.published.value),
                place(seed.result),
            ]
            for seed in cell.seeds
        ]
        return table(_every(study), (*_seed_head(study), *steps, "Score", "Read in"), rows)
    rows = [
        [
            str(seed.seed),
            *_step(seed, steps),
            numbers.number(seed.result.value),
            raw(seed.baseline),
            raw(seed.reference),
            placed(seed.normalized.published),
            placed(seed.normalized.strict),
        ]
        for seed in cell.seeds
    ]
    return table(
        f"Every seed. v: the run; b, s: its base, shifted and standard ({_measured_in(cell)})",
        ("Seed", *steps, "v", "b", "s", "Publ.", "Strict"),
        rows,
    )


def _every(study: Study) -> str:
    return "Every seed" if study.names_seeds else "The run"


def _seed_head(study: Study) -> tuple[str, ...]:
    """The head of the column of seeds; none where no file names one."""
    return ("Seed",) if study.names_seeds else ()


def _seed(seed: SeedResult, study: Study) -> list[str]:
    return [str(seed.seed)] if study.names_seeds else []


def _step_head(cell: CellDetail) -> tuple[str, ...]:
    """The head of a column of steps, where seeds do not all stand at one; else none."""
    found = {seed.result.checkpoint for seed in cell.seeds if seed.result.checkpoint >= 0}
    return ("Step",) if len(found) > 1 else ()


def _step(seed: SeedResult, head: tuple[str, ...]) -> list[str]:
    at = seed.result.checkpoint
    return [f"{at:,}" if at >= 0 else numbers.NOTHING] if head else []


def _given_seeds(cell: CellDetail, study: Study, steps: tuple[str, ...]) -> Component:
    """A row for each seed: its score, zero and one, and what that makes."""
    full = study.value_scale is ValueScale.NORMALIZED
    rows = [
        [
            *_seed(seed, study),
            *_step(seed, steps),
            numbers.number(seed.result.value),
            raw(seed.baseline),
            *([raw(seed.reference)] if full else []),
            numbers.number(seed.normalized.published.value),
        ]
        for seed in cell.seeds
    ]
    ends, heads = ("z: zero, o: one", ("z", "o")) if full else ("z: zero", ("z",))
    return table(
        f"{_every(study)}. x: as given, {ends} ({_measured_in(cell)})",
        (*_seed_head(study), *steps, "x", *heads, "Score" if full else "Gain"),
        rows,
    )


def _measured_in(cell: CellDetail) -> str:
    """`km, lower is better`."""
    return f"{numbers.unit_text(cell.unit) or cell.metric.label}, {cell.metric.better}"


def seed_details(
    cell: CellDetail,
    seed: SeedResult,
    study: Study,
    *,
    first: bool,
    chosen: str = "",
) -> Component:
    """From the number to the files it came from, the formula filled in.

    chosen: from what the run was chosen, where it is that of a prediction.
    """
    called = f"Seed {seed.seed}" if study.names_seeds else "The run"
    called += f": {seed.run}" if seed.run and not study.has_given_scores else ""
    return html.Details(
        className="seed",
        open=first,
        children=[
            html.Summary(called),
            *([html.P(chosen, className="panel-said quiet")] if chosen else []),
            *formulas(cell, seed, study),
            html.Dl(
                className="readings",
                children=[
                    item
                    for letter, raw in zip(
                        GIVEN_LETTERS if study.has_given_scores else LETTERS,
                        (seed.result, seed.baseline, seed.reference),
                        strict=True,
                    )
                    if raw is not None
                    for item in reading("score" if study.is_raw else letter, raw, cell, seed, study)
                ],
            ),
        ],
    )
