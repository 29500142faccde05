"""The network: a city embedding, an encoder that sees one city at a time, a head per task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from tasks import TASKS, GeometryTask, Queries


@dataclass(frozen=True)
class ModelSize:
    """Widths and depth of the network."""

    embedding: int = 32
    width: int = 64
    layers: int = 4
    head: int = 256


class ResidualLayer(nn.Module):
    """One step of the encoder, with the same width in and out."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.first = nn.Linear(width, width)
        self.second = nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x + W2 relu(W1 norm(x)); shape (n, width) in and out."""
        return x + self.second(torch.relu(self.first(self.norm(x))))


class AtlasNetwork(nn.Module):
    """Answers queries of all tasks from one shared representation of each city."""

    def __init__(self, n_cities: int, size: ModelSize) -> None:
        super().__init__()
        self.embedding = nn.Embedding(n_cities, size.embedding)
        # Small enough that learned places outweigh what a row happened to start with.
        nn.init.normal_(self.embedding.weight, std=0.3)
        self.project = nn.Linear(size.embedding, size.width)
        self.encoder = nn.ModuleList(ResidualLayer(size.width) for _ in range(size.layers))
        self.norm = nn.LayerNorm(size.width)
        self.heads = nn.ModuleDict({task.name: _head(task, size) for task in TASKS})

    def layers(self) -> list[torch.Tensor]:
        """Representation of every city after each encoder layer: each (n_cities, width)."""
        # A city's representation does not depend on the query, so all cities are encoded once
        # for the whole batch.
        x = self.project(self.embedding.weight)
        states = []
        for layer in self.encoder:
            x = layer(x)
            states.append(x)
        return states

    def forward(self, cities: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """City indices by task, each (n, n_points), to raw answers by task, each (n, outputs)."""
        encoded = self.norm(self.layers()[-1])
        return {
            name: self.heads[name](nn.functional.embedding(rows, encoded).flatten(1))
            for name, rows in cities.items()
        }


def _head(task: GeometryTask, size: ModelSize) -> nn.Sequential:
    """Two hidden layers on the joined representations of a query's cities, in their order."""
    return nn.Sequential(
        nn.Linear(task.n_points * size.width, size.head),
        nn.ReLU(),
        nn.Linear(size.head, size.head),
        nn.ReLU(),
        nn.Linear(size.head, max(task.n_classes, 1)),
    )


@dataclass(frozen=True)
class TargetScale:
    """How the answers of a task are presented to the network: standardized.

    center, spread: mean and standard deviation of the (square-rooted, if `task.root`) truth over
    the standard training queries; 0 and 1 for classes.
    """

    task: GeometryTask
    center: float
    spread: float

    @classmethod
    def fit(cls, task: GeometryTask, queries: Queries) -> TargetScale:
        """Scale from the truth of these queries."""
        if task.n_classes:
            return cls(task, 0.0, 1.0)
        values = np.sqrt(queries.truth) if task.root else queries.truth
        return cls(task, float(values.mean()), float(values.std()))

    def targets(self, queries: Queries) -> torch.Tensor:
        """Truth as the loss wants it: (n,) int64 classes or (n,) float32 standardized."""
        if self.task.n_classes:
            return torch.from_numpy(queries.truth.astype(np.int64))
        values = np.sqrt(queries.truth) if self.task.root else queries.truth
        return torch.from_numpy(((values - self.center) / self.spread).astype(np.float32))

    def losses(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Loss of each query, (n,): cross-entropy, or smooth L1 in standard deviations."""
        if self.task.n_classes:
            return nn.functional.cross_entropy(outputs, targets, reduction="none")
        # Nearly L1, as the metric is the mean absolute error; quadratic only close to zero.
        return nn.functional.smooth_l1_loss(outputs[:, 0], targets, reduction="none", beta=0.05)

    def metric(self, outputs: torch.Tensor, queries: Queries) -> float:
        """Accuracy in [0, 1], or mean absolute error in the task's unit."""
        raw = outputs.double().numpy()
        if self.task.n_classes:
            return float((raw.argmax(axis=1) == queries.truth).mean())
        values = raw[:, 0] * self.spread + self.center
        if self.task.root:
            values = np.maximum(values, 0.0) ** 2
        return float(np.abs(values - queries.truth).mean())
