"""Columns of the table of pairs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.analyses.pairs.build import pairs_of
from core.analyses.pairs.columns import columns_of
from core.analyses.query import SimilarityQuery, TransferQuery
from core.io import open_study


def test_predictors_stand_before_the_note_under_titles_of_their_own():
    study = open_study("examples/atlantis/study")
    pairs = pairs_of(study, TransferQuery("ftwb1"), SimilarityQuery(), stored=None)
    given = np.stack([pairs.values] * 3)
    columns = columns_of(replace(pairs, predictors=("note", "CKA of mine", "note"), given=given))
    titles = [column.title for column in columns]
    assert titles[:4] == ["source", "target", "trained on the target", "transfer"]
    assert titles[-4:] == ["note (predictor)", "CKA of mine", "note (predictor)′", "note"]
    assert len({*titles}) == len(titles)
