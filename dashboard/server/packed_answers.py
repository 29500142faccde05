"""Long lists of numbers as bytes behind an answer's JSON, instead of as text within it.

What a matrix of a thousand tasks costs is its numbers: as base64 they are a third larger, are
compressed for seconds, and the browser makes text of them, reads it and makes bytes of it again.
Who asks for it (assets/js/page/packed.js) is sent, as PACKED: how many bytes the JSON has (four
bytes, the lowest first), the JSON, and the lists. In place of its text a list has where it begins
among them, how many bytes it has, and how many a number: first bytes of all numbers stand
first, then all second ones, which are alike and compress well.
"""

from __future__ import annotations

import base64
import re
import struct

import numpy as np
import numpy.typing as npt
from flask import Response, request

PACKED = "application/vnd.transfer-atlas.packed"
LONG = 2**14
"""Characters of a list that stands behind; shorter ones are not worth it."""
_SLASH = rb"\u002f"
"""As plotly writes one."""
# A quotation mark within a text has a backslash before it: nothing but a list looks like one.
_LIST = re.compile(rb'"dtype": ?"[fiu](?P<width>[1248])", ?"bdata": ?"')
_AT_ONCE = 2**19
"""Characters that are read at once, a multiple of four: meanwhile no other thread has its turn."""


def is_wanted() -> bool:
    """Whether who asks can read a packed answer."""
    return PACKED in request.headers.get("Accept", "")


def pack(response: Response) -> Response:
    """A JSON answer with long lists, packed where that is wanted; any other as it is."""
    if (
        is_wanted()
        and response.mimetype == "application/json"
        and not response.is_streamed
        # One from memory is as it was sent before.
        and "Content-Encoding" not in response.headers
        and (body := packed(response.get_data())) is not None
    ):
        response.set_data(body)
        response.headers["Content-Type"] = PACKED
        response.vary.add("Accept")
    return response


def packed(text: bytes) -> bytes | None:
    """A JSON text with its long lists behind it; None where it has none."""
    told, lists = [], []
    done = begin = 0
    look = 0
    # What a list holds is passed over, not read by the expression.
    while found := _LIST.search(text, look):
        start, look = found.end(), text.index(b'"', found.end())
        if look - start < LONG:
            continue
        width, numbers = int(found["width"]), _bytes_of(text[start:look])
        told += [text[done : start - 1], b"[%d,%d,%d]" % (begin, numbers.size, width)]
        lists.append(numbers.reshape(-1, width).T.tobytes())
        begin += numbers.size
        done = look + 1
    if not lists:
        return None
    head = b"".join((*told, text[done:]))
    return b"".join((struct.pack("<I", len(head)), head, *lists))


def _bytes_of(text: bytes) -> npt.NDArray[np.uint8]:
    """(n,) uint8: what base64 stands for, in which plotly writes each slash as six letters."""
    plain = text.replace(_SLASH, b"/")
    parts = (plain[at : at + _AT_ONCE] for at in range(0, len(plain), _AT_ONCE))
    return np.frombuffer(b"".join(base64.b64decode(part) for part in parts), np.uint8)
