"""Several matrices in one JSON file: seeds, methods or metrics, or nobody can know."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.errors import RequestError
from tests.core.io.recognition.test_forms import PLAIN, read, written

NAMES = ["A", "B"]
MATRIX = np.array([*PLAIN.values()]).reshape(2, 2)
SEEDS = [(MATRIX - 0.25).tolist(), MATRIX.tolist(), (MATRIX + 0.25).tolist()]
BY_SEED = {f"seed_{i}": one for i, one in enumerate(SEEDS)}
ROWS = [{"seed": i, "tasks": NAMES, "matrix": one} for i, one in enumerate(SEEDS)]


@pytest.mark.parametrize(
    "document",
    [
        {"tasks": NAMES, "seeds": [1, 2, 3], "acc": SEEDS},
        {"tasks": NAMES, "n_seeds": 3, "acc": SEEDS},
        {"tasks": NAMES, "seed_matrices": SEEDS},
        {"tasks": NAMES, "accuracy": {str(i): one for i, one in enumerate(SEEDS)}},
        {"tasks": NAMES, **BY_SEED},
        {"tasks": NAMES, **{f"acc_seed{i}": one for i, one in enumerate(SEEDS)}},
        {"tasks": NAMES, "results": BY_SEED, "std": {"all": (MATRIX * 0).tolist()}},
        {"tasks": NAMES, "acc": np.stack(SEEDS, axis=-1).tolist()},
        ROWS,
        {"source_tasks": NAMES, "target_tasks": NAMES, **BY_SEED},
    ],
)
def test_a_matrix_a_seed(tmp_path, document):
    report, found = read(written(tmp_path / "r.json", json.dumps(document)), "--yes")
    assert found == {"scores": PLAIN}
    assert len(report["seeds"]) == 3


@pytest.mark.parametrize("within", [True, False])
def test_a_matrix_a_method(tmp_path, within):
    grids = {"ft": MATRIX.tolist(), "lora": (MATRIX / 2).tolist()}
    document = {"tasks": NAMES, **({"results": grids} if within else grids)}
    report, found = read(written(tmp_path / "r.json", json.dumps(document)), "--yes")
    assert found == {"ft": PLAIN, "lora": {pair: v / 2 for pair, v in PLAIN.items()}}
    assert report["recognized"][0] == (
        "a matrix a method in JSON, rows taken for what was trained on"
    )


def test_of_a_matrix_a_metric_the_better_known_counts(tmp_path):
    document = {"tasks": NAMES, "accuracy": MATRIX.tolist(), "loss": (1 - MATRIX).tolist()}
    _, found = read(written(tmp_path / "r.json", json.dumps(document)), "--yes")
    assert found == {"scores": PLAIN}


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"tasks": NAMES, "acc": SEEDS}, "3 matrices in acc, and nothing says what they are"),
        ({"tasks": NAMES, "acc": SEEDS[:2]}, "2 × 2 × 2 numbers in acc: which of them are seeds"),
        ({"tasks": [*NAMES, "C"], "acc": SEEDS}, "acc is no list of matrices of 3 × 3"),
    ],
)
def test_what_cannot_be_known_says_what_to_write(tmp_path, document, sentence):
    with pytest.raises(RequestError, match=sentence) as caught:
        read(written(tmp_path / "r.json", json.dumps(document)))
    assert '{"seed_0": acc[0], "seed_1": acc[1], …}' in str(caught.value)
