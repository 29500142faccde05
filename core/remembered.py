"""Answers about a study that never change, kept with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from core.study import Study

P = ParamSpec("P")
R = TypeVar("R")

MOST_REMEMBERED = 256
"""Answers of one function that are kept with a study: what is asked for may be made up."""


def remembered(
    function: Callable[Concatenate[Study, P], R],
) -> Callable[Concatenate[Study, P], R]:
    """A function of a study that never changes its answer, which is kept with the study.

    For what every request asks of a large study: which checkpoints there are takes a look at all
    evaluations. Its other arguments are hashable; what it raises is not kept. Safe between threads.
    """
    name = f"remembered {function.__module__}.{function.__qualname__}"

    @wraps(function)
    def look(study: Study, /, *args: P.args, **options: P.kwargs) -> R:
        kept = study.__dict__.setdefault(name, {})
        asked = args, tuple(options.items())
        # One step, as another thread may make room meanwhile.
        found = kept.get(asked, kept)
        if found is not kept:
            return found  # type: ignore[no-any-return]
        answer = function(study, *args, **options)
        if len(kept) >= MOST_REMEMBERED:
            kept.clear()
        kept[asked] = answer
        return answer

    return look
