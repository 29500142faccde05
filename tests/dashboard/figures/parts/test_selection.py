"""What figures say of what can be selected in them."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from core.analyses.association.association import associate
from core.analyses.association.dyads import dyad_table
from core.analyses.balance import balance
from core.analyses.query import TransferQuery
from core.similarity.matrix import similarity_matrix
from core.similarity.predictor_matrix import PredictorMatrix
from core.transfer.build import transfer_matrix
from core.transfer.matrix import MatrixKind
from dashboard.figures.association.scatter import association_scatter
from dashboard.figures.balance.bars import net_bars
from dashboard.figures.balance.scatter import balance_scatter
from dashboard.figures.parts.selection import selects_cells, selects_many_points, selects_points
from dashboard.figures.parts.theme import Mode, theme
from dashboard.figures.similarity.heatmap import similarity_heatmap
from dashboard.figures.transfer import transfer_heatmap
from tests.core.small import square_study

LIGHT = theme(Mode.LIGHT)


def test_cells_points_and_many_points():
    assert selects_cells(["a+b"], ["c"]) == {"selects": {"rows": ["a+b"], "columns": ["c"]}}
    told = selects_cells(["a"], ["b"], number=MatrixKind.DIFFERENCE)["selects"]["number"]
    assert told == "difference"
    points = selects_points([("a",), ("a", "b"), None])
    assert points["customdata"] == [["a"], ["a", "b"], []]
    many = selects_many_points([("b", "a"), ("a", "c")])
    names = many["meta"]["selects"]["names"]
    assert many["customdata"].dtype == np.uint16
    assert [[names[i] for i in pair] for pair in many["customdata"]] == [["b", "a"], ["a", "c"]]
    go.Scattergl(x=[1, 2], y=[1, 2], **many)


def test_every_figure_of_pairs_and_tasks_says_what_it_selects():
    rng = np.random.default_rng(0)
    study = square_study(rng.random((2, 4, 4)), cka=np.full((4, 4), 0.3) + rng.random((4, 4)) / 9)
    transfer = transfer_matrix(study, TransferQuery("ft1"))
    similarity = similarity_matrix(study)
    predictor = PredictorMatrix.of_models(similarity)
    tasks = ["a", "b", "c", "d"]
    found = associate(transfer, predictor, dyad_table(transfer, predictor, tasks), tasks)
    of_tasks = balance(transfer, tuple(tasks))

    matrix = transfer_heatmap(transfer, study, LIGHT).data[0]
    assert matrix.meta["selects"] == {"rows": tasks, "columns": tasks, "number": "actual"}
    other = similarity_heatmap(similarity, study, LIGHT).data[0]
    assert other.meta["selects"] == {"rows": tasks, "columns": tasks}

    scatter = association_scatter(found, study, LIGHT).data[0]
    assert scatter.meta["selects"]["points"]
    assert list(scatter.customdata) == [[p.source, p.target] for p in found.points]
    for figure in (balance_scatter(of_tasks, study, LIGHT), net_bars(of_tasks, study, LIGHT)):
        assert sorted(figure.data[0].customdata) == [[task] for task in tasks]
        assert figure.data[0].meta["selects"]["points"]
