"""Numbers as options take them: what is wrong says what was given and what is allowed."""

from __future__ import annotations

import math
from typing import Any

import click


class WholeNumber(click.ParamType[int]):
    """A whole number; least: from which on, where there is one."""

    name = "number"

    def __init__(self, least: int | None = None) -> None:
        self.least = least

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; a usage error where it is none, or too small."""
        try:
            number = int(value)
        except ValueError:
            number = None
        if number is None or (self.least is not None and number < self.least):
            allowed = "" if self.least is None else f" from {self.least:,} on"
            self.fail(f"{value!r}; write a whole number{allowed}", param, ctx)
        return number


class RealNumber(click.ParamType[float]):
    """A finite number from least to most; least_open, most_open: these are none of them."""

    name = "number"

    def __init__(
        self,
        least: float = -math.inf,
        most: float = math.inf,
        *,
        least_open: bool = False,
        most_open: bool = False,
    ) -> None:
        self.least, self.most = least, most
        self.least_open, self.most_open = least_open, most_open

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number; a usage error where it is none, not finite, or outside."""
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        low = number > self.least if self.least_open else number >= self.least
        high = number < self.most if self.most_open else number <= self.most
        if not (math.isfinite(number) and low and high):
            self.fail(f"{value!r}; write a number{self._allowed()}", param, ctx)
        return number

    def _allowed(self) -> str:
        low = f" {'above' if self.least_open else 'from'} {self.least:g}"
        high = f" {'below' if self.most_open else 'to'} {self.most:g}"
        if math.isinf(self.most):
            on = "" if self.least_open else " on"
            return "" if math.isinf(self.least) else f"{low}{on}"
        return f"{low}{high}" if not self.most_open else f"{low} on,{high}"
