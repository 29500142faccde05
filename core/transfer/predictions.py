"""What runs on single tasks predict of a run trained on several: the registered predictions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.study import ValueScale

NO_MEMBER = -1
REFERENCE = 1.0
"""What a sum is cut at: where the scale has one, nothing is expected to reach beyond."""


@dataclass(frozen=True)
class Members:
    """The single-source runs of the tasks of one training set, of one seed.

    raw: (n_members, n_targets) float64, in each target's unit, NaN = none
    normalized: gives the same on the scale of the base of the run that is predicted
    higher_is_better: (n_targets,) bool
    elsewhere: gives (n_members, n_targets) float64, the mean normalized score of each member over
        the study's other seeds, NaN = none. Both are asked only by those who need them
    """

    raw: FloatArray
    normalized: Callable[[], FloatArray]
    higher_is_better: BoolArray
    value_scale: ValueScale
    elsewhere: Callable[[], FloatArray]


@dataclass(frozen=True, kw_only=True)
class PredictionRule:
    """One way to predict a run from single sources, with its words for every surface.

    name: of the matrix, in the command line and the address. label: of the choice. title: of its
    matrix. word: in the glossary, under the key `help`, explained by `text`. sentence: how it comes
    about, after a comma. what: the single sources it shows. predicts: what they do, in a sentence.
    raw_text: in place of `text` where scores are as they were given, None = the same, () = not
    there. One of the two:

    choose: members -> (n_targets,) int64, the position of the member that predicts, NO_MEMBER =
        none; what that one reaches is the prediction, on the scale of the predicted run's base.
    combine: members -> (n_targets,) float64, made of all normalized values, NaN = none.

    complete: every member has to have a value with this seed. needs: what is missing where the
    members have all and still nothing is predicted; `{single}` is the method of the members.
    """

    name: str
    label: str
    title: str
    word: str
    help: str
    text: tuple[str, ...]
    sentence: str
    what: str
    predicts: str
    raw_text: tuple[str, ...] | None = None
    choose: Callable[[Members], IntArray] | None = None
    combine: Callable[[Members], FloatArray] | None = None
    complete: bool = True
    needs: str = ""


def best_raw(members: Members) -> IntArray:
    """(n_targets,): the member with the best raw value on each target (ties: manifest order).

    NO_MEMBER where one has no value. Source: docs/methods.md, "Matrices".
    """
    signed = members.raw * np.where(members.higher_is_better, 1.0, -1.0)
    return _best(signed)


def best_elsewhere(members: Members) -> IntArray:
    """(n_targets,): the member with the best mean normalized score over the study's other seeds.

    NO_MEMBER where one has no value there. Source: docs/methods.md, "Matrices".
    """
    elsewhere = members.elsewhere()
    if members.value_scale is ValueScale.RAW:
        # Errors as they are: less is better.
        elsewhere = elsewhere * np.where(members.higher_is_better, 1.0, -1.0)
    # Tied means may differ in their last bits; argmax takes the first of equals.
    return _best(np.round(elsewhere, 12))


def _best(scores: FloatArray) -> IntArray:
    complete = np.isfinite(scores).all(axis=0)
    best = np.where(complete, scores, 0.0).argmax(axis=0)
    return np.where(complete, best, NO_MEMBER)


def mean_of(members: Members) -> FloatArray:
    """(n_targets,): the mean of what the members reach; NaN where one is missing."""
    return np.asarray(members.normalized().mean(axis=0))


def sum_of(members: Members) -> FloatArray:
    """(n_targets,): the sum of what the members reach, at most 1; NaN where one is missing.

    Without a zero values do not add up: NaN. A gain has no reference and is not cut.
    """
    total = np.asarray(members.normalized().sum(axis=0))
    if members.value_scale is ValueScale.RAW:
        return np.full_like(total, np.nan)
    return np.minimum(total, REFERENCE) if members.value_scale is ValueScale.NORMALIZED else total


CROSS_FITTED = "cross-fitted"
"""The one that is not too high on average: sentences use it where there are several seeds."""

PREDICTIONS: dict[str, PredictionRule] = {
    rule.name: rule
    for rule in (
        PredictionRule(
            name="predicted",
            label="Best source",
            title="predicted from single sources",
            word="predicted",
            help="predicted",
            text=(
                "What the single-source runs lead one to expect of a run trained on several tasks:"
                " per target the best raw value among the runs trained on one of them. The"
                " difference shows what training on them together adds (blue) or costs (red).",
            ),
            raw_text=(
                "What the single-source runs lead one to expect of a run trained on several tasks:"
                " per target the best score among the runs trained on one of them. The difference"
                " shows where training on them together is better (blue) or worse (red).",
            ),
            sentence="the best of its tasks alone",
            what="best single source",
            predicts="its best single sources predict",
            choose=best_raw,
        ),
        PredictionRule(
            name=CROSS_FITTED,
            label="Cross-fitted",
            title="predicted, cross-fitted",
            word="cross-fitted",
            help="crossfitted",
            text=(
                "The best of several noisy values is too good on average. Cross-fitted, the best"
                " source is chosen on the other seeds and scored on this one. It is low for the"
                " truly best source: the truth lies between the two predictions.",
            ),
            sentence="chosen by the other seeds",
            what="cross-fitted single source",
            predicts="its cross-fitted single sources predict",
            choose=best_elsewhere,
            complete=False,
            needs="cross-fitting needs scores of {single} with another seed for every task of the"
            " training set, and one of the chosen task with this seed",
        ),
        PredictionRule(
            name="mean",
            label="Mean of sources",
            title="predicted by the mean of single sources",
            word="mean of sources",
            help="predictedmean",
            text=(
                "What is expected where tasks trained together neither help nor disturb each"
                " other and each has its share: the mean of the normalized improvements of the"
                " runs trained on one of them, with the same seed.",
            ),
            raw_text=(
                "What is expected where each of the tasks trained together has its share: the mean"
                " of the scores of the runs trained on one of them, with the same seed.",
            ),
            sentence="the mean of its tasks alone",
            what="mean of single sources",
            predicts="the mean of its single sources predicts",
            combine=mean_of,
        ),
        PredictionRule(
            name="sum",
            label="Sum of sources",
            title="predicted by the sum of single sources",
            word="sum of sources",
            help="predictedsum",
            text=(
                "What is expected where each task adds what it gives alone: the sum of the"
                " normalized improvements of the runs trained on one of them, with the same seed,"
                " cut at 1, the reference. Scores without a zero have no sum.",
            ),
            raw_text=(),
            sentence="the sum of its tasks alone, at most the reference",
            what="sum of single sources",
            predicts="the sum of its single sources predicts",
            combine=sum_of,
            needs="scores without a zero have no sum",
        ),
    )
}
"""By name, the first is the usual one. A new prediction is one object here."""

USUAL = next(iter(PREDICTIONS))
