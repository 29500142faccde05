"""Seeds that hold the same values are named; what only looks like it is not."""

from __future__ import annotations

import numpy as np
import pytest

from core.analyses.integrity import integrity
from core.analyses.integrity.finding import IntegrityKind
from core.study import Run
from core.transfer.copied_seeds import FEWEST_EQUAL, CopiedSeeds, _alike, copied_among, copied_seeds
from tests.core.small import study_of, tasks_named

NAMES = "abcd"


@pytest.fixture
def values():
    """(n_seeds, n_sources, n_targets): three seeds of four tasks, all different."""
    return np.random.default_rng(0).uniform(0.1, 0.9, (3, 4, 4))


def study(values, *, failed=()):
    """Runs of `ft` on each task with seeds 1, 2, …, without bases in the way."""
    runs = [
        Run(f"{seed}-{name}", "ft", (name,), f"b{seed}", seed, failed=(seed, name) in failed)
        for seed in range(1, len(values) + 1)
        for name in NAMES
    ]
    bases = [Run(f"b{seed}", "pt", tuple(NAMES), None, seed) for seed in range(1, len(values) + 1)]
    read = {
        (f"{k + 1}-{NAMES[i]}", NAMES[j], "shifted", 1): float(value)
        for (k, i, j), value in np.ndenumerate(values)
        if np.isfinite(value)
    }
    return study_of(tasks_named(NAMES), [*bases, *runs], read)


def test_different_seeds_are_no_copies(values):
    assert copied_seeds(study(values), "ft") == ()
    assert copied_seeds(study(values), "pt") == ()


def test_a_seed_that_is_another_one(values):
    values[2] = values[0]
    copied = study(values)
    assert copied_seeds(copied, "ft") == (CopiedSeeds(1, 3, 4, 4),)
    assert str(copied_seeds(copied, "ft")[0]) == "seeds 1 and 3 hold the same values in all 4 runs"
    assert copied_among(copied, "ft", (1, 2)) == ()
    assert copied_among(copied, "ft", (1, 3)) == copied_seeds(copied, "ft")
    (told,) = [one for one in integrity(copied) if one.kind is IntegrityKind.EQUAL_RUNS]
    assert told.text == (
        "seeds 1 and 3 hold the same values in all 4 runs of ft: one may be a copy of the other,"
        " and what is told over seeds is surer than it should be"
    )
    assert {cell.run for cell in told.cells} == {f"{k}-{name}" for k in (1, 3) for name in NAMES}


def test_what_one_of_them_lacks_is_no_difference(values):
    values[1] = values[0]
    values[1, 0, 2] = np.nan
    assert copied_seeds(study(values), "ft") == (CopiedSeeds(1, 2, 4, 4),)


def test_a_run_that_is_the_same_in_two_seeds(values):
    values[1, 2] = values[0, 2]
    (found,) = copied_seeds(study(values), "ft")
    assert str(found) == "seeds 1 and 2 hold the same values in 1 of 4 runs"
    assert copied_seeds(study(values, failed={(2, "c")}), "ft") == ()


def test_the_ends_of_a_metric_and_few_values_are_no_sign(values):
    values[:, 1] = [0, 1, 1, 0]
    values[:, 2] = [0.5, 0.5, 0.25, 0]
    assert copied_seeds(study(values), "ft") == ()


def alike_one_by_one(first, second):
    """As `_alike` says it, pair by pair and task by task."""
    found = 0
    for one, other in zip(first, second, strict=True):
        both = [
            (a, b) for a, b in zip(one, other, strict=True) if np.isfinite(a) and np.isfinite(b)
        ]
        telling = {a for a, _ in both if a not in (0, 1)}
        found += all(a == b for a, b in both) and len(telling) >= min(FEWEST_EQUAL, len(one))
    return found


def test_of_many_tasks_the_last_ones_count_as_the_first():
    draw = np.random.default_rng(5)
    counted = 0
    for _ in range(200):
        n, tasks = int(draw.integers(0, 9)), int(draw.integers(1, 40))
        values = draw.integers(0, 4, (2 * n, tasks)) / draw.choice([1.0, 3.0, 4.0])
        values[draw.random(values.shape) < draw.random()] = np.nan
        for at in np.flatnonzero(draw.random(n) < 0.7):
            values[n + at] = values[at]
            if draw.random() < 0.4:
                values[n + at, draw.integers(tasks)] = 0.7
        found = _alike(values, np.arange(2 * n).reshape(2, n))
        assert found == alike_one_by_one(values[:n], values[n:])
        counted += found
    assert counted > 50
