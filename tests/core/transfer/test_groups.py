"""Groups of tasks: an order, and means of blocks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.analyses.query import TransferQuery
from core.io import inspect_study
from core.numerics.clustering import Order
from core.transfer.build import transfer_matrix
from core.transfer.cell_means import cell_mean
from core.transfer.display_order import row_column_order
from core.transfer.groups import MIXED, NONE, group_means, group_of, order_by_group
from tests.core.small import square_study

VALUES = np.arange(32, dtype=float).reshape(2, 4, 4) / 100


@pytest.fixture
def study():
    """Four tasks: b and d germanic, a and c romance."""
    found = square_study(VALUES.tolist())
    groups = {"a": "romance", "b": "germanic", "c": "romance", "d": "germanic"}
    return replace(found, tasks=tuple(replace(t, group=groups[t.name]) for t in found.tasks))


def test_groups_are_read_from_the_manifest(write_study):
    files = write_study()
    text = (files.folder / "study.toml").read_text()
    first = text.index("[tasks.")
    line = text.index("\n", first) + 1
    (files.folder / "study.toml").write_text(text[:line] + 'group = "maps"\n' + text[line:])
    found = inspect_study(files.folder)
    assert found.problems == ()
    assert (found.study.tasks[0].group, found.study.tasks[1].group) == ("maps", "")
    assert found.study.groups == ("maps",)


def test_a_group_that_is_no_text_is_an_error(write_study):
    files = write_study()
    text = (files.folder / "study.toml").read_text()
    line = text.index("\n", text.index("[tasks.")) + 1
    (files.folder / "study.toml").write_text(text[:line] + "group = 3\n" + text[line:])
    problems = inspect_study(files.folder).problems
    assert [one.found for one in problems if one.is_error] == ["group = `3`"]


def test_a_training_set_is_of_the_group_that_all_its_tasks_are_of():
    groups = {"a": "one", "b": "one", "c": "two", "d": ""}
    found = [group_of(s, groups) for s in (("a", "b"), ("a", "c"), ("d",), ("a", "d"))]
    assert found == ["one", MIXED, NONE, MIXED]


def test_groups_stand_as_the_manifest_first_names_them(study):
    assert study.groups == ("romance", "germanic")
    sets = [("b",), ("a", "b"), ("c",), ("d",), ("a",), ("b", "d")]
    assert [sets[i] for i in order_by_group(sets, study)] == [
        ("c",),
        ("a",),
        ("b",),
        ("d",),
        ("b", "d"),
        ("a", "b"),
    ]
    matrix = transfer_matrix(study, TransferQuery("ft1"))
    shown = row_column_order(matrix, Order.GROUP, study=study)
    assert shown.targets == ("a", "c", "b", "d")
    assert shown.sources == (("a",), ("c",), ("b",), ("d",))


def test_means_of_blocks_are_over_the_cells_that_were_not_trained_on(study):
    matrix = transfer_matrix(study, TransferQuery("ft1"))
    found = group_means(matrix, study)
    assert (found.sources, found.targets) == (study.groups, study.groups)
    assert found.cells.tolist() == [[2, 4], [4, 2]]
    of = {"romance": (0, 2), "germanic": (1, 3)}
    for i, source in enumerate(found.sources):
        for j, target in enumerate(found.targets):
            cells = [
                matrix.values[x, y]
                for x in of[source]
                for y in of[target]
                if not matrix.trained[x, y]
            ]
            assert found.values[i, j] == pytest.approx(np.mean(cells))


def test_a_block_without_a_value_has_no_mean(study):
    values = VALUES.copy()
    values[:, 0, [1, 3]] = values[:, 2, [1, 3]] = np.nan
    found = square_study(values.tolist())
    found = replace(found, tasks=study.tasks)
    means = group_means(transfer_matrix(found, TransferQuery("ft1")), found)
    assert np.isnan(means.values[0, 1])
    assert means.cells[0, 1] == 0
    assert np.isfinite(means.values[1, 0])


def test_a_study_without_groups_keeps_its_order():
    plain = square_study(VALUES.tolist())
    assert plain.groups == ()
    assert order_by_group([("b",), ("a",)], plain).tolist() == [0, 1]


def test_intervals_of_blocks_are_those_of_the_means_over_their_cells(study):
    values = VALUES.copy()
    values[0, 0, [1, 3]] = values[0, 2, [1, 3]] = np.nan  # of one seed nothing of a block
    values[1, 3, 0] = np.nan
    for found in (square_study(values.tolist()), square_study(values[:1].tolist())):
        found = replace(found, tasks=study.tasks)
        matrix = transfer_matrix(found, TransferQuery("ft1"))
        means = group_means(matrix, found)
        of = {"romance": (0, 2), "germanic": (1, 3)}
        for i, source in enumerate(means.sources):
            for j, target in enumerate(means.targets):
                cells = np.zeros(matrix.values.shape, dtype=bool)
                cells[np.ix_(of[source], of[target])] = True
                plain = cell_mean(matrix, cells & ~matrix.trained).interval
                ends = [means.low[i, j], means.high[i, j]]
                assert ends == pytest.approx([plain.low, plain.high], nan_ok=True)


def test_seeds_of_one_base_have_no_interval(study):
    found = replace(square_study(VALUES.tolist(), one_base=True), tasks=study.tasks)
    means = group_means(transfer_matrix(found, TransferQuery("ft1")), found)
    assert np.isnan(means.low).all()
    assert np.isfinite(means.values).all()
