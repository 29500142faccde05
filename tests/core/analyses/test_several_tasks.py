from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.analyses import SEVERAL_TASKS
from core.analyses.query import TransferQuery
from core.analyses.several_tasks import AgainstMember, SetAgainstMembers
from core.cache.codec import decode, encode
from core.errors import RequestError
from core.io import open_study
from core.numerics.intervals import Interval, ResamplingUnit
from core.study import Method, Run
from core.transfer.build import transfer_matrix
from core.transfer.normalization import Scale
from tests.core.small import study_of, tasks_named

ALONE = {"a": (1.0, 0.2, 0.3, 0.4), "b": (0.1, 1.0, 0.5, 0.2)}


def study(joint=(0.9, 0.8, 0.7, 0.6), *, seeds=3, one_base=False):
    """a and b alone and together, seeds 0.01 apart; c and d are outside of the training set."""
    runs, cells = [], {}
    for k in range(seeds):
        base = "base0" if one_base else f"base{k}"
        runs.append(Run(f"base{k}", "pretrain", tuple("abcd"), None, k))
        for name in "abcd":
            cells[f"base{k}", name, "shifted", 1] = 0.0
            cells[f"base{k}", name, "standard", 1] = 1.0
        for trained, values in {**ALONE, "a+b": joint}.items():
            method = "ft2" if "+" in trained else "ft1"
            run = Run(f"{trained}-{k}", method, tuple(trained.split("+")), base, k)
            runs.append(run)
            for name, value in zip("abcd", values, strict=True):
                cells[run.name, name, "shifted", 1] = value + 0.01 * k * (method == "ft2")
    methods = [Method("ft1", "FT1"), Method("ft2", "FT2", "ft1")]
    return study_of(tasks_named("abcd"), runs, cells, methods=methods)


def found(made, **asked):
    return SEVERAL_TASKS.compute(made, TransferQuery("ft2", scale=Scale.STRICT, **asked))


def test_a_set_stands_against_each_of_its_tasks_on_targets_that_none_of_them_is():
    (one,) = found(study()).sets
    assert (one.sources, one.targets) == (("a", "b"), 2)
    assert one.value == pytest.approx(0.66)
    # c and d: 0.66 on average, a alone 0.35, b alone 0.35.
    assert [m.task for m in one.members] == ["a", "b"]
    assert [m.difference for m in one.members] == pytest.approx([0.31, 0.31])
    assert one.members[0].interval.low == pytest.approx(0.31 - 4.303 * 0.01 / np.sqrt(3), abs=1e-5)
    assert one.beats_all
    assert not one.below_all
    assert one.least == pytest.approx(0.31)


def test_tasks_that_disturb_each_other_and_what_nobody_knows():
    (one,) = found(study((0.1, 0.1, 0.1, 0.1))).sets
    assert one.below_all
    assert not one.beats_all
    (equal,) = found(study((0.9, 0.8, 0.35, 0.33))).sets
    assert not equal.beats_all
    assert not equal.below_all
    for unknown in (study(seeds=1), study(one_base=True)):
        (one,) = found(unknown).sets
        assert one.least > 0
        assert np.isnan(one.members[0].interval.low)
        assert not one.beats_all


def test_every_registered_prediction_has_its_error_and_bias():
    result = found(study())
    by_name = {fit.prediction: fit for fit in result.fits}
    assert list(by_name) == ["predicted", "cross-fitted", "mean", "sum"]
    best = by_name["predicted"]
    # The best of a and b: 1, 1 (trained), 0.5, 0.4; reached 0.91, 0.81, 0.71, 0.61.
    assert best.trained_error == pytest.approx((0.09 + 0.19) / 2)
    assert best.trained_bias.value == pytest.approx(-(0.09 + 0.19) / 2)
    assert best.transfer_error == pytest.approx((0.21 + 0.21) / 2)
    assert best.transfer_bias.value == pytest.approx((0.21 + 0.21) / 2)
    assert best.transfer_bias.interval.low < 0.21 < best.transfer_bias.interval.high
    assert by_name["mean"].transfer_bias.value == pytest.approx(0.66 - 0.35)
    assert by_name["sum"].transfer_bias.value == pytest.approx(0.66 - 0.7)


def test_only_seeds_that_both_have_count():
    made = found(study(), seeds=(0, 1))
    assert made.seeds == (0, 1)
    assert made.sets[0].value == pytest.approx(0.655)


def test_a_method_that_nothing_predicts_is_refused():
    with pytest.raises(RequestError, match="nothing predicts it"):
        SEVERAL_TASKS.compute(study(), TransferQuery("ft1"))


def test_it_survives_the_cache():
    result = found(study())
    again = decode(encode(result), type(result))
    assert again.sets == result.sets


def test_the_sets_of_the_example_are_in_order():
    example = open_study(Path(__file__).parents[3] / "examples" / "atlantis" / "study")
    result = SEVERAL_TASKS.compute(example, TransferQuery("ftwb2"))
    least = [one.least for one in result.sets]
    assert least == sorted(least, reverse=True)
    assert len(result.sets) == len(transfer_matrix(example, TransferQuery("ftwb2")).sources)
    assert all(len(one.members) == 2 for one in result.sets)


def test_the_verdict_names_the_tasks_it_is_told_of():
    def verdict(**ends):
        members = tuple(
            AgainstMember(task, sum(pair) / 2, Interval(*pair, ResamplingUnit.SEEDS))
            for task, pair in ends.items()
        )
        return SetAgainstMembers(tuple(ends), 0.5, 4, members).verdict

    assert verdict(a=(0.1, 0.2), b=(0.01, 0.3)) == "beats each"
    assert verdict(a=(-0.2, -0.1), b=(-0.3, -0.01)) == "below each"
    assert verdict(a=(-0.052, -0.0058), b=(-0.1, 0.1)) == "below a, not told from b"
    assert verdict(a=(0.1, 0.2), b=(-0.3, -0.1)) == "above a, below b"
    assert verdict(a=(-0.1, 0.1), b=(-0.1, 0.2)) == "not told"
