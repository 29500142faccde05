from __future__ import annotations

import pytest

from core.io.recognition.numbered_names import are_seeds, field_before, template_of_folders


@pytest.mark.parametrize(
    ("start", "field"),
    [
        ("", "seed"),
        ("results_", "seed"),
        ("run-seed", "seed"),
        ("step_", "checkpoint"),
        ("checkpoint-", "checkpoint"),
        ("layer_", "method"),
        ("top", "method"),
        ("model.v", "method"),
        ("mlp/lr_", "method"),
    ],
)
def test_numbers_are_what_the_word_before_them_says(start: str, field: str):
    assert field_before(start) == field


@pytest.mark.parametrize(
    ("names", "seeds"),
    [
        (["seed_0", "seed1", "Seed 2"], True),
        (["fold0", "fold1"], True),
        (["s1", "s2"], True),
        (["seed_0", "mean"], False),
        (["layer_0", "layer_1"], False),
        (["seed_0_old", "seed_1"], False),
    ],
)
def test_names_are_seeds_where_each_is_a_word_for_one_and_its_number(names: list[str], seeds: bool):
    assert are_seeds(names) == seeds


@pytest.mark.parametrize(
    ("around", "names", "template"),
    [
        ("seed_{}", ["0", "1"], "seed_{seed}"),
        ("step-{}", ["100", "200"], "step-{checkpoint}"),
        ("layer_{}", ["1", "2"], "layer_{method}"),
        ("{}", ["0", "1"], "{seed}"),
        ("{}", ["seed_0", "seed1"], "{seed}"),
        ("{}", ["full", "lora"], "{method}"),
        ("lora_{}", ["a", "b"], "{method}"),
    ],
)
def test_folders_are_a_template_by_what_their_numbers_are(
    around: str, names: list[str], template: str
):
    assert template_of_folders(around, names) == template
