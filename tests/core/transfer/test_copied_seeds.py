"""Seeds that hold the same values are named; what only looks like it is not."""

from __future__ import annotations

import numpy as np
import pytest

from core.analyses.integrity import integrity
from core.analyses.integrity.finding import IntegrityKind
from core.study import Run
from core.transfer.copied_seeds import CopiedSeeds, copied_among, copied_seeds
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
