"""Representations: indexed by header, opened when asked for, never as pickles."""

from __future__ import annotations

import importlib.util
import pickle
import sys
from dataclasses import replace
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from safetensors.numpy import save_file

from core.errors import ComputationError, RequestError
from core.io import (
    inspect_study,
    load_representation,
    open_study,
    representation_shape,
    representations,
)
from core.io.changes.digest import StudyChangedError
from core.study import RepresentationIndex
from tests.studies import ITEMS, StudyFiles, StudyWriter

FOLDER = "representations"
FILE = f"{FOLDER}/pt1-1/layer5/checkpoint-9000.npy"
SHAPE = (ITEMS, 3)


def index_of(study: StudyFiles) -> RepresentationIndex:
    index = open_study(study.folder).representations
    assert index is not None
    return index


def problems_of(study: StudyFiles) -> list[str]:
    return [f"{p.severity}: {p}" for p in inspect_study(study.folder).problems]


def save(study: StudyFiles, array: np.ndarray, name: str = FILE) -> None:
    path = study.path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, array)


@pytest.fixture
def study(write_study: StudyWriter) -> StudyFiles:
    return write_study(representations=True)


def test_index(study: StudyFiles) -> None:
    index = index_of(study)
    assert sorted(index.files) == [
        (run, 5, step) for run in ("pt1-1", "pt1-2") for step in (9000, 10000)
    ]
    assert index.items == tuple(f"item{i}" for i in range(ITEMS))
    assert index.groups == ("a", "b", "a", "b", "a")
    assert index.last("pt1-1", 5) == 10000
    assert index.last("nobody", 5) is None
    assert index.last("pt1-1", 99) is None
    assert index.layers == (5,)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f4"])
def test_arrays_are_mapped_and_read_only(study: StudyFiles, dtype: str) -> None:
    array = np.arange(15).reshape(SHAPE).astype(dtype)
    save(study, np.asfortranarray(array))
    read = load_representation(index_of(study), "pt1-1", 5, 9000)
    assert isinstance(read, np.memmap)
    assert not read.flags.writeable
    assert read.dtype == array.dtype
    np.testing.assert_array_equal(read, array)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_safetensors(study: StudyFiles, dtype: str) -> None:
    array = np.arange(15).reshape(SHAPE).astype(dtype)
    study.remove(FILE)
    save_file({"hidden": array}, study.path(FILE).with_suffix(".safetensors"), {"by": "tests"})
    assert problems_of(study) == []
    read = load_representation(index_of(study), "pt1-1", 5, 9000)
    assert not read.flags.writeable
    assert read.dtype == array.dtype
    np.testing.assert_array_equal(read, array)


def test_groups_are_optional(study: StudyFiles) -> None:
    study.write(f"{FOLDER}/items.csv", "item\n" + "x\n" * ITEMS)
    index = index_of(study)
    assert index.groups == ()
    assert index.items == ("x",) * ITEMS


def test_there_is_nothing_to_load(study: StudyFiles) -> None:
    with pytest.raises(RequestError, match="no representation of run 'pt1' at layer 5"):
        load_representation(index_of(study), "pt1", 5, 9000)


class Planted:
    """What a pickle would run."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return pytest.fail, ("a pickle was run",)


def cut(path: Path) -> bytes:
    return path.read_bytes()[:-4]


def with_safetensors(study: StudyFiles, tensors: dict[str, np.ndarray]) -> bytes:
    path = study.folder.parent / "x.safetensors"
    save_file(tensors, path)
    return path.read_bytes()


IGNORED = "; the file is ignored"
LONG = b"{'descr':'<f4','shape':(4," + b"9" * 6000 + b")}\n"
BROKEN = [
    (
        "npy",
        lambda s: b"\x93NUMPY\x01\x00" + len(LONG).to_bytes(2, "little") + LONG,
        "not a .npy file: " + f'Cannot parse header: "{LONG.decode()[:-1]}'[:200],
        "AGAIN",
    ),
    ("npy", lambda s: cut(s.path(FILE)), "the file is cut: 184 bytes instead of 188", "AGAIN"),
    (
        "npy",
        lambda s: s.path(FILE).read_bytes() + b"1234",
        "the file is too long: 192 bytes instead of 188",
        "AGAIN",
    ),
    (
        "npy",
        lambda s: pickle.dumps(Planted(), protocol=2),
        "not a .npy file: the magic string is not correct; expected b'\\x93NUMPY', "
        "got b'\\x80\\x02c_py'",
        "AGAIN",
    ),
    ("npy", lambda s: np.full(SHAPE, Planted()), "an array of Python objects, which is a pickle",
     "save it as floats"),
    ("npy", lambda s: np.zeros(SHAPE, int), "numbers of type int64",
     "store float16, float32 or float64"),
    ("npy", lambda s: np.zeros(SHAPE, complex), "numbers of type complex128",
     "store float16, float32 or float64"),
    ("npy", lambda s: np.zeros(ITEMS), "shape (5,)", "store (n_items, n_features)"),
    ("npy", lambda s: np.zeros((ITEMS, 0)), "shape (5, 0)", "store (n_items, n_features)"),
    ("npy", lambda s: np.zeros((4, 3)), "4 rows, items.csv has 5",
     "give items.csv one line per row"),
    ("safetensors", lambda s: b"", "a safetensors file that is cut", "AGAIN"),
    ("safetensors", lambda s: b"\x02" + b"\0" * 7 + b"[]", "not a safetensors file", "AGAIN"),
    ("safetensors", lambda s: with_safetensors(s, {"a": np.zeros(SHAPE)})[:-1],
     "the file is cut: 191 bytes instead of 192", "AGAIN"),
    ("safetensors", lambda s: with_safetensors(s, {"a": np.zeros(SHAPE), "b": np.zeros(SHAPE)}),
     "2 tensors", "store one tensor per file"),
    ("safetensors", lambda s: with_safetensors(s, {"a": np.zeros(SHAPE, int)}),
     "a tensor of `I64`", "store float16, float32 or float64"),
    ("safetensors", lambda s: with_safetensors(s, {"a": np.zeros((2, 3))}),
     "2 rows, items.csv has 5", "give items.csv one line per row"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "make", "found", "todo"), BROKEN)
def test_broken_files_are_warnings_and_left_out(
    study: StudyFiles, kind: str, make: object, found: str, todo: str
) -> None:
    assert callable(make)
    index = index_of(study)
    content = make(study)
    todo = "write the file again" if todo == "AGAIN" else todo
    study.remove(FILE)
    name = str(Path(FILE).with_suffix(f".{kind}"))
    if isinstance(content, bytes):
        study.write(name, content)
    else:
        np.save(study.path(name), content, allow_pickle=True)
    assert problems_of(study) == [f"warning: {name}: {found}; {todo}{IGNORED}"]
    assert ("pt1-1", 5, 9000) not in index_of(study).files
    # A file that broke after the study was read says so as well.
    files = {("pt1-1", 5, 9000): study.path(name).resolve()}
    stale = RepresentationIndex(index.folder, files, index.items, index.groups)
    with pytest.raises(ComputationError) as caught:
        load_representation(stale, "pt1-1", 5, 9000)
    assert str(caught.value) == f"{name}: {found}; {todo}"


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_leave_one_file_out(study: StudyFiles, bad: float) -> None:
    array = np.zeros(SHAPE, dtype=np.float32)
    array[2, 1] = bad
    save(study, array)
    assert problems_of(study) == [
        f"warning: {FILE}: values that are not finite; write the file again; the file is ignored"
    ]
    assert ("pt1-1", 5, 9000) not in index_of(study).files
    assert ("pt1-1", 5, 10000) in index_of(study).files


def test_a_shape_is_remembered_as_long_as_the_file_is_the_same(
    study: StudyFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(study, np.zeros(SHAPE))
    index, opened = replace(index_of(study), contents={}), []
    real = representations.read_array
    monkeypatch.setattr(
        representations, "read_array", lambda file, path: opened.append(path) or real(file, path)
    )
    assert representation_shape(index, "pt1-1", 5, 9000) == SHAPE
    assert representation_shape(index, "pt1-1", 5, 9000) == SHAPE
    assert len(opened) == 1
    save(study, np.zeros((ITEMS, SHAPE[1] + 1)))
    assert representation_shape(index, "pt1-1", 5, 9000) == (ITEMS, SHAPE[1] + 1)
    save(study, np.zeros((ITEMS + 1, SHAPE[1])))
    with pytest.raises(ComputationError, match=rf"{FILE}: {ITEMS + 1} rows, items.csv has {ITEMS}"):
        representation_shape(index, "pt1-1", 5, 9000)
    with pytest.raises(RequestError, match="no representation of run 'pt1' at layer 5"):
        representation_shape(index, "pt1", 5, 9000)


def test_a_file_that_is_not_what_it_was_when_the_study_was_read(study: StudyFiles) -> None:
    save(study, np.zeros(SHAPE))
    index = index_of(study)
    unknown = replace(index, contents={})
    save(study, np.ones(SHAPE))
    for asked in (load_representation, representation_shape):
        with pytest.raises(StudyChangedError, match=f"{FILE}: the file changed while it was read"):
            asked(index, "pt1-1", 5, 9000)
    assert load_representation(unknown, "pt1-1", 5, 9000).all()
    study.path(FILE).write_bytes(study.path(FILE).read_bytes()[:-1])
    with pytest.raises(StudyChangedError, match=f"{FILE}: the file is cut"):
        load_representation(index, "pt1-1", 5, 9000)
    study.remove(FILE)
    for one, kind in ((index, StudyChangedError), (unknown, ComputationError)):
        with pytest.raises(kind, match=f"{FILE}: cannot be read: no such file"):
            load_representation(one, "pt1-1", 5, 9000)


def test_a_file_that_became_a_link(study: StudyFiles, tmp_path: Path) -> None:
    index = index_of(study)
    study.path(FILE).rename(tmp_path / "x.npy")
    study.path(FILE).symlink_to(tmp_path / "x.npy")
    for asked in (load_representation, representation_shape):
        with pytest.raises(StudyChangedError, match="became a link"):
            asked(index, "pt1-1", 5, 9000)
    assert problems_of(study) == [
        f"error: {FILE}: a link leaves the study's folder; move the data into the folder"
    ]


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="PyTorch is installed")
def test_pt_files_need_torch(study: StudyFiles) -> None:
    study.write(str(Path(FILE).with_suffix(".pt")), b"x")
    study.remove(FILE)
    assert problems_of(study) == [
        f"warning: {FOLDER}: 1 .pt files, and PyTorch is not installed; "
        "install torch, or store them as .npy; until then they cannot be opened"
    ]
    with pytest.raises(ComputationError, match=r"checkpoint-9000.pt: a .pt file, and PyTorch is"):
        load_representation(index_of(study), "pt1-1", 5, 9000)


def test_pt_files_are_read_as_weights_alone(
    study: StudyFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a stand-in for PyTorch, which is not among our requirements."""
    array = np.ones(SHAPE, np.float32)
    loaded: list[object] = []

    class Tensor:
        def detach(self) -> Tensor:
            return self

        def numpy(self) -> np.ndarray:
            return array

    def load(path: Path, *, map_location: str, weights_only: bool) -> object:
        assert weights_only
        return loaded[-1]

    torch = ModuleType("torch")
    torch.__spec__ = ModuleSpec("torch", None)
    vars(torch).update(Tensor=Tensor, load=load)
    monkeypatch.setitem(sys.modules, "torch", torch)
    study.write(str(Path(FILE).with_suffix(".pt")), b"x")
    study.remove(FILE)
    assert problems_of(study) == []
    loaded.append(Tensor())
    np.testing.assert_array_equal(load_representation(index_of(study), "pt1-1", 5, 9000), array)
    loaded.append({"hidden": 1})
    with pytest.raises(ComputationError, match="a dict instead of a tensor; store one tensor"):
        load_representation(index_of(study), "pt1-1", 5, 9000)
    array = np.ones(SHAPE, int)
    loaded.append(Tensor())
    with pytest.raises(ComputationError, match="numbers of type int64"):
        load_representation(index_of(study), "pt1-1", 5, 9000)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "zoo/layer5/checkpoint-1.npy",
            f"warning: {FOLDER}/zoo: representations of run `zoo`, which runs.csv does not know; "
            "add it to runs.csv; until then they are ignored",
        ),
        (
            "pt1/layer-1/checkpoint-1.npy",
            f"error: {FOLDER}/pt1/layer-1: a layer without a number; name it layer<number>,"
            " or as the layer is called",
        ),
        (
            "pt1/layer1/checkpoint-final.npy",
            f"error: {FOLDER}/pt1/layer1/checkpoint-final.npy: a key without a training step; "
            "name it checkpoint-<number>.npy",
        ),
        (
            "pt1-1/layer05/checkpoint-9000.npy",
            f"warning: {FOLDER}/pt1-1/layer5/checkpoint-9000.npy: is there as "
            f"`{FOLDER}/pt1-1/layer05/checkpoint-9000.npy` too; keep one of them; it is ignored",
        ),
    ],
)
def test_names(study: StudyFiles, name: str, message: str) -> None:
    save(study, np.zeros(SHAPE), f"{FOLDER}/{name}")
    assert problems_of(study) == [message]


def test_other_files_do_not_matter(study: StudyFiles) -> None:
    for name in ("readme.txt", "pt1/notes.txt", "pt1/layer5/mean.npy", "pt1/x/checkpoint-a.npy"):
        study.write(f"{FOLDER}/{name}", "")
    assert problems_of(study) == []


def test_items_are_needed(study: StudyFiles) -> None:
    study.write(f"{FOLDER}/items.csv", "item\n")
    assert problems_of(study) == [
        f"warning: {FOLDER}/items.csv: no items; write one line per row of the representations;"
        " until then they are ignored"
    ]
    assert open_study(study.folder).representations is None
    study.write(f"{FOLDER}/items.csv", f"item,group\na,{'b' * 1001}\n")
    assert problems_of(study) == [
        f"warning: {FOLDER}/items.csv: group a name of 1,001 letters, 1,000 are allowed;"
        " write a shorter one; until then they are ignored"
    ]
    study.remove(f"{FOLDER}/items.csv")
    assert problems_of(study) == [
        f"error: {FOLDER}/items.csv: no such file; "
        "write it: column item, one line per row of the representations"
    ]
