from __future__ import annotations

import math
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from core.analyses import ASSOCIATION, ITEM_INFLUENCE
from core.analyses.association import influence
from core.analyses.association.influence import DRAWS, ItemInfluence, why_no_groups
from core.cache.codec import decode, encode
from core.errors import RequestError
from core.similarity.cka import linear_cka
from core.study import RepresentationIndex
from core.transfer.normalization import Scale
from tests.core.small import queries_of, square_study

GROUPS = ("sea", "land", "land", "", "sea", "land", "air", "sea", "land", "land", "air", "sea")


def study_with(folder, arrays, *, groups=GROUPS, size=4, n_seeds=1):
    """arrays: run -> (n_items, n_features), at layer 2, checkpoint 30."""
    rng = np.random.default_rng(5)
    study = square_study(rng.normal(0.5, 0.2, (n_seeds, size, size)))
    files = {}
    for run, array in arrays.items():
        path = folder.resolve() / f"{run}.npy"
        np.save(path, array)
        files[run, 2, 30] = path
    n_items = len(next(iter(arrays.values())))
    index = RepresentationIndex(
        folder=folder.resolve(),
        files=MappingProxyType(files),
        items=tuple(f"item{i}" for i in range(n_items)),
        groups=groups,
    )
    return replace(study, representations=index)


def random_arrays(size=4, n_seeds=1, n_items=12, seed=1):
    rng = np.random.default_rng(seed)
    return {
        f"only-{name}-{k}": rng.normal(size=(n_items, 3 + at)) @ rng.normal(size=(3 + at, 4))
        for k in range(n_seeds)
        for at, name in enumerate("abcdefgh"[:size])
    }


def influence_of(study, **params) -> ItemInfluence:
    return ITEM_INFLUENCE.compute(study, *queries_of("ft1", scale=Scale.STRICT, **params))


def association_of(study):
    return ASSOCIATION.compute(study, *queries_of("ft1", scale=Scale.STRICT))


def test_without_a_group_is_the_association_of_the_study_without_its_items(tmp_path):
    arrays = random_arrays(n_seeds=2)
    found = influence_of(study_with(tmp_path, arrays, n_seeds=2))
    assert found.groups == ("land", "sea", "air")
    assert found.items.tolist() == [5, 4, 2]
    assert (found.n_items, found.ungrouped, found.untried, found.models) == (12, 1, 0, 8)
    assert found.model_seeds == (0, 1)
    whole = association_of(study_with(tmp_path, arrays, n_seeds=2))
    assert found.r == pytest.approx(whole.pearson.r)
    for at, group in enumerate(found.groups):
        keep = np.array(GROUPS) != group
        rest = {run: array[keep] for run, array in arrays.items()}
        folder = tmp_path / group
        folder.mkdir()
        less = association_of(study_with(folder, rest, groups=(), n_seeds=2))
        assert found.r_without[at] == pytest.approx(less.pearson.r)
        assert found.n[at] == less.n == 12
        assert found.mean_without[at] == pytest.approx(np.mean([p.cka for p in less.points]))
        for point in less.points:
            i, j = found.tasks.index(point.source), found.tasks.index(point.target)
            assert found.without[at, i, j] == pytest.approx(point.cka)


def test_one_seed_by_hand(tmp_path):
    arrays = random_arrays()
    found = influence_of(study_with(tmp_path, arrays))
    x, y = arrays["only-a-0"], arrays["only-c-0"]
    keep = [at for at, group in enumerate(GROUPS) if group != "sea"]
    assert found.similarity[0, 2] == pytest.approx(linear_cka(x, y))
    assert found.without[1, 2, 0] == pytest.approx(linear_cka(x[keep], y[keep]))
    assert found.change[1, 0, 2] == found.without[1, 0, 2] - found.similarity[0, 2]
    assert np.isnan(np.diagonal(found.without, axis1=1, axis2=2)).all()


def test_items_that_all_models_have_at_their_mean_change_nothing(tmp_path):
    arrays = {
        run: np.vstack([array - array.mean(axis=0), np.zeros((2, array.shape[1]))])
        for run, array in random_arrays(n_items=12).items()
    }
    groups = ("x",) * 5 + ("y",) * 7 + ("middle",) * 2
    found = influence_of(study_with(tmp_path, arrays, groups=groups))
    at = found.groups.index("middle")
    assert found.r_without[at] == pytest.approx(found.r)
    np.testing.assert_allclose(found.change[at][~np.eye(4, dtype=bool)], 0, atol=1e-12)


def test_as_many_items_are_left_out_at_random(tmp_path):
    arrays = random_arrays()
    found = influence_of(study_with(tmp_path, arrays))
    again = influence_of(study_with(tmp_path, arrays))
    np.testing.assert_array_equal(found.r_random, again.r_random)
    assert np.isfinite(found.mean_random).all()
    keep = np.array(GROUPS) != "land"
    rng = np.random.default_rng(0)
    means = []
    for _ in range(DRAWS):
        rest = rng.permutation(keep)
        assert rest.sum() == keep.sum()
        folder = tmp_path / f"draw{len(means)}"
        folder.mkdir()
        less = {run: array[rest] for run, array in arrays.items()}
        points = association_of(study_with(folder, less, groups=())).points
        means.append(np.mean([point.cka for point in points]))
    assert found.mean_random[0] == pytest.approx(np.mean(means))


def test_where_all_items_are_alike_a_group_is_as_good_as_any_other(tmp_path):
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(600, 4))
    arrays = {f"only-{name}-0": shared + 0.5 * rng.normal(size=shared.shape) for name in "abcd"}
    groups = ("half",) * 300 + ("rest",) * 300
    found = influence_of(study_with(tmp_path, arrays, groups=groups))
    np.testing.assert_allclose(found.mean_without, found.mean_random, atol=0.03)


def test_pairs_by_their_largest_change(tmp_path):
    found = influence_of(study_with(tmp_path, random_arrays()))
    changes = found.pair_changes()
    assert len(changes) == 6
    sizes = [abs(pair.change) for pair in changes]
    assert sizes == sorted(sizes, reverse=True)
    for pair in changes:
        i, j = found.tasks.index(pair.first), found.tasks.index(pair.second)
        assert abs(pair.change) == np.abs(found.change[:, i, j]).max()
        at = found.groups.index(pair.group)
        assert pair.change == found.change[at, i, j]
        assert pair.similarity == found.similarity[i, j]


def test_the_order_of_items_and_of_tasks_changes_nothing(tmp_path):
    arrays = random_arrays()
    found = influence_of(study_with(tmp_path, arrays))
    order = np.random.default_rng(2).permutation(len(GROUPS))
    (tmp_path / "moved").mkdir()
    moved = influence_of(
        study_with(
            tmp_path / "moved",
            {run: array[order] for run, array in arrays.items()},
            groups=tuple(np.array(GROUPS)[order]),
        )
    )
    assert moved.groups == found.groups
    np.testing.assert_allclose(moved.r_without, found.r_without)
    np.testing.assert_allclose(moved.without, found.without)


def test_without_all_but_one_item_similarity_is_undefined(tmp_path):
    groups = ("all",) * 11 + ("one",)
    found = influence_of(study_with(tmp_path, random_arrays(), groups=groups))
    assert found.groups == ("all", "one")
    assert math.isnan(found.r_without[0])
    assert math.isnan(found.mean_without[0])
    assert found.n.tolist() == [0, 12]
    assert {pair.group for pair in found.pair_changes()} == {"one"}


def test_chosen_seeds_and_tasks_choose_the_models(tmp_path):
    study = study_with(tmp_path, random_arrays(n_seeds=2), n_seeds=2)
    assert influence_of(study, seeds=(1,)).models == 4
    assert influence_of(study, seeds=(1,)).model_seeds == (1,)
    without = influence_of(study, exclude=("b",))
    assert without.tasks == ("a", "c", "d")
    assert without.models == 6
    only_first = study_with(tmp_path, random_arrays(n_seeds=1), n_seeds=2)
    assert influence_of(only_first, seeds=(1,)).model_seeds == (0,)


def test_a_model_that_cannot_be_used_is_named_and_the_rest_goes_on(tmp_path):
    arrays = random_arrays()
    arrays["only-b-0"][3, 1] = np.nan
    found = influence_of(study_with(tmp_path, arrays))
    assert found.left_out == ("only-b-0: values that are not finite at checkpoint 30",)
    assert found.tasks == ("a", "c", "d")


def test_a_file_that_was_cut_is_left_out(tmp_path):
    study = study_with(tmp_path, random_arrays())
    (tmp_path / "only-c-0.npy").write_bytes(b"cut")
    found = influence_of(study)
    assert found.tasks == ("a", "b", "d")
    assert found.left_out[0].startswith("only-c-0: ")
    assert "only-c-0.npy: not a .npy file" in found.left_out[0]


def test_the_largest_groups_come_first_and_the_work_is_bounded(tmp_path, monkeypatch):
    study = study_with(tmp_path, random_arrays())
    monkeypatch.setattr(influence, "MOST_GROUPS", 2)
    found = influence_of(study)
    assert (found.groups, found.untried) == (("land", "sea"), 1)
    monkeypatch.setattr(influence, "MOST_WORK", 1.0)
    assert influence_of(study).groups == ("land",)


def test_more_than_is_held_at_once_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(influence, "MOST_BYTES", 2**10)
    with pytest.raises(
        RequestError,
        match=r"^the 4 representations at layer 2 are more than the 0 MiB of which groups of"
        r" items are left out: choose fewer seeds or tasks$",
    ):
        influence_of(study_with(tmp_path, random_arrays()))


def test_what_is_missing_is_said_with_what_to_add(tmp_path):
    study = study_with(tmp_path, random_arrays())
    assert why_no_groups(study) == ""
    nothing = replace(study, representations=None)
    no_groups = replace(study, representations=replace(study.representations, groups=()))
    one = replace(study, representations=replace(study.representations, groups=("x",) * 12))
    for lacking, why in (
        (nothing, "this study has no representations: add representations to [cka]"),
        (no_groups, "the items of this study have no groups: add a column group to"),
        (one, "all items are of the one group x: without it none is left; give"),
    ):
        assert why_no_groups(lacking).startswith(why)
        with pytest.raises(RequestError) as caught:
            influence_of(lacking, layer=2)
        assert str(caught.value) == why_no_groups(lacking)


def test_a_place_without_representations_is_named(tmp_path):
    study = study_with(tmp_path, random_arrays())
    with pytest.raises(
        RequestError,
        match=r"^no two tasks have a representation at checkpoint 7 of layer 2; there are layers 2"
        r" and, at this one, checkpoints 30$",
    ):
        influence_of(study, cka_checkpoint=7)


def test_it_can_be_kept(tmp_path):
    found = influence_of(study_with(tmp_path, random_arrays()))
    again = decode(encode(found), ItemInfluence)
    np.testing.assert_array_equal(again.without, found.without)
    assert again.groups == found.groups
    assert again.pair_changes() == found.pair_changes()
