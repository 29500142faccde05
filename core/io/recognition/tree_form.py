"""A folder of folders with a JSON file for each value, or one for each training set."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice
from pathlib import Path
from typing import Any

from core.errors import RequestError, listed, shortened
from core.io.problems import quoted_text
from core.io.recognition.both_sides import aliases_of, dressed_among, said_of_dressed
from core.io.recognition.column_words import IS_TRANSFER, baseline_question, direction_of
from core.io.recognition.exports import MTEB_TREE
from core.io.recognition.joint_pairs import pair_in
from core.io.recognition.measured_names import measured_templates
from core.io.recognition.recognized import Recognized
from core.io.recognition.tree_folders import are_called_after_targets, one_of_each_folder
from core.io.recognition.tree_values import (
    TreeValue,
    document_in,
    groups_in,
    numbers_in,
    value_in,
)

MOST_FILES = 20_000
DEEPEST = 6
_DATE = r"\d{4}[-_]\d{2}[-_]\d{2}|20\d{6}"
_STAMP = re.compile(
    rf"(?<!\d)(?:{_DATE})(?:[-_T ]?\d{{2}}[-_:.]?\d{{2}}(?:[-_:.]?\d{{2}}(?:\.\d+)?)?Z?)?(?!\d)"
)
"""A date, and the time of the day behind it: when a run was, not what it is."""
_SIGNS = "_=-"
"""What ends a word of a name."""
_SEED = re.compile(r"(?:seed|run|s|fold|rep|trial)?[_=-]?\d+", re.IGNORECASE)
_SEEDED = re.compile(r"(.+?)([_.-](?:seed|run|rep|s)[_=.-]?)\d+", re.IGNORECASE)
"""A name with a seed at its end."""
_STEP = re.compile(
    r"(?:.*[^a-z])?(?:checkpoint|ckpt|steps?|epochs?|iter|iteration)[_=-]?\{\}", re.IGNORECASE
)
"""What stands before the numbers of a level whose names are steps of the training."""


_NUMBERED_RUNS = (
    f"{IS_TRANSFER}: runs are numbered, and nothing says what each was trained on; call folders"
    " after that, or write it into each file as source"
)
MOST_LOOKED_INTO = 20
"""Files whose keys say what was measured."""
FIELDS = ("sources", "target", "method", "seed", "checkpoint")
"""Words for levels of a path."""


def recognize_tree(
    folder: Path, mapped: Mapping[str, str] | None = None, where: Mapping[str, str] | None = None
) -> Recognized | None:
    """What a tree of files is; None where there is none. Raises RequestError where it is unclear.

    Two levels whose folders have the same names are source and target, in this order; of one level
    alone the folders are sources, and targets stand in the files. mapped: `score` -> the way to
    the number, `results.{target}.acc`; where: field of the path -> its value in files that count.
    """
    files = list(_json_files(folder))
    depth = max((len(parts) for parts in files), key=lambda d: _count(files, d), default=0)
    files = [parts for parts in files if len(parts) == depth]
    files, aside = one_of_each_folder(folder, files)
    if len(files) < 2:
        return None
    documents = [document_in(folder.joinpath(*parts)) for parts in files[:MOST_LOOKED_INTO]]
    names = {parts[-1] for parts in files}
    stems = [parts[-1].removesuffix(".json") for parts in files]
    if depth == 1 and pair_in(stems) is None and not _are_keys(bare_names(stems)[1], documents[0]):
        return None  # tables of their own
    if (
        depth == 1
        or (len(names) == len(files) and pair_in(stems) is not None)
        or (
            are_called_after_targets(files)
            and not any(map(_STAMP.search, names))
            and _are_results(documents)
        )
    ):
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
    if not varied or documents[0] is None:
        return None
    found = _fields(levels, varied)
    value = value_in(
        documents, found.known, inside=found.inside, told=(mapped or {}).get("score", "")
    )
    if not value.way:
        raise RequestError(f"{folder}: {_no_score(folder, files[0], name)}")
    places = [
        found.fields.get(i, "*" if i in whenever else level[0]) for i, level in enumerate(levels)
    ]
    path = "/".join([*places, name]) if name else "/".join(places) + ".json"
    _check_choices(path, mapped or {}, where or {})
    told = _described(path, found, value, where or {})
    told = _without_groups(told, groups_in(documents, value.targets), found.sources)
    said = f"of each folder {name} counts; {listed(aside)} is left aside"
    return replace(told, assumed=(said, *told.assumed)) if aside else told


def _check_choices(path: str, mapped: Mapping[str, str], where: Mapping[str, str]) -> None:
    """Raises RequestError where a choice is none that files of a tree know."""
    for word, column in mapped.items():
        if word != "score":
            raise RequestError(
                f"--map {word}={shortened(column)}: files in folders have no columns but the path"
                f" {path}; write path, or [evaluations.columns], into study.toml by hand"
            )
    fields = [word for word in FIELDS if f"{{{word}}}" in path]
    for field, value in where.items():
        if field not in fields:
            raise RequestError(
                f"--where {shortened(field)}={shortened(value)}: no such field; the path {path} has"
                f" {listed(fields)}"
            )


def _described(path: str, found: _Fields, value: TreeValue, where: Mapping[str, str]) -> Recognized:
    """What is said of a tree, and the names of its tasks."""
    targets = [*found.targets, *value.targets]
    everything = [*targets, *(value.without or ())]
    dressed = dressed_among(found.sources, everything, any_word=True)
    assumed = (*said_of_dressed(dressed), *value.assumed)
    bare = dressed.names if dressed else ()
    return Recognized(
        form="tree",
        path=path,
        value=value.way,
        where=dict(where),
        aliases=aliases_of(dressed),
        understood=(
            f"a file a {'training set' if found.inside else 'value'}: {path}, in it {value.way}",
        ),
        assumed=assumed,
        unknown=(
            *baseline_question([*found.sources, *bare], targets),
            *((_NUMBERED_RUNS,) if found.inside and _are_numbers(found.sources) else ()),
        ),
    )


def _are_numbers(names: Sequence[str]) -> bool:
    return bool(names) and all(name.isdigit() for name in names)


def _without_groups(
    told: Recognized, groups: Mapping[str, int], sources: Sequence[str]
) -> Recognized:
    """The same without the means of groups among the targets, and what is said of it.

    groups: their names -> how many of their tasks are targets, too. One that a training set is
    called after stays, and is told.
    """
    gone = [name for name in groups if name not in sources]
    said = [
        f"{shortened(name)} is the mean of a group of tasks, {groups[name]} of which are there,"
        f" too, {'and left out: leave_out has it' if name in gone else 'and counts beside them'}"
        for name in groups
    ]
    return replace(told, leave_out=tuple(gone), assumed=(*told.assumed, *said))


def _no_score(folder: Path, first: tuple[str, ...], name: str) -> str:
    """What is wrong with a tree of files without a score, and what to do."""
    place = folder.joinpath(*first)
    if (place / ".hydra").is_dir():
        return (
            "runs of Hydra, whose folders do not say what they were trained on; write source and"
            " target into each JSON beside the score, or name folders by them with"
            " hydra.sweep.subdir=${hydra.job.override_dirname}"
        )
    if name and any(_is_mteb(document_in(one)) for one in islice(place.glob(name), 2)):
        return _said_of_mteb(place, len(first))
    if name == "trainer_state.json":
        return (
            "histories of a Trainer; give its eval_results.json or all_results.json, or say --map"
            " score=best_metric for the best evaluation of each"
        )
    if (place / "run_spec.json").exists() and (place / "stats.json").exists():
        return (
            "runs of HELM; let helm-summarize make a table of them, with models that are called"
            " after what they were trained on, and give that"
        )
    told = (
        f"a tree of files such as {'/'.join([*first, name] if name else first)}, and no number in"
    )
    ways = listed(_numbers_of(place, name), most=3)
    return (
        f"{told} it that is known as a score"
        + (f" among {ways}" if ways else "")
        + '; write study.toml with layout = "tree", path = "{sources}/{target}.json" or as files'
        ' are called, and value = the way to the score, such as "eval.accuracy"'
    )


def _numbers_of(place: Path, name: str) -> list[str]:
    """The ways to the numbers of one file in a folder, those that could be scores first."""
    if not name:
        return []
    document = document_in(next(iter(sorted(place.glob(name))), place))
    ways = [".".join(keys) for keys in numbers_in(document, lists=True)]
    return sorted(ways, key=lambda way: direction_of(way.rpartition(".")[2]) is None)


def _said_of_mteb(place: Path, levels: int) -> str:
    """What to write for results of MTEB so many folders deep: of a model and its revision two."""
    said = MTEB_TREE.replace("{sources}/", "{sources}/" + "*/" * (levels - 1))
    read = {one: document_in(one) for one in sorted(place.glob("*.json"))}
    there = {one.stem: document for one, document in read.items() if _is_mteb(document)}
    several = [name for name, document in there.items() if _has_subsets(document)]
    if not several and not (place / "model_meta.json").exists():
        return said
    rest = [name for name in there if name not in several][:MOST_LOOKED_INTO]
    why = ["model_meta.json is no result"] if (place / "model_meta.json").exists() else []
    if several:
        why.append(f"{listed(several)} has a score for each of several languages, not one")
    if not rest:
        return (
            f"results of MTEB, of which {' and '.join(why)}; write a table source,target,score with"
            " the main_score of each hf_subset as a target"
        )
    tasks = ", ".join(map(quoted_text, rest))
    return f"{said}, and [evaluations.where] with target = [{tasks}]: {' and '.join(why)}"


def _has_subsets(document: Any) -> bool:
    """A task of MTEB with a score for each of its languages."""
    return any(isinstance(one, list) and len(one) > 1 for one in document["scores"].values())


def _is_mteb(document: Any) -> bool:
    scores = document.get("scores") if isinstance(document, dict) else None
    return isinstance(scores, dict) and any(isinstance(one, list) for one in scores.values())


def _are_results(documents: Sequence[Any]) -> bool:
    """Each file has a number that is called as a score is, and at the same place."""
    ways = [
        {keys for keys in numbers_in(one) if direction_of(keys[-1].partition(",")[0])}
        for one in documents
    ]
    return bool(set.intersection(*ways))


def _are_keys(names: Sequence[str], document: Any) -> bool:
    """Some names of files are keys in one of them: what each was tested on."""
    there = {key for keys in numbers_in(document) for key in keys}
    there |= {name for found in measured_templates(sorted(there)).values() for name in found}
    return len(there & {*names}) > 1


@dataclass(frozen=True)
class _Fields:
    """The levels of a path that vary.

    fields: level -> its place in the path, `ft-{sources}`. known: the names on each. sources,
    targets: the names of either, as far as the path says them.
    """

    fields: Mapping[int, str]
    known: Sequence[Sequence[str]]
    sources: Sequence[str]
    targets: Sequence[str]

    @property
    def inside(self) -> bool:
        """The path has no targets: they stand in the files."""
        return not self.targets


def _fields(levels: Sequence[Sequence[str]], varied: Sequence[int]) -> _Fields:
    """Each level that varies with fields for its names, and the names of sources and targets."""
    pairs = {i: pair for i in varied if (pair := pair_in(levels[i])) is not None}
    bare = [bare_names(level) for level in levels]
    numbered = [i for i in varied if all(map(_SEED.fullmatch, bare[i][1]))]
    if all(_are_steps(*bare[i]) for i in numbered):
        bare = [_without_seeds(level) or one for level, one in zip(levels, bare, strict=True)]
    if not pairs:
        words = _words(varied, bare)
        fields = {i: bare[i][0].replace("{}", f"{{{words[i]}}}") for i in words}
        of = {word: list(dict.fromkeys(bare[i][1])) for i, word in words.items()}
        known = [bare[i][1] for i in varied]
        return _Fields(fields, known, of.get("sources", ()), of.get("target", ()))
    at, pair = next(iter(pairs.items()))
    fields = {at: pair.template}
    for i in varied:
        if i != at:
            word = "checkpoint" if _are_steps(*bare[i]) else "method"
            if word == "method" and all(map(_SEED.fullmatch, bare[i][1])):
                word = "method" if "{seed}" in "".join(fields.values()) else "seed"
            fields[i] = bare[i][0].replace("{}", f"{{{word}}}")
    return _Fields(fields, [pair.sources, pair.targets], pair.sources, pair.targets)


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


def _without_seeds(level: Sequence[str]) -> tuple[str, list[str]] | None:
    """`ft-{}_seed{seed}` and the names in its place, for `ft-A_seed1`, `ft-A_seed2`, `ft-B_seed1`.

    Also where a word stands between them, `{}-lr1e-5-s{seed}`. None where not all have a seed.
    """
    found = [match for name in level if (match := _SEEDED.fullmatch(name))]
    ends = {match[2] for match in found}
    if len(found) < len(level) or len(ends) > 1 or len({match[1] for match in found}) < 2:
        return None
    start, names = bare_names(list(dict.fromkeys(match[1] for match in found)))
    before = start.removesuffix("{}")
    backwards = bare_names([one[::-1] for one in names])[0]
    behind = backwards.removesuffix("{}")[::-1]
    bare = [match[1].removeprefix(before).removesuffix(behind) for match in found]
    return f"{before}{{}}{behind}{ends.pop()}{{seed}}", bare


def _are_steps(around: str, names: Sequence[str]) -> bool:
    """A level is one of steps of the training, `checkpoint-500`: as many as it is told by."""
    return _STEP.fullmatch(around) is not None and all(n.isascii() and n.isdigit() for n in names)


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many names two levels share, with words around those of one of them or without."""
    dressed = dressed_among(one, other, any_word=True) or dressed_among(other, one, any_word=True)
    return len({*(dressed.names if dressed else one)} & {*one, *other} & {*other})


def _words(varied: Sequence[int], bare: Sequence[tuple[str, list[str]]]) -> dict[int, str]:
    """What each level that varies is called."""
    found: dict[int, str] = {}
    rest = list(varied)
    if steps := [i for i in rest if len(rest) > 1 and _are_steps(*bare[i])]:
        found[steps[-1]] = "checkpoint"
        rest.remove(steps[-1])
    if seeds := [i for i in rest if all(map(_SEED.fullmatch, bare[i][1])) and len(rest) > 1]:
        found[seeds[-1]] = "seed"
        rest.remove(seeds[-1])
    pairs = list(combinations(rest, 2))
    shared = [(_shared(bare[a][1], bare[b][1]), a, b) for a, b in pairs]
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
