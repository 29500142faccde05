"""Which rows and columns of a transfer matrix are shown, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from core.numerics.clustering import Order, cluster_by_profile, order_by_net
from core.study import Study
from core.transfer.groups import order_by_group
from core.transfer.matrix import TransferMatrix


@dataclass(frozen=True)
class RowColumnOrder:
    """Rows and columns by name, in the order they are shown in.

    hidden_sources, hidden_targets: the tasks that are hidden as source and as target; a training
    set is hidden with each of its tasks.
    """

    sources: tuple[tuple[str, ...], ...]
    targets: tuple[str, ...]
    hidden_sources: tuple[str, ...]
    hidden_targets: tuple[str, ...]

    def of(self, matrix: TransferMatrix) -> TransferMatrix:
        """These rows and columns of a matrix, in this order; those it does not have left out."""
        return matrix.named(self.sources, self.targets)


def row_column_order(
    matrix: TransferMatrix,
    order: Order = Order.MANIFEST,
    *,
    net: Mapping[str, float] | None = None,
    study: Study | None = None,
    hidden_sources: Iterable[str] = (),
    hidden_targets: Iterable[str] = (),
) -> RowColumnOrder:
    """Hide tasks as source or as target, then order what is left.

    manifest: as the matrix has them. net: the greatest giver first; a training set by the mean
    net of its tasks, targets by their own; without nets as in the manifest. cluster: rows, and
    columns on their own, by average linkage of their values (`cluster_by_profile`). group: by the
    groups of the tasks of `study` (`order_by_group`), and so where groups stand for their tasks.
    """
    hidden = list(dict.fromkeys(hidden_sources))
    gone = [target for target in matrix.targets if target in set(hidden_targets)]
    rows = [i for i, s in enumerate(matrix.sources) if not set(s) & set(hidden)]
    columns = [j for j, t in enumerate(matrix.targets) if t not in gone]
    values = matrix.values[np.ix_(rows, columns)]
    if order is Order.CLUSTER and values.size:
        by_row, by_column = (cluster_by_profile(v).order for v in (values, values.T))
    elif order is Order.NET and net is not None:
        by_row = order_by_net([matrix.sources[i] for i in rows], net)
        by_column = order_by_net([(matrix.targets[j],) for j in columns], net)
    elif order in (Order.GROUP, Order.GROUPS) and study is not None:
        by_row = order_by_group([matrix.sources[i] for i in rows], study)
        by_column = order_by_group([(matrix.targets[j],) for j in columns], study)
    else:
        by_row, by_column = np.arange(len(rows)), np.arange(len(columns))
    members = {task for sources in matrix.sources for task in sources}
    return RowColumnOrder(
        sources=tuple(matrix.sources[rows[i]] for i in by_row),
        targets=tuple(matrix.targets[columns[j]] for j in by_column),
        hidden_sources=tuple(task for task in hidden if task in members),
        hidden_targets=tuple(gone),
    )
