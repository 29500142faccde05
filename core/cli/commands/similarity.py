"""python -m core similarity: how alike models are."""

from __future__ import annotations

from pathlib import Path

import click

from core import analyses
from core.analyses.query import SimilarityQuery
from core.cli.formatters.similarity import similarity_report
from core.cli.numbers import WholeNumber
from core.cli.opening import opened
from core.cli.options import (
    LAYER,
    SEEDS,
    STUDY,
    WORKERS,
    CheckpointType,
    options,
    study_folder,
)
from core.cli.output import show_json
from core.cli.progress import told_when_long
from core.cli.workers import workers
from core.evaluations import Checkpoint
from core.similarity.measures import Measure
from core.study import Layer


@click.command()
@options(STUDY, LAYER, SEEDS)
@click.option("--checkpoint", type=CheckpointType(), default="last", show_default=True)
@click.option(
    "--trained",
    type=WholeNumber(1),
    default=1,
    show_default=True,
    help="Compare the base runs trained on so many tasks.",
)
@click.option(
    "--measure",
    type=click.Choice([m.value for m in Measure]),
    default=Measure.CKA.value,
    show_default=True,
    help="All but plain CKA is computed from the representations.",
)
@click.option("--debiased", is_flag=True, help="CKA from the unbiased HSIC estimator.")
@WORKERS
def similarity(
    folder: Path,
    layer: Layer | None,
    seeds: tuple[int, ...] | None,
    checkpoint: Checkpoint,
    trained: int,
    measure: str,
    debiased: bool,
    jobs: int,
    scheduler: str | None,
) -> None:
    """Similarity of the models of single tasks (or of more) at one layer, as JSON."""
    study = opened(study_folder(folder))
    query = SimilarityQuery(
        layer=layer,
        checkpoint=checkpoint,
        seeds=seeds,
        trained=trained,
        measure=Measure(measure),
        debiased=debiased,
    )
    with workers(jobs, scheduler) as executor, told_when_long("computing similarity"):
        found = analyses.SIMILARITY.compute(study, query, executor=executor)
    show_json(similarity_report(found))
