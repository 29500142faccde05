"""python -m core plan and predictors: what to train on, and who would have known."""

from __future__ import annotations

import math
from typing import Any

import click

from core.analyses.association.mrqap import Mrqap
from core.analyses.plan import Goal, Plan, PlanQuery
from core.analyses.predictor_scores import SCORE_COLUMNS, PredictorScores
from core.analyses.registry import PLAN, PREDICTORS, TOGETHER
from core.cli.commands import as_text, study_and_pairs
from core.cli.formatters import number, short, values_report
from core.cli.formatters.parts import interval_report
from core.cli.options import JSON, PAIRS, options
from core.errors import one_line


@click.command()
@options(PAIRS)
@click.option("--size", type=int, required=True, help="How many tasks to train on.")
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
@JSON
def plan(size: int, targets: tuple[str, ...], goal: str, as_json: bool, **shared: Any) -> None:
    """Which tasks to train on, so that every target has a good source among them."""
    study, pairs = study_and_pairs(shared)
    result = PLAN.compute(study, pairs, PlanQuery(size, targets, Goal(goal)))
    click.echo(as_text(plan_report(result)) if as_json else plan_text(result), nl=False)


@click.command()
@options(PAIRS)
@click.option(
    "--together",
    is_flag=True,
    help="Instead: similarity and all predictors of the manifest in one regression (MRQAP).",
)
@JSON
def predictors(together: bool, as_json: bool, **shared: Any) -> None:
    """What tells the best source of a target in advance, each target left out in turn."""
    study, pairs = study_and_pairs(shared)
    if together:
        joint = TOGETHER.compute(study, pairs)
        click.echo(as_text(together_report(joint)) if as_json else together_text(joint), nl=False)
        return
    result = PREDICTORS.compute(study, pairs)
    if as_json:
        click.echo(as_text(predictors_report(result)), nl=False)
    else:
        click.echo(predictors_text(result), nl=False)


def plan_report(result: Plan) -> dict[str, Any]:
    """A plan as JSON."""
    return {
        "method": result.method,
        "goal": result.goal.value,
        "sources": list(result.sources),
        "coverage": number(result.coverage),
        "exact": result.exact,
        "at_most": number(result.at_most),
        "guarantee": number(result.guarantee),
        "subsets": result.subsets,
        "seeds": list(result.seeds),
        "chosen_without_seed": {
            source: number(result.steadiness(source)) for source in result.sources
        },
        "per_target": [
            {"target": c.target, "source": c.source, "transfer": number(c.transfer)}
            for c in result.per_target
        ],
    }


def plan_text(result: Plan) -> str:
    """A plan in a few lines."""
    what = "mean coverage" if result.goal is Goal.MEAN else "coverage of the worst target"
    lines = [
        f"train on {' + '.join(result.sources)}: {what} {short(result.coverage)}"
        f" over {len(result.per_target)} targets",
        f"exact: all {result.subsets:,} sets of {len(result.sources)} were tried"
        if result.exact
        else f"one by one, of {result.subsets:,} sets of {len(result.sources)}; no set covers more"
        f" than {short(result.at_most)}"
        + (
            f", and this is at least {result.guarantee:.0%} of the best"
            if math.isfinite(result.guarantee)
            else ", and nothing is promised beyond that"
        ),
    ]
    if result.without_seed:
        same = ", ".join(f"{source} {result.steadiness(source):.0%}" for source in result.sources)
        lines.append(f"chosen with one seed left out: {same}")
    lines += [f"  {c.target} from {c.source}: {short(c.transfer)}" for c in result.per_target]
    return "".join(f"{one_line(line)}\n" for line in lines)


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
        cells = "".join(f"{short(value):>10}" for value in (one.b, one.beta, one.t, one.p))
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
