"""Representations as maps: where a model puts its items, seen in two dimensions.

Where the list of items has two columns of numbers (places of cities, say), a linear probe reads
them from the representation, each item by a probe that has not seen it: the map a model has of
them. Else, or if asked for, the first two principal components, turned so that models can be
compared.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.errors import ComputationError, RequestError
from core.evaluations import Checkpoint
from core.numerics.arrays import FloatArray
from core.numerics.threads import one_thread
from core.similarity.query import SimilarityQuery
from core.similarity.run_similarity import checkpoint_meant, unusable_files
from core.study import Layer, RepresentationIndex, Run, Study

FOLDS = 10
SEED = 0
"""Of the folds: the same items are left out together in every model."""

FEWEST_ITEMS = 3 * FOLDS
_PENALTIES = np.concatenate([[0.0], 10.0 ** np.arange(-8.0, 2.0)])
"""Of the probe, as a share of the largest eigenvalue; generalized cross-validation chooses."""

_ENOUGH = 1e-12
STEPS_SHOWN = 6


@dataclass(frozen=True)
class ItemMap:
    """One model's items on a plane.

    points: (n_items, 2) float64. By coordinates: where a probe that has not seen the item puts
        it, in the unit of the coordinates; NaN where an item has none. By components: the first
        two, centred, scaled and turned to lie best on what all maps are compared with.
    quality: by coordinates the cross-validated R² of the map drawn, by components the share of
        the variance that both have; qualities: the same of the model of each seed.
    """

    task: str
    run: str
    seed: int
    checkpoint: int
    points: FloatArray
    quality: float
    seeds: tuple[int, ...]
    qualities: tuple[float, ...]


@dataclass(frozen=True)
class ItemMaps:
    """Maps of several models, or of one along its checkpoints, at one layer.

    axes: names of both coordinates; empty where the maps are principal components.
    target: (n_items, 2) the coordinates themselves, NaN = none; None without any.
    missing: (task, why it has no map).
    """

    layer: Layer
    items: tuple[str, ...]
    groups: tuple[str, ...]
    axes: tuple[str, ...]
    target: FloatArray | None
    maps: tuple[ItemMap, ...]
    missing: tuple[tuple[str, str], ...] = ()


def coordinates_of(study: Study) -> tuple[tuple[str, str], FloatArray] | None:
    """The first two columns of numbers that the items have, (n_items, 2); None without two."""
    index = study.representations
    if index is None or len(index.numbers) < 2:
        return None
    (first, x), (second, y) = index.numbers[:2]
    return (first, second), np.column_stack([x, y]).astype(np.float64)


def map_layers(study: Study) -> tuple[Layer, ...]:
    """Layers at which a model of one task has a stored representation."""
    index = study.representations
    if index is None:
        return ()
    models = {run.name for run in study.single_task_models}
    there = {layer for run, layer, _ in index.files if run in models}
    return tuple(layer for layer in index.layers if layer in there)


def item_maps(
    study: Study, place: SimilarityQuery, *, tasks: Sequence[str], components: bool = False
) -> ItemMaps:
    """The maps of the models of these tasks, side by side.

    place: layer (None = the last), checkpoint and seeds; of a task with several the first seed is
    drawn, and all are judged. components: principal components though there are coordinates.

    Raises RequestError without stored representations of models of one task, and for too few
    items.
    """
    index, layer = _index_and_layer(study, place.layer)
    wanted = [(task, place.checkpoint) for task in tasks]
    return _maps(study, place, index, layer, wanted, components=components)


def item_maps_over_training(
    study: Study, place: SimilarityQuery, *, task: str, components: bool = False
) -> ItemMaps:
    """The maps of the models of one task along its checkpoints, at most STEPS_SHOWN of them.

    First and last are among them. Raises as `item_maps`.
    """
    index, layer = _index_and_layer(study, place.layer)
    first = _models(study, task, place.seeds)[0].name
    steps = sorted({c for run, at, c in index.files if at == layer and run == first})
    if len(steps) > STEPS_SHOWN:
        at = np.unique(np.linspace(0, len(steps) - 1, STEPS_SHOWN).round().astype(int))
        steps = [steps[i] for i in at]
    wanted = [(task, step) for step in steps]
    return _maps(study, place, index, layer, wanted, components=components)


def _maps(
    study: Study,
    place: SimilarityQuery,
    index: RepresentationIndex,
    layer: Layer,
    wanted: Iterable[tuple[str, Checkpoint]],
    *,
    components: bool,
) -> ItemMaps:
    """A map for each task and checkpoint wanted, or why there is none."""
    found: list[ItemMap] = []
    missing: list[tuple[str, str]] = []
    coordinates = None if components else coordinates_of(study)
    known = None if coordinates is None else coordinates[1]
    for task, checkpoint in wanted:
        try:
            models = _models(study, task, place.seeds)
            found.append(_map_of(study, index, models, (layer, checkpoint), known))
        except (RequestError, ComputationError) as reason:
            missing.append((task, str(reason)))
    return _gathered(study, index, layer, coordinates, found, missing)


def _index_and_layer(study: Study, layer: Layer | None) -> tuple[RepresentationIndex, Layer]:
    index, layers = study.representations, map_layers(study)
    if index is None or not layers:
        raise RequestError(
            "this study stores no representation of a model of one task alone, so there is nothing"
            " to draw its items from"
        )
    if len(index.items) < FEWEST_ITEMS:
        raise RequestError(
            f"{len(index.items)} items are too few for a map: {FEWEST_ITEMS} are needed"
        )
    if layer is None:
        return index, layers[-1]
    if layer not in layers:
        raise RequestError(f"no model of one task has a representation at layer {layer}")
    return index, layer


def _models(study: Study, task: str, seeds: Iterable[int] | None) -> list[Run]:
    models = [run for run in study.single_task_models if run.trained[0] == task]
    wanted = None if seeds is None else set(seeds)
    chosen = [run for run in models if wanted is None or run.seed in wanted] or models
    if not chosen:
        raise RequestError(f"no model was trained on {task} alone")
    return chosen


def _map_of(
    study: Study,
    index: RepresentationIndex,
    models: Sequence[Run],
    place: tuple[Layer, Checkpoint],
    coordinates: FloatArray | None,
) -> ItemMap:
    """The map of the first model that has a file there, and the quality of all."""
    from core.io.representations import load_representation

    layer, checkpoint = place
    unusable = unusable_files(study, layer)
    drawn: tuple[Run, int, FloatArray] | None = None
    seeds, qualities = [], []
    for run in models:
        step = checkpoint_meant(index, unusable, run.name, place)
        if step is None or (run.name, layer, step) not in index.files:
            continue
        values = np.asarray(load_representation(index, run.name, layer, step), dtype=np.float64)
        with one_thread():
            points, quality = (
                principal_plane(values) if coordinates is None else probed(values, coordinates)
            )
        seeds.append(run.seed)
        qualities.append(quality)
        if drawn is None:
            drawn = run, step, points
    if drawn is None:
        at = "" if checkpoint == "last" else f", checkpoint {checkpoint}"
        raise RequestError(f"no stored representation at layer {layer}{at}")
    run, step, points = drawn
    return ItemMap(
        run.trained[0],
        run.name,
        run.seed,
        step,
        points,
        qualities[0],
        tuple(seeds),
        tuple(qualities),
    )


def _gathered(
    study: Study,
    index: RepresentationIndex,
    layer: Layer,
    coordinates: tuple[tuple[str, str], FloatArray] | None,
    found: Sequence[ItemMap],
    missing: Sequence[tuple[str, str]],
) -> ItemMaps:
    target = coordinates[1] if coordinates is not None else None
    if coordinates is None and found:
        known = coordinates_of(study)
        onto = known[1] if known is not None else found[-1].points
        found = [replace(one, points=laid_on(one.points, onto)) for one in found]
    return ItemMaps(
        layer=layer,
        items=index.items,
        groups=index.groups,
        axes=coordinates[0] if coordinates is not None else (),
        target=target,
        maps=tuple(found),
        missing=tuple(missing),
    )


# -- what a map is ---------------------------------------------------------------------------------


def principal_plane(values: FloatArray) -> tuple[FloatArray, float]:
    """(n_items, 2) scores on the first two principal components, and their share of the variance.

    values: (n_items, n_features). Where there is one dimension alone the second is 0; a constant
    representation has neither: zeros, and NaN.
    """
    scores = _scores(values)
    variance = (scores**2).sum(axis=0)
    plane = np.zeros((len(values), 2))
    plane[:, : min(2, scores.shape[1])] = scores[:, :2]
    total = float(variance.sum())
    return plane, float(variance[:2].sum()) / total if total > 0 else math.nan


def _scores(values: FloatArray) -> FloatArray:
    """(n_items, k) principal components, largest first: the same items, turned, without emptiness.

    By the smaller of the two products, with the scale taken out first.
    """
    centred = values - values.mean(axis=0)
    scale = float(np.abs(centred).max(initial=0.0))
    if scale == 0:
        return np.zeros((len(values), 0))
    centred = centred / scale
    if centred.shape[0] <= centred.shape[1]:
        weights, vectors = np.linalg.eigh(centred @ centred.T)
        order = np.argsort(weights)[::-1]
        weights = weights[order].clip(0.0)
        scores = vectors[:, order] * np.sqrt(weights)
    else:
        weights, vectors = np.linalg.eigh(centred.T @ centred)
        order = np.argsort(weights)[::-1]
        weights = weights[order].clip(0.0)
        scores = centred @ vectors[:, order]
    return np.asarray(scores[:, weights > _ENOUGH * weights[0]] * scale)


def probed(values: FloatArray, coordinates: FloatArray) -> tuple[FloatArray, float]:
    """Where a linear probe puts each item without having seen it, and its R².

    values: (n_items, n_features); coordinates: (n_items, 2), NaN = none. FOLDS-fold
    cross-validation with the same folds whatever the model; ridge regression whose penalty
    generalized cross-validation chooses within the items that are seen (Golub, Heath & Wahba
    1979). R² = 1 − Σ (y − ŷ)² / Σ (y − mean)², over both coordinates: below 0 where the mean of all
    would be nearer.

    Raises RequestError where fewer than FEWEST_ITEMS have coordinates.
    """
    known = np.flatnonzero(np.isfinite(coordinates).all(axis=1))
    if len(known) < FEWEST_ITEMS:
        raise RequestError(f"{len(known)} items have coordinates: {FEWEST_ITEMS} are needed")
    points = np.full(coordinates.shape, np.nan)
    folds = np.random.default_rng(SEED).permutation(len(known)) % FOLDS
    scores, places = _scores(values)[known], coordinates[known]
    for fold in range(FOLDS):
        unseen = folds == fold
        points[known[unseen]] = _ridge(scores[~unseen], places[~unseen], scores[unseen])
    left = float(((places - points[known]) ** 2).sum())
    total = float(((places - places.mean(axis=0)) ** 2).sum())
    return points, 1.0 - left / total if total > 0 else math.nan


def _ridge(seen: FloatArray, places: FloatArray, unseen: FloatArray) -> FloatArray:
    """(n_unseen, 2): what the regression of places on what was seen says of the others."""
    middle, centre = seen.mean(axis=0), places.mean(axis=0)
    x, y = seen - middle, places - centre
    if not x.shape[1]:
        return np.repeat(centre[None], len(unseen), axis=0)
    weights, vectors = np.linalg.eigh(x.T @ x)
    weights = weights.clip(0.0)
    turned = x @ vectors
    onto = turned.T @ y
    penalties = _PENALTIES[:, None] * weights[-1] if weights[-1] > 0 else np.ones((1, 1))
    # (n_penalties, k) what is left of each direction, and so the residuals, without computing them.
    with np.errstate(divide="ignore"):
        shares = np.where(weights > _ENOUGH * weights[-1], 1.0 / (weights + penalties), 0.0)
    left = (y**2).sum() - ((onto**2).sum(axis=1) * shares * (2.0 - weights * shares)).sum(axis=1)
    freedom = len(x) - 1 - (weights * shares).sum(axis=1)
    criterion = np.where(freedom > 0.5, left / np.maximum(freedom, 0.5) ** 2, np.inf)
    if not np.isfinite(criterion).any():
        return np.repeat(centre[None], len(unseen), axis=0)
    chosen = onto * shares[int(criterion.argmin())][:, None]
    return np.asarray(centre + (unseen - middle) @ vectors @ chosen)


def laid_on(points: FloatArray, onto: FloatArray) -> FloatArray:
    """Points centred, turned and mirrored so that they lie best on others (Procrustes).

    Both (n_items, 2); `onto` may have NaN, which do not count. The others' centre and size are
    taken over, so that maps that fit badly are no smaller than others.

    Source: Schönemann 1966; Gower & Dijksterhuis 2004.
    """
    known = np.asarray(np.isfinite(onto).all(axis=1))
    a, b = points[known], onto[known]
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    scale = float(np.linalg.norm(a))
    if scale == 0 or not known.any():
        return points
    u, _, vt = np.linalg.svd(a.T @ b / scale)
    turn = u @ vt * (float(np.linalg.norm(b)) / scale)
    return np.asarray((points - points[known].mean(axis=0)) @ turn + onto[known].mean(axis=0))
