"""Numbers as people write them into cells: `0.9 ± 0.1`, `**0.9**`, `1,234.5`, `−3`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LONGEST = 80
"""Characters of a cell that may be a number with something beside it; longer ones are text."""
# Nothing is given back once it is taken: a cell of 6,000 digits took half a minute otherwise.
_NUMBER = r"[+-]?(?:\d[\d.,'’\u00a0\u202f ]*+|\.\d*+)(?:[eE][+-]?\d++)?\s*+%?"
_SPREAD = re.compile(rf"({_NUMBER})\s*+(?:±|\+/-|\+-|\\pm|[↑↓▲▼])\s*+({_NUMBER})")
_BRACKET = re.compile(
    rf"({_NUMBER})\s*+[(\[](?:±|\\pm)?(?:(?:\d\d?\s?%?\s?)?(?:CI|SD|SE|SEM|std|n|p)\s?[=:<]?)?"
    r"[\d.,;:\s%±+–—-]++[)\]](%?)"
)
_BOLD = re.compile(r"\\(?:textbf|mathbf|underline|textit|emph)\{([^{}]*)\}")
_PICTURES = re.compile("[\u2600-\u27bf\u2b50-\u2b59\U0001f300-\U0001faff\ufe0f\u200d]+")
"""Cups and ticks beside the best."""
_TAG = re.compile(r"</?(?:b|strong|i|em|u|mark)>", re.IGNORECASE)
_RAISED = re.compile(
    r"<su([pb])>[^<\w]{1,5}</su\1>|\^\{?(?:\\d?dagger|\\star|\\ast|[*†‡§]{1,3})\}?"
)
"""A mark set higher, in HTML or LaTeX: what holds letters or digits may be a power."""
_SMALL = re.compile(r"\{\\(?:tiny|scriptsize|footnotesize|small)\s*(\$?(?:\\pm|±|\+/-|\()[^{}]*)\}")
_IN_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_UNIT = re.compile(
    rf"({_NUMBER})((?<=\s)[msh]|km|cm|mm|ms|sec|min|dB|pts?|pp|points|k?Hz|x|°|deg|bits|nats|px|m?eV"
    r"|kcal/mol|Å)"
)
_UNDER = re.compile(r"_\{(?:\\pm|±)?\s*+([+-]?\.?\d[^{}]*+)\}")
_SPREAD_BELOW = re.compile(r"<(su[bp]|small)>\s*+((?:±|\+/-)[^<]{1,20})</\1>")
_AROUND = ("**", "__", "$", "`")
_MARKS = "*_`$†‡§↑↓▲▼ "
_NARROW = str.maketrans("０１２３４５６７８９．，＋－％", "0123456789.,+-%")
"""What East Asian keyboards write, as wide as a letter of theirs."""
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?%?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?%?")
_GROUPS: Mapping[str, tuple[str, str, re.Pattern[str], re.Pattern[str]]] = {
    # What the thousands are set apart with: the decimal sign beside it, what shows it beyond
    # doubt, and what fits it.
    name: (
        sign,
        decimal,
        re.compile(
            rf"[+-]?\d{{1,3}}(?:(?:[{sign}]\d{{3}})+[{decimal}]\d+|(?:[{sign}]\d{{3}}){{2,}})%?"
            if sign in ",."
            else rf"[+-]?\d{{1,3}}(?:[{sign}]\d{{3}})+(?:[{decimal}]\d+)?%?"
        ),
        re.compile(rf"[+-]?(?:\d{{1,3}}(?:[{sign}]\d{{3}})+|\d+)(?:[{decimal}]\d*)?%?"),
    )
    for name, sign, decimal in (
        ("commas", ",", "."),
        ("points", ".", ","),
        ("spaces", " \u00a0\u202f", ".,"),
        ("apostrophes", "'’", ".,"),
    )
}


@dataclass(frozen=True)
class BareNumbers:
    """What stands in cells beside their numbers.

    texts: cell -> its number as Python writes it, of those that differ. notes: what was left out
    or understood, in words.
    """

    texts: Mapping[str, str]
    notes: tuple[str, ...]


THOUSANDS = "thousands set apart by commas"


def without_thousands(cells: Sequence[str], decimal: str) -> dict[str, str]:
    """Cells without the sign that sets thousands apart, by the decimal sign that somebody told.

    Empty where not all numbers fit: `1.234` is a thousand beside a decimal comma, `1.5` is none.
    """
    sign = "." if decimal == "," else ","
    mark, point = re.escape(sign), re.escape(decimal)
    fits = re.compile(rf"[-+−]?(?:\d{{1,3}}(?:{mark}\d{{3}})+|\d+)(?:{point}\d+)?\s*%?")
    numbers = [cell for cell in cells if len(cell) <= LONGEST and _has_digit(cell)]
    if not any(sign in cell for cell in numbers) or not all(map(fits.fullmatch, numbers)):
        return {}
    return {cell: cell.replace(sign, "") for cell in numbers}


def bare_numbers(cells: Sequence[str], *, decimal_comma: bool = False) -> BareNumbers:
    """The numbers in the different cells of one column; what is none stays as it is.

    cells: those that are not empty, each once. Left out are marks (`**0.9**`, `0.9*`), what
    follows the number (`± 0.1`, `(0.1)`, `[0.8, 1.0]`, `(95% CI 0.8-1.0)`, `↑0.1`) and a unit that
    stands behind all of them. Thousands may be set apart where one cell shows beyond doubt with
    what: `1,234` alone may be either, and stays text.
    """
    notes: dict[str, None] = {}
    found = {cell: _without_marks(cell, notes) for cell in cells if len(cell) <= LONGEST}
    found = _without_unit(found, notes)
    found = _in_plain_digits(found, notes, decimal_comma=decimal_comma)
    return BareNumbers({c: text for c, text in found.items() if c != text}, tuple(notes))


def _without_marks(cell: str, notes: dict[str, None]) -> str:
    narrow = cell if cell.isascii() else cell.translate(_NARROW)
    if narrow != cell and _has_digit(narrow):
        notes["wide digits and signs as usual ones"] = None
        cell = narrow
    text = _BOLD.sub(r"\1", cell).replace("\\%", "%")
    text = _SPREAD_BELOW.sub(r" \2", _UNDER.sub(r" ± \1", text))
    text = _RAISED.sub("", _SMALL.sub(r" \1", text))
    text = _TAG.sub("", text) if "<" in text else text
    text = text if text.isascii() else _PICTURES.sub("", text)
    for mark in _AROUND:
        text = text.replace(mark, "")
    if alone := _IN_BRACKETS.fullmatch(text.strip()):
        text = alone[1]
    text = text.strip(_MARKS)
    if "−" in text:
        text = text.replace("−", "-")
        notes["− as minus"] = None
    match = _SPREAD.fullmatch(text)
    share = "%" if match and match[2].endswith("%") else ""
    if match is None and (match := _BRACKET.fullmatch(text)):
        share = match[2]
    if match is None:
        bare = text
    else:
        notes["the numbers alone, without the ± or brackets behind them"] = None
        bare = match[1].strip()
        bare = bare if bare.endswith("%") else bare + share
    if bare != cell and not _has_digit(bare):
        return cell
    if text.replace("-", "") != cell.replace("−", "").replace("-", "").strip():
        notes["marks beside numbers left out"] = None
    return bare.removesuffix("%").strip() + "%" if bare.endswith("%") else bare


def _without_unit(found: Mapping[str, str], notes: dict[str, None]) -> dict[str, str]:
    """Numbers without the one unit that stands behind each of them."""
    cut = {cell: _UNIT.fullmatch(text) for cell, text in found.items() if _has_digit(text)}
    units = {match[2] if match else "" for match in cut.values()}
    if len(units) != 1 or not (unit := units.pop()):
        return dict(found)
    notes[f"the unit {unit} left out"] = None
    bare = {cell: match[1].strip() for cell, match in cut.items() if match}
    return {**found, **bare}


def _has_digit(text: str) -> bool:
    return any(ch.isdigit() for ch in text)


def _in_plain_digits(
    found: Mapping[str, str], notes: dict[str, None], *, decimal_comma: bool
) -> dict[str, str]:
    texts = list(found.values())
    for name, (sign, decimal, shows, fits) in _GROUPS.items():
        if not any(shows.fullmatch(text) for text in texts):
            continue
        numbers = [text for text in texts if _has_digit(text)]
        if not all(fits.fullmatch(text) or _sole(text, decimal) for text in numbers):
            continue
        notes[f"thousands set apart by {name}"] = None
        gone = {ord(ch): None for ch in sign}
        if "," in decimal and any("," in text for text in numbers):
            notes["a decimal comma"] = None
        return {
            cell: text.translate(gone).replace(",", ".") if fits.fullmatch(text) else text
            for cell, text in found.items()
        }
    commas = [text for text in texts if _DECIMAL_COMMA.fullmatch(text)]
    # `1,234` is a thousand or one and a bit; `0,234` and `12,5` are not a thousand.
    clear = [text for text in commas if not re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}%?", text)]
    points = any("." in text and _PLAIN.fullmatch(text) for text in texts)
    if not decimal_comma and clear and not points:
        notes["a decimal comma"] = None
        return {
            cell: text.replace(",", ".") if _DECIMAL_COMMA.fullmatch(text) else text
            for cell, text in found.items()
        }
    return dict(found)


def _sole(text: str, decimal: str) -> bool:
    """A number without thousands, such as 1e3 beside 1,234.5."""
    return bool(_PLAIN.fullmatch(text)) and ("." not in text or "." in decimal)
