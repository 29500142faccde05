"""File names: from names that come from files, nothing but ASCII letters, digits and hyphens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

LONGEST = 40


def slug(name: str) -> str:
    """A name as part of a file name; `other` where nothing of it is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower())[:LONGEST].strip("-") or "other"


def slugs(names: Iterable[str]) -> dict[str, str]:
    """Name -> its slug, no two the same."""
    kept = tuple(names)
    return dict(zip(kept, distinct(slug(name) for name in kept), strict=True))


def distinct(names: Iterable[str]) -> Iterator[str]:
    """The same names, a second one of them as `name-2`."""
    taken: set[str] = set()
    for name in names:
        unique, number = name, 2
        while unique in taken:
            unique, number = f"{name}-{number}", number + 1
        taken.add(unique)
        yield unique
