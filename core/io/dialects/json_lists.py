"""Lists of numbers in JSON: one of each seed, unless they look like something else."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.io.dialects.raw_table import DialectError

FEWEST = 4
"""So many lists have to look alike before it says something."""
_OF_STEPS = re.compile(
    r"(?i)(?:^|[_./ -])(?:history|histories|curves?|traj(?:ectory)?|trace|(?:per|by|over|each)"
    r"_?(?:epochs?|steps?|iters?)"
    r"|epochs|steps)(?:$|[_./ -])"
)


def check_seeds(key: str, lists: Sequence[Sequence[float]]) -> None:
    """Raises DialectError, with what to write, where lists of numbers under a key are no seeds.

    Two numbers of which the second is far smaller everywhere are a mean and its spread; three and
    more that only rise, or are called a history, are steps of a training.
    """
    lists = [one for one in lists if len(one) > 1]
    if lists and _OF_STEPS.search(key):
        raise DialectError(
            f"lists of numbers in {key[:80]}, which are steps of a training by their name",
            "write the number that counts of each, such as the last",
        )
    if len(lists) < FEWEST:
        return
    if all(len(one) == 2 and 2 * abs(one[1]) < abs(one[0]) for one in lists):
        raise DialectError(
            f"two numbers in {_called(key)}, the second far smaller in each, as of a mean and its"
            " spread",
            'write them as {"mean": 0.83, "std": 0.02}; where they are seeds, a record for each',
        )
    if all(len(one) > 2 and list(one) == sorted({*one}) for one in lists):
        raise DialectError(
            f"numbers in {_called(key)} that only rise, as over a training",
            "write the last of each; where they are seeds, a record for each",
        )


def _called(key: str) -> str:
    return f"each list of {key[:80]}" if key else "each list"
