"""Names of both sides, however each writes them."""

from __future__ import annotations

import pytest

from core.io.recognition.both_sides import twins_across, undressed


@pytest.mark.parametrize(
    ("down", "across", "templates"),
    [
        (["train_de", "train_fr"], ["test_de", "test_fr"], ("train_{x}", "test_{x}")),
        (["trained on sst", "trained on squad"], ["sst", "squad"], ("trained on {x}", "{x}")),
        (["de (train)", "fr (train)"], ["de", "fr"], ("{x} (train)", "{x}")),
        (["de->", "fr->"], ["->de", "->fr"], ("{x}->", "->{x}")),
        (["to de", "to fr"], ["from de", "from fr"], ("to {x}", "from {x}")),
    ],
)
def test_what_all_of_one_side_begin_or_end_with(down, across, templates):
    found = undressed(down, across)
    assert tuple(one.template("x") for one in found) == templates
    assert found[0].names == found[1].names


@pytest.mark.parametrize(
    ("down", "across"),
    [
        (["de", "fr"], ["de", "fr"]),
        (["bert-de", "bert-fr"], ["de", "fr"]),
        (["train_de", "train_fr"], ["en", "es"]),
        (["train_de", "train_fr"], ["source_de", "source_fr"]),
        ([], ["de"]),
    ],
)
def test_other_names_stay_as_they_are(down, across):
    assert undressed(down, across) is None


def test_twins_are_one_where_each_is_on_one_side_alone():
    assert twins_across(["mnli", "sst 2"], ["MNLI", "SST_2", "QQP"]) == {
        "mnli": "MNLI",
        "sst 2": "SST_2",
    }
    assert not twins_across(["a_b", "a b"], ["a_b", "a b"])
    assert not twins_across(["mnli", "x"], ["MNLI", "y"])
