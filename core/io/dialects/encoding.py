"""From bytes to text: UTF-8 with and without its mark, UTF-16, UTF-32, and what is told."""

from __future__ import annotations

from core.io.dialects.raw_table import DialectError, NotUtf8Error

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig", ""),
    (b"\xff\xfe\x00\x00", "utf-32", "UTF-32"),
    (b"\x00\x00\xfe\xff", "utf-32", "UTF-32"),
    (b"\xff\xfe", "utf-16", "UTF-16"),
    (b"\xfe\xff", "utf-16", "UTF-16"),
)


def decoded(data: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Text and the name of its encoding, empty for UTF-8. Raises DialectError."""
    if encoding:
        try:
            return data.decode(encoding).removeprefix("\ufeff"), encoding
        except LookupError:
            raise DialectError(
                f"no encoding `{encoding}`", 'write one such as "utf-16" or "latin-1"'
            ) from None
        except UnicodeError:
            raise DialectError(f"not {encoding}", "correct encoding, or take it out") from None
    marks = [(codec, called) for mark, codec, called in _MARKS if data.startswith(mark)]
    if not marks and len(data) % 2 == 0 and (nul := data[:400].count(0) / max(len(data[:400]), 1)):
        # Every second byte of Latin text: UTF-16 that does not say so.
        for codec, start in (("utf-16-le", 1), ("utf-16-be", 0)):
            if nul > 0.4 and data[:400][start::2].count(0) > 0.8 * len(data[:400]) / 2:
                marks = [(codec, "UTF-16 without a mark")]
    codec, called = marks[0] if marks else ("utf-8", "")
    try:
        return data.decode(codec).removeprefix("\ufeff"), called
    except UnicodeDecodeError as error:
        start = error.start + (3 if codec == "utf-8-sig" else 0)
        line = data.count(b"\n", 0, start) + 1
        if called:
            raise DialectError(f"not {called}, as its first bytes say", "save it again") from None
        raise NotUtf8Error(
            f"byte 0x{data[min(start, len(data) - 1)]:02x} is not UTF-8",
            "save the file as UTF-8",
            f"line {line}",
        ) from None
