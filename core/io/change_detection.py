"""Has a study changed? Answered from paths, sizes, times and inodes, without reading its data."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from core.io.files import MANIFEST, StudyFolder, is_file
from core.io.manifest import CkaSection, read_manifest
from core.io.problems import ProblemCollector
from core.io.representations import ITEMS, walk_representations
from core.io.runs import RUNS
from core.io.sources import source_files


def study_files(folder: Path | str) -> tuple[Path, ...]:
    """Every file a study is, or could be, made from, those that exist, sorted; never raises.

    Reads the manifest to know them, and nothing else. Of a study whose manifest cannot be read
    it is the manifest alone.
    """
    if is_file(folder):
        return (Path(folder),)
    try:
        study = StudyFolder(Path(folder), ProblemCollector())
        candidates = set(_candidates(study))
        return tuple(sorted(path for path in candidates if is_file(path)))
    except Exception:  # what reading the manifest raises is told where the study is read
        manifest = Path(folder) / MANIFEST
        return (manifest,) if is_file(manifest) else ()


def fingerprint(folder: Path | str) -> str:
    """A hash over path, size and time of every file of a study; never raises.

    It changes when a file is written, added or removed, also where its modification time is set
    back: the change time is part of it. Equal fingerprints do not prove equal contents: that is
    what `Study.digest` is for.
    """
    total = sha256()
    for path in study_files(folder):
        try:
            state = path.stat()
        except OSError:
            continue
        line = "\0".join(map(str, (path, state.st_size, state.st_mtime_ns, state.st_ctime_ns)))
        total.update(f"{line}\0{state.st_ino}\n".encode(errors="surrogatepass"))
    return total.hexdigest()


def _candidates(study: StudyFolder) -> Iterator[Path]:
    yield study.locate(MANIFEST)
    manifest = read_manifest(study)
    if manifest is None:
        return
    yield study.locate(RUNS)
    if manifest.evaluations is not None and manifest.layout is not None:
        yield from manifest.layout.files(study, manifest.evaluations)
    for section in manifest.predictors.values():
        yield from source_files(study, section)
    if manifest.cka is not None:
        yield from _cka_files(study, manifest.cka)


def _cka_files(study: StudyFolder, section: CkaSection) -> Iterator[Path]:
    yield from _named(study, section.summary)
    yield from _named(study, section.checkpoints)
    for folder in _named(study, section.representations):
        yield folder / ITEMS
        for run, layer, file in walk_representations(folder):
            yield folder / run / layer / file


def _named(study: StudyFolder, given: str | None) -> Iterator[Path]:
    name = None if given is None else study.name_of(given, at="")
    if name is not None:
        yield study.locate(name)
