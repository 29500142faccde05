"""Train models on two and on three tasks from scratch, and add them to the Atlantis study.

    python multitask.py --seeds 42 43 --jobs 2

Their similarity beside that of the single-task models tells whether training on more tasks makes
representations converge. Needs the study `train.py` wrote; a model that is finished stays in the
work folder. What the study has of such models already is replaced.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import numpy as np
import torch

import write
from experiment import (
    Run,
    Schedule,
    SeedData,
    Settings,
    draw_data,
    evaluate,
    train,
    training_pools,
)
from model import AtlasNetwork
from tasks import TASK_NAMES, TASKS
from train import HERE, build, choose_items, report, seed_folder

PAIRS = (
    ("distance", "angle"),
    ("trianglearea", "compass"),
    ("inside", "perimeter"),
    ("angle", "compass"),
    ("perimeter", "trianglearea"),
    ("distance", "inside"),
)
"""Two ways to cut the six tasks the study looks at into pairs, in no pair twice."""

TRIPLES = (
    ("distance", "trianglearea", "angle"),
    ("compass", "inside", "perimeter"),
    ("distance", "compass", "trianglearea"),
    ("angle", "inside", "perimeter"),
    ("distance", "angle", "inside"),
    ("trianglearea", "compass", "perimeter"),
)
"""Three ways to cut them into halves: only these have triples without a common task."""

Key = tuple[str, int, int]
"""Run, layer, checkpoint."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Train what is not finished yet, then add it to the study."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[42, 43])
    parser.add_argument("--jobs", type=int, default=2, help="models trained at the same time")
    parser.add_argument("--study", type=Path, default=HERE / "study")
    parser.add_argument("--work", type=Path, default=HERE / "work", help="finished models")
    options = parser.parse_args(arguments)
    settings = Settings()
    runs = [run for seed in sorted(set(options.seeds)) for run in plan_runs(seed)]
    folders = {run: seed_folder(options.work, run.seed, settings) / run.name for run in runs}
    missing = [run for run in runs if not (folders[run] / "evaluations.csv").exists()]
    report(f"{len(runs) - len(missing)} models are finished, {len(missing)} to train")
    started = time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.jobs, mp_context=context) as executor:
        jobs = {executor.submit(train_model, run, folders[run], settings): run for run in missing}
        for done, job in enumerate(as_completed(jobs), start=1):
            job.result()
            spent = (time.monotonic() - started) / 60
            left = spent / done * (len(missing) - done)
            report(
                f"{jobs[job].name}: {done}/{len(missing)} models, {spent:.1f} min spent,"
                f" about {left:.1f} min left"
            )
    add_to_study(options.study, folders, settings)


def plan_runs(seed: int) -> list[Run]:
    """The models of one seed: six of two tasks, six of three, with their tasks in study order."""
    return [
        Run(f"pt{size}-{number}-s{seed}", "pretrain", tuple(sorted(names, key=TASK_NAMES.index)),
            "", seed)
        for size, sets in ((2, PAIRS), (3, TRIPLES))
        for number, names in enumerate(sets, start=1)
    ]  # fmt: skip


def train_model(run: Run, folder: Path, settings: Settings) -> None:
    """Train one model as the single-task models are: as many steps, of as many queries each."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.set_flush_denormal(True)
    world = build(settings)
    data = draw_data(world, settings, run.seed)
    # Neither the start nor the batches of any run of `train.py`.
    number = 1_000 + [one.name for one in plan_runs(run.seed)].index(run.name)
    torch.manual_seed(run.seed * 10_000 + number)
    network = AtlasNetwork(world.n_cities, settings.size)
    folder.mkdir(parents=True, exist_ok=True)
    values: list[tuple[object, ...]] = []

    def record(step: int) -> None:
        values.extend(_evaluated(network, run, step, data))
        _store(network, folder, step, choose_items(world, settings))

    train(
        network,
        training_pools(run, data, settings),
        data.scales,
        Schedule(
            settings.single_steps, settings.single_batch, settings.single_rate, settings.checkpoints
        ),
        rng=np.random.default_rng([run.seed, len(TASKS), number]),
        at_checkpoint=record,
    )
    # Written last: a folder with this table is a model that is finished.
    write.write_table(
        folder / "evaluations.csv", ("run", "task", "split", "checkpoint", "value"), values
    )


def _evaluated(
    network: AtlasNetwork, run: Run, step: int, data: SeedData
) -> Iterator[tuple[object, ...]]:
    for one in evaluate(network, run, step, data):
        yield one.run, one.task, one.split, one.checkpoint, write.rounded(one.value)


def _store(network: AtlasNetwork, folder: Path, step: int, items: Sequence[int]) -> None:
    with torch.inference_mode():
        for layer, state in enumerate(network.layers(), start=1):
            path = folder / f"layer{layer}" / f"checkpoint-{step}.npy"
            path.parent.mkdir(exist_ok=True)
            np.save(path, state[list(items)].numpy().astype(np.float16))


def add_to_study(study: Path, folders: Mapping[Run, Path], settings: Settings) -> None:
    """Rows for the models in the study's four tables, after those that `train.py` wrote."""
    names = {run.name for run in folders}
    _extend(
        study / "runs.csv",
        names,
        ((run.name, run.method, "+".join(run.trained), run.base, run.seed, "") for run in folders),
    )
    _extend(
        study / "evaluations.csv",
        names,
        (row for folder in folders.values() for row in write.read_table(
            folder / "evaluations.csv")[1]),
    )  # fmt: skip
    states: dict[Key, np.ndarray] = {}
    for folder in dict.fromkeys(folder.parent for folder in folders.values()):
        states.update(write.read_representations(folder))
    last = max(checkpoint for _, _, checkpoint in states)
    by_size = [[run for run in folders if len(run.trained) == size] for size in (2, 3)]
    _extend(study / "cka_summary.csv", names, _similarities(states, by_size, last=last))
    stored = [[run for run in runs if run.seed == settings.stored_seed] for runs in by_size]
    _extend(study / "cka_checkpoints.csv", names, _similarities(states, stored, last=None))


def _similarities(
    states: Mapping[Key, np.ndarray], groups: Iterable[Sequence[Run]], *, last: int | None
) -> Iterator[tuple[object, ...]]:
    """CKA of all pairs of a group: at its last checkpoint, or (None) at each there is."""
    layers = sorted({layer for _, layer, _ in states})
    steps = sorted({step for _, _, step in states if last in (None, step)})
    for runs in groups:
        for a, b in itertools.combinations(runs, 2):
            for layer in layers:
                for step in steps:
                    cka = write.linear_cka(states[a.name, layer, step], states[b.name, layer, step])
                    named = (a.name, b.name, layer)
                    yield (*named, *((step,) if last is None else ()), write.rounded(cka))


def _extend(path: Path, names: set[str], rows: Iterable[Sequence[object]]) -> None:
    """Replace the rows that begin with one of these runs."""
    header, old = write.read_table(path)
    kept = [row for row in old if row[0] not in names]
    write.write_table(path, header, itertools.chain(kept, rows))


if __name__ == "__main__":
    main()
