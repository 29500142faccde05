"""In which order rows and columns stand."""

from __future__ import annotations

from enum import StrEnum


class Order(StrEnum):
    """As the manifest has the tasks, by net (given − received), or by clustering."""

    MANIFEST = "manifest"
    NET = "net"
    CLUSTER = "cluster"
