"""A workbook that stays open while several of its sheets are read: opening looks at all of them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any


class _Kept:
    """The last workbook that was opened, by its bytes; none before.

    whole: the same with all of its cells in memory, where that was asked for.
    """

    def __init__(self) -> None:
        self.of: bytes | None = None
        self.book: Any = None
        self.whole: Any = None

    def close(self) -> None:
        """Close what is open."""
        if self.book is not None:
            self.book.close()
        self.of, self.book, self.whole = None, None, None


_KEPT: ContextVar[_Kept | None] = ContextVar("kept workbook", default=None)


@contextmanager
def workbook_kept_open() -> Iterator[None]:
    """While it lasts, and in this thread, a workbook stays open until another one is asked for."""
    if _KEPT.get() is not None:
        yield
        return
    kept = _Kept()
    token = _KEPT.set(kept)
    try:
        yield
    finally:
        _KEPT.reset(token)
        kept.close()


@contextmanager
def opened_workbook(data: bytes) -> Iterator[Any]:
    """The workbook in `data`, as pandas reads it; raises what openpyxl does for a damaged one."""
    import pandas as pd

    kept = _KEPT.get()
    if kept is None:
        with pd.ExcelFile(io.BytesIO(data), engine="openpyxl") as book:
            yield book
        return
    if kept.of != data:
        kept.close()
        kept.book = pd.ExcelFile(io.BytesIO(data), engine="openpyxl")
        kept.of = data
    yield kept.book


def whole_workbook(data: bytes) -> Any:
    """The workbook in `data` by openpyxl, with its merged cells; raises what it does."""
    import openpyxl  # type: ignore[import-untyped]

    kept = _KEPT.get()
    if kept is None or kept.of != data:
        return openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    if kept.whole is None:
        kept.whole = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    return kept.whole
