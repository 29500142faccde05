"""What is printed holds what it says, in studies whose truth is known.

docs/inference.md says what does not. Small here, thousands of studies in `make nightly`.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from core.analyses.association.qap import qap
from tests.simulation import simulated
from tests.simulation.simulated import EMPTY, RUNS, SPREADS

SURE = 1e-4
"""How rarely one of these tests may fail by chance."""

# What a test does not withstand, and by how much: known limits, said in docs/inference.md.
TOO_OFTEN = {
    ("shared cause", "QAP"): "about tasks, not about pairs",
    ("shared cause", "QAP of ranks"): "about tasks, not about pairs",
    ("shared cause", "maximum"): "about tasks, not about pairs",
    ("erratic", "QAP"): "tasks that are erratic in both",
    ("erratic", "QAP of ranks"): "tasks that are erratic in both, a little",
    ("erratic", "QAP of pair effects"): "tasks that are erratic in both",
    ("erratic", "maximum"): "tasks that are erratic in both",
}


def most(share: float, of: int = RUNS) -> float:
    """The largest share that one sees by chance where it is `share` in truth."""
    return stats.binom.ppf(1 - SURE, of, share) / of


def least(share: float, of: int = RUNS) -> float:
    return stats.binom.ppf(SURE, of, share) / of


@pytest.mark.parametrize("kind", EMPTY)
def test_a_p_of_five_per_cent_is_one_in_twenty_empty_studies(kind):
    found = simulated.false_alarms(kind, RUNS)
    for name in ("QAP", "QAP of ranks", "QAP of pair effects", "maximum"):
        if (kind, name) not in TOO_OFTEN:
            assert found[name] <= most(0.06), name


@pytest.mark.parametrize("kind", ["noise", "givers and takers"])
def test_the_p_of_a_curve_of_specifications_is_one_in_twenty_empty_studies(kind):
    assert simulated.curve_alarms(kind, RUNS) <= most(0.05)


def test_what_the_textbook_p_and_the_strongest_place_would_claim():
    """The limits that made the other tests necessary are there."""
    assert simulated.false_alarms("shared cause", RUNS)["textbook"] > most(0.05)
    assert simulated.false_alarms("shared cause", RUNS)["QAP"] > most(0.05)
    assert simulated.false_alarms("noise", RUNS)["strongest"] > most(0.05)


@pytest.mark.parametrize("seeds", [2, 4])
@pytest.mark.parametrize("kind", ["normal", "missing"])
def test_intervals_hold_the_truth(kind, seeds):
    found = simulated.coverage(kind, seeds, RUNS)
    for name in simulated.INTERVALS:
        # Cells and tasks of a study go together: as if each study had given one answer.
        assert least(0.93) <= found[name] <= 1, name
        assert name == "r over seeds" or found[name] >= 0.9, name


def test_cells_at_the_cut_are_held_too_rarely_and_shrunken_ones_are_not():
    found = simulated.coverage("clipped", 4, RUNS)
    assert found["cell"] < 0.85
    assert found["shrunken cell"] > 0.9


def test_seeds_of_one_base_would_hold_the_truth_half_of_the_time():
    """Why there is no interval then: these are the ones that are not shown."""
    assert "one base" in SPREADS
    assert simulated.coverage("one base", 4, RUNS)["cell"] < 0.65


@pytest.mark.parametrize("seeds", [2, 4])
def test_what_is_picked_is_less_too_large_and_its_sign_is_right(seeds):
    found = simulated.picked(seeds, 0.1, RUNS)
    assert abs(found["shrunken off"]) < found["measured off"] / 1.5
    assert found["shrunken holds"] >= least(0.9)
    assert found["wrong"] <= 0.05
    assert found["said"] == pytest.approx(found["wrong"], abs=0.02)


def test_the_best_of_equal_sources_looks_like_a_loss_and_the_cross_fitted_one_does_not():
    studies = max(RUNS // 4, 20)
    found = simulated.false_differences(studies)
    assert found["predicted off"] < -0.04
    assert abs(found["cross-fitted off"]) < 0.02
    assert found["predicted excludes 0"] > most(0.05, studies)
    assert found["cross-fitted excludes 0"] <= most(0.08, studies)


def test_what_is_said_to_be_found_is_found():
    """Of studies with the detectable r built in about four of five have p ≤ 0.05."""
    rng = np.random.default_rng(5)
    hits, detectable = 0, []
    for _ in range(RUNS):
        cka = simulated.symmetric(rng, 10)
        noise = rng.normal(size=(10, 10))
        test = qap(simulated.table_of(cka, noise))
        r = test.detectable
        detectable.append(r)
        # Transfer whose population correlation with the similarity is the detectable one.
        strength = r / np.sqrt(1 - r**2)
        hits += qap(simulated.table_of(cka, strength * cka + noise)).p <= 0.05
    assert least(0.72) <= hits / RUNS <= most(0.92)
    assert 0.2 < np.mean(detectable) < 0.5


def test_teaching_and_learning_are_found_by_chance_in_few_studies():
    """Of all studies, and of those in which both variances are above 0."""
    every, known, of_known = simulated.reciprocity_alarms(4, 300)
    assert every <= 0.09
    assert 0.2 < known < 0.45
    assert of_known < 0.12


def test_targets_on_scales_of_their_own_are_not_taken_for_one():
    """With one variance for all, what is sure and what is luck would be told of the wrong cells."""
    own, one = (simulated.unlike(4, RUNS, pooled=pooled) for pooled in (False, True))
    assert own["holds"] >= least(0.93)
    assert own["believed holds"] >= least(0.92)
    assert own["wrong"] <= 0.05
    assert own["off, noises"] < 0.6
    assert one["believed holds"] < 0.88
    assert one["off, noises"] > 1


def test_one_quiet_target_does_not_keep_the_luck_of_others_in():
    """In units of its noise nothing is drawn off the others: they are off by 0.58, as measured."""
    found = simulated.unlike(3, RUNS, quiet=True)
    assert found["holds"] >= least(0.93)
    assert found["believed holds"] >= least(0.92)
    assert found["off, noises"] < 0.55
