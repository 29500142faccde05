"""Made-up studies of any size with known effects, for tests, benchmarks and a first look.

They say so: title and description name them as made, and `truth.json` beside the manifest holds
the effects they were made from.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import RequestError
from core.numerics.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

CHECKPOINT = 1000
BASELINE, REFERENCE = 0.4, 0.9
"""Shifted and standard accuracy of every base: 0 and 1 of normalized improvement."""
PARQUET_FROM = 200_000
"""Rows of evaluations from which they are written as Parquet."""
LARGEST_SETS = 2_000
"""Training sets of two or three tasks that are made; of more, so many are drawn."""


@dataclass(frozen=True)
class SyntheticStudy:
    """What to make.

    tasks, seeds: how many. sizes: how many tasks training sets have, 1 always among them.
    mean: of the transfers. giver, taker, pair, noise: standard deviations of the effects of
    sources, targets, ordered pairs, and of seeds. cka_r: correlation of CKA with the symmetric
    part of the pair effects. missing: share of fine-tuned evaluations that are left out.
    groups: of tasks, none of them empty; within: what transfer inside a group has more.
    random_seed: of all draws.
    """

    tasks: int
    seeds: int = 3
    sizes: tuple[int, ...] = (1,)
    mean: float = 0.4
    giver: float = 0.15
    taker: float = 0.1
    pair: float = 0.1
    noise: float = 0.05
    cka_r: float = 0.5
    missing: float = 0.0
    groups: int = 0
    within: float = 0.1
    random_seed: int = 0

    def __post_init__(self) -> None:
        """Raise RequestError for what cannot be made."""
        if self.tasks < 2:
            raise RequestError(f"{self.tasks} task: a study of transfer needs at least 2")
        if self.seeds < 1:
            raise RequestError(f"{self.seeds} seeds: at least 1 is needed")
        if not 0 <= self.missing < 1:
            raise RequestError(f"missing {self.missing:g}: a share from 0 to below 1")
        if not -1 <= self.cka_r <= 1:
            raise RequestError(f"CKA correlation {self.cka_r:g}: from -1 to 1")
        if not 0 <= self.groups <= self.tasks:
            raise RequestError(f"{self.groups} groups of {self.tasks} tasks: from 0 to as many")


@dataclass(frozen=True)
class Effects:
    """The effects a study is made from, in units of normalized improvement.

    giver, taker: (n,) float64; transfer: (n, n) float64, their sum with the pair effects and what
    groups have within, trained cells on the diagonal; cka: (n, n) float64, symmetric, 1 on the
    diagonal; groups: (n,) int64, the group of each task, from 0, empty where there are none.
    """

    giver: FloatArray
    taker: FloatArray
    transfer: FloatArray
    cka: FloatArray
    groups: IntArray


def draw_effects(asked: SyntheticStudy) -> Effects:
    """The effects of a study; the same for the same numbers asked for."""
    rng = np.random.default_rng(asked.random_seed)
    n = asked.tasks
    giver, taker = rng.normal(0, asked.giver, n), rng.normal(0, asked.taker, n)
    pair = rng.normal(0, 1, (n, n))
    transfer = asked.mean + giver[:, None] + taker[None, :] + asked.pair * pair
    groups = _draw_groups(asked)
    if len(groups):
        transfer += asked.within * (groups[:, None] == groups[None, :])
    np.fill_diagonal(transfer, 0.95)
    other = rng.normal(0, 1, (n, n))
    alike = (pair + pair.T) / np.sqrt(2)
    apart = (other + other.T) / np.sqrt(2)
    z = asked.cka_r * alike + np.sqrt(1 - asked.cka_r**2) * apart
    cka = 1 / (1 + np.exp(-z))
    np.fill_diagonal(cka, 1.0)
    return Effects(giver=giver, taker=taker, transfer=transfer, cka=cka, groups=groups)


def _draw_groups(asked: SyntheticStudy) -> IntArray:
    """The group of each task, (n,) int64, of draws of its own: other effects stay what they are."""
    if not asked.groups:
        return np.zeros(0, dtype=np.int64)
    rng = np.random.default_rng((asked.random_seed, 3))
    rest = rng.integers(0, asked.groups, asked.tasks - asked.groups)
    return rng.permutation(np.concatenate([np.arange(asked.groups), rest]))


def write_synthetic_study(asked: SyntheticStudy, out: Path, *, force: bool = False) -> Path:
    """Write the study into a folder; returns its manifest.

    Raises RequestError where the folder holds a study already and `force` is not given.
    """
    manifest = out / "study.toml"
    if manifest.exists() and not force:
        raise RequestError(f"there is a study in {out}; another folder, or --force to replace it")
    out.mkdir(parents=True, exist_ok=True)
    effects = draw_effects(asked)
    rng = np.random.default_rng((asked.random_seed, 1))
    names = task_names(asked.tasks)
    rows = sum(1 for _ in _training_sets(asked)) * asked.tasks * asked.seeds
    evaluations = "evaluations.parquet" if rows >= PARQUET_FROM else "evaluations.csv"
    for stale in {"evaluations.parquet", "evaluations.csv"} - {evaluations}:
        (out / stale).unlink(missing_ok=True)
    _write_runs(asked, names, out / "runs.csv")
    _write_evaluations(asked, effects, names, rng, out / evaluations)
    _write_cka(asked, effects, rng, out / "cka_summary.csv")
    truth = {
        "asked": asdict(asked),
        "tasks": list(names),
        "giver": effects.giver.tolist(),
        "taker": effects.taker.tolist(),
        "groups": effects.groups.tolist(),
    }
    (out / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    manifest.write_text(_manifest(asked, effects, names, evaluations), encoding="utf-8")
    return manifest


def task_names(count: int) -> tuple[str, ...]:
    """`t01`, `t02`, …: as many digits as the last one needs."""
    digits = len(str(count))
    return tuple(f"t{number:0{digits}}" for number in range(1, count + 1))


def _training_sets(asked: SyntheticStudy) -> Iterator[tuple[int, ...]]:
    """Training sets by size; of more than `LARGEST_SETS` of a size, so many drawn ones."""
    rng = np.random.default_rng((asked.random_seed, 2))
    for size in sorted({1, *asked.sizes}):
        every = itertools.combinations(range(asked.tasks), size)
        if size == 1 or asked.tasks**size <= LARGEST_SETS * 6:
            yield from every
            continue
        drawn: dict[tuple[int, ...], None] = {}
        while len(drawn) < LARGEST_SETS:
            chosen = rng.choice(asked.tasks, size, replace=False)
            drawn[tuple(sorted(int(task) for task in chosen))] = None
        yield from sorted(drawn)


def _method(members: Sequence[int]) -> str:
    return f"ft{len(members)}"


def _run(members: Sequence[int], seed: int) -> str:
    return f"b{seed}-{_method(members)}-{'-'.join(str(member + 1) for member in members)}"


def _write_runs(asked: SyntheticStudy, names: Sequence[str], path: Path) -> None:
    lines = ["run,method,trained,base,seed"]
    for seed in range(1, asked.seeds + 1):
        lines.append(f"b{seed},pretrain,{'+'.join(names)},,{seed}")
        lines += [f"b{seed}-s{at + 1},pretrain,{name},,{seed}" for at, name in enumerate(names)]
        for members in _training_sets(asked):
            trained = "+".join(names[member] for member in members)
            lines.append(f"{_run(members, seed)},{_method(members)},{trained},b{seed},{seed}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_evaluations(
    asked: SyntheticStudy,
    effects: Effects,
    names: Sequence[str],
    rng: np.random.Generator,
    path: Path,
) -> None:
    import pandas as pd

    sets = list(_training_sets(asked))
    # A run of several tasks does as well as the best of them.
    best = np.array([effects.transfer[list(members)].max(axis=0) for members in sets])
    frames = []
    for seed in range(1, asked.seeds + 1):
        for split, value in (("standard", REFERENCE), ("shifted", BASELINE)):
            frames.append(_rows([f"b{seed}"], names, split, np.full((1, len(names)), value)))
        reached = best + rng.normal(0, asked.noise, best.shape)
        values = BASELINE + (REFERENCE - BASELINE) * reached
        values[rng.random(values.shape) < asked.missing] = np.nan
        runs = [_run(members, seed) for members in sets]
        frames.append(_rows(runs, names, "shifted", values).dropna(subset="value"))
    table = pd.concat(frames, ignore_index=True)
    if path.suffix == ".parquet":
        table.to_parquet(path, index=False)
    else:
        table.to_csv(path, index=False, float_format="%.6f", lineterminator="\n")


def _rows(
    runs: Sequence[str], names: Sequence[str], split: str, values: FloatArray
) -> pd.DataFrame:
    """A row for each run and task; values: (n_runs, n_tasks) float64, accuracies."""
    import pandas as pd

    return pd.DataFrame(
        {
            "run": np.repeat(np.array(runs, dtype=object), len(names)),
            "task": np.tile(np.array(names, dtype=object), len(runs)),
            "split": split,
            "checkpoint": CHECKPOINT,
            "value": values.ravel(),
        }
    )


def _write_cka(
    asked: SyntheticStudy, effects: Effects, rng: np.random.Generator, path: Path
) -> None:
    import pandas as pd

    first, second = np.triu_indices(asked.tasks, k=1)
    frames = []
    for seed in range(1, asked.seeds + 1):
        value = effects.cka[first, second] + rng.normal(0, 0.01, len(first))
        frames.append(
            pd.DataFrame(
                {
                    "exp1": [f"b{seed}-s{at}" for at in (first + 1).tolist()],
                    "exp2": [f"b{seed}-s{at}" for at in (second + 1).tolist()],
                    "layer": 1,
                    "final_cka": value.clip(0, 1),
                }
            )
        )
    pd.concat(frames).to_csv(path, index=False, float_format="%.4f", lineterminator="\n")


def _manifest(
    asked: SyntheticStudy, effects: Effects, names: Sequence[str], evaluations: str
) -> str:
    sizes = sorted({1, *asked.sizes})
    lines = [
        f'title = "Made up: {asked.tasks:,} tasks, {asked.seeds}'
        f' seed{"s" if asked.seeds > 1 else ""}"',
        'description = "No network was trained: these numbers were drawn with known effects'
        f' (truth.json, random seed {asked.random_seed})."',
        "",
    ]
    for at, name in enumerate(names):
        lines += [f"[tasks.{name}]", f'label = "{name}"', 'metric = "accuracy"']
        if asked.groups:
            lines.append(f'group = "Made up {effects.groups[at] + 1}"')
    for size in sizes:
        lines += ["", f"[methods.ft{size}]", f'label = "FT{size}"']
        if size > 1:
            lines.append('predicted_from = "ft1"')
    lines += ["", "[evaluations]", 'layout = "table"', f'path = "{evaluations}"']
    lines += ["", "[cka]", 'summary = "cka_summary.csv"', "default_layer = 1", ""]
    return "\n".join(lines)
