"""How similar models are as questions: matrix, over training, of two tasks, maps of the items."""

from __future__ import annotations

from core.analyses.analysis import Analysis, Takes, of_similarity
from core.analyses.cost import CostModel, own_checkpoints, own_places
from core.analyses.query import DetailQuery, MapQuery, SimilarityQuery
from core.similarity.item_maps import ItemMaps, item_maps, item_maps_over_training
from core.similarity.matrix import SimilarityMatrix, similarity_matrix
from core.similarity.store import SimilarityStore
from core.similarity.task_pair_profile import TaskPairProfile, task_pair_profile
from core.similarity.trajectories import Trajectories, trajectories
from core.study import Study


def profile_of(
    study: Study, place: SimilarityQuery, tasks: DetailQuery, *, stored: SimilarityStore | None
) -> TaskPairProfile:
    """Similarity of two tasks over layers and over training."""
    (first,) = tasks.sources
    return task_pair_profile(study, first, tasks.target, place, stored=stored)


def item_maps_of(study: Study, place: SimilarityQuery, wanted: MapQuery) -> ItemMaps:
    """Where models put the items, side by side or over training."""
    if wanted.over_training:
        (task, *_) = wanted.tasks
        return item_maps_over_training(study, place, task=task, components=wanted.components)
    return item_maps(study, place, tasks=wanted.tasks, components=wanted.components)


SIMILARITY = Analysis(
    "similarity",
    SimilarityMatrix,
    similarity_matrix,
    (of_similarity("layer", "checkpoint", "seeds", "trained", "measure", "debiased"),),
    looks_up=True,
    costs=CostModel(us=0.15, ms=0.5),
)


TRAJECTORIES = Analysis(
    "trajectories",
    Trajectories,
    trajectories,
    (of_similarity("layer", "seeds", "trained", "measure", "debiased"),),
    looks_up=True,
    costs=CostModel(us=0.1, places=own_checkpoints, ms=0.5),
)


TASK_PAIR_PROFILE = Analysis(
    "task-pair-profile",
    TaskPairProfile,
    profile_of,
    (
        of_similarity("layer", "checkpoint", "seeds"),
        Takes(DetailQuery, frozenset({"sources", "target"})),
    ),
    looks_up=True,
    # Two tasks' models among the rows of a table: no matrix of all tasks is made.
    costs=CostModel(us=0.02, bytes_=20.0, places=own_places, ms=0.5),
)


ITEM_MAPS = Analysis(
    "item-maps",
    ItemMaps,
    item_maps_of,
    (
        of_similarity("layer", "checkpoint", "seeds"),
        Takes(MapQuery, frozenset({"tasks", "over_training", "components"})),
    ),
)
