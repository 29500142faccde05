"""What is known of a task besides its transfer: as given, or measured on its models."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.analyses.integrity.values import ordered_as_base
from core.errors import ComputationError
from core.io import load_representation
from core.numerics.arrays import FloatArray
from core.similarity.matrix import SimilarityMatrix
from core.similarity.preprocessing import centre
from core.similarity.query import SimilarityQuery
from core.similarity.run_similarity import checkpoint_meant, unusable_files
from core.study import Study
from core.transfer.matrix import TransferMatrix, mean_present

BASE_IN = ("received", "net")
"""Responses that contain the base's loss: what a task receives is a ratio to it, net contains it.
Against the base itself that is a ratio with its own denominator: 67 to 87 % false alarms."""

SHARED = "not tested: {response} is measured from the base's own values, so the two share a number"


# -- what is known of a task ---------------------------------------------------------------------


@dataclass(frozen=True)
class Covariate:
    """A number per task. values: (n_tasks,) float64 in `unit`, NaN = undefined.

    reasons: one per task, why it is undefined, empty where it is not. meaning: a sentence that
    defines it, empty for numbers of the manifest, whose meaning the study knows. shares: responses
    that are made of the same number and therefore are not tested against it. layers: at how many
    layers it could be looked at; each is a test that counts.
    """

    name: str
    unit: str
    meaning: str
    values: FloatArray
    reasons: tuple[str, ...]
    shares: tuple[str, ...] = ()
    layers: int = 1

    @property
    def why(self) -> str:
        """Why no task has a value; empty where one has. Differing reasons are joined."""
        if np.isfinite(self.values).any() or not self.reasons:
            return ""
        return "; ".join(dict.fromkeys(reason for reason in self.reasons if reason))


def from_manifest(study: Study, tasks: Sequence[str]) -> tuple[Covariate, ...]:
    """The numbers of `[tasks.X.covariates]`, in the order they first occur."""
    given = [study.task(name).covariates for name in tasks]
    names = dict.fromkeys(name for covariates in given for name in covariates)
    of_base = {name for name, _, _ in ordered_as_base(study)}
    return tuple(
        Covariate(
            name=name,
            unit="",
            meaning="",
            values=np.array([covariates.get(name, math.nan) for covariates in given]),
            reasons=tuple(
                "" if name in covariates else "not in the manifest" for covariates in given
            ),
            shares=BASE_IN if name in of_base else (),
        )
        for name in names
    )


def base_standard(study: Study, transfer: TransferMatrix, tasks: Sequence[str]) -> Covariate:
    """What the base reaches on standard entities, in the metric of the tasks.

    Mean over the method's runs of their own bases' standard value. Only where all tasks have one
    metric in one unit: a rank over kilometres, degrees and shares means nothing.
    """
    meaning = "the base's value on standard entities, before any fine-tuning"
    values, reasons = _of_bases(study, transfer, tasks, lambda _shifted, standard, _task: standard)
    kinds = {(study.task(t).metric, study.task(t).unit) for t in tasks}
    unit = ""
    if len(kinds) == 1:
        metric, unit = next(iter(kinds))
        unit = unit or metric.label
    elif kinds:
        named = ", ".join(sorted(unit or metric.label for metric, unit in kinds))
        values, reasons = np.full(len(tasks), np.nan), [f"tasks differ in metric or unit ({named})"]
        reasons *= len(tasks)
    return Covariate("base, standard", unit, meaning, values, tuple(reasons), BASE_IN)


def base_loss(study: Study, transfer: TransferMatrix, tasks: Sequence[str]) -> Covariate:
    """How far the base is thrown back by new entities: log(shifted error / standard error).

    Without unit, so that tasks of all metrics stand on one axis: the base's standard performance,
    measured against its shifted one. The error of an accuracy a is 1 − a. Mean over the method's
    runs of their own bases' ratio; undefined where an error is not positive (an accuracy of 1, or
    above 1 because it is in percent).
    """
    meaning = (
        "how many times larger the base's error is on new entities than on standard ones, as a"
        " natural logarithm; the error of an accuracy is 1 − accuracy"
    )

    def loss(shifted: FloatArray, standard: FloatArray, task: str) -> FloatArray:
        error = study.task(task).metric.error
        if error is None:
            return np.full_like(shifted, np.nan)
        shifted, standard = error(shifted), error(standard)
        usable = (shifted > 0) & (standard > 0)
        ones = np.ones_like(shifted)
        return np.where(
            usable,
            np.log(np.where(usable, shifted, ones)) - np.log(np.where(usable, standard, ones)),
            np.nan,
        )

    values, reasons = _of_bases(study, transfer, tasks, loss)
    return Covariate(
        "base, standard against shifted", "log ratio", meaning, values, tuple(reasons), BASE_IN
    )


_OfBase = Callable[[FloatArray, FloatArray, str], FloatArray]
"""(shifted, standard, task) -> a number per run; all (k,) float64."""


def _of_bases(
    study: Study, transfer: TransferMatrix, tasks: Sequence[str], of: _OfBase
) -> tuple[FloatArray, list[str]]:
    """A number made of each run's base's (shifted, standard) values, mean over the runs."""
    values, reasons = np.full(len(tasks), np.nan), [""] * len(tasks)
    records = transfer.records
    column_of = {target: j for j, target in enumerate(transfer.targets)}
    # A row a target: what is looked at together lies together.
    of_base = (
        []
        if records is None
        else [
            np.ascontiguousarray(side.reshape(-1, len(column_of)).T)
            for side in (records.baseline, records.reference)
        ]
    )
    for at, task in enumerate(tasks):
        if study.has_given_scores or records is None:
            reasons[at] = "given scores have no base"
            continue
        if task not in column_of:
            reasons[at] = "never tested on"
            continue
        shifted, standard = (side[column_of[task]] for side in of_base)
        there = np.isfinite(shifted) & np.isfinite(standard)
        if not there.any():
            reasons[at] = "no base has a standard and a shifted value"
            continue
        values[at] = mean_present(of(shifted[there], standard[there], task))
        if not math.isfinite(values[at]):
            metric = study.task(task).metric
            reasons[at] = (
                f"a {metric.label} has no error"
                if metric.error is None
                else "an error of the base that is not positive"
            )
    return values, reasons


def half_improvement(
    by_checkpoint: Sequence[tuple[int, TransferMatrix]], tasks: Sequence[str]
) -> Covariate:
    """The first checkpoint at which half of the final improvement on the task itself is reached.

    by_checkpoint: (step, strict matrix of the single-source method at that step), ascending.
    For a task X: X→X, mean over the seeds that have a value at that step, on the strict scale,
    which cuts nothing. Final is the last step with a value. The value is the first evaluated step
    at which the mean is at least half of the final one: a step that was evaluated, nothing in
    between, so tasks quicker than the first checkpoint are tied there.

    Undefined where X was not trained alone or not evaluated on itself, at fewer than two
    checkpoints, and where the final improvement is not above 0.
    """
    meaning = (
        "fine-tuned on the task alone: the first evaluated checkpoint at which its improvement on"
        " itself is at least half of the final one (strict scale, mean over seeds)"
    )
    steps = np.array([step for step, _ in by_checkpoint], dtype=np.float64)
    own = np.array([_own(matrix, tasks) for _, matrix in by_checkpoint], dtype=np.float64).reshape(
        len(steps), len(tasks)
    )
    values, reasons = np.full(len(tasks), np.nan), [""] * len(tasks)
    for at in range(len(tasks)):
        known = np.flatnonzero(np.isfinite(own[:, at]))
        if not known.size:
            reasons[at] = "no run trained on it alone has a value on it"
        elif known.size < 2:
            reasons[at] = "evaluated at one checkpoint only"
        elif own[known[-1], at] <= 0:
            reasons[at] = "no improvement on itself in the end"
        else:
            reached = own[known, at] >= own[known[-1], at] / 2
            values[at] = steps[known[reached.argmax()]]
    return Covariate("half-improvement step", "", meaning, values, tuple(reasons))


def _own(matrix: TransferMatrix, tasks: Sequence[str]) -> list[float]:
    """X→X of each task at one checkpoint, NaN where there is none."""
    rows = {sources: i for i, sources in enumerate(matrix.sources)}
    columns = {target: j for j, target in enumerate(matrix.targets)}
    return [
        float(matrix.values[rows[(task,)], columns[task]])
        if (task,) in rows and task in columns
        else math.nan
        for task in tasks
    ]


def participation_ratio(representation: npt.NDArray[np.floating]) -> float:
    """How many dimensions a representation fills: (Σλ)² / Σλ², from 1 to its number of features.

    representation: (n_items, n_features); λ are the eigenvalues of the covariance of its
    features. Equal variance in k directions gives k. NaN where it is constant; raises
    ComputationError where it is no matrix or not finite.

    Computed without eigenvalues: Σλ = tr XᵀX and Σλ² = ‖XᵀX‖²_F of centred X, the factor n − 1
    cancels; through XXᵀ where features outnumber items.
    Source: Gao et al. 2017, "A theory of multineuronal dimensionality".
    """
    x = np.asarray(representation)
    if x.ndim != 2 or not x.size:
        raise ComputationError(f"representation has shape {x.shape}; it must be items x features")
    centred = np.empty(x.shape, dtype=np.float64)
    square = centre(x.astype(np.float64), 0, centred)
    if square <= 0:
        return math.nan
    centred /= math.sqrt(square)
    gram = centred.T @ centred if x.shape[0] >= x.shape[1] else centred @ centred.T
    return float(1 / np.square(gram).sum())


def representation_dimension(
    study: Study,
    tasks: Sequence[str],
    query: SimilarityQuery,
) -> Covariate:
    """Participation ratio of the single-task models at a layer, mean over their seeds.

    query: layer None = there is none. Seeds are those of the models; where no task has a
    model of one of these, all there are.
    A file that cannot be used is left out; where that leaves none, its fault is the reason.
    """
    index, layer = study.representations, query.layer
    checkpoint, seeds = query.checkpoint, query.seeds
    meaning = (
        "dimensions the single-task model's representation fills, (Σλ)² / Σλ² over the"
        " eigenvalues of its covariance, mean over seeds"
    )
    name = "participation ratio" if layer is None else f"participation ratio (layer {layer})"
    values, reasons = np.full(len(tasks), np.nan), [""] * len(tasks)
    if index is None or layer is None:
        reasons = ["the study stores no representations"] * len(tasks)
        return Covariate(name, "dimensions", meaning, values, tuple(reasons))
    models = [run for run in study.single_task_models if run.trained[0] in tasks]
    if seeds is not None and any(run.seed in seeds for run in models):
        models = [run for run in models if run.seed in seeds]
    unusable = unusable_files(study, layer)
    for at, task in enumerate(tasks):
        found, fault = [], ""
        for run in (model for model in models if model.trained[0] == task):
            step = checkpoint_meant(index, unusable, run.name, (layer, checkpoint))
            if step is None or (run.name, layer, step) not in index.files:
                flaw = unusable.get(run.name, {}).get(step or 0)
                fault = f"{run.name}: {flaw} at checkpoint {step}" if flaw else fault
                continue
            try:
                ratio = participation_ratio(load_representation(index, run.name, layer, step))
            except ComputationError as error:
                fault = f"{run.name}: {error}"
                continue
            found.append(ratio)
            fault = fault if math.isfinite(ratio) else f"{run.name}: a constant representation"
        values[at] = mean_present(np.array(found, dtype=np.float64))
        if not math.isfinite(values[at]):
            step_text = "" if checkpoint == "last" else f", checkpoint {checkpoint}"
            reasons[at] = fault or f"no stored representation at layer {layer}{step_text}"
    return Covariate(name, "dimensions", meaning, values, tuple(reasons))


def mean_similarity(similarity: SimilarityMatrix | None, tasks: Sequence[str]) -> Covariate:
    """Mean similarity of a task's single-task model to those of the other tasks."""
    meaning = "mean CKA of the task's single-task model to those of the other tasks shown"
    if similarity is None:
        reasons = ("the study has no CKA of single-task models",) * len(tasks)
        nothing = np.full(len(tasks), np.nan)
        return Covariate("mean CKA to the others", "", meaning, nothing, reasons)
    square = similarity.of(tasks)
    np.fill_diagonal(square, np.nan)
    values = mean_present(square, axis=1)
    return Covariate(
        f"mean CKA to the others (layer {similarity.layer})",
        "",
        meaning,
        values,
        tuple("" if math.isfinite(value) else "no CKA to another task" for value in values),
    )
