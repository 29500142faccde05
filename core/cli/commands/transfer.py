"""python -m core matrix, association, balance, graph: the numbers of transfer."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from core import analyses
from core.analyses.network.graph import Signs
from core.analyses.query import SimilarityQuery
from core.cli.formatters.association import (
    association_report,
    association_text,
    specifications_report,
    specifications_text,
    sweep_report,
    sweep_text,
)
from core.cli.formatters.balance import balance_report, balance_text
from core.cli.formatters.graph import graph_markup, graph_report
from core.cli.formatters.matrix import matrix_csv, matrix_report, matrix_text
from core.cli.numbers import RealNumber
from core.cli.options import (
    CKA_CHECKPOINT,
    JSON,
    LAYER,
    PAIRS,
    PREDICTOR,
    TRANSFER,
    WORKERS,
    Registered,
    options,
)
from core.cli.output import blocks, show
from core.cli.progress import told_when_long
from core.cli.requests import study_and_pairs, study_and_transfer
from core.cli.workers import workers
from core.errors import RequestError
from core.evaluations import Checkpoint
from core.similarity.measures import Measure
from core.study import Layer
from core.transfer.matrix import MatrixKind, matrix_kinds
from core.transfer.predictions import PREDICTIONS, USUAL
from core.transfer.shrinkage import shrink


@click.command()
@TRANSFER
@click.option(
    "--kind",
    type=Registered(matrix_kinds),
    default=MatrixKind.ACTUAL,
    show_default=True,
)
@click.option(
    "--prediction",
    type=Registered(lambda: PREDICTIONS),
    default=USUAL,
    show_default=True,
    help="What --kind difference subtracts.",
)
@click.option("--other", metavar="METHOD", help="The method to subtract, with --kind versus.")
@JSON
@click.option("--csv", "as_csv", is_flag=True, help="The means as CSV.")
@click.option(
    "--width",
    type=RealNumber(0, least_open=True),
    help="Also say how many seeds 95 % intervals no wider than this would take.",
)
def matrix(as_json: bool, as_csv: bool, width: float | None, **shared: Any) -> None:
    """Normalized improvement of training sets (rows) on targets (columns), all tasks."""
    if as_json and as_csv:
        raise click.UsageError("--json and --csv: choose one")
    study, query = study_and_transfer(shared)
    with told_when_long("computing matrix"):
        result = analyses.TRANSFER.compute(study, query)
    if as_csv:
        click.echo(matrix_csv(result), nl=False)
    else:
        shrunken = shrink(result, study)
        report = partial(matrix_report, shrunken=shrunken, width=width)
        text = partial(matrix_text, shrunken=shrunken, width=width, names_seeds=study.names_seeds)
        show(as_json, result, report, text)


@click.command()
@options(PAIRS, PREDICTOR, LAYER, CKA_CHECKPOINT)
@click.option(
    "--measure",
    type=click.Choice([m.value for m in Measure]),
    help="Of similarity.  [default: cka]",
)
@click.option("--debiased", is_flag=True, help="Debiased CKA; from representations.")
@click.option(
    "--sweep", is_flag=True, help="r, R² and QAP p at every layer and CKA checkpoint instead."
)
@click.option(
    "--specifications",
    is_flag=True,
    help="r under every choice of layer, checkpoint, measure, seeds, tasks and scale instead.",
)
@options(WORKERS, JSON)
def association(
    predictor: str,
    layer: Layer | None,
    cka_checkpoint: Checkpoint,
    measure: str | None,
    debiased: bool,
    sweep: bool,
    specifications: bool,
    jobs: int,
    scheduler: str | None,
    as_json: bool,
    **shared: Any,
) -> None:
    """Does CKA, or what else predicts, tell transfer? Correlation over all ordered pairs."""
    if sweep and (layer is not None or cka_checkpoint != "last"):
        raise click.UsageError("--sweep is over all layers and checkpoints: name none")
    if sweep and specifications:
        raise click.UsageError("--sweep and --specifications: choose one")
    if predictor and (measure or debiased):
        raise click.UsageError("--predictor is given, and no similarity: take --measure away")
    study, pairs = study_and_pairs(shared)
    place = SimilarityQuery(
        layer,
        cka_checkpoint,
        measure=Measure(measure or Measure.CKA),
        debiased=debiased,
        predictor=predictor,
    )
    text_of = partial(association_text, turned=bool(study.lower_targets))
    with workers(jobs, scheduler) as executor, told_when_long("computing association"):
        if sweep:
            swept = analyses.ASSOCIATION_SWEEP.compute(study, pairs, place, executor=executor)
            show(as_json, swept, sweep_report, sweep_text)
        elif specifications:
            curve = analyses.SPECIFICATIONS.compute(study, pairs, place, executor=executor)
            show(as_json, curve, specifications_report, specifications_text)
        else:
            found = analyses.ASSOCIATION.compute(study, pairs, place, executor=executor)
            show(as_json, found, association_report, text_of)


@click.command()
@options(PAIRS, LAYER, JSON)
def balance(layer: Layer | None, as_json: bool, **shared: Any) -> None:  # noqa: ARG001
    """What each task gives to and receives from the others.

    --layer changes nothing here: it is taken so that association's options fit.
    """
    study, pairs = study_and_pairs(shared)
    with told_when_long("computing balance"):
        result = analyses.BALANCE.compute(study, pairs)
    text_of = partial(balance_text, turned=bool(study.lower_targets))
    show(as_json, result, balance_report, text_of)


@click.command()
@options(PAIRS, LAYER)
@click.option(
    "--threshold",
    type=RealNumber(0),
    default=0.0,
    show_default=True,
    help="Only edges at least this strong; an edge that harms by its size on the strict scale, of"
    " scores as given by how much better it is than the worst where some are negative, as the"
    " weights of errors are.",
)
@click.option(
    "--sure",
    is_flag=True,
    help="Only edges whose sign is wrong with a probability of at most 5 %.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["graphml", "gexf", "json"]),
    default="json",
    show_default=True,
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
def graph(
    layer: Layer | None,
    threshold: float,
    sure: bool,
    form: str,
    out: Path | None,
    **shared: Any,
) -> None:
    """The directed transfer graph."""
    study, pairs = study_and_pairs(shared)
    with told_when_long("computing graph"):
        result = analyses.GRAPH.compute(study, pairs, SimilarityQuery(layer))
    if sure and not result.tells_signs:
        raise RequestError(
            "--sure: of no edge it is known how sure its sign is: that takes at least two seeds,"
            " each with its own base, and a scale with a zero"
        )
    result = result.of_signs(Signs.SURE if sure else Signs.ANY)
    if form == "json":
        with told_when_long("computing structure of graph"):
            structure = analyses.GRAPH_STRUCTURE.compute(study, pairs)
        text = blocks(graph_report(result, threshold=threshold, structure=structure))
    else:
        text = iter([graph_markup(result, threshold=threshold, form=form)])
    if out is None:
        for block in text:
            click.echo(block, nl=False)
        return
    try:
        with out.open("w", encoding="utf-8") as file:
            file.writelines(text)
    except OSError as fault:
        raise RequestError(f"{out} cannot be written: {fault.strerror or fault}") from None
