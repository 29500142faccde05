"""The tables of a folder: which there are, and what the names of several alike tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import takewhile
from pathlib import Path

from core.errors import RequestError, listed
from core.io.dialects import INSTEAD_OF_EVENTS, read_raw
from core.io.dialects.named_arrays import is_called_spread
from core.io.dialects.packing import BESIDE, PACKINGS, TABLES, TEXTS
from core.io.dialects.raw_table import DialectError
from core.io.files import open_binary
from core.io.recognition.column_words import direction_of
from core.io.recognition.numbered_names import are_seeds, field_before, template_of_folders
from core.io.recognition.tree_form import bare_names

ENOUGH_FOR_A_HEADER = 2**16
"""Bytes of a text that say what its header is."""
_SEEDED = re.compile(r"(.*?[^\d_\-])([_\-]+(?:seed|run|s)?[_\-]?)(\d+)", re.IGNORECASE)


def tables_in(folder: Path) -> list[Path]:
    """The tables in a folder by their names, without what stands beside results."""
    packed = (f"{text}{packing.suffix}" for text in TEXTS for packing in PACKINGS)
    suffixes = (*TABLES, *packed)
    files = sorted(p for p in folder.iterdir() if p.is_file() and p.name.lower().endswith(suffixes))
    return [path for path in files if not BESIDE.search(path.name)]


def tables_below(folder: Path) -> list[Path]:
    """The one table of each folder in a folder, where they have one name; empty else."""
    found = [tables_in(place) for place in sorted(folder.iterdir()) if place.is_dir()]
    files = [tables[0] for tables in found if len(tables) == 1]
    return files if len(files) > 1 and len({path.name for path in files}) == 1 else []


def one_of_folder(folder: Path) -> tuple[Path, str]:
    """The table of a folder, or one of several alike and a glob for all. Raises RequestError."""
    files = tables_in(folder)
    if not files and (below := tables_below(folder)):
        folders = bare_names([path.parent.name for path in below])
        return below[0], f"{template_of_folders(*folders)}/{below[0].name}"
    if not files and next(folder.rglob("events.out.tfevents.*"), None):
        raise RequestError(
            f"{folder}: event files of TensorBoard, and no table; {INSTEAD_OF_EVENTS}"
        )
    if not files:
        raise RequestError(f"{folder}: no table in it; name a file, or write study.toml by hand")
    if len(files) == 1:
        return files[0], files[0].name
    _check_measures(folder, files)
    kinds = {path.suffix for path in files}
    heads = []
    for path in files[:50]:
        try:
            heads.append(header_of(path))
        except DialectError:
            heads.append((path.name,))
    # Columns may stand in another order, and the corner of a matrix says what it likes.
    differ = len({frozenset(head) for head in heads}) > 1
    if len(kinds) > 1 or (differ and len({frozenset(head[1:]) for head in heads}) > 1):
        raise RequestError(
            f"{folder}: {len(files)} tables that are not alike ({listed(p.name for p in files)});"
            " name one of them"
        )
    return files[0], _named_by_files([path.name for path in files]) or f"*{files[0].suffix}"


def _check_measures(folder: Path, files: Sequence[Path]) -> None:
    """Raises RequestError where files are called after what is in them: `acc.csv`, `loss.csv`.

    Or after a value and its spread: none of them is a method.
    """
    parts = [re.split(r"[_\W]+", stem_of(path).lower()) for path in files]
    shared = set.intersection(*map(set, parts))
    names = [" ".join(part for part in one if part not in shared) for one in parts]
    if len({re.sub(r"\d+", "", name) for name in names}) == 1:
        return  # top1.csv, top5.csv
    spreads = [name != "n" and is_called_spread(name.replace(" ", "_")) for name in names]
    measured = [direction_of(name) is not None for name in names]
    if (any(spreads) and len(files) < 4) or (all(measured) and len({*names}) > 1):
        first = next((p for p, spread in zip(files, spreads, strict=True) if not spread), files[0])
        kind = "a value and its spread" if any(spreads) else "one measure each"
        raise RequestError(
            f"{folder}: {len(files)} tables called after what is in them, {kind}"
            f" ({listed(p.name for p in files)}); name the one that counts, such as {first.name}"
        )


def header_of(path: Path) -> tuple[str, ...]:
    """The header of a table, of text from its beginning alone. Raises DialectError."""
    if path.suffix.lower() in (".csv", ".tsv", ".txt"):
        with open_binary(path) as file:
            start = file.read(ENOUGH_FOR_A_HEADER)
            more = bool(file.read(1))
        end = start.rfind(b"\n") + 1
        if more and end:
            # Where a field over several lines is cut, or all so far are notes, the whole table says
            # what it is.
            with suppress(DialectError):
                raw = read_raw(path.name, start[:end])
                if len(raw.rows):
                    return raw.header
    return read_raw(path.name, path.read_bytes()).header


def stem_of(path: Path) -> str:
    """The name of a file without its endings."""
    return path.name.split(".")[0]


def _named_by_files(names: Sequence[str]) -> str:
    """A template for names of files that tell method or seed: `{method}_s{seed}.csv`."""
    suffix = names[0][names[0].index(".") :]
    stems = [name.removesuffix(suffix) for name in names]
    if any(name == stem for name, stem in zip(names, stems, strict=True)):
        return ""
    alike = takewhile(lambda signs: len({*signs}) == 1, zip(*stems, strict=False))
    before = re.sub(r"\d+$", "", "".join(signs[0] for signs in alike))
    rest = [stem.removeprefix(before) for stem in stems]
    if all(part.isdigit() for part in rest):
        field = field_before(before)
        return f"{{method}}{suffix}" if field == "method" else f"{before}{{{field}}}{suffix}"
    if are_seeds(stems):
        return f"{{seed}}{suffix}"
    cut = [_SEEDED.fullmatch(stem) for stem in stems]
    signs = {match[2] for match in cut if match}
    if all(cut) and len(signs) == 1 and len({match[1] for match in cut if match}) > 1:
        return f"{{method}}{signs.pop()}{{seed}}{suffix}"
    before = before[: len(before) - len(re.search(r"[^\W_]*$", before)[0])]  # type: ignore[index]
    return f"{before}{{method}}{suffix}" if all(stem != before for stem in stems) else ""
