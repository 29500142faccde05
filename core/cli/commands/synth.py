"""python -m core synth: a made-up study of any size, with known effects."""

from __future__ import annotations

from pathlib import Path

import click

from core.cli.numbers import RealNumber, WholeNumber
from core.io.synthetic import SyntheticStudy, write_synthetic_study

SIZES = {"single": (1,), "pairs": (1, 2), "triples": (1, 2, 3)}


@click.command()
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.option("--tasks", type=WholeNumber(2), required=True, help="How many tasks.")
@click.option("--seeds", type=WholeNumber(1), default=3, show_default=True)
@click.option(
    "--runs",
    type=click.Choice(list(SIZES)),
    default="single",
    show_default=True,
    help="Fine-tuned on one task, on two as well, or on three as well.",
)
@click.option("--mean", type=RealNumber(), default=0.4, show_default=True, help="Mean transfer.")
@click.option(
    "--giver", type=RealNumber(0), default=0.15, show_default=True, help="Spread of givers."
)
@click.option(
    "--taker", type=RealNumber(0), default=0.1, show_default=True, help="Spread of takers."
)
@click.option("--pair", type=RealNumber(0), default=0.1, show_default=True, help="Spread of pairs.")
@click.option(
    "--noise", type=RealNumber(0), default=0.05, show_default=True, help="Spread of seeds."
)
@click.option(
    "--cka-r",
    type=RealNumber(-1, 1),
    default=0.5,
    show_default=True,
    help="Correlation of the CKA with the symmetric part of the pair effects.",
)
@click.option(
    "--missing", type=RealNumber(0, 1, most_open=True), default=0.0, help="Share left out."
)
@click.option("--groups", type=WholeNumber(0), default=0, help="How many groups of tasks.")
@click.option(
    "--within",
    type=RealNumber(),
    default=0.1,
    show_default=True,
    help="More transfer inside a group.",
)
@click.option("--random-seed", type=WholeNumber(0), default=0, show_default=True)
@click.option("--force", is_flag=True, help="Replace a study that is there.")
def synth(
    out: Path,
    tasks: int,
    seeds: int,
    runs: str,
    mean: float,
    giver: float,
    taker: float,
    pair: float,
    noise: float,
    cka_r: float,
    missing: float,
    groups: int,
    within: float,
    random_seed: int,
    force: bool,
) -> None:
    """Make up a study of any size, named as made, and write it into the folder OUT."""
    asked = SyntheticStudy(
        tasks=tasks,
        seeds=seeds,
        sizes=SIZES[runs],
        mean=mean,
        giver=giver,
        taker=taker,
        pair=pair,
        noise=noise,
        cka_r=cka_r,
        missing=missing,
        groups=groups,
        within=within,
        random_seed=random_seed,
    )
    click.echo(write_synthetic_study(asked, out, force=force))
