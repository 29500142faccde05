"""What the file system says of studies' files, asked in threads: a mount may never answer."""

from __future__ import annotations

import heapq
import math
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from core import io

WEIGHING_PATIENCE_S = 0.5
"""So long studies wait for each other to be weighed; what takes longer is large, or gone."""


class Look:
    """What the file system says of a study's files now, asked for in a thread of its own.

    Hundreds of files are hundreds of questions, and where others compute each of them waits for
    the interpreter again: half a second in the middle of a click.
    """

    def __init__(self, folder: Path, begun: float) -> None:
        """begun: by the library's clock."""
        self.begun = begun
        self._mark = ""
        self._done = threading.Event()
        threading.Thread(target=self._ask, args=(folder,), name="look", daemon=True).start()

    def _ask(self, folder: Path) -> None:
        try:
            self._mark = io.fingerprint(folder)
        finally:
            self._done.set()

    @property
    def done(self) -> bool:
        """Whether the file system has said it."""
        return self._done.is_set()

    def mark(self, wait_s: float) -> str | None:
        """The fingerprint; None where it takes longer. wait_s: seconds."""
        return self._mark if self._done.wait(wait_s) else None


def lightest_first(folders: Sequence[Path]) -> Iterator[int]:
    """The positions of studies in the order they are best read in: those of least bytes first.

    All are weighed at once, each in a thread of its own, and waited for `WEIGHING_PATIENCE_S` at
    most. From then on the next is the lightest of those that are weighed when it is asked for, and
    where none is, the first that will be. So a folder on a mount that does not answer comes when it
    answers, after all others. What holds nothing (it may still be on another machine) counts as
    the heaviest. One alone is not weighed.
    """
    if len(folders) < 2:
        yield from range(len(folders))
        return
    answers: queue.SimpleQueue[tuple[float, int]] = queue.SimpleQueue()

    def weigh(i: int) -> None:
        weight = math.inf
        try:
            weight = io.study_state(folders[i]).weight or math.inf
        finally:
            answers.put((weight, i))

    for i in range(len(folders)):
        threading.Thread(target=weigh, args=(i,), name="weigh", daemon=True).start()
    weighed: list[tuple[float, int]] = []
    deadline = time.monotonic() + WEIGHING_PATIENCE_S
    with suppress(queue.Empty):
        while len(weighed) < len(folders):
            heapq.heappush(weighed, answers.get(timeout=max(0.0, deadline - time.monotonic())))
    for _ in folders:
        with suppress(queue.Empty):
            while True:
                heapq.heappush(weighed, answers.get_nowait())
        if not weighed:
            heapq.heappush(weighed, answers.get())
        yield heapq.heappop(weighed)[1]
