"""How alike models are, in words: the findings and captions of the Representations tab."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.similarity.matrix import OverlapMean, SimilarityMatrix, TaskOverlap
from dashboard.text.names import sentence, sources_in_words
from dashboard.text.numbers import alike, bounds, counted, number, others_alike

if TYPE_CHECKING:
    from core.similarity.item_maps import ItemMaps
    from core.similarity.run_similarity import SkippedRun
    from core.similarity.trajectories import Trajectories


def representations_finding(similarity: SimilarityMatrix) -> str:
    """How alike the models are, by what they share, and how far above noise."""
    if not np.triu(np.isfinite(similarity.values), k=1).any():
        return f"No pair of models has a {similarity.name} at layer {similarity.layer}."
    means = {mean.shared: mean for mean in similarity.mean_by_overlap() if mean.n}
    apart, some = means.get(TaskOverlap.NONE), means.get(TaskOverlap.SOME)
    between = apart or some
    beside_noise = between if between and math.isfinite(between.floor) else None
    parts = _extremes(similarity, beside_noise, " without a common task" if apart and some else "")
    parts += _with_another_seed(similarity, means.get(TaskOverlap.ALL))
    if apart and some:
        parts.append(
            f"pairs that share training tasks reach {number(some.mean)} on average, those"
            f" without a common one {number(apart.mean)}"
        )
    if beside_noise:
        gap = beside_noise.mean - beside_noise.floor
        mean = "" if apart and some else f"the mean of {number(beside_noise.mean)} lies "
        parts.append(
            f"{mean}{number(abs(gap))} {'above' if gap >= 0 else 'below'} the"
            f" {number(beside_noise.floor)} that independent noise has"
        )
    return "; ".join(parts) + "."


def _extremes(
    similarity: SimilarityMatrix, beside_noise: OverlapMean | None, which: str
) -> list[str]:
    """The pairs that are most and least alike, after how many are more alike than noise.

    beside_noise: the pairs that noise is known for, None = of none; which of all they are.
    """
    known = np.nonzero(np.triu(np.isfinite(similarity.values), k=1))
    values, name = similarity.values[known], similarity.name

    def told(at: int) -> tuple[str, str]:
        both = " and ".join(sources_in_words(similarity.sets[int(axis[at])]) for axis in known)
        return both, number(float(values[at]))

    both, value = told(int(values.argmax()))
    if len(values) == 1:
        if beside_noise is None:
            return [f"{both} have a {name} of {value}"]
        are = "are" if beside_noise.above else "are not"
        return [f"{both} {are} more alike than noise ({name} {value})"]
    above = []
    if beside_noise:
        are = "is" if beside_noise.above == 1 else "are"
        of = f"{beside_noise.above:,} of {counted(beside_noise.n_floor, 'pair')}{which}"
        above = [f"{of} {are} more alike than noise"]
    first = alike(values, values.max())
    if first == len(values):
        level = f"All {len(values):,} pairs are as alike ({name} {value})"
        return [*above, f"all have {value}"] if above else [level]
    # Each of several that are first together is as good a name.
    most = f"{both}{others_alike(first)} {'most' if above else 'are most alike'} ({name} {value})"
    both, value = told(int(values.argmin()))
    least = f"{both}{others_alike(alike(values, values.min()))} least ({value})"
    return [*above, most, least]


def _with_another_seed(similarity: SimilarityMatrix, own: OverlapMean | None) -> list[str]:
    """What the same tasks reach with another seed, and how many pairs lie above that."""
    above, compared = similarity.above_own
    if not compared or own is None:
        return []
    ends = number(own.low) if own.low == own.high else bounds(own.low, own.high)
    return [
        f"across seeds the same tasks are alike by {ends}, and"
        f" {f'{above:,}' if above else 'none'} of {counted(compared, 'pair')}"
        f" {'is' if above <= 1 or compared == 1 else 'are'} more alike than one of its two is"
        " across seeds"
    ]


def models_text(trained: int) -> str:
    """`single-task models`, `models trained on 2 tasks`."""
    return "single-task models" if trained == 1 else f"models trained on {trained} tasks"


def sharing_text(mean: OverlapMean) -> str:
    """`mean 0.43 (0.12 to 0.81) over 21 pairs`."""
    what = ("training set", "") if mean.shared is TaskOverlap.ALL else ("pair", "")
    if not mean.n:
        return "no value"
    text = f"mean {number(mean.mean)}"
    if mean.n > 1:
        text += f" ({bounds(mean.low, mean.high)})"
    return f"{text} over {counted(mean.n, *what)}"


def training_finding(found: Sequence[Trajectories]) -> str:
    """Whether training on more tasks, or else longer, makes models without a common task alike.

    found: of models trained on 1, 2, 3 ... tasks.
    """
    parts = _training_parts(found)
    return sentence(parts[0]) if parts else _at_one_checkpoint(found)


def training_note(found: Sequence[Trajectories]) -> str:
    """What else is to say of it; empty where the finding says all."""
    return sentence("; ".join(_training_parts(found)[1:]))


def _training_parts(found: Sequence[Trajectories]) -> list[str]:
    parts = [part for part in (_by_size(found), *map(_over_training, found[:1])) if part]
    same = found[0].sharing(TaskOverlap.ALL) if found else None
    if same is not None and same.known.any():
        what = "task" if found[0].trained == 1 else counted(found[0].trained, "task")
        reached = number(float(same.mean[same.known][-1]))
        parts.append(f"the same {what} with another seed reaches {reached}")
    return parts


def _at_one_checkpoint(found: Sequence[Trajectories]) -> str:
    """What there is to say where nothing can be compared over training."""
    curve = found[0].sharing(TaskOverlap.NONE) if found else None
    if curve is None or not curve.known.any():
        return "No similarity over training is known."
    at = int(curve.known.argmax())
    step = found[0].checkpoints[at]
    where = "the last checkpoint" if step == "last" else f"step {step:,}"
    return (
        f"Known at one checkpoint only: at {where}, pairs without a common task have a mean"
        f" {found[0].name} of {number(float(curve.mean[at]))}"
        f" (n = {counted(int(curve.n[at]), 'pair')})."
    )


def _by_size(found: Sequence[Trajectories]) -> str:
    """All sizes at one checkpoint; empty where there is none at which two can be compared."""
    from core.similarity.trajectories import common_checkpoint

    checkpoint = common_checkpoint(found, TaskOverlap.NONE)
    if checkpoint is None or len(found) < 2:
        return ""
    ends = []
    for one in found:
        curve, at = one.sharing(TaskOverlap.NONE), one.checkpoints.index(checkpoint)
        ends.append((one.trained, float(curve.mean[at]), int(curve.n[at])))
    rises = [after - before for (_, before, _), (_, after, _) in itertools.pairwise(ends)]
    alike = "neither steadily more nor less alike"
    if min(rises) > 0:
        alike = "more alike"
    elif max(rises) < 0:
        alike = "less alike"
    (size, value, n), *others = ends
    told = f"{number(value)} after {counted(size, 'task')} (n = {counted(n, 'pair')})"
    for size, value, n in others:
        told += f", {number(value)} after {size} (n = {n:,})"
    where = "at the last checkpoint" if checkpoint == "last" else f"at step {checkpoint:,}"
    seeds = {one.seeds[one.checkpoints.index(checkpoint)] for one in found}
    if len(seeds) == 1 and any(len({*filter(None, one.seeds)}) > 1 for one in found):
        where += f" ({counted(len(*seeds), 'seed')})"
    return (
        f"models trained on more tasks are {alike}: {where}, mean {found[0].name} {told}; of pairs"
        " without a common task"
    )


def _over_training(found: Trajectories) -> str:
    """From the first to the last step; empty where no pair has both."""
    change = found.change(TaskOverlap.NONE)
    if change is None or not change.n:
        return ""
    grow = f"grow {'more' if change.after > change.before else 'less'}"
    if change.after == change.before:
        grow = "stay as"
    return (
        f"over training, {models_text(found.trained)} without a common task {grow} alike:"
        f" mean {found.name} {number(change.before)} at step {change.first:,},"
        f" {number(change.after)} at step {change.last:,} (n = {counted(change.n, 'pair')})"
    )


def left_out_text(left_out: Sequence[SkippedRun]) -> str:
    """Runs that cannot be compared, by reason: names where they are few; empty without any."""
    reasons: dict[str, list[str]] = {}
    for one in left_out:
        reasons.setdefault(one.reason, []).append(one.run)
    told = [
        f"{', '.join(runs) if len(runs) <= 3 else counted(len(runs), 'run')} ({reason})"
        for reason, runs in reasons.items()
    ]
    return f"left out: {'; '.join(told)}" if told else ""


# -- maps of the items -------------------------------------------------------------------------


def maps_finding(found: ItemMaps) -> str:
    """Whose representation holds the map of the items best, and whose least."""
    known = [one for one in found.maps if math.isfinite(one.quality)]
    if not known:
        return "No model has a map of these items."
    means = {one.task: sum(one.qualities) / len(one.qualities) for one in known}
    best, least = max(means, key=lambda t: means[t]), min(means, key=lambda t: means[t])
    what = "R² of a linear probe" if found.axes else "share of variance"
    if found.axes:
        text = f"{best} holds the map of the items best: {what} {number(means[best])}"
    else:
        text = f"Two components hold most of {best}: {what} {number(means[best])}"
    if best != least:
        text += f"; {least} least, {number(means[least])}"
    return f"{text} (layer {found.layer}{_over_seeds(found)})."


def maps_over_training_finding(found: ItemMaps) -> str:
    """How the map of one task came about."""
    known = [one for one in found.maps if math.isfinite(one.quality)]
    if not known:
        return "No checkpoint has a map of these items."
    first, last = known[0], known[-1]
    what = "R²" if found.axes else "the share of two components"
    if first is last:
        return f"{first.task} has one checkpoint: {what} {number(first.quality)}."
    return (
        f"{first.task} over training: {what} from {number(first.quality)} at checkpoint"
        f" {first.checkpoint:,} to {number(last.quality)} at {last.checkpoint:,}."
    )


def _over_seeds(found: ItemMaps) -> str:
    seeds = {seed for one in found.maps for seed in one.seeds}
    return f", mean over {len(seeds)} seeds" if len(seeds) > 1 else ""
