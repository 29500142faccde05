"""Maps of the items: probes against places that are there or not, planes that are turned alike."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.errors import RequestError
from core.io import open_study
from core.similarity import item_maps as maps
from core.similarity.item_maps import item_maps, item_maps_over_training
from core.similarity.query import SimilarityQuery
from tests.studies import StudyFiles

ITEMS = 60
RNG = np.random.default_rng(5)
PLACES = RNG.normal(0.0, 1000.0, size=(ITEMS, 2))


def turned(points: np.ndarray, features: int = 8, noise: float = 0.0) -> np.ndarray:
    """The same points somewhere in many dimensions."""
    frame = np.linalg.qr(RNG.normal(size=(features, features)))[0][:2]
    return points @ frame / 1000.0 + RNG.normal(0, noise + 1e-9, size=(len(points), features))


def plain_probe(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The same folds, ordinary least squares, one by one."""
    folds = np.random.default_rng(maps.SEED).permutation(len(values)) % maps.FOLDS
    found = np.empty_like(places)
    design = np.column_stack([np.ones(len(values)), values])
    for fold in range(maps.FOLDS):
        seen = folds != fold
        weights = np.linalg.lstsq(design[seen], places[seen], rcond=None)[0]
        found[~seen] = design[~seen] @ weights
    return found


def test_a_probe_finds_places_that_are_there():
    points, quality = maps.probed(turned(PLACES, noise=0.01), PLACES)
    assert quality > 0.99
    np.testing.assert_allclose(points, PLACES, atol=150)


def test_where_no_penalty_is_best_it_is_least_squares(monkeypatch):
    monkeypatch.setattr(maps, "_PENALTIES", np.zeros(1))
    values = turned(PLACES, noise=0.5)
    points, quality = maps.probed(values, PLACES)
    expected = plain_probe(values, PLACES)
    np.testing.assert_allclose(points, expected, rtol=1e-8, atol=1e-6)
    left = ((PLACES - expected) ** 2).sum() / ((PLACES - PLACES.mean(axis=0)) ** 2).sum()
    assert quality == pytest.approx(1 - left)


@pytest.mark.parametrize("features", [8, 200])
def test_a_probe_of_noise_finds_nothing(features):
    _, quality = maps.probed(RNG.normal(size=(ITEMS, features)), PLACES)
    assert quality < 0.15


def test_items_without_a_place_have_none_and_do_not_count():
    places = PLACES.copy()
    places[:5] = np.nan
    points, quality = maps.probed(turned(PLACES, noise=0.01), places)
    assert np.isnan(points[:5]).all()
    assert np.isfinite(points[5:]).all()
    assert quality > 0.99
    places[:35] = np.nan
    with pytest.raises(RequestError, match="25 items have coordinates: 30 are needed"):
        maps.probed(turned(PLACES), places)


@pytest.mark.parametrize("features", [8, 200])
def test_two_components_are_those_of_svd(features):
    values = RNG.normal(size=(ITEMS, features)) * np.arange(1, features + 1)
    plane, share = maps.principal_plane(values)
    u, s, _ = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs(plane), np.abs(u[:, :2] * s[:2]), rtol=1e-6, atol=1e-6)
    assert share == pytest.approx((s[:2] ** 2).sum() / (s**2).sum())


def test_a_constant_representation_has_no_plane():
    plane, share = maps.principal_plane(np.ones((ITEMS, 4)))
    assert not plane.any()
    assert math.isnan(share)
    points, quality = maps.probed(np.ones((ITEMS, 4)), PLACES)
    assert quality == pytest.approx(0.0, abs=0.1)
    assert np.isfinite(points).all()


def test_a_plane_is_turned_mirrored_moved_and_scaled_onto_another():
    angle = 0.7
    turn = np.array([[math.cos(angle), math.sin(angle)], [math.sin(angle), -math.cos(angle)]])
    moved = PLACES @ turn * 0.01 + 5.0
    onto = PLACES.copy()
    onto[3] = np.nan
    np.testing.assert_allclose(maps.laid_on(moved, onto), PLACES, atol=1e-6)


@pytest.fixture
def study(tmp_path):
    """Two tasks and two seeds, two checkpoints, items with places and a column of text."""
    files = StudyFiles(tmp_path)
    files.write(
        "study.toml",
        'title = "Maps"\n[tasks.a]\nmetric = "accuracy"\n[tasks.b]\nmetric = "accuracy"\n'
        '[cka]\nrepresentations = "representations"\n',
    )
    files.write("runs.csv", "run,method,trained,base,seed\na1,p,a,,1\na2,p,a,,2\nb1,p,b,,1\n")
    rows = "".join(f"i{k},g{k % 2},{x:.3f},word,{y:.3f}\n" for k, (x, y) in enumerate(PLACES))
    files.write("representations/items.csv", "item,group,east,note,north\n" + rows)
    for run in ("a1", "a2", "b1"):
        for step, noise in ((10, 2.0), (20, 0.05)):
            path = tmp_path / "representations" / run / "layer1" / f"checkpoint-{step}.npy"
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, turned(PLACES, noise=noise).astype(np.float32))
    return open_study(tmp_path)


def test_columns_of_numbers_are_coordinates(study):
    assert [name for name, _ in study.representations.numbers] == ["east", "north"]
    (x, y), places = maps.coordinates_of(study)
    assert (x, y) == ("east", "north")
    np.testing.assert_allclose(places, PLACES, atol=1e-3)


def test_tasks_side_by_side_and_one_along_training(study):
    found = item_maps(study, SimilarityQuery(), tasks=("a", "b", "c"))
    assert [(one.task, one.run, one.checkpoint, one.seeds) for one in found.maps] == [
        ("a", "a1", 20, (1, 2)),
        ("b", "b1", 20, (1,)),
    ]
    assert found.axes == ("east", "north")
    assert found.missing == (("c", "no model was trained on c alone"),)
    assert all(one.quality > 0.9 for one in found.maps)
    course = item_maps_over_training(study, SimilarityQuery(), task="a")
    assert [one.checkpoint for one in course.maps] == [10, 20]
    assert course.maps[0].quality < course.maps[1].quality
    second = item_maps(study, SimilarityQuery(seeds=(2,)), tasks=("a",))
    assert second.maps[0].run == "a2"


def test_components_lie_on_the_places_so_that_they_can_be_compared(study):
    found = item_maps(study, SimilarityQuery(), tasks=("a", "b"), components=True)
    assert (found.axes, found.target) == ((), None)
    for one in found.maps:
        assert 0.9 < one.quality <= 1.0
        np.testing.assert_allclose(one.points, PLACES, atol=400)


def test_what_cannot_be_drawn_is_said(study):
    with pytest.raises(RequestError, match="no model of one task has a representation at layer 7"):
        item_maps(study, SimilarityQuery(7), tasks=("a",))
    with pytest.raises(RequestError, match="no model was trained on c alone"):
        item_maps_over_training(study, SimilarityQuery(), task="c")
