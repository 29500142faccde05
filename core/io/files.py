"""StudyFolder: the one place where files of a study are opened."""

from __future__ import annotations

import os
import posixpath
import re
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from core.io.problems import ProblemCollector, quoted
from core.io.so_far import tell_of_file

if TYPE_CHECKING:
    from core.io.changes.digest import State
    from core.io.changes.file_parts import FileParts, Part, Steps

MANIFEST = "study.toml"
LARGEST_FILE = 2**30
LARGEST_MANIFEST = 2**22
"""Bytes of a file that is read at once: a sparse file of 100 GB takes no room on a disk."""

_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:")


def open_binary(path: Path | str) -> BufferedReader:
    """Open a file for reading; a named pipe does not keep us waiting."""
    return open(path, "rb", opener=_open_without_waiting)


def is_folder(path: os.PathLike[str] | str) -> bool:
    """True for a folder, False for anything else, a path nobody can have included."""
    return os.path.isdir(path)  # noqa: PTH112 - Path.is_dir raises where a name is too long


def is_file(path: os.PathLike[str] | str) -> bool:
    """True for a file, False for anything else, a path nobody can have included."""
    return os.path.isfile(path)  # noqa: PTH113 - as above


@contextmanager
def written_at_once(path: Path, *, mode: int = 0o666) -> Iterator[BinaryIO]:
    """A new file that takes the place of `path` at the end: readers see the old or the whole new.

    mode: what others may do with it, less what the umask says. It is on the disk before it is
    renamed; where writing fails nothing is left of it, and `path` is as it was. Raises OSError.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def below(name: str, *parts: str) -> str:
    """The name of what lies below the folder `name`; `.` is the study's folder itself."""
    return "/".join(parts if name == "." else (name, *parts))


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


class StudyFolder:
    """The folder of one study.

    Files go by their *name*: the path relative to the folder, with `/`. Nothing outside the
    folder is read, not through links either. `contents` maps the name of every file read so
    far to the sha256 of what was read, so that the digest is of the very bytes the study is
    made from.
    """

    def __init__(
        self,
        path: Path,
        findings: ProblemCollector,
        *,
        manifest: str | None = None,
        parts: FileParts | None = None,
    ) -> None:
        """manifest: what stands for the file, where there is none. parts: of an earlier reading."""
        self.parts = parts
        self._manifest = None if manifest is None else manifest.encode()
        self.path = Path(os.path.realpath(path))
        self.findings = findings
        self.contents: dict[str, str] = {}
        self._root = os.path.join(self.path, "")  # noqa: PTH118 - with the closing separator

    @property
    def has_manifest(self) -> bool:
        """A manifest is there as a file; else something stands for it."""
        return self._manifest is None

    def name_of(self, given: str, *, at: str) -> str | None:
        """The name of a path the manifest gives under key `at`; None where it leaves the folder."""
        if not given.strip() or "\0" in given:
            self.findings.error(
                MANIFEST, at, f"{quoted(given)} is no path", "give a path inside the study's folder"
            )
            return None
        parts = re.split(r"[/\\]", given)
        name = posixpath.normpath(given)
        if _ABSOLUTE.match(given) or ".." in re.split(r"[/\\]", name) or not self.holds(name):
            self._leaves(MANIFEST, at, quoted(given))
            return None
        if ".." in parts:
            # Through a link the way back leads elsewhere: not worth the trouble.
            found = f"{quoted(given)} takes a way round by .."
            self.findings.error(MANIFEST, at, found, f"write {quoted(name)}")
            return None
        return name

    def holds(self, name: str) -> bool:
        """True where `name` lies inside the folder after all links are followed."""
        real = os.path.realpath(self._root + name)
        return real.startswith(self._root) or real == str(self.path)

    def locate(self, name: str) -> Path:
        """The path of a name."""
        return self.path / name

    def known_part(self, name: str, read_as: str) -> tuple[Part | None, State]:
        """What an earlier reading found in a file that is still the same, and the file's state.

        read_as: whatever else than the file decides what is found in it.
        """
        if self.parts is None:
            return None, ()
        part, state = self.parts.known(self._root + name, f"{name}\0{read_as}")
        if part is not None:
            self.contents[name] = part.content
        return part, state

    def keep_part(
        self, name: str, read_as: str, state: State, steps: Steps, names: tuple[str, ...] = ()
    ) -> None:
        """Remember what was found in a file that was read just now, and gave no problem.

        names: as in `Part`.
        """
        if self.parts is not None:
            key, content = f"{name}\0{read_as}", self.contents[name]
            self.parts.keep(self._root + name, key, state, content, steps, names)

    def read(self, name: str, *, todo: str) -> bytes | None:
        """What a file holds; None, with an error that advises `todo`, where it cannot be read."""
        data = self.read_if_there(name)
        if data is None and not os.path.lexists(self._root + name):
            self.findings.error(name, "", "no such file", todo)
        return data

    def read_if_there(self, name: str) -> bytes | None:
        """What a file holds; None where there is none, or, with an error, where it is unreadable.

        A link that leads nowhere counts as a file that cannot be read.
        """
        path = self._root + name
        if name == MANIFEST and self._manifest is not None:
            self.contents[name] = sha256(self._manifest).hexdigest()
            return self._manifest
        try:
            with open_binary(path) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    self._unreadable(name, "not a regular file")
                    return None
                if not self.holds(name):
                    self._leaves(name, "", "a link")
                    return None
                most = LARGEST_MANIFEST if name == MANIFEST else LARGEST_FILE
                size = os.fstat(file.fileno()).st_size
                if size > most:
                    self._unreadable(name, f"more than {most // 2**20:,} MiB")
                    return None
                if self.parts is not None:
                    self.parts.opening(path, os.fstat(file.fileno()))
                tell_of_file(name, size)
                data = file.read()
        except (FileNotFoundError, NotADirectoryError):
            if os.path.lexists(path):
                self._unreadable(name, "a link that leads nowhere")
            return None
        except OSError as error:
            self._unreadable(name, (error.strerror or type(error).__name__).lower())
            return None
        self.contents[name] = sha256(data).hexdigest()
        return data

    def read_text(self, name: str, *, todo: str) -> str | None:
        """As `read`, decoded from UTF-8; a byte order mark is left out."""
        data = self.read(name, todo=todo)
        return None if data is None else self.decode(name, data)

    def decode(self, name: str, data: bytes) -> str | None:
        """Text from UTF-8, a byte order mark left out; None, with an error, where it is not."""
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            # With a mark, positions count from behind it.
            start = error.start + (3 if data.startswith(b"\xef\xbb\xbf") else 0)
            line = data.count(b"\n", 0, start) + 1
            self.findings.error(
                name,
                f"line {line}",
                f"byte 0x{data[min(start, len(data) - 1)]:02x} is not UTF-8",
                "save the file as UTF-8",
            )
            return None

    def folder_there(self, name: str, *, todo: str) -> bool:
        """True where `name` is a folder; an error that advises `todo` where it is not."""
        if is_folder(self._root + name):
            return True
        there = os.path.lexists(self._root + name)
        self.findings.error(name, "", "not a folder" if there else "no such folder", todo)
        return False

    def leaves(self, name: str) -> bool:
        """True, with an error, where a link takes `name` out of the folder."""
        if self.holds(name):
            return False
        self._leaves(name, "", "a link")
        return True

    def _leaves(self, file: str, at: str, found: str) -> None:
        self.findings.error(
            file, at, f"{found} leaves the study's folder", "move the data into the folder"
        )

    def _unreadable(self, name: str, reason: str) -> None:
        self.findings.error(name, "", f"cannot be read: {reason}", "put a readable file there")
