"""python -m core several: does training on several tasks give more than its tasks alone?"""

from __future__ import annotations

import math
from typing import Any

import click

from core import analyses
from core.analyses.several_tasks import PredictionFit, SetAgainstMembers, SeveralTasks
from core.cli.formatters.parts import number, short
from core.cli.options import JSON, TRANSFER, options
from core.cli.output import as_text
from core.cli.progress import told_when_long
from core.cli.requests import study_and_transfer
from core.errors import one_line
from core.numerics.intervals import Interval
from core.transfer.cell_means import CellMean


@click.command()
@options(TRANSFER, JSON)
def several(as_json: bool, **shared: Any) -> None:
    """How well runs on several tasks are predicted, and which beat each of their tasks alone."""
    study, query = study_and_transfer(shared)
    with told_when_long("computing runs on several tasks"):
        result = analyses.SEVERAL_TASKS.compute(study, query)
    click.echo(
        as_text(several_report(result))
        if as_json
        else several_text(result, turned=bool(study.lower_targets)),
        nl=False,
    )


def several_report(result: SeveralTasks) -> dict[str, Any]:
    """Predictions with error and bias, training sets with what they add to each of their tasks."""
    return {
        "method": result.method,
        "single": result.single,
        "seeds": list(result.seeds),
        "predictions": [
            {
                "prediction": fit.prediction,
                "trained": _fit(fit.trained_error, fit.trained_bias),
                "transfer": _fit(fit.transfer_error, fit.transfer_bias),
            }
            for fit in result.fits
        ],
        "training_sets": [
            {
                "sources": list(one.sources),
                "value": number(one.value),
                "targets": one.targets,
                "beats_all": one.beats_all,
                "below_all": one.below_all,
                "members": [
                    {
                        "task": member.task,
                        "difference": number(member.difference),
                        "interval": _interval(member.interval),
                    }
                    for member in one.members
                ],
            }
            for one in result.sets
        ],
    }


def _fit(error: float, bias: CellMean) -> dict[str, Any]:
    return {
        "cells": bias.cells,
        "error": number(error),
        "bias": number(bias.value),
        "interval": _interval(bias.interval),
    }


def _interval(interval: Interval) -> dict[str, Any]:
    return {
        "low": number(interval.low),
        "high": number(interval.high),
        "over": interval.over.value,
    }


def several_text(result: SeveralTasks, *, turned: bool = False) -> str:
    """The same in lines: predictions first, then training sets by what they add.

    turned: there are errors among the scores, which count with their sign turned.
    """
    sign = " (errors with their sign turned)" if turned else ""
    wins = sum(one.beats_all for one in result.sets)
    losses = sum(one.below_all for one in result.sets)
    return "".join(
        f"{one_line(line)}\n"
        for line in (
            f"{result.method} against {result.single}, targets outside of the training set{sign}:",
            *(_prediction_line(fit) for fit in result.fits),
            f"{wins:,} of {len(result.sets):,} training sets beat each of their tasks alone,"
            f" {losses:,} stay below each (95 % over seeds):",
            *(_set_line(one) for one in result.sets),
        )
    )


def _prediction_line(fit: PredictionFit) -> str:
    bias = fit.transfer_bias
    if not math.isfinite(fit.transfer_error):
        return f"  {fit.prediction}: undefined for these scores"
    return (
        f"  {fit.prediction}: off by {short(fit.transfer_error)} on average, actual − predicted"
        f" {short(bias.value)} [{short(bias.interval.low)} to {short(bias.interval.high)}]"
    )


def _set_line(one: SetAgainstMembers) -> str:
    verdict = "beats all" if one.beats_all else "below all" if one.below_all else "neither"
    members = ", ".join(
        f"{m.task} {short(m.difference)} [{short(m.interval.low)} to {short(m.interval.high)}]"
        for m in one.members
    )
    return f"  {' + '.join(one.sources)} {short(one.value)} ({verdict}): minus {members}"
