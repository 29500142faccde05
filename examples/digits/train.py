"""Train every network of the study and write `study/`: `python train.py` (see requirements.txt)."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data import ITEMS_PER_DIGIT, NAMES, PAIRS, Digits, answers, few, split
from model import Networks

STUDY = Path(__file__).resolve().parent / "study"
SEEDS = (1, 2, 3, 4, 5)
BASE_STEPS, SINGLE_STEPS, BATCH = 800, 400, 64
STEPS = (25, 100, 200)
"""Checkpoints of fine-tuning."""
SHOTS, WARM_SHOTS = 10, 1
"""Turned images of each digit of a trained task; of every digit, for FTWB."""
DOUBLE_SETS = 100
"""Training sets of two tasks, drawn from all 990."""
TASKS = len(PAIRS)
LOOPED = (0, 6, 8, 9)
LOOPS = ("no loop", "one loop", "two loops")
"""The group of a task: how many of its two digits are drawn with a closed loop."""


@dataclass(frozen=True)
class Group:
    """Runs of one method: (trained tasks, seed) of each, and how they learn."""

    method: str
    sets: list[tuple[tuple[int, ...], int]]
    warm: bool = False

    def name(self, at: int) -> str:
        """The name of a run."""
        trained, seed = self.sets[at]
        return f"base-{seed}_{self.method}-{'-'.join(NAMES[t] for t in trained)}"


def main() -> None:
    """Everything, in order."""
    started = time.perf_counter()
    train, test = split()
    rows: list[pd.DataFrame] = []
    runs = ["run,method,trained,base,seed,exposed"]
    base = Networks.drawn([100 + seed for seed in SEEDS])
    fit(base, train, np.ones((len(SEEDS), TASKS), np.float32), BASE_STEPS, SEEDS)
    names = [f"base-{seed}" for seed in SEEDS]
    for name, seed in zip(names, SEEDS, strict=True):
        runs.append(f"{name},pretrain,{'+'.join(NAMES)},,{seed},")
    for shown, splits in ((test, "standard"), (test.turned(), "shifted")):
        rows.append(table(names, splits, BASE_STEPS, measured(base, shown)))

    which = [(task, seed) for seed in SEEDS for task in range(TASKS)]
    single = Networks.drawn([1000 * seed + task for task, seed in which])
    fit(single, train, np.eye(TASKS, dtype=np.float32)[[t for t, _ in which]], SINGLE_STEPS, SEEDS)
    for task, seed in which:
        runs.append(f"single-{seed}-{NAMES[task]},pretrain,{NAMES[task]},,{seed},")
    represent(single, which, test)

    rng = np.random.default_rng(45)
    every = list(itertools.combinations(range(TASKS), 2))
    double = [every[at] for at in sorted(rng.choice(len(every), DOUBLE_SETS, replace=False))]
    alone = [((task,), seed) for seed in SEEDS for task in range(TASKS)]
    both = [(tasks, seed) for seed in SEEDS for tasks in double]
    for group in (
        Group("ft1", alone),
        Group("ft2", both),
        Group("ftwb1", alone, warm=True),
        Group("ftwb2", both, warm=True),
    ):
        for at, (trained, seed) in enumerate(group.sets):
            tasks = "+".join(NAMES[t] for t in trained)
            exposed = "+".join(NAMES) if group.warm else ""
            runs.append(f"{group.name(at)},{group.method},{tasks},base-{seed},{seed},{exposed}")
        rows += fine_tune(base, group, train.turned(), test.turned())
        print(f"{group.method}: {len(group.sets)} runs, {time.perf_counter() - started:.0f} s")
    STUDY.mkdir(exist_ok=True)
    (STUDY / "runs.csv").write_text("\n".join(runs) + "\n", encoding="utf-8")
    whole = pd.concat(rows, ignore_index=True)
    whole.to_parquet(STUDY / "evaluations.parquet", index=False, compression="zstd")
    (STUDY / "study.toml").write_text(manifest(train), encoding="utf-8")
    print(f"{len(whole):,} evaluations, {time.perf_counter() - started:.0f} s")


def fit(
    nets: Networks, digits: Digits, tasks: np.ndarray, steps: int, seeds: tuple[int, ...]
) -> None:
    """Train on upright images; tasks: (M, 45), 1 where a network learns a task.

    Networks of one seed see the same batches: M is a multiple of the number of seeds.
    """
    each = len(tasks) // len(seeds)
    draws = [np.random.default_rng((7, seed)) for seed in seeds]
    for _ in range(steps):
        at = np.repeat(
            np.array([draw.integers(0, len(digits.labels), BATCH) for draw in draws]), each, axis=0
        )
        answer, asked = answers(digits.labels[at])
        nets.step(digits.images[at], answer, asked * tasks[:, None, :])


def fine_tune(base: Networks, group: Group, turned: Digits, test: Digits) -> list[pd.DataFrame]:
    """All runs of a method from their bases, few turned images each; measured at `STEPS`."""
    nets = base.copies(np.array([SEEDS.index(seed) for _, seed in group.sets]))
    pools = {seed: few(turned, SHOTS, np.random.default_rng((11, seed))) for seed in SEEDS}
    counts = []
    for trained, seed in group.sets:
        labels = pools[seed].labels
        own = np.zeros(TASKS, np.float32)
        own[list(trained)] = 1
        _, asked = answers(labels)
        count = asked * own
        if group.warm:
            # The first image of each digit counts for every task.
            first = np.arange(len(labels)) % SHOTS < WARM_SHOTS
            count = np.maximum(count, asked * first[:, None])
        counts.append(count)
    images = np.array([pools[seed].images for _, seed in group.sets])
    answer = np.array([answers(pools[seed].labels)[0] for _, seed in group.sets])
    weight = np.array(counts)
    found = []
    names = [group.name(at) for at in range(len(group.sets))]
    for step in range(1, max(STEPS) + 1):
        nets.step(images, answer, weight)
        if step in STEPS:
            found.append(table(names, "shifted", step, measured(nets, test)))
    return found


def measured(nets: Networks, digits: Digits) -> np.ndarray:
    """(M, 45) accuracies."""
    return nets.accuracy(digits.images, *answers(digits.labels))


def table(names: list[str], splits: str, step: int, values: np.ndarray) -> pd.DataFrame:
    """Rows of evaluations.parquet."""
    return pd.DataFrame(
        {
            "run": np.repeat(names, TASKS),
            "task": np.tile(NAMES, len(names)),
            "split": splits,
            "checkpoint": step,
            "value": values.ravel().round(5),
        }
    )


def represent(nets: Networks, which: list[tuple[int, int]], test: Digits) -> None:
    """Both hidden layers of the single-task models on the same upright test images, float16."""
    items = few(test, ITEMS_PER_DIGIT, np.random.default_rng(3))
    folder = STUDY / "representations"
    folder.mkdir(parents=True, exist_ok=True)
    listed = [f"image{at},{label}" for at, label in enumerate(items.labels)]
    (folder / "items.csv").write_text("\n".join(["item,group", *listed]) + "\n", encoding="utf-8")
    for layer, values in enumerate(nets.hidden(items.images[None]), start=1):
        for (task, seed), one in zip(which, values, strict=True):
            place = folder / f"single-{seed}-{NAMES[task]}" / f"layer{layer}"
            place.mkdir(parents=True, exist_ok=True)
            np.save(place / f"checkpoint-{SINGLE_STEPS}.npy", one.astype(np.float16))


METHODS = (
    (
        "ft1",
        "Fine-tuned on one task, with ten turned images of each of its digits in every step.",
        "",
    ),
    (
        "ft2",
        "Fine-tuned on two tasks, as FT1 on one: 100 pairs of tasks, drawn once.",
        "ft1",
    ),
    (
        "ftwb1",
        "FT1 with one turned image of every digit, which counts for all 45 tasks: what it "
        "does on the others is not zero-shot.",
        "",
    ),
    (
        "ftwb2",
        "FT2 with one turned image of every digit, which counts for all 45 tasks: what it "
        "does on the others is not zero-shot.",
        "ftwb1",
    ),
)
"""Name, what was done, and the method that predicts it."""


def manifest(train: Digits) -> str:
    """study.toml."""
    means = np.array([train.images[train.labels == digit].mean(axis=0) for digit in range(10)])
    lines = [
        'title = "Digits"',
        'description = "Which pair of digits teaches a network to read turned digits? 45 tasks,'
        " tell digit a from digit b, 8 × 8 pixels; the new entities are the same digits turned a"
        ' quarter to the left."',
        "",
    ]
    for name, (a, b) in zip(NAMES, PAIRS, strict=True):
        lines += [
            f"[tasks.{name}]",
            f'label = "{a}{b}"',
            'metric = "accuracy"',
            f'group = "{LOOPS[(a in LOOPED) + (b in LOOPED)]}"',
            f"[tasks.{name}.covariates]",
            f'"distance of the mean images" = {np.linalg.norm(means[a] - means[b]):.3f}',
            "",
        ]
    for name, description, of in METHODS:
        lines += [f"[methods.{name}]", f'label = "{name.upper()}"']
        lines += [f'description = "{description}"']
        lines += [f'predicted_from = "{of}"', ""] if of else [""]
    lines += ["[evaluations]", 'layout = "table"', 'path = "evaluations.parquet"', ""]
    lines += ["[cka]", 'representations = "representations"', "default_layer = 2", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
