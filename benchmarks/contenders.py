"""Other ways to the CKA of all pairs: the plain one, and what can be installed."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

Pair = tuple[int, int]
Models = Sequence[np.ndarray]


@dataclass(frozen=True)
class Contender:
    """One way to compute CKA.

    run:    models, pairs -> the values of these pairs, in order
    pairs:  how many pairs to time, the rest is scaled; None = all at once
    models: how many models to time, the rest is scaled by models; None = all
    """

    name: str
    run: Callable[[Models, Sequence[Pair]], Sequence[float]]
    pairs: int | None = None
    models: int | None = None
    debiased: bool = False


def all_pairs(models: int) -> list[Pair]:
    """Positions (i, j), i < j."""
    return list(itertools.combinations(range(models), 2))


def plain(models: Models, pairs: Sequence[Pair]) -> list[float]:
    """HSIC of n x n Gram matrices centred by products with I − 11ᵀ/n, three times a pair.

    Published code for linear CKA reads like this; in float32, which is to its advantage.
    """
    n = len(models[0])
    h = np.eye(n, dtype=np.float32) - np.ones((n, n), dtype=np.float32) / np.float32(n)

    def hsic(x: np.ndarray, y: np.ndarray) -> float:
        return float(np.sum((h @ (x @ x.T) @ h) * (h @ (y @ y.T) @ h)))

    return [
        hsic(x, y) / np.sqrt(hsic(x, x) * hsic(y, y))
        for x, y in ((models[i], models[j]) for i, j in pairs)
    ]


def netrep_formula(models: Models, pairs: Sequence[Pair]) -> list[float]:
    """The angle between XXᵀ and YYᵀ of centred columns, as netrep has it, without the arccos.

    netrep is on no package index, so its formula stands here.
    """

    def cosine(x: np.ndarray, y: np.ndarray) -> float:
        x, y = x - x.mean(axis=0), y - y.mean(axis=0)
        k, m = (x @ x.T).ravel(), (y @ y.T).ravel()
        return float(k @ m / (np.linalg.norm(k) * np.linalg.norm(m)))

    return [cosine(models[i], models[j]) for i, j in pairs]


def installed() -> list[Contender]:
    """The peers that can be imported here."""
    found = []
    for of in (_pytorch_cka, _rsatoolbox, _ckatorch):
        try:
            found.append(of())
        except ImportError:
            continue
    return found


def _pytorch_cka() -> Contender:
    import torch
    from cka import cka_from_features

    def run(models: Models, pairs: Sequence[Pair]) -> list[float]:
        tensors = [torch.from_numpy(x) for x in models]
        values = cka_from_features(tensors, tensors)
        return [float(values[i, j]) for i, j in pairs]

    return Contender(f"pytorch-cka {version('pytorch-cka')} (debiased)", run, debiased=True)


def _rsatoolbox() -> Contender:
    from rsatoolbox.data import Dataset
    from rsatoolbox.rdm import calc_rdm, compare

    def run(models: Models, pairs: Sequence[Pair]) -> list[float]:
        rdms = calc_rdm([Dataset(x) for x in models], method="euclidean")
        # Its whitened cosine is linear CKA (Diedrichsen et al. 2021).
        values = compare(rdms, rdms, method="cosine_cov")
        return [float(values[i, j]) for i, j in pairs]

    # All 21 models at 4,413 items would take it more memory than most machines have.
    return Contender(f"rsatoolbox {version('rsatoolbox')}", run, models=4)


def _ckatorch() -> Contender:
    import torch
    from ckatorch import cka_base

    def run(models: Models, pairs: Sequence[Pair]) -> list[float]:
        tensors = [torch.from_numpy(x) for x in models]
        return [float(cka_base(tensors[i], tensors[j])) for i, j in pairs]

    return Contender(f"ckatorch {version('ckatorch')}", run, pairs=3)
