"""What can be written in `study.toml`: one class per section."""

from __future__ import annotations

import functools
import operator
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    Field,
    PlainValidator,
    TypeAdapter,
    field_validator,
)

from core.io.layouts import LAYOUTS
from core.io.predictors import PredictorSection
from core.io.sections import Section
from core.io.table_cells.cells import whole_number
from core.metrics import Metric

_Label = Annotated[str, Field(min_length=1)]
_MetricName = Annotated[str, AfterValidator(lambda name: Metric.named(name).name)]
STUDY_ID = r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$"
"""What a study is called in links: as it is in an address, nothing to escape."""


class TaskSection(Section):
    """`[tasks.<name>]`."""

    label: _Label = ""
    metric: _MetricName | None = None
    zero: float | str | None = None
    one: float | str | None = None
    bounds: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    aliases: list[_Label] = []
    unit: str = ""
    color: Annotated[str, Field(pattern=r"^#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$")] | None = None
    exclude: _Label | None = None
    group: _Label | None = None
    covariates: dict[str, Annotated[float, Field(allow_inf_nan=False)]] = {}


class ScaleSection(Section):
    """`[scale]`: what `[tasks.<name>]` may say of its scale, for all tasks."""

    metric: _MetricName | None = None
    zero: float | str | None = None
    one: float | str | None = None
    bounds: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None


class MethodSection(Section):
    """`[methods.<name>]`."""

    label: _Label = ""
    description: str = ""
    predicted_from: str | None = None


def _is_layer(value: object) -> object:
    """A layer's number, or its name; a number in quotes is neither."""
    number = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
    if number or (isinstance(value, str) and value.strip() and whole_number(value) is None):
        return value
    raise ValueError("neither a number nor a name")


_Layer = Annotated[Any, PlainValidator(_is_layer)]


class CkaSection(Section):
    """`[cka]`; layers: in their order, where they have names."""

    summary: str | None = None
    checkpoints: str | None = None
    representations: str | None = None
    default_layer: _Layer | None = None
    layers: list[_Layer] = []


_SECTIONS = functools.reduce(operator.or_, (layout.section for layout in LAYOUTS.values()))
_CHOICE: Any = Annotated[_SECTIONS, Field(discriminator="layout")]
_EVALUATIONS: TypeAdapter[Any] = TypeAdapter(_CHOICE)


class Document(Section):
    """The whole manifest as it is written."""

    id: Annotated[str, Field(pattern=STUDY_ID)] = ""
    title: str = ""
    description: str = ""
    tasks: dict[str, TaskSection] = {}
    methods: dict[str, MethodSection] = {}
    scale: ScaleSection = ScaleSection()
    evaluations: Section | None = None

    @field_validator("evaluations", mode="plain")
    @classmethod
    def _by_layout(cls, value: object) -> Section:
        found: Section = _EVALUATIONS.validate_python(value)
        return found

    cka: CkaSection | None = None
    predictors: dict[str, PredictorSection] = {}


def layout_name(section: Section) -> str:
    """What `[evaluations] layout` says."""
    return str(section.layout)  # type: ignore[attr-defined]


def gives_scores(section: Section | None) -> bool:
    """Whether the evaluations are values that somebody else has measured."""
    return section is not None and LAYOUTS[layout_name(section)].gives_scores(section)
