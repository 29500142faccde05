"""Lists of numbers in JSON that are no seeds."""

from __future__ import annotations

import json

import pytest

from core.errors import RequestError
from tests.core.io.recognition.test_forms import PLAIN, read, written


def forms(key, made):
    """Records, and objects within objects, with a list of numbers for each value."""
    nested = {s: {t: {key: made(PLAIN[s, t])} for t in "AB"} for s in "AB"}
    return ([{"src": s, "tgt": t, key: made(v)} for (s, t), v in PLAIN.items()], nested)


@pytest.mark.parametrize("form", [0, 1])
@pytest.mark.parametrize(
    ("key", "made", "sentence"),
    [
        ("acc", lambda v: [v, 0.02], "two numbers in each list of acc, the second far smaller"),
        ("acc", lambda v: [v / 4, v / 2, v], "numbers in each list of acc that only rise"),
        ("acc_history", lambda v: [v, v / 2], "acc_history, which are steps of a training"),
        ("acc_per_epoch", lambda v: [v / 2, v], "acc_per_epoch, which are steps of a training"),
    ],
)
def test_a_spread_or_a_training_is_no_seed(tmp_path, form, key, made, sentence):
    with pytest.raises(RequestError, match=sentence):
        read(written(tmp_path / "r.json", json.dumps(forms(key, made)[form])), "--yes")


def test_pairs_of_mean_and_spread_right_below_the_names(tmp_path):
    document = {s: {t: [PLAIN[s, t], 0.02] for t in "AB"} for s in "AB"}
    with pytest.raises(RequestError, match=r'write them as \{"mean": 0.83, "std": 0.02\}'):
        read(written(tmp_path / "r.json", json.dumps(document)), "--yes")


@pytest.mark.parametrize("form", [0, 1])
def test_seeds_are_seeds(tmp_path, form):
    document = forms("acc", lambda v: [v + 0.125, v - 0.125, v])[form]
    report, found = read(written(tmp_path / "r.json", json.dumps(document)), "--yes")
    assert (report["seeds"], [*found.values()]) == ([0, 1, 2], [PLAIN])
