"""The choices behind one r: what a study offers of each, as the sides of a specification curve."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.analyses.analysis import INCLUDED, PREDICTED, Analysis
from core.analyses.association.specifications import (
    Dimension,
    Side,
    Specifications,
    curve,
    most_specifications,
    relabellings,
)
from core.analyses.cost import Cost, CostModel
from core.analyses.inputs import pair_matrix
from core.analyses.query import SimilarityQuery, TransferQuery, included_tasks
from core.analyses.square_transfer import square_transfer
from core.errors import RequestError
from core.evaluations import Checkpoint
from core.numerics.arrays import FloatArray
from core.numerics.threads import one_thread
from core.similarity.matrix import default_layer, similarity_checkpoints, similarity_layers
from core.similarity.measures import EVERY_FORM, Measure
from core.similarity.predictor_matrix import PredictorMatrix, predictor_matrix, predictor_places
from core.similarity.store import SimilarityStore
from core.study import Layer, Study
from core.transfer.matrix import TransferMatrix
from core.transfer.normalization import Scale

CELL_US, PRODUCT_US, PLACE_US = 0.15, 0.009, 4_000.0
"""Microseconds: a relabelling of a specification, one of a pair of a transfer, and a place of
similarity with its seeds, which may have to be computed from representations."""
BATCHES, BATCH_US = 20, 250.0
"""In so many batches relabellings are made, and microseconds of one for each transfer."""
LEFT_OUT_UP_TO = 12
"""Of more tasks, leaving one out changes little, and the curve would hold little else."""
FEWEST_TASKS = 4
AS_SHOWN, EVERY_TASK = "tasks as shown", "every task"


@dataclass(frozen=True)
class _Offered:
    """What is varied: places of the similarity, seeds, tasks in words and by name, scales."""

    places: Sequence[SimilarityQuery]
    seeds: Sequence[tuple[int, ...]]
    tasks: Sequence[tuple[str, tuple[str, ...]]]
    scales: Sequence[Scale]

    @property
    def count(self) -> int:
        return len(self.places) * len(self.seeds) * len(self.tasks) * len(self.scales)


def specification_curve(
    study: Study,
    query: TransferQuery,
    how: SimilarityQuery,
    *,
    transfer_of: Callable[[TransferQuery], TransferMatrix],
    similarity_of: Callable[[SimilarityQuery], PredictorMatrix],
    executor: Executor | None = None,
) -> Specifications:
    """The curve of a method: its transfer against similarity, or against a given predictor.

    query: method, seeds, tasks and scale that are shown; how: measure, layer and checkpoint that
    are, or the predictor, which alone is looked at then. Varied are layer and checkpoint; the
    measure, others at the checkpoint shown; all seeds together and each alone; the tasks shown,
    all there are, and those shown without each of up to 12; both scales. Where that is more than
    can be held, one after the other stays as it is shown: tasks one by one, checkpoints, seeds,
    measures; `reduced` says which.

    transfer_of: X→Y of single sources, more is better. similarity_of: what predicts at a place.
    executor: makes the permutations, see `curve`.
    Raises RequestError where nothing has an r.
    """
    tasks = _tasks(study, query)
    if len(tasks) < FEWEST_TASKS:
        # However similar they are, which takes long to ask at every place.
        raise RequestError(
            f"a curve of specifications takes {FEWEST_TASKS} tasks, and there are {len(tasks)}"
        )
    transfer = transfer_of(query)
    offered, reduced = _offered(study, query, how, transfer.seeds)
    similarities = list(_similarities(study, offered, similarity_of, tasks))
    # A task without any similarity has nothing to be relabelled.
    known = np.array([np.isfinite(side.values) for side in similarities])
    there = known.any(axis=(0, 1)) | known.any(axis=(0, 2)) if len(known) else np.zeros(0, bool)
    at = np.flatnonzero(there)
    kept = [tasks[i] for i in at.tolist()]
    if len(kept) < FEWEST_TASKS:
        raise RequestError(
            f"a curve of specifications takes {FEWEST_TASKS} tasks with a similarity, and there"
            f" are {len(kept)}"
        )
    return curve(
        [replace(side, values=side.values[np.ix_(at, at)]) for side in similarities],
        list(_transfers(study, query, offered, transfer_of, kept)),
        offered.tasks,
        kept,
        chosen={
            **_place_words(study, how),
            Dimension.SEEDS: _seed_words(study, transfer.seeds),
            Dimension.TASKS: AS_SHOWN,
            Dimension.SCALE: _scale_words(study, query.scale),
        },
        method=transfer.method,
        label=_label(study, how),
        seeds=transfer.seeds,
        reduced=reduced,
        executor=executor,
    )


def _label(study: Study, how: SimilarityQuery) -> str:
    if not how.predictor:
        return "similarity"
    predictor = study.predictor(how.predictor)
    return predictor.label + ("" if predictor.higher_is_better else ", lower is better")


def _tasks(study: Study, query: TransferQuery) -> list[str]:
    """All that may be looked at, in the study's order."""
    return [task.name for task in study.tasks if task.name not in query.exclude]


def _offered(
    study: Study, query: TransferQuery, how: SimilarityQuery, seeds: tuple[int, ...]
) -> tuple[_Offered, tuple[str, ...]]:
    """What is varied, what is shown first; and what of it is not, as there would be too much."""
    tasks = _tasks(study, query)
    every = _Offered(
        places=_places(study, how),
        seeds=[seeds, *([(seed,) for seed in seeds] if len(seeds) > 1 else [])],
        tasks=_exclusions(study, tasks, included_tasks(study, query)),
        scales=[query.scale]
        + ([] if study.has_given_scores else [one for one in Scale if one is not query.scale]),
    )
    return _reduced(every, how, most_specifications(len(tasks)))


def _places(study: Study, how: SimilarityQuery) -> list[SimilarityQuery]:
    """The one that is shown first, so that it stays where others have the same values."""
    every = [how]
    if how.predictor:
        layers, steps = predictor_places(study.predictor(how.predictor))
        every += [how.at(layer, step) for layer in layers or (None,) for step in reversed(steps)]
        return list(dict.fromkeys(every))
    for measure, debiased in EVERY_FORM:
        kind = replace(how, measure=measure, debiased=debiased)
        for layer in similarity_layers(study, kind):
            known: Sequence[Checkpoint] = similarity_checkpoints(study, kind.at(layer, "last"))
            steps = ("last", *reversed(known))
            if kind.name != how.name:
                steps = (how.checkpoint,) if how.checkpoint in steps else ()
            every += [kind.at(layer, step) for step in steps]
    return list(dict.fromkeys(every))


def _exclusions(
    study: Study, tasks: Sequence[str], included: tuple[str, ...]
) -> list[tuple[str, tuple[str, ...]]]:
    found = [(AS_SHOWN, included)]
    if len(tasks) > len(included):
        found.append((EVERY_TASK, tuple(tasks)))
    if FEWEST_TASKS < len(included) <= LEFT_OUT_UP_TO:
        found += [
            (f"without {study.task(out).label}", tuple(t for t in included if t != out))
            for out in included
        ]
    return found


def _reduced(
    offered: _Offered, how: SimilarityQuery, most: int
) -> tuple[_Offered, tuple[str, ...]]:
    said = []
    whole = [one for one in offered.tasks if one[0] in (AS_SHOWN, EVERY_TASK)]
    for word, fewer in (
        ("tasks one by one", {"tasks": whole}),
        ("checkpoints", {"places": [p for p in offered.places if p.checkpoint == how.checkpoint]}),
        ("seeds", {"seeds": offered.seeds[:1]}),
        ("measures and layers", {"places": offered.places[:1]}),
    ):
        if offered.count <= most:
            break
        smaller = replace(offered, **fewer)
        if smaller.count < offered.count:
            said.append(word)
        offered = smaller
    return offered, tuple(said)


def _similarities(
    study: Study,
    offered: _Offered,
    similarity_of: Callable[[SimilarityQuery], PredictorMatrix],
    tasks: Sequence[str],
) -> Iterator[Side]:
    """Each place once: the last checkpoint is not looked at again under its number."""
    for seeds in offered.seeds:
        seen: set[tuple[Layer | None, Measure, bool, bytes]] = set()
        for place in offered.places:
            found = similarity_of(place.of_seeds(seeds))
            # A distance as it is, as the other figures have it: one predictor alone is looked at.
            values: FloatArray = found.of(tasks)
            key = place.layer, place.measure, place.debiased, values.tobytes()
            if key in seen:
                continue
            seen.add(key)
            words = {**_place_words(study, place), Dimension.SEEDS: _seed_words(study, seeds)}
            yield Side(values, words)


def _transfers(
    study: Study,
    query: TransferQuery,
    offered: _Offered,
    transfer_of: Callable[[TransferQuery], TransferMatrix],
    tasks: Sequence[str],
) -> Iterator[Side]:
    for scale in offered.scales:
        for seeds in offered.seeds:
            found = transfer_of(replace(query, scale=scale, seeds=seeds))
            words = {
                Dimension.SEEDS: _seed_words(study, seeds),
                Dimension.SCALE: _scale_words(study, scale),
            }
            yield Side(square_transfer(found, tasks).values, words)


def _place_words(study: Study, place: SimilarityQuery) -> dict[Dimension, str]:
    return {
        Dimension.LAYER: "no layers" if place.layer is None else f"layer {place.layer}",
        Dimension.CHECKPOINT: _checkpoint_words(place.checkpoint),
        Dimension.MEASURE: study.predictor(place.predictor).label
        if place.predictor
        else place.name,
    }


def _checkpoint_words(checkpoint: Checkpoint) -> str:
    return "last checkpoint" if checkpoint == "last" else f"checkpoint {checkpoint:,}"


def _seed_words(study: Study, seeds: tuple[int, ...]) -> str:
    if len(seeds) == 1:
        return f"seed {seeds[0]}" if study.names_seeds else "one run"
    return f"all {len(seeds)} seeds"


def _scale_words(study: Study, scale: Scale) -> str:
    return "scores as given" if study.has_given_scores else f"{scale.value} scale"


class CurveCost(CostModel):
    """What a curve costs by the number of its specifications."""

    def of(self, study: Study, queries: Sequence[Any]) -> Cost:
        """The cost of one question. Raises RequestError for one that names what is not there."""
        query = next(one for one in queries if isinstance(one, TransferQuery))
        how = next(one for one in queries if isinstance(one, SimilarityQuery))
        seeds = study.seeds_of(query.method) if query.seeds is None else query.seeds
        tasks = _tasks(study, query)
        offered, _ = _offered(study, query, how, tuple(seeds))
        rows = relabellings(len(tasks))
        transfers = offered.count / max(len(offered.places), 1)
        moved = rows * len(tasks) ** 2 * transfers
        similarities = len(offered.places) * len(offered.seeds)
        us = CELL_US * rows * offered.count + PRODUCT_US * moved + PLACE_US * similarities
        us += BATCH_US * min(rows, BATCHES) * transfers
        held = 16.0 * rows * offered.count + 24.0 * len(tasks) ** 2 * similarities
        return Cost(us * 1e-6, held + self.bytes_ * len(tasks) ** 2)


def specifications_of(
    study: Study,
    query: TransferQuery,
    how: SimilarityQuery,
    *,
    stored: SimilarityStore | None,
    executor: Executor | None = None,
) -> Specifications:
    """r under every choice one could make."""
    if how.predictor:
        layers, _ = predictor_places(study.predictor(how.predictor))
        layer = how.layer if how.layer is not None or not layers else layers[-1]
    else:
        layer = default_layer(study, how) if how.layer is None else how.layer
    # Thousands of small products and decompositions: threads would wait for each other.
    with one_thread():
        return specification_curve(
            study,
            query,
            how.at(layer, how.checkpoint),
            transfer_of=lambda asked: pair_matrix(study, asked),
            similarity_of=lambda place: predictor_matrix(study, place, stored=stored),
            executor=executor,
        )


SPECIFICATIONS = Analysis(
    "specifications",
    Specifications,
    specifications_of,
    (INCLUDED, PREDICTED),
    looks_up=True,
    relabels=True,
    costs=CurveCost(),
)
