"""Any part of a study's tasks as a few characters of an address: `~AbC_.1f2e3d4c`.

`~`, a bit for each task of the study, six in a sign of base64url, then `.` and eight digits by
which a study whose tasks are others is noticed. Of a thousand tasks any part is 177 characters.
assets/js/state/task-bits.js writes and reads the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from core.remembered import remembered
from core.study import Study

SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
SHORTER_THAN = 400
"""Characters of an address: fewer name tasks, which somebody can read."""
_FORM = re.compile(r"~([A-Za-z0-9_-]+)\.([0-9a-f]{8})")


def is_packed(values: Sequence[str], study: Study) -> bool:
    """Somebody means a part of the tasks; in a study with a task of such a name it is that task."""
    return any(value.startswith("~") and value not in study.task_index for value in values)


def packed(study: Study, names: Collection[str]) -> str:
    """These tasks, all of the study; the others' bits are 0."""
    tasks = _in_order(study)
    bits = [name in names for name in tasks] + [False] * (-len(tasks) % 6)
    signs = [
        SIGNS[sum(bit << (5 - k) for k, bit in enumerate(bits[at : at + 6]))]
        for at in range(0, len(bits), 6)
    ]
    return f"~{''.join(signs)}.{_check(study)}"


def unpacked(study: Study, values: Sequence[str]) -> tuple[frozenset[str], str]:
    """The tasks that are meant; or none, and why not, as a sentence without a full stop."""
    form = _FORM.fullmatch(values[0]) if len(values) == 1 else None
    if form is None:
        return frozenset(), "What of the tasks is left out cannot be read in this address"
    if form[2] != _check(study):
        return frozenset(), "The study has other tasks than when this address was made"
    tasks = _in_order(study)
    bits = "".join(f"{SIGNS.index(sign):06b}" for sign in form[1])
    if len(bits) != len(tasks) + -len(tasks) % 6 or "1" in bits[len(tasks) :]:
        return frozenset(), "What of the tasks is left out cannot be read in this address"
    return frozenset(name for name, bit in zip(tasks, bits, strict=False) if bit == "1"), ""


def _units(text: str) -> memoryview:
    """UTF-16, as JavaScript compares and counts."""
    return memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H")


@remembered
def _in_order(study: Study) -> tuple[str, ...]:
    return tuple(sorted(study.task_index, key=lambda name: tuple(_units(name))))


@remembered
def _check(study: Study) -> str:
    """Eight digits of the names in their order: FNV-1a of their UTF-16, 32 bits."""
    found = 2166136261
    for unit in _units("\n".join(_in_order(study))):
        found = (found ^ unit) * 16777619 & 0xFFFFFFFF
    return f"{found:08x}"
