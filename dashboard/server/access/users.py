"""Users and their salted hashes (argon2id), one `name:hash` a line, in a file of mode 0600."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import secrets
import stat
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError
from filelock import FileLock

from core.errors import AtlasError, one_line
from core.io.files import written_at_once
from dashboard.server.shared_store import SharedStore, SharedStoreError

log = logging.getLogger(__name__)

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 256
KEPT_CHECKS = 1024
TOLD_SECONDS = 24 * 3600.0
_NAME = re.compile(r"[\w.@+-]{1,64}")

# OWASP's recommendation for argon2id: one thread and 19 MiB, on a machine that also trains.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class UsersError(AtlasError):
    """The file of users, a name or a password that cannot be used."""


def normalized(text: str) -> str:
    """One form of what keyboards write in several: ü as one character or as two."""
    return unicodedata.normalize("NFC", text)


def read_users(path: Path) -> dict[str, str]:
    """Hashes by name. Raises UsersError that names the line, never what stands in it."""
    try:
        with path.open(encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mode & stat.S_IWOTH:
                raise UsersError(
                    f"{path} can be written by everybody; take that away: chmod 600 {path}"
                )
            lines = file.read().splitlines()
    except FileNotFoundError:
        raise UsersError(
            f"there is no file of users at {path}; make it with: python -m dashboard user add NAME"
        ) from None
    except UnicodeDecodeError:
        raise UsersError(f"{path} is not UTF-8; make it anew") from None
    except OSError as error:
        raise UsersError(f"cannot read the users in {path}: {error.strerror}") from None
    users: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, digest = line.partition(":")
        if not _NAME.fullmatch(name) or not _is_hash(digest):
            raise UsersError(
                f"{path}, line {number}: neither a comment nor `name:hash`;"
                " write it with: python -m dashboard user add NAME"
            )
        if normalized(name) in users:
            raise UsersError(f"{path}, line {number}: this user is there twice; remove one line")
        users[normalized(name)] = digest
    return users


def add_user(path: Path, name: str, password: str) -> bool:
    """Add a user or change the password; True where the user is new. Raises UsersError."""
    name, password = normalized(name), normalized(password)
    if not _NAME.fullmatch(name):
        raise UsersError(
            f"{one_line(name)!r} cannot be a name; use 1 to 64 letters, digits and . @ + - _"
        )
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise UsersError(
            f"the password has {len(password)} characters;"
            f" use {SHORTEST_PASSWORD} to {LONGEST_PASSWORD}"
        )
    with _changing(path) as users:
        new = name not in users
        users[name] = _hasher.hash(password)
    return new


def remove_user(path: Path, name: str) -> None:
    """Remove a user. Raises UsersError where there is none of that name."""
    with _changing(path) as users:
        if normalized(name) not in users:
            raise UsersError(f"there is no user {one_line(name)!r} in {path}")
        del users[normalized(name)]


@contextmanager
def _changing(path: Path) -> Iterator[dict[str, str]]:
    """The users, to be changed: written as a whole or not at all, one change at a time."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(f"{path}.lock", mode=0o600):
            users = read_users(path) if path.exists() else {}
            yield users
            # Hashes are nobody else's business.
            with written_at_once(path.resolve(), mode=0o600) as file:
                for name, digest in sorted(users.items()):
                    file.write(f"{name}:{digest}\n".encode())
    except OSError as error:
        raise UsersError(f"cannot write the users to {path}: {error.strerror}") from None


class Passwords:
    """Checks passwords against the file, which is read again as soon as it changes.

    A password that was right is not hashed again: HTTP Basic brings it with every request. What
    is remembered is a digest under a key that only this process and its forks know, until the file
    changes. A file that cannot be read lets nobody in.

    board: where the forks tell each other what was right, so that who logged in at one of them is
        not kept waiting by another; None, or one that fails, has each remember by itself.
    """

    def __init__(self, path: Path, board: SharedStore | None = None) -> None:
        self._path = path
        self._board = board
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._mark: object = None
        self._users: Mapping[str, str] = {}
        self._right: OrderedDict[bytes, str] = OrderedDict()
        # Takes as long to check as a user's does, so that time does not tell who is one.
        self._nobody = _hasher.hash(secrets.token_hex())

    def remembered(self, name: str, password: str) -> bool:
        """Whether this very password was right before, for the file as it is now."""
        self._look()
        digest = self._digest(name, password)
        with self._lock:
            mark = self._mark
            if digest in self._right:
                self._right.move_to_end(digest)
                return True
        if not self._told(digest, mark):
            return False
        self._remember(digest, name, mark)
        return True

    def is_right(self, name: str, password: str) -> bool:
        """Whether it is the user's password; takes tens of milliseconds and 19 MiB."""
        self._look()
        with self._lock:
            mark, known = self._mark, self._users.get(name)
        if len(password) > LONGEST_PASSWORD:
            return False
        try:
            _hasher.verify(known or self._nobody, password)
        except VerificationError:
            return False
        if known is None:
            return False
        digest = self._digest(name, password)
        self._remember(digest, name, mark)
        if self._board is not None:
            with contextlib.suppress(SharedStoreError):
                self._board.write(_place(digest), mark, TOLD_SECONDS)
        return True

    def knows(self, name: str) -> bool:
        """Whether there is such a user."""
        return name in self._users

    def _told(self, digest: bytes, mark: object) -> bool:
        """Whether another process found it right, in the file as it is now."""
        if self._board is None or not isinstance(mark, list):
            return False
        try:
            return bool(self._board.read(_place(digest)) == mark)
        except SharedStoreError:
            return False

    def _remember(self, digest: bytes, name: str, mark: object) -> None:
        with self._lock:
            # A file that changed meanwhile may say something else.
            if self._mark == mark:
                self._right[digest] = name
                if len(self._right) > KEPT_CHECKS:
                    self._right.popitem(last=False)

    def _digest(self, name: str, password: str) -> bytes:
        text = f"{name}\0{password}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, key=self._key, digest_size=32).digest()

    def _look(self) -> None:
        try:
            at = self._path.stat()
            mark: object = [at.st_mtime_ns, at.st_ctime_ns, at.st_size, at.st_ino]
        except OSError as error:
            mark = error.errno
        with self._lock:
            if mark == self._mark:
                return
            self._right.clear()
            try:
                self._users = read_users(self._path)
            except UsersError as error:
                self._users = {}
                log.error("nobody can log in: %s", error)
            self._mark = mark


def _is_hash(text: str) -> bool:
    try:
        return extract_parameters(text).type.name == "ID"
    except (InvalidHashError, ValueError):
        return False


def _place(digest: bytes) -> str:
    return f"right-{digest.hex()}"
