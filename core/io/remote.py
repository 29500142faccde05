"""Studies that lie elsewhere: what is below an address, mirrored into the cache and read there.

An address (`s3://bucket/study`, whatever fsspec knows) is named on the command line, in a setting
or to `open_study`, never by a manifest or a page. All objects below it are mirrored: one whose
ETag (else its time) and size are those of the last time is not fetched again, so that a change
costs its own part, and the study is opened as any folder is, with digests of the very bytes.
Credentials are what fsspec finds in the environment. They, and what an address has of them, reach
no log, no page and no file: addresses are told without user, password and query.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from core.errors import RequestError
from core.io.changes.digest import SETTLED_NS
from core.io.files import is_folder, written_at_once

log = logging.getLogger(__name__)

SOURCES = Path(str(files("core")))
"""The root of all sources of the core, wherever this module stands in it."""
MIRRORS = "remote"
"""The folder of all mirrors in the cache: a folder each, which holds parent/study."""
MOST_OBJECTS = 200_000
LOOK_AGAIN_SECONDS = 30.0
"""How often a server lists what is there while people look at it."""
SPARE_BYTES = 2**28
"""What a mirror leaves free on its disk."""

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://.")
_ORIGIN, _INDEX, _LOCK, _STAGING = "origin.json", "index.json", "lock", "staging"
_VERSIONS = (
    "ETag",
    "etag",
    "md5Hash",
    "md5",
    "checksum",
    "LastModified",
    "mtime",
    "modified",
    "created",
)
"""What tells one content of an object from another, best first."""


class RemoteError(RequestError):
    """What an address stands for cannot be read: it says which address, why, and what to do."""

    def __init__(self, address: str, found: str, todo: str) -> None:
        self.address, self.found, self.todo = address, found, todo
        super().__init__(f"{address}: {found}; {todo}")


@dataclass
class _Mirrored:
    """What this process knows of a mirror: its whole address is nowhere else.

    looked: when the objects were last listed, None = never; fault: why that failed.
    """

    address: str
    looked: float | None = None
    fault: RemoteError | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


_mirrors: dict[Path, _Mirrored] = {}


def default_folder() -> Path:
    """The cache unless told otherwise: CACHE_DIR, else `.cache/results` beside the sources."""
    return Path(os.environ.get("CACHE_DIR") or SOURCES.parent / ".cache" / "results")


def is_address(text: object) -> bool:
    """True for `scheme://…`."""
    return isinstance(text, str) and _ADDRESS.match(text) is not None


def shown(address: str) -> str:
    """An address as it may be told: without user, password, query and fragment."""
    scheme, _, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    before, _, after = rest.rpartition("@")
    if re.search("[?#]", before):
        return f"{scheme}://…"  # a secret of either kind, and where it ends nobody can tell
    # A password may hold `/`, and one address another: all before the last @ goes then.
    rest = after if ":" in before else f"{host.rpartition('@')[2]}{slash}{path}"
    return f"{scheme}://{re.split('[?#]', rest)[0]}"


def mirror_of(address: str, cache: Path) -> Path:
    """Where an address is mirrored, below a cache; reads nothing. Then `refresh` knows it."""
    names = shown(address).partition("://")[2].split("/")
    names = [re.sub(r"[^\w.-]", "-", unquote(name)).lstrip(".") for name in names]
    parent, name = ["bucket", *(name for name in names if name)][-2:]
    root = hashlib.sha256(address.rstrip("/").encode(errors="surrogatepass")).hexdigest()[:20]
    folder = Path(os.path.realpath(cache)) / MIRRORS / root / parent / name
    _mirrors.setdefault(folder, _Mirrored(address))
    return folder


def origin_of(folder: Path) -> str:
    """The address a folder is the mirror of, as it may be told; empty for any other folder."""
    root = folder.parent.parent
    if root.parent.name != MIRRORS:
        return ""
    try:
        origin = json.loads((root / _ORIGIN).read_bytes())["address"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return shown(origin) if is_address(origin) else ""


def mirrored(address: str, cache: Path) -> Path:
    """The folder (or file) that mirrors an address, as it is now. Raises RemoteError."""
    folder = mirror_of(address, cache)
    with _mirrors[folder].lock:
        _sync(folder, _mirrors[folder])
    return folder


def refresh(folder: Path) -> None:
    """Of a mirror of this process: have it there, and at times look behind whether it changed.

    The first time it is waited for. Later a thread looks, at most every `LOOK_AGAIN_SECONDS`, so
    that nobody waits for a network. Where looking fails and there is a mirror of before, that
    is used and the fault is logged. Of any other folder nothing is done. Raises RemoteError where
    there is no mirror.
    """
    mirror = _mirrors.get(folder)
    if mirror is None:
        return
    if mirror.looked is None:
        with mirror.lock:
            if mirror.looked is None:
                _look(folder, mirror)
    elif time.monotonic() - mirror.looked > LOOK_AGAIN_SECONDS and mirror.lock.acquire(
        blocking=False
    ):
        threading.Thread(target=_look_behind, args=(folder, mirror), daemon=True).start()
    if mirror.fault is not None and not os.path.lexists(folder):
        raise mirror.fault


def _look_behind(folder: Path, mirror: _Mirrored) -> None:
    """In a thread of its own, for which the lock was taken."""
    try:
        _look(folder, mirror)
    finally:
        mirror.lock.release()


def _look(folder: Path, mirror: _Mirrored) -> None:
    try:
        _sync(folder, mirror)
        mirror.fault = None
    except RemoteError as fault:
        mirror.fault = fault
        there = os.path.lexists(folder)
        log.warning("%s%s", fault, "; what was mirrored before is shown" if there else "")
    finally:
        mirror.looked = time.monotonic()


# -- one mirror --------------------------------------------------------------------------------


def _sync(folder: Path, mirror: _Mirrored) -> None:
    """Fetch what is new, remove what is gone."""
    from filelock import FileLock  # what is not here needs it; most studies are

    root, told = folder.parent.parent, shown(mirror.address)
    try:
        root.parent.parent.mkdir(parents=True, exist_ok=True)
        for place in (root.parent, root):
            place.mkdir(mode=0o700, exist_ok=True)
        # One process at a time; those that read meanwhile see whole files, old or new.
        with FileLock(root / _LOCK):
            _sync_alone(root, folder, mirror.address)
    except RemoteError:
        raise
    except OSError as fault:
        raise RemoteError(told, *_flaw(fault)) from None


def _sync_alone(root: Path, folder: Path, address: str) -> None:
    told = shown(address)
    system, there = _listed(address)
    index = _index(root)
    wanted = {name: info for name, info in there.items() if not _is_same(folder, name, info, index)}
    _check_room(root, told, sum(int(info.get("size") or 0) for info in wanted.values()))
    staging = root / _STAGING
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(mode=0o700)
    try:
        fetched = {name: staging / str(at) for at, name in enumerate(wanted)}
        if fetched:
            _fetch(system, told, [wanted[name]["name"] for name in fetched], list(fetched.values()))
        gone = [name for name in index if name not in there]
        for name in gone:
            _remove(folder, name)
        kept = {name: index[name] for name in there if name not in wanted}
        for name, fresh in fetched.items():
            place = _below(folder, name)
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh.replace(place)
            kept[name] = [_version(wanted[name]), *_state(place)]
        if fetched or gone or not (root / _ORIGIN).exists():
            for file, content in ((_INDEX, kept), (_ORIGIN, {"address": told})):
                with written_at_once(root / file, mode=0o600) as out:
                    out.write(json.dumps(content).encode())
            # What changed just now is trusted by nobody: let the files settle.
            time.sleep(2 * SETTLED_NS / 1e9)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _listed(address: str) -> tuple[Any, dict[str, dict[str, Any]]]:
    """The file system, and name below the address -> what it says of each object; "" for a file."""
    told = shown(address)
    try:
        from fsspec.core import url_to_fs

        # Of this process and this moment: none that was made before a fork, nothing remembered.
        system, base = url_to_fs(address, skip_instance_cache=True)
        system.invalidate_cache()
        base = base.rstrip("/")
        about = system.info(base)
        if about.get("type") == "file":
            return system, {"": about}
        found = system.find(base, detail=True)
    except Exception as fault:  # whatever a library raises, told in words that hold no secret
        raise RemoteError(told, *_flaw(fault)) from None
    there = {}
    for name, info in found.items():
        below = name.removeprefix(base).lstrip("/")
        if name.endswith("/") or not below:
            continue  # stands for a folder
        if any(part in ("", ".", "..") for part in below.split("/")) or re.search(r"[\\\0]", below):
            raise RemoteError(
                told, f"an object is called {below!r}, which is no path", "rename or remove it"
            )
        there[below] = info
    if not there:
        raise RemoteError(told, "nothing is there", "give the address of a folder with study.toml")
    if len(there) > MOST_OBJECTS:
        raise RemoteError(
            told,
            f"{len(there):,} objects, more than {MOST_OBJECTS:,}",
            "give the address of the study alone",
        )
    return system, there


def _fetch(system: Any, told: str, names: list[str], places: list[Path]) -> None:
    try:
        system.get(names, [str(place) for place in places])
        missing = [name for name, place in zip(names, places, strict=True) if not place.is_file()]
    except Exception as fault:  # as above
        raise RemoteError(told, *_flaw(fault)) from None
    if missing:
        raise RemoteError(told, f"{len(missing)} objects did not arrive", "try again")


def _flaw(fault: Exception) -> tuple[str, str]:
    """What is wrong, and what to do. Texts of libraries may hold more than is to be told."""
    kind = type(fault).__name__
    if isinstance(fault, ImportError):
        return "reading it needs what is not here", (
            "do python -m pip install -r requirements-s3.txt, or install what fsspec needs for it"
        )
    if isinstance(fault, PermissionError) or "Credential" in kind:
        return "access is refused", "check the credentials in the environment"
    if isinstance(fault, FileNotFoundError):
        return "no such address", "give the address of a folder that holds study.toml"
    if isinstance(fault, ValueError):
        return "no address that fsspec knows", "give one such as s3://bucket/study"
    return f"it cannot be read ({kind})", "check the address, the network and the free disk"


def _check_room(root: Path, told: str, size: int) -> None:
    free = shutil.disk_usage(root).free
    if size + SPARE_BYTES > free:
        raise RemoteError(
            told,
            f"{size / 2**20:,.0f} MiB to mirror, and {free / 2**20:,.0f} MiB are free",
            "make room, or set CACHE_DIR to a larger disk",
        )


def _index(root: Path) -> dict[str, list[Any]]:
    """Name -> version there, and size, time and inode of what was written here."""
    try:
        found = json.loads((root / _INDEX).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_same(
    folder: Path, name: str, info: Mapping[str, Any], index: Mapping[str, list[Any]]
) -> bool:
    """Whether what is here is what is there: also nobody touched it here."""
    version = _version(info)
    try:
        return bool(version) and index.get(name) == [version, *_state(_below(folder, name))]
    except OSError:
        return False


def _version(info: Mapping[str, Any]) -> str:
    """ETag, else another mark or time, with the size; empty where nothing tells."""
    mark = next((info[key] for key in _VERSIONS if info.get(key)), None)
    return "" if mark is None else f"{mark} {info.get('size')}"


def _state(path: Path) -> list[int]:
    state = path.stat()
    return [state.st_size, state.st_mtime_ns, state.st_ino]


def _below(folder: Path, name: str) -> Path:
    return folder / name if name else folder


def _remove(folder: Path, name: str) -> None:
    """A file, and the folders that are empty without it."""
    place = _below(folder, name)
    place.unlink(missing_ok=True)
    while place.parent != folder and is_folder(place.parent) and not any(place.parent.iterdir()):
        place = place.parent
        place.rmdir()
