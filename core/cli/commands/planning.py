"""python -m core plan and predictors: what to train on, and who would have known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import click

from core import analyses
from core.analyses.association.mrqap import Mrqap
from core.analyses.planning.next_experiment import EXPERIMENT_COLUMNS, NextExperiment
from core.analyses.planning.plan import Plan, TrainedSets, as_given
from core.analyses.planning.search import Goal
from core.analyses.predictor_scores import SCORE_COLUMNS, PredictorScores
from core.analyses.query import PlanQuery
from core.cli.formatters.parts import (
    interval_report,
    number,
    short,
    values_report,
    with_error,
)
from core.cli.numbers import RealNumber, WholeNumber
from core.cli.options import JSON, PAIRS, WORKERS, options
from core.cli.output import as_text
from core.cli.progress import told_when_long
from core.cli.requests import study_and_pairs
from core.cli.workers import workers
from core.errors import listed, one_line


@click.command()
@options(PAIRS)
@click.option("--size", type=WholeNumber(), required=True, help="How many tasks to train on.")
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="T",
    help="What is to be covered.  [default: all tasks]",
)
@click.option(
    "--goal",
    type=click.Choice([goal.value for goal in Goal]),
    default=Goal.MEAN.value,
    show_default=True,
    help="Best coverage on average, or of the target that is covered worst.",
)
@click.option(
    "--cost",
    "costs",
    multiple=True,
    metavar="TASK=NUMBER",
    help="What a run on a task costs.  [default: its covariate cost in the manifest, else 1]",
)
@click.option(
    "--budget", type=RealNumber(), help="Sources that together cost no more, at most --size."
)
@JSON
def plan(
    size: int,
    targets: tuple[str, ...],
    goal: str,
    costs: tuple[str, ...],
    budget: float | None,
    as_json: bool,
    **shared: Any,
) -> None:
    """Which tasks to train on, so that every target has a good source among them."""
    study, pairs = study_and_pairs(shared)
    asked = PlanQuery(size, targets, Goal(goal), costs=_costs(costs), budget=budget)
    with told_when_long("computing plan") as tell:
        of_means = analyses.PLAN.compute(study, pairs, asked)
        tell("on shrunken values")
        shrunken = analyses.PLAN.compute(study, pairs, replace(asked, shrunken=True))
        tell("the next experiment")
        following = analyses.NEXT_EXPERIMENT.compute(study, pairs, asked)
    if as_json:
        click.echo(as_text(plan_report(of_means, shrunken, following)), nl=False)
    else:
        click.echo(plan_text(of_means, shrunken, following), nl=False)


def _costs(given: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """`task=3.5`, each once. Raises BadParameter for what is not that."""
    found = []
    for text in given:
        task, _, number_text = text.rpartition("=")
        try:
            found.append((task, float(number_text)))
        except ValueError:
            raise click.BadParameter(f"{text}: write TASK=NUMBER", param_hint="--cost") from None
    return tuple(found)


@click.command()
@options(PAIRS)
@click.option(
    "--together",
    is_flag=True,
    help="Instead: similarity and all predictors of the manifest in one regression (MRQAP).",
)
@options(WORKERS, JSON)
def predictors(
    together: bool, jobs: int, scheduler: str | None, as_json: bool, **shared: Any
) -> None:
    """What tells the best source of a target in advance, each target left out in turn.

    --jobs and --scheduler are for the relabellings of --together.
    """
    study, pairs = study_and_pairs(shared)
    if together:
        with workers(jobs, scheduler) as executor, told_when_long("computing predictors"):
            joint = analyses.TOGETHER.compute(study, pairs, executor=executor)
        click.echo(as_text(together_report(joint)) if as_json else together_text(joint), nl=False)
        return
    with told_when_long("computing predictors"):
        result = analyses.PREDICTORS.compute(study, pairs)
    if as_json:
        click.echo(as_text(predictors_report(result)), nl=False)
    else:
        click.echo(predictors_text(result), nl=False)


def plan_report(of_means: Plan, shrunken: Plan, following: NextExperiment) -> dict[str, Any]:
    """A plan on means over seeds as JSON; beside it one on shrunken values, null without any."""
    return {
        **_one_plan(of_means),
        "shrunken": _one_plan(shrunken) if shrunken.shrunken else None,
        "next": [values_report(EXPERIMENT_COLUMNS, cell) for cell in following.cells],
    }


def _one_plan(result: Plan) -> dict[str, Any]:
    def covered(value: float) -> float | None:
        return number(as_given(value, result.targets, result.lower_targets))

    return {
        "method": result.method,
        "goal": result.goal.value,
        "sources": list(result.sources),
        "coverage": covered(result.coverage),
        "exact": result.exact,
        "at_most": covered(result.at_most),
        "guarantee": number(result.guarantee),
        "subsets": result.subsets,
        "cost": number(result.cost),
        "seeds": list(result.seeds),
        "chosen_without_seed": {
            source: number(result.steadiness(source)) for source in result.sources
        },
        "per_target": [
            {
                "target": c.target,
                "source": c.source,
                "transfer": number(as_given(c.transfer, [c.target], result.lower_targets)),
            }
            for c in result.per_target
        ],
        "trained": [
            {
                "method": one.method,
                "sets": one.sets,
                "best": list(one.best),
                "coverage": covered(one.coverage),
                "planned": covered(one.planned),
                "regret": number(one.regret),
            }
            for one in result.trained
        ],
    }


def plan_text(of_means: Plan, shrunken: Plan, following: NextExperiment) -> str:
    """A plan in a few lines: on shrunken values where there are some, else on means."""
    result = shrunken if shrunken.shrunken else of_means
    what = "mean coverage" if result.goal is Goal.MEAN else "coverage of the worst target"
    values = "shrunken values" if result.shrunken else "means"
    cost = f", cost {short(result.cost)}" if math.isfinite(result.cost) else ""
    lines = [
        f"train on {' + '.join(result.sources)}: {what} {_covered(result, result.coverage)}"
        f" over {len(result.per_target)} targets, by {values}{cost}"
    ]
    if result.shrunken:
        same = " + ".join(of_means.sources)
        other = "the same sources" if of_means.sources == result.sources else f"{same} would be"
        lines.append(f"by means over seeds {other}: {_covered(result, of_means.coverage)}")
    lines.append(_how_found(result))
    if result.without_seed:
        same = ", ".join(f"{source} {result.steadiness(source):.0%}" for source in result.sources)
        lines.append(f"chosen with one seed left out: {same}")
    lines += [_really_trained(result, one) for one in result.trained]
    lines.append(_next_run(following))
    if result.lower_targets:
        turned = listed(t for t in result.targets if t in result.lower_targets)
        lines.append(
            "scores as given, lower is better"
            if _is_lower_better(result)
            else f"mean over errors with their sign turned ({turned}) and others as they are"
        )
    lines += [
        f"  {c.target} from {c.source}:"
        f" {short(as_given(c.transfer, [c.target], result.lower_targets))}"
        for c in result.per_target
    ]
    return "".join(f"{one_line(line)}\n" for line in lines)


def _covered(plan: Plan, value: float) -> str:
    return short(as_given(value, plan.targets, plan.lower_targets))


def _is_lower_better(plan: Plan) -> bool:
    return as_given(1.0, plan.targets, plan.lower_targets) < 0


def _how_found(plan: Plan) -> str:
    """Whether it is the best there is, or how far from that it may be."""
    sets = f"{plan.subsets:,} sets of {len(plan.sources)}"
    if plan.exact:
        return f"exact: all {sets} were tried"
    promised = (
        f"this is at least {plan.guarantee:.0%} of the best"
        if math.isfinite(plan.guarantee)
        else "nothing is promised beyond that"
    )
    more = "less" if _is_lower_better(plan) else "more"
    return (
        f"one by one, then exchanged, of {sets}; no set covers {more} than"
        f" {_covered(plan, plan.at_most)}, and {promised}"
    )


def _really_trained(plan: Plan, one: TrainedSets) -> str:
    beside = (
        f"the planned one {_covered(plan, one.planned)}, regret {short(one.regret)}"
        if math.isfinite(one.planned)
        else "the planned one is not among them"
    )
    return (
        f"really trained, {one.method}: best of {one.sets} is {' + '.join(one.best)},"
        f" {_covered(plan, one.coverage)}; {beside}"
    )


def _next_run(following: NextExperiment) -> str:
    if not following.cells:
        return f"next: {following.why or 'no single run more would change this plan'}"
    cell = following.cells[0]
    seen = f"seen {cell.seeds} times" if cell.seeds else "missing"
    return (
        f"next: {cell.source} on {cell.target} ({seen}), worth {cell.gain:.2g} of coverage,"
        f" would change the plan in {cell.changes:.0%} of {following.draws:,} draws"
    )


def predictors_report(result: PredictorScores) -> list[dict[str, Any]]:
    """The scoreboard as JSON, smallest regret first."""
    return [
        {
            "predictor": score.predictor,
            **values_report(SCORE_COLUMNS, score),
            "regret_at_1_interval": interval_report(score.interval),
        }
        for score in result.scores
    ]


def together_report(result: Mrqap) -> dict[str, Any]:
    """Several predictors in one regression, as JSON."""
    return {
        "method": result.method,
        "seeds": list(result.seeds),
        "tasks": list(result.tasks),
        "n": result.n,
        "r_squared": number(result.r_squared),
        "permutations": result.permutations,
        "exhaustive": result.exhaustive,
        "coefficients": [
            {
                "predictor": one.predictor,
                "label": one.label,
                "b": number(one.b),
                "beta": number(one.beta),
                "t": number(one.t),
                "p": number(one.p),
                "p_error": number(result.error(one.p)),
            }
            for one in result.coefficients
        ],
    }


def together_text(result: Mrqap) -> str:
    """The same as a table."""
    wide = max(len(one_line(one.label)) for one in result.coefficients)
    drawn = f"{'all ' if result.exhaustive else ''}{result.permutations:,}"
    lines = [" " * wide + "".join(f"{head:>10}" for head in ("b", "beta", "t", "p"))]
    for one in result.coefficients:
        cells = "".join(f"{short(value):>10}" for value in (one.b, one.beta, one.t))
        cells += f"  {with_error(one.p, result.error(one.p)):>8}"
        lines.append(f"{one_line(one.label):<{wide}}{cells}")
    lines.append(
        f"R² = {short(result.r_squared)}, n = {result.n} ordered pairs of"
        f" {len(result.tasks)} tasks; p by double semi-partialling ({drawn} relabellings)"
    )
    return "\n".join(lines) + "\n"


def predictors_text(result: PredictorScores) -> str:
    """The scoreboard as a table."""
    _, *columns = SCORE_COLUMNS
    wide = max(len(one_line(score.label)) for score in result.scores)
    lines = [" " * wide + "".join(f"{one.short or one.name:>10}" for one in columns)]
    for score in result.scores:
        values = [one.value(score) for one in columns]
        cells = [short(value) if isinstance(value, float) else str(value) for value in values]
        lines.append(f"{one_line(score.label):<{wide}}" + "".join(f"{x:>10}" for x in cells))
    return "\n".join(lines) + "\n"
