"""What a column of a tabular result is: every surface that shows the result reads it here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from core.numerics.intervals import Interval

if TYPE_CHECKING:
    import pandas as pd


class ColumnKind(StrEnum):
    """How a value is written and sorted; a whole quantity stays whole: `4`."""

    TEXT = "text"
    NUMBER = "number"
    COUNT = "count"
    SHARE = "share"
    P = "p"
    QUANTITY = "quantity"


@dataclass(frozen=True)
class Column:
    """One column, by which a result is written as JSON, text, CSV, table, hover and panel.

    key: its name in JSON; title: in words, as a head; head: in the terminal, "" = the key; unit:
    what the numbers are in, "" = none.
    value: from a row of the result; interval: the 95 % interval of that value, None = a column
    without; estimated: does the value stand for cells that are missing? signed: written with a
    plus. remark: what is said of the value, in brackets behind it, where there is room; "" = none.
    help: key of the glossary, "" = none; why_empty: what would give it a value; reason: why a row
    has none, shown in its place. short: a head where room is scarce, "" = the title.
    about: what it says, in words, with unit and n, for its head; "" = the title says all.
    proper: the title is a name and keeps its letters inside of a sentence.
    """

    key: str
    title: str
    value: Callable[[Any], Any]
    unit: str = ""
    kind: ColumnKind = ColumnKind.NUMBER
    signed: bool = False
    interval: Callable[[Any], Interval] | None = None
    estimated: Callable[[Any], bool] | None = None
    remark: Callable[[Any], str] | None = None
    help: str = ""
    why_empty: str = ""
    head: str = ""
    reason: Callable[[Any], str] | None = None
    short: str = ""
    about: str = ""
    proper: bool = False

    @property
    def name(self) -> str:
        """The title inside of a sentence: `giver effect`, `CKA`."""
        return self.title if self.proper else self.title[:1].lower() + self.title[1:]


def frame_of(columns: Sequence[Column], rows: Iterable[Any]) -> pd.DataFrame:
    """Rows as a table, one column per column and two more for the ends of its interval.

    A third, where some are approximate: how many values behind each were cut to the scale.
    Values are plain: numbers unrounded, NaN = none.
    """
    import pandas as pd

    held = list(rows)
    data: dict[str, list[Any]] = {}
    for column in columns:
        title = column.name
        head = f"{title} ({column.unit})" if column.unit else title
        if head in data:  # Somebody's name may be one of ours.
            head = f"{head} ({column.key}, {len(data)})"
        data[head] = [column.value(row) for row in held]
        if column.interval is not None:
            ends = [column.interval(row) for row in held]
            data[f"{title}, 95 % low"] = [one.low for one in ends]
            data[f"{title}, 95 % high"] = [one.high for one in ends]
            if any(one.is_approximate for one in ends):
                data[f"{title}, clipped values"] = [one.clipped for one in ends]
    return pd.DataFrame(data)
