"""Train the networks of the Atlantis study and write it.

    python train.py --seeds 42 43 44 45 --jobs 2 --out study

A seed that is finished stays in the work folder; after an interruption only the others are
trained. Needs the packages of requirements.txt beside this file.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path

import numpy as np

import write
from experiment import QUICK, SeedResult, Settings, run_seed
from world import World, build_world

HERE = Path(__file__).resolve().parent
TRAINING_CODE = ("world.py", "tasks.py", "model.py", "experiment.py")
RUN_COLUMNS = ("run", "method", "trained", "base", "seed", "exposed")
EVALUATION_COLUMNS = ("run", "task", "split", "checkpoint", "value")

EXCLUDED = {
    "crossing": "its single-task models stay near 0.75 accuracy, where the base reaches 0.95: "
    "their CKA is not that of a model which learned the task",
}
"""Tasks the manifest leaves out by default, with the reason."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Train what is not finished yet, then write the study."""
    options = parse(arguments)
    settings = QUICK if options.quick else Settings()
    folders = {seed: seed_folder(options.work, seed, settings) for seed in options.seeds}
    missing = [seed for seed, folder in folders.items() if not folder.exists()]
    report(f"{len(folders) - len(missing)} seeds are finished, {len(missing)} to train")
    started = time.monotonic()
    # Spawned, not forked: torch's thread pools do not survive a fork.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.jobs, mp_context=context) as executor:
        jobs = [executor.submit(train_seed, seed, folders[seed], settings) for seed in missing]
        for job in as_completed(jobs):
            job.result()
    write_study(options.out, list(folders.values()), build(settings), settings)
    spent = (time.monotonic() - started) / 60
    report(f"{options.out}: {study_size(options.out) / 1e6:.1f} MB, {spent:.1f} minutes")


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[42, 43, 44, 45])
    parser.add_argument("--jobs", type=int, default=2, help="seeds trained at the same time")
    parser.add_argument("--out", type=Path, default=HERE / "study", help="replaced when done")
    parser.add_argument("--work", type=Path, default=HERE / "work", help="finished seeds")
    parser.add_argument(
        "--quick", action="store_true", help="tiny smoke test, figures mean nothing"
    )
    options = parser.parse_args(arguments)
    if len(set(options.seeds)) < len(options.seeds):
        parser.error("a seed is named twice")
    if options.quick and options.out == HERE / "study":
        parser.error("--quick would replace the real study: name another folder with --out")
    if options.out.exists() and not (options.out / "study.toml").exists():
        parser.error(f"{options.out} is there and is no study: it would be replaced")
    return options


def report(message: str) -> None:
    """Progress, to standard error."""
    print(message, file=sys.stderr, flush=True)


def seed_folder(work: Path, seed: int, settings: Settings) -> Path:
    """Where a finished seed is kept: another folder for other settings or other code."""
    digest = hashlib.sha256(json.dumps(asdict(settings), sort_keys=True).encode())
    for name in TRAINING_CODE:
        digest.update((HERE / name).read_bytes())
    return work / f"seed-{seed}-{digest.hexdigest()[:12]}"


def build(settings: Settings) -> World:
    """The world of these settings, the same for all seeds."""
    return build_world(
        n_real=settings.n_real, n_atlantis=settings.n_atlantis, seed=settings.world_seed
    )


def choose_items(world: World, settings: Settings) -> list[int]:
    """Real cities whose representations are stored, in ascending order."""
    rng = np.random.default_rng(settings.world_seed + 1)
    return sorted(rng.choice(world.real, settings.n_items, replace=False).tolist())


def train_seed(seed: int, folder: Path, settings: Settings) -> None:
    """Train one seed and move it to its folder once it is complete."""
    world = build(settings)
    result = run_seed(seed, world, choose_items(world, settings), settings, progress=report)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as unfinished:
        write_seed(Path(unfinished) / "seed", result)
        (Path(unfinished) / "seed").rename(folder)


def write_seed(folder: Path, result: SeedResult) -> None:
    """Runs, evaluations and representations of one seed."""
    folder.mkdir()
    write.write_table(
        folder / "runs.csv",
        RUN_COLUMNS,
        (
            (run.name, run.method, "+".join(run.trained), run.base, run.seed, "+".join(run.exposed))
            for run in result.runs
        ),
    )
    write.write_table(
        folder / "evaluations.csv",
        EVALUATION_COLUMNS,
        (
            (one.run, one.task, one.split, one.checkpoint, write.rounded(one.value))
            for one in result.evaluations
        ),
    )
    for (run, layer, checkpoint), values in result.representations.items():
        path = folder / "representations" / run / f"layer{layer}" / f"checkpoint-{checkpoint}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, values)


def write_study(out: Path, seeds: Sequence[Path], world: World, settings: Settings) -> None:
    """Join the finished seeds to a study, which replaces the one at `out`."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as unfinished:
        study = Path(unfinished) / "study"
        study.mkdir()
        for name in ("runs.csv", "evaluations.csv"):
            tables = [write.read_table(seed / name) for seed in seeds]
            write.write_table(
                study / name, tables[0][0], (row for _, rows in tables for row in rows)
            )
        for seed in seeds:
            shutil.copytree(seed / "representations", study / "representations", dirs_exist_ok=True)
        write.write_table(
            study / "representations" / "items.csv",
            ("item", "group", "east_km", "north_km"),
            write.city_rows(world, choose_items(world, settings)),
        )
        _, runs = write.read_table(study / "runs.csv")
        singles = [row for row in runs if not row[3] and "+" not in row[2]]
        write.write_similarity(
            study,
            [row[0] for row in singles],
            stored_runs=[row[0] for row in singles if int(row[4]) == settings.stored_seed],
        )
        write.write_cities(study / "cities.csv", world)
        write.write_manifest(study / "study.toml", excluded=EXCLUDED)
        if out.exists():
            shutil.rmtree(out)
        study.rename(out)


def study_size(study: Path) -> int:
    """Size of all files, in bytes."""
    return sum(path.stat().st_size for path in study.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
