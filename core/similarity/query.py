"""What can be asked of similarity: at which layer and checkpoint, of which models, how measured."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.evaluations import Checkpoint
from core.similarity.measures import Measure, Measured
from core.study import Layer, lists_to_tuples


@dataclass(frozen=True)
class SimilarityQuery(Measured):
    """A question about similarity; an analysis reads the fields it declares, the rest is ignored.

    layer: None = the study's default one. seeds: both runs of a pair are of one of these, None =
    all. trained: on how many tasks the compared base runs were trained. debiased: of CKA alone.
    predictor: the name of a given one, [predictors.X]; empty = similarity of models.

    >>> SimilarityQuery(layer=5, debiased=True).name
    'debiased CKA'
    """

    layer: Layer | None = None
    checkpoint: Checkpoint = "last"
    seeds: tuple[int, ...] | None = None
    trained: int = 1
    measure: Measure = Measure.CKA
    debiased: bool = False
    predictor: str = ""

    def __post_init__(self) -> None:
        lists_to_tuples(self)

    @property
    def place(self) -> tuple[Layer, Checkpoint]:
        """Layer and checkpoint. Raises ValueError while the layer is the default one."""
        if self.layer is None:
            raise ValueError("a place needs a layer that is named")
        return self.layer, self.checkpoint

    def at(self, layer: Layer | None, checkpoint: Checkpoint) -> SimilarityQuery:
        """The same question at another place."""
        return replace(self, layer=layer, checkpoint=checkpoint)

    def of_seeds(self, seeds: tuple[int, ...] | None) -> SimilarityQuery:
        """The same question of other seeds."""
        return replace(self, seeds=seeds)
