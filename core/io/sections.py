"""What sections of a manifest share: the base of all, and how somebody's table is to be read."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    field_validator,
)

from core.io.dialects.raw_table import ReadOptions
from core.io.dialects.unseen_signs import seen
from core.io.table_cells.cells import NOTHING

Scalar = StrictBool | StrictInt | StrictFloat | StrictStr


class Section(BaseModel):
    """A table of the manifest; keys it does not know are kept aside and warned about."""

    model_config = ConfigDict(frozen=True, strict=True, extra="allow")


class ReadSection(Section):
    """`[evaluations.read]`: only what the file does not show by itself."""

    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    decimal: Literal[".", ","] | None = None
    encoding: str | None = None
    comment: Annotated[str, Field(min_length=1)] | None = None
    sheet: str | int | None = None
    missing: list[str] = []

    def options(self) -> ReadOptions:
        """The same for whoever opens the file."""
        return ReadOptions(
            delimiter=self.delimiter,
            decimal=self.decimal,
            encoding=self.encoding,
            comment=self.comment,
            sheet=self.sheet,
        )

    def nothing(self) -> frozenset[str]:
        """All words for no number, in small letters."""
        return NOTHING.union(word.strip().lower() for word in self.missing)


class SourceSection(Section):
    """A table by path, with other people's words for its columns.

    path: a file, a glob, or a template with fields in braces. columns: our word -> their column,
    or a template of columns. where: their column -> the value, or values, of rows that count.
    """

    path: str
    columns: dict[str, str] = {}
    where: dict[str, Scalar | list[Scalar]] = {}
    read: ReadSection = ReadSection()

    @field_validator("columns", "where")
    @classmethod
    def _as_read(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Names as the table has them once it is read: without signs that nobody sees."""
        return {
            seen(name): seen(value) if isinstance(value, str) else value
            for name, value in given.items()
        }
