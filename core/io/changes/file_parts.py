"""What was read from single files of a study, so that one that changed is read again alone.

A study of 20,000 files of which one is new is 20,000 states to ask for and one file to parse. A
part is what one file gave, with the state the file had before it was read (size, times, device and
inode; nobody can set a change time back) and the hash of what it held: the digest of the study is
the one that reading all of it would give. Only files that gave no problem have a part.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.io.changes.digest import SETTLED_NS, State, state_of

Steps = Mapping[int, tuple[float, ...]]
"""Checkpoint -> its numbers."""


@dataclass(frozen=True)
class Part:
    """One file: its state when it was read, the sha256 of its bytes, and what was in it.

    names: the keys its numbers stand at, where they are those of one object.
    """

    state: State
    content: str
    steps: Steps
    names: tuple[str, ...] = ()


@dataclass
class FileParts:
    """Parts by the name of their file and what it was read as.

    before: of an earlier reading; now: of this one. opened: path -> the state of what was really
    opened there: a folder that was exchanged and put back leaves no trace at its files.
    """

    before: Mapping[str, Part] = field(default_factory=dict)
    now: dict[str, Part] = field(default_factory=dict)
    opened: dict[str, State] = field(default_factory=dict)

    def known(self, path: str, key: str) -> tuple[Part | None, State]:
        """The part of a file that is still what it was, and the file's state; `()` for none."""
        state = _state_of(path)
        if not state:
            return None, ()
        part = self.before.get(key)
        if part is None or part.state != state:
            return None, state
        self.now[key] = part
        return part, state

    def opening(self, path: str, found: os.stat_result) -> None:
        """Note what is opened at a path, before it is read."""
        self.opened[path] = state_of(found)

    def keep(
        self,
        path: str,
        key: str,
        state: State,
        content: str,
        steps: Steps,
        names: tuple[str, ...] = (),
    ) -> None:
        """Remember what a file gave, unless it changed so recently that it may again unseen.

        state: what `known` said of it; where another was opened, nothing is remembered. The rest
        is that of `Part`.
        """
        if (
            state
            and state == self.opened.get(path)
            and time.time_ns() - max(state[1:3]) > SETTLED_NS
        ):
            self.now[key] = Part(state, content, steps, names)

    def still_there(self) -> bool:
        """Where files were opened, these very files are now, as they were."""
        return all(state == _state_of(path) for path, state in self.opened.items())

    def to_bytes(self) -> bytes:
        """The parts of this reading as JSON, a hash of it first."""
        plain = {
            name: [
                part.state,
                part.content,
                [[step, *one] for step, one in part.steps.items()],
                *part.names,
            ]
            for name, part in self.now.items()
        }
        text = json.dumps(plain, separators=(",", ":")).encode()
        return hashlib.sha256(text).hexdigest().encode() + b"\n" + text

    @classmethod
    def of_bytes(cls, data: bytes) -> FileParts:
        """Those that were written. Raises ValueError where they are not what was written."""
        total, _, text = data.partition(b"\n")
        if hashlib.sha256(text).hexdigest().encode() != total:
            raise ValueError("not what was written")
        plain: dict[str, Any] = json.loads(text)
        return cls(
            {
                name: Part(
                    tuple(state), content, {int(s): tuple(one) for s, *one in steps}, tuple(names)
                )
                for name, (state, content, steps, *names) in plain.items()
            }
        )


def _state_of(path: str) -> State:
    try:
        return state_of(os.stat(path))  # noqa: PTH116 - as fast for 20,000 files as it gets
    except OSError:
        return ()
