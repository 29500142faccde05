"""The transfer graph as JSON and as files of graphs."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from core.analyses.network.build import teaching_tree
from core.analyses.network.graph import TransferGraph, to_networkx
from core.analyses.network.structure import GraphStructure
from core.cli.formatters.parts import (
    number,
    numbers,
    one_base_report,
    plain_columns,
    values_report,
)
from core.cli.json_text import Columns, Records
from core.numerics.intervals import ResamplingUnit


def graph_report(
    graph: TransferGraph, *, threshold: float, structure: GraphStructure | None = None
) -> dict[str, Any]:
    """The graph in networkx' node-link form; undefined attributes are null.

    structure: also how often its tree, leaders and communities come out with one seed left out.
    """
    told: dict[str, Any] = {
        "teaching_tree": [list(pair) for pair in teaching_tree(graph)],
    }
    if structure is not None:
        told = {
            "teaching_tree": [[edge.source, edge.target] for edge in structure.tree],
            "teaching_tree_share": [number(edge.share) for edge in structure.tree],
            "leaders": [
                {"measure": one.measure, "task": one.task, "share": number(one.share)}
                for one in structure.leaders
            ],
            "communities": [
                {"tasks": list(one.tasks), "share": number(one.share)}
                for one in structure.communities
            ],
        }
    return {
        "directed": True,
        "multigraph": False,
        "graph": {"method": graph.method, "convention": graph.scale, "threshold": threshold},
        "method": graph.method,
        "convention": graph.scale,
        "threshold": threshold,
        "seeds": list(graph.seeds),
        **one_base_report(graph.seeds_of_one_base),
        "nodes": [
            {"id": node.task, **values_report(graph.node_columns(), node)} for node in graph.nodes
        ],
        "edges": _edges(graph, threshold),
        **told,
    }


def _edges(graph: TransferGraph, threshold: float) -> Records:
    """Every edge, as columns: 1,000 tasks have a million of them."""
    places = np.argwhere(graph.reaching(threshold))

    def columns(part: slice) -> Columns:
        edges = graph.columns_of(places[part])
        ends = {"low": numbers(edges.low), "high": numbers(edges.high)}
        over = [ResamplingUnit.SEEDS.value] * len(edges.low)
        cut = {"clipped": edges.clipped.tolist(), "values": edges.n.tolist()}
        return {
            **plain_columns(graph.edge_columns(), edges),
            "interval": {**ends, "over": over, **(cut if graph.clipped.any() else {})},
        }

    return Records(len(places), columns)


def graph_markup(graph: TransferGraph, *, threshold: float, form: str) -> str:
    """The graph as GraphML or GEXF (`form`); undefined attributes are left out."""
    import networkx as nx

    buffer = io.BytesIO()
    exported = to_networkx(graph, threshold=threshold)
    if form == "gexf":
        nx.write_gexf(exported, buffer)
    else:
        nx.write_graphml_xml(exported, buffer)
    return buffer.getvalue().decode("utf-8") + "\n"
