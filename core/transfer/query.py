"""What can be asked of transfer: which method, seeds, tasks, scale and checkpoint."""

from __future__ import annotations

from dataclasses import dataclass

from core.evaluations import Checkpoint
from core.study import lists_to_tuples
from core.transfer.matrix import MatrixKind
from core.transfer.normalization import Scale
from core.transfer.predictions import USUAL

ALWAYS_READ = ("method", "seeds", "exclude", "scale", "checkpoint")
"""The fields that every analysis of transfer reads; it names what else it does."""


@dataclass(frozen=True)
class TransferQuery:
    """A question about transfer; an analysis reads the fields it declares, the rest is ignored.

    method: empty only where the question is about all methods. kind: which matrix, a MatrixKind or
    the name of a registered prediction. prediction: what `difference` subtracts, other: the method
    that `versus` subtracts. seeds: None = all. exclude: tasks dropped as target, with
    every training set that has one; include: tasks the manifest leaves out, brought back.
    checkpoint: of the fine-tuned and single-source runs. hidden_sources, hidden_targets: tasks
    not listed as (part of a) source, as target. split: the task whose presence in the training
    set tells cells apart, None = the one that suits.

    >>> TransferQuery("ftwb1", seeds=(42,)).scale
    <Scale.PUBLISHED: 'published'>
    """

    method: str = ""
    kind: str = MatrixKind.ACTUAL
    prediction: str = USUAL
    other: str | None = None
    seeds: tuple[int, ...] | None = None
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    scale: Scale = Scale.PUBLISHED
    checkpoint: Checkpoint = "last"
    hidden_sources: tuple[str, ...] = ()
    hidden_targets: tuple[str, ...] = ()
    split: str | None = None

    def __post_init__(self) -> None:
        lists_to_tuples(self)
