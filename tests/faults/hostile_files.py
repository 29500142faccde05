"""Hostile studies, read one after the other in this process, whose memory is limited.

`python -m tests.faults.hostile_files FOLDER`: writes each study, prints a line of JSON for each.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from core.io import fingerprint, inspect_study
from dashboard.state.study_library import StudyLibrary
from tests.studies import CKA, LAYOUTS, StudyFiles, write_study_files

MEMORY = 2 * 2**30
Damage = Callable[[StudyFiles], None]
Made = Callable[[], bytes]
"""Content that is made when it is written: who looks for names of studies needs no 300 MB."""

SCORED = '[evaluations]\nlayout = "scores"\npath = "scores.csv"\n'


def manifest(text: str) -> Damage:
    return lambda files: files.write("study.toml", text)


def sparse(name: str, size: int = 100 * 10**9) -> Damage:
    def damage(files: StudyFiles) -> None:
        os.truncate(files.path(name), size)

    return damage


def scores_in(name: str, write: Callable[[Path], None]) -> Damage:
    def damage(files: StudyFiles) -> None:
        files.replace("study.toml", "scores.csv", name)
        write(files.path(name))

    return damage


def parquet(schema: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        rows = 10**7 if schema == "repeated" else 1000
        names = pa.array(["a"]).dictionary_encode()
        text = pa.DictionaryArray.from_arrays(
            pa.array(np.zeros(rows, dtype=np.int8)), names.dictionary
        )
        score: pa.Array = pa.array(np.zeros(rows))
        if schema == "nested":
            kind: pa.DataType = pa.float64()
            value: object = 1.0
            for _ in range(90):
                kind, value = pa.list_(kind), [value]
            score = pa.array([value] * rows, type=kind)
        elif schema == "struct":
            score = pa.array([{"x": {"y": "+"}}] * rows)
        elif schema == "decimal":
            score = pa.array([10**70] * rows, type=pa.decimal256(76, 0))
        elif schema == "duration":
            score = pa.array([2**62] * rows, type=pa.duration("ns"))
        elif schema == "binary":
            score = pa.array([b"\xff\x00"] * rows)
        elif schema == "timestamps":
            score = pa.array([2**40] * rows, type=pa.timestamp("s", "Europe/Nowhere"))
        table = pa.table({"sources": text, "target": text, "score": score})
        parquet.write_table(table, path, compression="zstd")

    return write


def npy(header: str, body: bytes = b"") -> Damage:
    def damage(files: StudyFiles) -> None:
        text = header.encode() + b"\n"
        start = b"\x93NUMPY\x02\x00" + len(text).to_bytes(4, "little")
        files.write(_representation(files), start + text + body)

    return damage


def safetensors(header: bytes | Made, length: int | None = None) -> Damage:
    def damage(files: StudyFiles) -> None:
        path = _representation(files)
        files.remove(path)
        text = header if isinstance(header, bytes) else header()
        size = len(text) if length is None else length
        files.write(path.replace(".npy", ".safetensors"), size.to_bytes(8, "little") + text)

    return damage


def tensor(shape: str, offsets: str) -> bytes:
    return f'{{"a": {{"dtype": "F32", "shape": {shape}, "data_offsets": {offsets}}}}}'.encode()


def _representation(files: StudyFiles) -> str:
    found = sorted(files.path("representations").glob("*/*/*.npy"))
    return found[0].relative_to(files.folder).as_posix()


def without_evaluations(files: StudyFiles) -> None:
    names = [f"t{n}" for n in range(3000)]
    tasks = "".join(f'[tasks.{name}]\nmetric = "error"\n' for name in names)
    files.write("study.toml", f"{tasks}\n[evaluations]\n{LAYOUTS['table']}")
    rows = [f"r{name},one,{name},base,1" for name in names]
    files.write("runs.csv", "\n".join(["run,method,trained,base,seed", "base,pre,t0,,1", *rows]))
    files.write("evaluations.csv", "run,task,split,checkpoint,value\n")


def results_of(content: bytes | Made) -> Damage:
    def damage(files: StudyFiles) -> None:
        found = sorted(files.folder.rglob("evaluation_results.json"))[0]
        found.write_bytes(content if isinstance(content, bytes) else content())

    return damage


def lists(count: int) -> Made:
    return lambda: b"[" + b"[]," * count + b"[]]"


SHAPE = "{{'descr': '<f4', 'fortran_order': False, 'shape': {}, }}"
DIGITS = "9" * 6000

HOSTILE: dict[str, tuple[str, Damage]] = {
    "title of 6,000 hex digits": ("table", manifest("title = 0x" + "F" * 6000)),
    "title of 6,000 digits": ("table", manifest("title = " + DIGITS)),
    "tables nested 900 deep": ("table", manifest("x = " + "{a = " * 900 + "1" + "}" * 900)),
    "arrays nested 90,000 deep": ("table", manifest("x = " + "[" * 90_000)),
    "a dotted key of 20,000 parts": ("table", manifest(".".join("a" * 20_000) + " = 1")),
    "a quoted dotted key": ("table", manifest(".".join(['"a"'] * 20_000) + " = 1")),
    "one word of 4 MB": ("table", manifest('title = "' + "a" * 4_000_000 + '"')),
    "a task name of 900,000 letters": (
        "table", manifest(f'[tasks.{"a" * 900_000}]\nmetric = "error"\n' + SCORED),
    ),
    "a label of 900,000 letters": (
        "table", manifest(f'[tasks.a]\nlabel = "{"a" * 900_000}"\n' + SCORED),
    ),
    "known keys nested deep": (
        "table", manifest("[tasks.a]\ncovariates = " + "{a = " * 900 + "1" + "}" * 900),
    ),
    "a covariate of 6,000 digits": (
        "table", manifest("[tasks.a.covariates]\nx = 0x" + "F" * 6000 + "\n" + SCORED),
    ),
    "a layer of 6,000 digits": (
        "table",
        manifest("[evaluations]\n" + LAYOUTS["table"] + CKA.replace("= 5", "= 0x" + "F" * 6000)),
    ),
    "every key a date": (
        "table",
        manifest("title = 1979-05-27\ntasks = 07:32:00\nevaluations = [{}, inf, nan]\ncka = [[]]"),
    ),
    "a manifest of 100 GB": ("table", sparse("study.toml")),
    "evaluations of 100 GB": ("table", sparse("evaluations.csv")),
    "scores of 100 GB": ("scores", sparse("scores.csv")),
    "3,000 tasks without evaluations": ("table", without_evaluations),
    "JSON of 100 MB of []": ("runs", results_of(lists(33_000_000))),
    "JSON with 6,000 digits": (
        "runs",
        results_of(f'{{"checkpoint-1": {{"eval_distance_metric_mean": {DIGITS}}}}}'.encode()),
    ),
    "JSON nested deep": ("runs", results_of(b'{"a":' * 200_000)),
    "records of 100 MB of []": (
        "scores",
        scores_in("scores.json", lambda path: _fill(path, lists(33_000_000)())),
    ),
    **{
        f"Parquet: {kind}": ("scores", scores_in("scores.parquet", parquet(kind)))
        for kind in ("repeated", "nested", "struct", "decimal", "duration", "binary", "timestamps")
    },
    "npy with a bool as length": ("cka", npy(SHAPE.format("(5, True)"), b"\0" * 20)),
    "npy with a length of 6,000 digits": ("cka", npy(SHAPE.format(f"(5, 0x{'F' * 6000})"))),
    "npy with a negative length": ("cka", npy(SHAPE.format("(5, -1)"))),
    "npy with nested tuples": ("cka", npy("(" * 9000)),
    "npy of another kind": ("cka", npy("{'descr': [('a', '<f4', (10**6, 10**6))]}")),
    "safetensors ends at 1e400": ("cka", safetensors(tensor("[5, 2]", "[0, 1e400]"))),
    "safetensors with 6,000 digits": ("cka", safetensors(tensor(f"[5, {DIGITS}]", "[0, 8]"))),
    "safetensors with true": ("cka", safetensors(tensor("[5, true]", "[0, 20]"))),
    "safetensors header of 90 MB": ("cka", safetensors(lists(30_000_000))),
    "safetensors header of 2**63": ("cka", safetensors(b"{}", 2**63)),
    "safetensors with a list": ("cka", safetensors(b'[{"dtype": "F32"}]')),
}  # fmt: skip


def _fill(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def write_one(folder: Path, layout: str, damage: Damage) -> StudyFiles:
    files = write_study_files(
        folder, "table" if layout == "cka" else layout, representations=layout == "cka"
    )
    damage(files)
    return files


def main(folder: Path) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sound = write_study_files(folder / "sound")
    digest = inspect_study(sound.folder).study.digest  # type: ignore[union-attr]
    for name, (layout, damage) in HOSTILE.items():
        place = folder / "hostile"
        write_one(place, layout, damage)
        library = StudyLibrary([place, sound.folder])
        entry, beside = library.entries()
        problems = [str(problem) for problem in entry.problems]
        line = {
            "name": name,
            "readable": entry.study is not None,
            "problems": problems[:3],
            "count": len(problems),
            "version": entry.version,
            "fingerprint": fingerprint(place),
            "sound": beside.study is not None and beside.study.digest == digest,
        }
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        shutil.rmtree(place)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
