"""The transfer graph as JSON and as files of graphs."""

from __future__ import annotations

import io
from typing import Any

from core.analyses.network.build import teaching_tree
from core.analyses.network.graph import TransferGraph, to_networkx
from core.analyses.network.structure import GraphStructure
from core.cli.formatters.parts import number, one_base_report, values_report


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
        "edges": [
            {
                **values_report(graph.edge_columns(), edge),
                "interval": {"low": number(edge.low), "high": number(edge.high), "over": "seeds"},
            }
            for edge in graph.above(threshold)
        ],
        **told,
    }


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
