"""Columns under words other people use."""

from __future__ import annotations

import pytest

from core.io.usual_words import usual_column, usual_word


@pytest.mark.parametrize("written", ["Src Lang", "srcLang", "src-lang", " src.lang ", "SRC/lang"])
def test_a_word_is_one_however_it_is_spelled(written):
    assert usual_word(written) == "src_lang"


@pytest.mark.parametrize(
    ("word", "header", "column"),
    [
        ("sources", ["Test Lang", "Train Lang", "F1"], "Train Lang"),
        ("target", ["Test Lang", "Train Lang", "F1"], "Test Lang"),
        ("score", ["f1", "score"], "score"),
        ("target", ["config.source", "config.target"], "config.target"),
        ("target", ["a.target", "b.target"], None),
        ("score", ["alpha", ""], None),
    ],
)
def test_the_usual_column_of_a_word(word, header, column):
    assert usual_column(word, header) == column
