"""The 8 × 8 digits that scikit-learn ships, upright and turned, and the 45 tasks on them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_digits

PAIRS = tuple(itertools.combinations(range(10), 2))
"""Task t tells the second digit of PAIRS[t] (answer 1) from the first (answer 0)."""
NAMES = tuple(f"{a}-or-{b}" for a, b in PAIRS)
TEST_SHARE = 0.35
ITEMS_PER_DIGIT = 12
SPLIT_SEED = 20261127


@dataclass(frozen=True)
class Digits:
    """images: (n, 64) float32 from 0 to 1; labels: (n,) int64 from 0 to 9."""

    images: np.ndarray
    labels: np.ndarray

    def turned(self) -> Digits:
        """The same images turned a quarter to the left: the new entities."""
        square = self.images.reshape(-1, 8, 8)
        return Digits(np.rot90(square, axes=(1, 2)).reshape(-1, 64).copy(), self.labels)


def split() -> tuple[Digits, Digits]:
    """Images to train on and images to test on; nobody trains on a test image, turned or not."""
    bunch = load_digits()
    images = (bunch.data / 16).astype(np.float32)
    labels = bunch.target.astype(np.int64)
    order = np.random.default_rng(SPLIT_SEED).permutation(len(labels))
    cut = int(len(labels) * (1 - TEST_SHARE))
    train, test = order[:cut], order[cut:]
    return Digits(images[train], labels[train]), Digits(images[test], labels[test])


def answers(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Per image and task: the answer, and whether the task asks about such an image.

    labels: (...,) int64. Returns two (..., 45) float32 arrays.
    """
    first = np.array([a for a, _ in PAIRS])
    second = np.array([b for _, b in PAIRS])
    is_second = labels[..., None] == second
    asked = is_second | (labels[..., None] == first)
    return is_second.astype(np.float32), asked.astype(np.float32)


def few(digits: Digits, per_digit: int, rng: np.random.Generator) -> Digits:
    """So many images of each digit, drawn without replacement."""
    chosen = [
        rng.choice(np.flatnonzero(digits.labels == digit), per_digit, replace=False)
        for digit in range(10)
    ]
    at = np.concatenate(chosen)
    return Digits(digits.images[at], digits.labels[at])
