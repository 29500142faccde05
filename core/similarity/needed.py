"""What is raised where similarity is not there yet and would take long."""

from __future__ import annotations

from core.errors import AtlasError
from core.similarity.measures import Measure


class SweepNeededError(AtlasError):
    """Similarity that takes a sweep first: nobody should wait for it."""

    def __init__(self, measure: Measure, *, debiased: bool) -> None:
        self.measure = measure
        self.debiased = debiased
        super().__init__(
            "the similarity of these models is not computed yet: `python -m core cka` does it, and"
            " so does the dashboard where a figure asks for it"
        )
