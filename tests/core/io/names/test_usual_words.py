"""Columns under words other people use."""

from __future__ import annotations

import pytest

from core.io.names.usual_words import is_target_beside, side_of, usual_column, usual_word


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


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("task_trained", "sources"),
        ("model trained on", "sources"),
        ("Pre-Training", "sources"),
        ("transfer_from", "sources"),
        ("训练", "sources"),
        ("language_test", "target"),
        ("Recipient", "target"),
        ("evaluated on", "target"),
        ("held-out task", "target"),
        ("source_target_pair", None),
        ("train_method", None),
        ("transfer", None),
        ("to", None),
    ],
)
def test_the_side_a_name_says(name, side):
    assert side_of(name) == side


def test_some_words_are_of_targets_beside_others_alone():
    assert is_target_beside("pretrain_task", "finetune_task")
    assert is_target_beside("train cohort", "validation cohort")
    assert not is_target_beside("source", "finetune_task")
    assert not is_target_beside("train", "train_time")
