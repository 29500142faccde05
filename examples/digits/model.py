"""Many small networks trained side by side: every array has the network as its first axis."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from data import PAIRS

WIDTHS = (64, 48, 24)
RATE, DECAY_1, DECAY_2, TINY = 2e-3, 0.9, 0.999, 1e-8
CHUNK = 256
"""Test images at a time: the hidden layers of a thousand networks need room."""


@dataclass
class Networks:
    """M networks: 64 pixels → 48 → 24 (both ReLU) → a logit for each of the 45 tasks.

    weights: W1 (M, 64, 48), b1 (M, 1, 48), W2 (M, 48, 24), b2 (M, 1, 24), W3 (M, 24, 45),
    b3 (M, 1, 45), all float32.
    """

    weights: list[np.ndarray]
    moments: list[list[np.ndarray]] = field(default_factory=list)
    steps: int = 0

    @classmethod
    def drawn(cls, seeds: list[int]) -> Networks:
        """New networks (He initialization), one for each seed."""
        shapes = [(WIDTHS[0], WIDTHS[1]), (WIDTHS[1], WIDTHS[2]), (WIDTHS[2], len(PAIRS))]
        weights = []
        for layer, (n_in, n_out) in enumerate(shapes):
            drawn = [
                np.random.default_rng((seed, layer)).normal(0, np.sqrt(2 / n_in), (n_in, n_out))
                for seed in seeds
            ]
            weights += [np.array(drawn, dtype=np.float32)]
            weights += [np.zeros((len(seeds), 1, n_out), dtype=np.float32)]
        return cls(weights)

    def copies(self, of: np.ndarray) -> Networks:
        """New networks with the weights of these ones; of: (K,) indices."""
        return Networks([w[of].copy() for w in self.weights])

    def hidden(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Both hidden layers; images: (M or 1, n, 64)."""
        w1, b1, w2, b2, _, _ = self.weights
        first = np.maximum(images @ w1 + b1, 0)
        return first, np.maximum(first @ w2 + b2, 0)

    def step(self, images: np.ndarray, answer: np.ndarray, counts: np.ndarray) -> None:
        """One step of Adam on the mean cross-entropy of what counts.

        images: (M, n, 64); answer, counts: (M, n, 45), counts 0 where a task is not trained.
        """
        _, _, w2, _, w3, b3 = self.weights
        first, second = self.hidden(images)
        logits = second @ w3 + b3
        wrong = (1 / (1 + np.exp(-logits)) - answer) * counts
        wrong /= np.maximum(counts.sum(axis=(1, 2), keepdims=True), 1)
        to_second = (wrong @ w3.transpose(0, 2, 1)) * (second > 0)
        to_first = (to_second @ w2.transpose(0, 2, 1)) * (first > 0)
        gradients = []
        for below, above in ((images, to_first), (first, to_second), (second, wrong)):
            gradients += [below.transpose(0, 2, 1) @ above, above.sum(axis=1, keepdims=True)]
        self._adam(gradients)

    def _adam(self, gradients: list[np.ndarray]) -> None:
        if not self.moments:
            self.moments = [[np.zeros_like(w), np.zeros_like(w)] for w in self.weights]
        self.steps += 1
        one, two = 1 - DECAY_1**self.steps, 1 - DECAY_2**self.steps
        for weight, (mean, square), gradient in zip(
            self.weights, self.moments, gradients, strict=True
        ):
            mean += (1 - DECAY_1) * (gradient - mean)
            square += (1 - DECAY_2) * (gradient**2 - square)
            weight -= RATE * (mean / one) / (np.sqrt(square / two) + TINY)

    def accuracy(self, images: np.ndarray, answer: np.ndarray, asked: np.ndarray) -> np.ndarray:
        """(M, 45) float64: share of right answers among the images each task asks about."""
        right = np.zeros((len(self.weights[0]), len(PAIRS)))
        for at in range(0, len(images), CHUNK):
            part = slice(at, at + CHUNK)
            _, second = self.hidden(images[None, part])
            said = (second @ self.weights[4] + self.weights[5]) > 0
            right += ((said == (answer[part] > 0.5)) * (asked[part] > 0)).sum(axis=1)
        return right / asked.sum(axis=0)
