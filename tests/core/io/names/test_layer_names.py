"""Layers with names: in tables and folders, in the order they are written or listed."""

from __future__ import annotations

import numpy as np
import pytest

from core.analyses.query import SimilarityQuery
from core.io import inspect_study, open_study
from core.io.names.layer_names import LayerNames, natural
from core.similarity.matrix import default_layer, similarity_layers, similarity_matrix
from tests.studies import StudyWriter

HEAD = "exp1,exp2,layer,final_cka\n"


def named(write_study: StudyWriter, rows: str, section: str = ""):
    study = write_study(cka=True)
    study.write("cka_summary.csv", HEAD + rows)
    study.write("cka_checkpoints.csv", "exp1,exp2,layer,checkpoint,cka\n")
    study.replace("study.toml", "default_layer = 5\n", section)
    return study


def test_names_keep_the_order_they_are_written_in(write_study):
    rows = "pt1-1,pt1-2,stem,0.1\npt1-1,pt1-2,block.10,0.2\npt1-1,pt1-2,block.9,0.3\n"
    study = open_study(named(write_study, rows).folder)
    assert similarity_layers(study) == ("stem", "block.10", "block.9")
    assert default_layer(study) == "block.9"
    matrix = similarity_matrix(study, SimilarityQuery("block.10"))
    assert (matrix.layer, matrix.values[0, 1]) == ("block.10", 0.2)


def test_a_list_gives_the_order_and_the_default_one_is_a_name(write_study):
    rows = "pt1-1,pt1-2,stem,0.1\npt1-1,pt1-2,12,0.2\npt1-1,pt1-2,6,0.3\n"
    section = 'layers = [12, "stem", 6]\ndefault_layer = "stem"\n'
    study = open_study(named(write_study, rows, section).folder)
    assert similarity_layers(study) == (12, "stem", 6)
    assert default_layer(study) == "stem"
    assert similarity_matrix(study, SimilarityQuery(12)).values[0, 1] == 0.2


def test_a_name_among_numbers_that_nobody_listed_is_an_error(write_study):
    rows = "pt1-1,pt1-2,4,0.1\npt1-1,pt1-2,five,0.2\n"
    (problem,) = inspect_study(named(write_study, rows).folder).problems
    assert "layer is `five`, not a whole number" in str(problem)


def test_folders_are_called_like_their_layers(write_study):
    study = write_study(representations=True)
    rng = np.random.default_rng(0)
    for run in ("pt1-1", "pt1-2"):
        for folder in ("layer5", "layerhead", "block.10", "block.9"):
            path = study.path(f"representations/{run}/{folder}/checkpoint-9000.npy")
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, rng.normal(size=(5, 3)))
    found = open_study(study.folder)
    layers = found.representations.layers
    assert layers[-3:] == ("block.9", "block.10", "head")
    assert all(isinstance(layer, int) for layer in layers[:-3])
    assert found.representations.folder_of("head") == "layerhead"
    assert np.isfinite(similarity_matrix(found, SimilarityQuery("block.9")).values[0, 1])


@pytest.mark.parametrize(
    ("folder", "layer"),
    [
        ("layer5", 5),
        ("layer05", 5),
        ("layerencoder.layer.11", "encoder.layer.11"),
        ("encoder.layer.11", "encoder.layer.11"),
        ("layer_norm", "layer_norm"),
        ("layer", None),
        ("layer-1", None),
        ("<b>", "<b>"),
        ("__proto__", "__proto__"),
    ],
)
def test_what_a_folder_holds(folder, layer):
    assert LayerNames().layer_of_folder(folder) == layer


def test_numbers_in_names_are_in_their_order():
    assert sorted(["b.10", "b.9", "a"], key=natural) == ["a", "b.9", "b.10"]
