"""The options of the command line, each defined once.

One that is a field of a query has its name and gives its value: `requests` takes them as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from core.cache.environment import default_folder
from core.cli.numbers import WholeNumber
from core.evaluations import Checkpoint
from core.io.remote import is_address, mirrored
from core.similarity.measures import Measure
from core.study import Layer
from core.transfer.normalization import Scale

F = TypeVar("F", bound=Callable[..., Any])


class CheckpointType(click.ParamType[Checkpoint]):
    """`last` or a training step."""

    name = "last|STEP"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Checkpoint:
        """The checkpoint; a usage error where it is neither."""
        if value == "last":
            return "last"
        if isinstance(value, str) and value.isascii() and value.isdigit():
            return int(value)
        return self.fail(f"{value!r} is neither `last` nor a training step", param, ctx)


class Registered(click.Choice[str]):
    """The names in a registry, read when they are asked for: what is added to it can be chosen."""

    def __init__(self, names: Callable[[], Iterable[str]]) -> None:
        self.names = names
        super().__init__(())

    @property
    def choices(self) -> tuple[str, ...]:
        """The names there are now."""
        return tuple(self.names())

    @choices.setter
    def choices(self, _: object) -> None:
        """What click sets is nothing: the registry has them."""


def options(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one decorator, in the order given."""

    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


class StudyType(click.ParamType[Path]):
    """A folder, a file of results, or an address that fsspec knows: then its mirror."""

    name = "study"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path on this machine. Raises RemoteError where an address cannot be read."""
        del param, ctx
        return mirrored(value, default_folder()) if is_address(value) else Path(value)


STUDY = click.argument("folder", metavar="STUDY", type=StudyType())
METHOD = click.option("--method", help="May be left out where the study has one.")
SEEDS = click.option(
    "--seed",
    "seeds",
    type=WholeNumber(),
    multiple=True,
    callback=lambda _ctx, _option, seeds: seeds or None,
    help="Only these seeds.",
)
EXCLUDE = click.option("--exclude", multiple=True, metavar="T", help="Leave out this task.")
INCLUDE = click.option(
    "--include", multiple=True, metavar="T", help="Bring back a task the manifest excludes."
)
SCALE = click.option(
    "--convention",
    "scale",
    type=click.Choice([c.value for c in Scale]),
    default=Scale.PUBLISHED.value,
    callback=lambda _ctx, _option, scale: Scale(scale),
    show_default=True,
    help="Scale of normalized improvement: published is clipped to [0, 1.5], strict is not.",
)
CHECKPOINT = click.option(
    "--checkpoint",
    type=CheckpointType(),
    default="last",
    show_default=True,
    help="Of the fine-tuned and single-source runs; bases stand at their last.",
)


class LayerType(click.ParamType[Layer]):
    """A layer's number, or its name."""

    name = "layer"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Layer:
        """The layer; a name where it is no whole number."""
        del param, ctx
        text = str(value)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else text


LAYER = click.option(
    "--layer",
    type=LayerType(),
    help="Layer of the CKA, by number or name.  [default: the manifest's]",
)
PREDICTOR = click.option(
    "--predictor",
    metavar="X",
    default="",
    help="What predicts, [predictors.X] of the manifest.  [default: similarity of models]",
)
CKA_CHECKPOINT = click.option(
    "--cka-checkpoint",
    type=CheckpointType(),
    default="last",
    show_default=True,
    help="Of the single-task models whose CKA it is.",
)
EVERY = click.option("--all", "every", is_flag=True, help="Every problem on a line of its own.")
JSON = click.option("--json", "as_json", is_flag=True, help="JSON instead of a table to read.")
TRANSFER = options(STUDY, METHOD, SEEDS, EXCLUDE, SCALE, CHECKPOINT)
"""What every question about transfer takes: fields of its query, by their names."""
PAIRS = options(TRANSFER, INCLUDE)

METHODS = click.option(
    "--method", "methods", multiple=True, metavar="M", help="Only these methods."
)
MEASURE = click.option(
    "--measure",
    type=click.Choice([m.value for m in Measure]),
    default=Measure.CKA.value,
    show_default=True,
)
DEBIASED = click.option("--debiased", is_flag=True, help="Debiased CKA; from representations.")

SCHEDULER = click.option(
    "--scheduler",
    envvar="DASK_SCHEDULER_ADDRESS",
    metavar="ADDRESS",
    help="Compute on the Dask cluster there (tcp://host:port), not here.  [env:"
    " DASK_SCHEDULER_ADDRESS]",
)
WORKERS = options(
    click.option(
        "--jobs",
        type=WholeNumber(1),
        default=1,
        show_default=True,
        help="Processes on this machine, for large studies.",
    ),
    SCHEDULER,
)

FOLDER = click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=default_folder,
    show_default="CACHE_DIR, or .cache/results",
    help="The cache.",
)


def study_folder(path: Path) -> Path:
    """The folder of a study, also where its manifest was named."""
    return path.parent if path.name == "study.toml" and path.is_file() else path
