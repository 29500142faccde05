"""The specification curve: every choice once, each what the association says, one p for all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.analyses import ASSOCIATION, SPECIFICATIONS
from core.analyses.association import choices, specifications
from core.analyses.association.specifications import Dimension, Side, curve
from core.analyses.query import SimilarityQuery, TransferQuery
from core.errors import RequestError
from core.io import open_study
from core.numerics.permutation import permutations
from core.transfer.normalization import Scale
from tests.core.small import square_study

EXAMPLE = Path(__file__).parents[4] / "examples" / "atlantis" / "study"
NAMES = ("a", "b", "c", "d", "e", "f")


@pytest.fixture(scope="module")
def example():
    return open_study(EXAMPLE)


def sides(rng, *, signal=0.0, layers=3, size=6, missing=False):
    transfer = rng.normal(size=(size, size))
    found = []
    for layer in range(layers):
        x = rng.normal(size=(size, size)) + signal * (transfer + transfer.T)
        x = x + x.T
        if missing:
            x[0, 1] = x[1, 0] = np.nan
        found.append(
            Side(
                x,
                {
                    Dimension.LAYER: f"layer {layer}",
                    Dimension.CHECKPOINT: "last",
                    Dimension.MEASURE: "CKA",
                    Dimension.SEEDS: "all",
                },
            )
        )
    choice = {Dimension.SEEDS: "all", Dimension.SCALE: "strict"}
    return found, [Side(transfer, choice)]


def curve_of(similarities, transfers, exclusions, names=NAMES, **more):
    chosen = {**similarities[0].choices, **transfers[0].choices, Dimension.TASKS: "all"}
    return curve(
        similarities, transfers, exclusions, names,
        chosen=chosen, method="m", label="CKA", seeds=(1,), **more,
    )  # fmt: skip


@pytest.mark.parametrize("missing", [False, True])
def test_a_curve_is_what_relabelling_one_by_one_gives(missing):
    similarities, transfers = sides(np.random.default_rng(1), missing=missing)
    excluded = [("all", NAMES), ("without a", NAMES[1:])]
    found = curve_of(similarities, transfers, excluded)
    every = []
    for (labels,) in (
        batch[:, None].swapaxes(0, 1) for batch in permutations(6, exhaustive=True, seed=0)
    ):
        for order in labels:
            row = []
            for _, kept in excluded:
                for side in similarities:
                    x = side.values[np.ix_(order, order)]
                    there = np.isin(NAMES, kept)
                    pairs = there[:, None] & there & ~np.eye(6, dtype=bool) & np.isfinite(x)
                    row.append(np.corrcoef(x[pairs], transfers[0].values[pairs])[0, 1])
            every.append(row)
    null = np.array(every)
    np.testing.assert_allclose(found.r, np.sort(null[0]), atol=1e-6)
    assert found.exhaustive
    assert found.error == 0
    assert found.permutations == len(null) == 720
    middle = np.median(null, axis=1)
    assert found.median == pytest.approx(middle[0], abs=1e-6)
    assert found.median_p == pytest.approx((np.abs(middle) >= abs(middle[0]) - 1e-6).mean())
    p = (np.abs(null) >= np.abs(null[0]) - 1e-6).mean(axis=0)
    np.testing.assert_allclose(found.p, p[np.argsort(null[0])])
    assert found.significant == max(
        ((found.p <= 0.05) & (found.r > 0)).sum(), ((found.p <= 0.05) & (found.r < 0)).sum()
    )
    low, high = np.quantile(np.sort(null, axis=1), [0.025, 0.975], axis=0)
    np.testing.assert_allclose(found.low, low[found.band_at], atol=1e-6)
    np.testing.assert_allclose(found.high, high[found.band_at], atol=1e-6)
    assert found.r[found.chosen] == pytest.approx(null[0, 0], abs=1e-6)
    assert found.choices(found.chosen)[0] == "layer 0"


def test_drawn_relabellings_say_how_exact_they_are():
    names = tuple("abcdefghi")
    similarities, transfers = sides(np.random.default_rng(3), size=9)
    found = curve_of(similarities, transfers, [("all", names)], names)
    assert not found.exhaustive
    assert found.permutations == specifications.DRAWN
    assert 0 < found.error < 0.02
    other = curve_of(similarities, transfers, [("all", names)], names, seed=5)
    assert other.median_p == pytest.approx(found.median_p, abs=5 * found.error)
    np.testing.assert_array_equal(other.r, found.r)


def test_a_curve_that_is_there_is_found_and_nothing_is_no_curve():
    similarities, transfers = sides(np.random.default_rng(2), signal=1.0)
    found = curve_of(similarities, transfers, [("all", NAMES)])
    assert found.median > 0.5
    assert found.median_p <= 0.05
    assert found.significant == 3
    assert found.significant_p <= 0.05
    flat = [replace(side, values=np.ones((6, 6))) for side in similarities]
    mixed = curve_of([*flat, *similarities], transfers, [("all", NAMES)])
    assert (len(mixed.r), mixed.undefined) == (3, 3)
    with pytest.raises(RequestError, match="no choice of layer"):
        curve_of(flat, transfers, [("all", NAMES)])


def test_the_choices_of_the_example(example):
    query, how = TransferQuery("ftwb1"), SimilarityQuery()
    found = SPECIFICATIONS.compute(example, query, how)
    layers, steps, measures, seeds, tasks, scales = found.levels
    assert len(layers) == 4
    assert steps[0] == "last checkpoint"
    assert measures == ("CKA", "debiased CKA", "Procrustes similarity")
    assert seeds == ("all 4 seeds", "seed 42", "seed 43", "seed 44", "seed 45")
    assert tasks[:2] == ("tasks as shown", "every task")
    assert len(tasks) == 2 + 6
    assert scales == ("published scale", "strict scale")
    assert len({tuple(row) for row in found.at.tolist()}) == len(found.r)
    assert found.r[found.chosen] == pytest.approx(
        ASSOCIATION.compute(example, query, how).pearson.r, abs=1e-6
    )
    one = replace(query, seeds=(43,), scale=Scale.STRICT, exclude=("angle",))
    words = (layers[0], steps[0], "CKA", "seed 43", "without A", "strict scale")
    (at,) = [i for i in range(len(found.r)) if found.choices(i) == words]
    expected = ASSOCIATION.compute(example, one, how)
    assert found.r[at] == pytest.approx(expected.pearson.r, abs=1e-6)
    assert found.n[at] == expected.n


def test_what_is_too_many_is_not_varied_and_said(example, monkeypatch):
    monkeypatch.setattr(choices, "most_specifications", lambda _: 20)
    found = SPECIFICATIONS.compute(example, TransferQuery("ftwb1"), SimilarityQuery())
    assert found.reduced == ("tasks one by one", "checkpoints", "seeds", "measures and layers")
    assert len(found.r) == 4
    assert found.chosen >= 0


def test_a_curve_takes_four_tasks_with_a_similarity(monkeypatch):
    values = np.random.default_rng(0).random((2, 5, 5))
    alike = values[0] + values[0].T
    alike[3:] = alike[:, 3:] = np.nan
    study = square_study(values, cka=alike)
    with pytest.raises(RequestError, match="takes 4 tasks with a similarity, and there are 3"):
        SPECIFICATIONS.compute(study, TransferQuery("ft1"), SimilarityQuery())
    # Of fewer tasks nothing is compared.
    monkeypatch.setattr(choices, "predictor_matrix", None)
    left = TransferQuery("ft1", exclude=tuple(task.name for task in study.tasks[3:]))
    with pytest.raises(RequestError, match="takes 4 tasks, and there are 3"):
        SPECIFICATIONS.compute(study, left, SimilarityQuery())
