"""A folder of folders with a JSON file for each value, or one for each training set."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from core.errors import RequestError, listed
from core.io.recognition.column_words import NOT_SCORES, PREFERENCE, direction_of
from core.io.recognition.joint_pairs import pair_in
from core.io.recognition.recognized import Recognized
from core.io.usual_words import usual_word

MOST_FILES = 20_000
DEEPEST = 6
MOST_KEYS = 20_000
_DATE = r"\d{4}[-_]\d{2}[-_]\d{2}|20\d{6}"
_STAMP = re.compile(
    rf"(?<!\d)(?:{_DATE})(?:[-_T ]?\d{{2}}[-_:.]?\d{{2}}(?:[-_:.]?\d{{2}}(?:\.\d+)?)?Z?)?(?!\d)"
)
"""A date, and the time of the day behind it: when a run was, not what it is."""
_SIGNS = "_=-"
"""What ends a word of a name."""
_SEED = re.compile(r"(?:seed|run|s|fold|rep|trial)?[_=-]?\d+", re.IGNORECASE)


def recognize_tree(folder: Path) -> Recognized | None:
    """What a tree of files is; None where there is none. Raises RequestError where it is unclear.

    Two levels whose folders have the same names are source and target, in this order; of one level
    alone the folders are sources, and targets stand in the files.
    """
    files = list(_json_files(folder))
    depth = max((len(parts) for parts in files), key=lambda d: _count(files, d), default=0)
    files = [parts for parts in files if len(parts) == depth]
    if len(files) < 2:
        return None
    sample = _document(folder.joinpath(*files[0]))
    names = {parts[-1] for parts in files}
    stems = [parts[-1].removesuffix(".json") for parts in files]
    if depth == 1 and pair_in(stems) is None and not _are_keys(bare_names(stems)[1], sample):
        return None  # tables of their own
    if depth == 1 or (len(names) == len(files) and pair_in(stems) is not None):
        # The files are called by what they are of: A-B.json, A.json.
        files = [(*parts[:-1], stem) for parts, stem in zip(files, stems, strict=True)]
        name = ""
    else:
        name = _alike(names)
        files = [parts[:-1] for parts in files]
    levels = [list(dict.fromkeys(level)) for level in zip(*files, strict=True)]
    whenever = {i for i, level in enumerate(levels) if all(map(_STAMP.fullmatch, level))}
    varied = [i for i, level in enumerate(levels) if len(level) > 1 and i not in whenever]
    whenever |= (again := _said_again(files, levels, varied))
    varied = [i for i in varied if i not in again]
    if not varied or sample is None:
        return None
    fields, known = _fields(levels, varied)
    inside = not any("{target}" in field for field in fields.values())
    value, others = _value(sample, known, inside=inside)
    if not value:
        raise RequestError(f"{folder}: {_no_score(folder, files[0], name)}")
    places = [fields.get(i, "*" if i in whenever else level[0]) for i, level in enumerate(levels)]
    path = "/".join([*places, name]) if name else "/".join(places) + ".json"
    return Recognized(
        form="tree",
        path=path,
        value=value,
        understood=(f"a file a {'training set' if inside else 'value'}: {path}, in it {value}",),
        assumed=(f"{listed(others)} is left aside",) if others else (),
    )


def _no_score(folder: Path, first: tuple[str, ...], name: str) -> str:
    """What is wrong with a tree of files without a score, and what to do."""
    place = folder.joinpath(*first)
    if (place / ".hydra").is_dir():
        return (
            "runs of Hydra, whose folders do not say what they were trained on; write source and"
            " target into each JSON beside the score, or name folders by them with"
            " hydra.sweep.subdir=${hydra.job.override_dirname}"
        )
    if name == "trainer_state.json":
        return "histories of a Trainer; give its eval_results.json or all_results.json"
    return (
        f"a tree of files such as {'/'.join([*first, name] if name else first)}, and no number in"
        ' it that is known as a score; write study.toml with layout = "tree" by hand'
    )


def _are_keys(names: Sequence[str], document: Any) -> bool:
    """Some names of files are keys in one of them: what each was tested on."""
    there = {key for keys in _numbers(document) for key in keys}
    return len(there & {*names}) > 1


def _fields(
    levels: Sequence[Sequence[str]], varied: Sequence[int]
) -> tuple[dict[int, str], list[Sequence[str]]]:
    """Each level that varies with fields for its names, and the names of sources and targets."""
    pairs = {i: pair for i in varied if (pair := pair_in(levels[i])) is not None}
    bare = [bare_names(level) for level in levels]
    if not pairs:
        words = _words(varied, bare)
        fields = {i: bare[i][0].replace("{}", f"{{{words[i]}}}") for i in words}
        return fields, [bare[i][1] for i in varied]
    at, pair = next(iter(pairs.items()))
    fields = {at: pair.template}
    for i in varied:
        if i != at:
            seeds = all(map(_SEED.fullmatch, bare[i][1])) and "seed" not in "".join(fields.values())
            fields[i] = bare[i][0].replace("{}", "{seed}" if seeds else "{method}")
    return fields, [pair.sources, pair.targets]


def _json_files(folder: Path) -> Iterator[tuple[str, ...]]:
    count = 0
    for place, folders, names in os.walk(folder):
        here = Path(place).relative_to(folder).parts
        folders[:] = sorted(n for n in folders if not n.startswith(".") and len(here) < DEEPEST)
        for name in sorted(names):
            if name.endswith(".json") and not name.startswith("."):
                count += 1
                yield (*here, name)
        if count > MOST_FILES:
            return


def _said_again(
    files: Sequence[tuple[str, ...]], levels: Sequence[Sequence[str]], varied: Sequence[int]
) -> set[int]:
    """Levels that only say again what one above says: `ft-A/__models__ft-A/results.json`."""
    found: set[int] = set()
    for a, b in combinations(varied, 2):
        pairs = {(parts[a], parts[b]) for parts in files}
        one = dict(zip(levels[a], bare_names(levels[a])[1], strict=True))
        other = dict(zip(levels[b], bare_names(levels[b])[1], strict=True))
        if len(pairs) == len(levels[a]) and all(one[x] == other[y] for x, y in pairs):
            found.add(b)
    return found


def _count(files: Sequence[tuple[str, ...]], depth: int) -> int:
    return sum(len(parts) == depth for parts in files)


def _alike(names: set[str]) -> str:
    """`results_*.json` for names that begin alike, or have a time in them; the name of one."""
    if len(timeless := {_STAMP.sub("*", name) for name in names}) == 1:
        return timeless.pop()
    start = os.path.commonprefix(sorted(names))  # noqa: RUF071
    return f"{re.sub(r'[0-9]+$', '', start)}*.json"


def bare_names(level: Sequence[str]) -> tuple[str, list[str]]:
    """`train_{}` and the names in its place, for `train_en`, `train_de`.

    As lm-eval writes the path of a model, too: `__models__ft-{}`.
    """
    start = os.path.commonprefix(level)  # noqa: RUF071
    before = start[: max(map(start.rfind, _SIGNS)) + 1]
    if len(level) > 1 and re.search(r"[^\W\d_]", before) and before not in level:
        return f"{before}{{}}", [one.removeprefix(before) for one in level]
    return "{}", list(level)


def _words(varied: Sequence[int], bare: Sequence[tuple[str, list[str]]]) -> dict[int, str]:
    """What each level that varies is called."""
    found: dict[int, str] = {}
    rest = list(varied)
    if seeds := [i for i in rest if all(map(_SEED.fullmatch, bare[i][1])) and len(rest) > 1]:
        found[seeds[-1]] = "seed"
        rest.remove(seeds[-1])
    pairs = list(combinations(rest, 2))
    shared = [(len({*bare[a][1]} & {*bare[b][1]}), a, b) for a, b in pairs]
    if shared and (best := max(shared))[0] > 0:
        _, first, second = best
        down = "test" in bare[first][0] or "target" in bare[first][0] or "eval" in bare[first][0]
        found[first], found[second] = ("target", "sources") if down else ("sources", "target")
    elif rest:
        found[rest[-1]] = "sources"
    for i in rest:
        if i not in found:
            found[i] = "method"
    return found


def _document(path: Path) -> Any:
    try:
        if path.stat().st_size > 2**24:
            return None
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def _value(
    document: Any, names: Sequence[Sequence[str]], *, inside: bool
) -> tuple[str, tuple[str, ...]]:
    """The way to the score, with {target} where the name of one stands, and other ways."""
    every = {name for level in names for name in level}
    ways: dict[str, int] = {}
    for keys in _numbers(document):
        if inside and not every & {*keys}:
            # One level of keys are the targets: the last but one, or the one with known names.
            if len(keys) < 2:
                continue
            keys = (*keys[:-2], "{target}", keys[-1])
        else:
            keys = tuple("{target}" if key in every else key for key in keys)
        way = ".".join(keys)
        ways[way] = ways.get(way, 0) + 1
    known = {way: direction_of(_last(way)) for way in ways}
    likely = [way for way in ways if known[way] and not NOT_SCORES.search(usual_word(_last(way)))]
    if inside:
        likely = [way for way in likely if ways[way] > 1]
    if not likely and (len(ways) == 1 or "{target}" in ways):
        likely = ["{target}"] if "{target}" in ways else list(ways)
    likely.sort(key=lambda way: (PREFERENCE.get(known[way] or "", 3), -ways[way]))
    return (likely[0], tuple(likely[1:4])) if likely else ("", ())


def _last(way: str) -> str:
    return way.rpartition(".")[2].partition(",")[0]


def _numbers(document: Any) -> Iterator[tuple[str, ...]]:
    todo: list[tuple[tuple[str, ...], Any]] = [((), document)]
    count = 0
    while todo and count < MOST_KEYS:
        keys, value = todo.pop(0)
        count += 1
        if isinstance(value, Mapping):
            todo += [((*keys, str(key)), inner) for key, inner in value.items()]
        elif isinstance(value, int | float) and not isinstance(value, bool) and keys:
            yield keys
