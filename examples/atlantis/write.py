"""Writes the study: tables, representations, similarity of representations, manifest."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from tasks import TASKS
from world import World

METHODS = {
    "ft1": (
        "FT1",
        "Fine-tuned on one task: its queries about the new cities, and the base's queries "
        "about the real ones of all tasks.",
    ),
    "ft2": (
        "FT2",
        "Fine-tuned on two tasks, as FT1 on one, in as many steps.",
    ),
    "ft3": (
        "FT3",
        "Fine-tuned on three tasks, as FT1 on one, in as many steps.",
    ),
    "ftwb1": (
        "FTWB1",
        "FT1 with 256 queries about the new cities of every other task added (warmup and "
        "bias): what it does there is not zero-shot.",
    ),
    "ftwb2": (
        "FTWB2",
        "Fine-tuned on two tasks, with 256 queries about the new cities of every other task added.",
    ),
    "ftwb3": (
        "FTWB3",
        "Fine-tuned on three tasks, with 256 queries about the new cities of every other task"
        " added.",
    ),
}
"""Methods in the order of the manifest: label, and what was done."""

SINGLE_SOURCE = {"ft2": "ft1", "ft3": "ft1", "ftwb2": "ftwb1", "ftwb3": "ftwb1"}
"""Whose best source predicts which method."""

DEFAULT_LAYER = 3
"""Where models of one task and different seeds are most alike, beyond models of different tasks.

Chosen by that, which does not look at transfer.
"""

DESCRIPTION = (
    "Which geometry task teaches which, when a model meets new cities? Small networks trained on "
    "500 real cities (GeoNames, CC BY 4.0) meet 50 invented ones in the Atlantic."
)


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file with Unix line ends."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def read_table(path: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def rounded(value: float) -> str:
    """A value with six significant digits, as short as can be."""
    return f"{value:.6g}"


def linear_cka(x: np.ndarray, y: np.ndarray) -> float:
    """Linear CKA of two centred representations of the same items, in [0, 1].

    x: (n_items, p), y: (n_items, q), float64, columns centred.
    ||Y'X||_F^2 / (||X'X||_F ||Y'Y||_F), Kornblith et al. 2019.
    """
    return float(np.linalg.norm(y.T @ x) ** 2 / (np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y)))


Representations = Mapping[tuple[str, int, int], np.ndarray]
"""(run, layer, checkpoint) -> (n_items, n_features) float64, columns centred."""


def read_representations(folder: Path) -> Representations:
    """All stored representations below a folder, centred."""
    found = {}
    for path in sorted(folder.glob("*/layer*/checkpoint-*.npy")):
        run, layer, checkpoint = path.parts[-3:]
        values = np.load(path).astype(np.float64)
        key = run, int(layer.removeprefix("layer")), int(checkpoint[len("checkpoint-") : -4])
        found[key] = values - values.mean(axis=0)
    return found


def write_similarity(study: Path, runs: Sequence[str], *, stored_runs: Sequence[str]) -> None:
    """CKA of all pairs of single-task models at the end, and at every checkpoint of one seed.

    runs: the single-task models in their order; stored_runs: those with all checkpoints.
    """
    states = read_representations(study / "representations")
    layers = sorted({layer for _, layer, _ in states})
    last = max(checkpoint for _, _, checkpoint in states)
    write_table(
        study / "cka_summary.csv",
        ("exp1", "exp2", "layer", "final_cka"),
        (
            (a, b, layer, rounded(linear_cka(states[a, layer, last], states[b, layer, last])))
            for a, b in itertools.combinations(runs, 2)
            for layer in layers
        ),
    )
    checkpoints = sorted({checkpoint for _, _, checkpoint in states})
    write_table(
        study / "cka_checkpoints.csv",
        ("exp1", "exp2", "layer", "checkpoint", "cka"),
        (
            (a, b, layer, step, rounded(linear_cka(states[a, layer, step], states[b, layer, step])))
            for a, b in itertools.combinations(stored_runs, 2)
            for layer in layers
            for step in checkpoints
        ),
    )


def write_cities(path: Path, world: World) -> None:
    """The world itself: km east and north on the map, rounded to 0.1 km."""
    write_table(
        path,
        ("city", "group", "east_km", "north_km"),
        city_rows(world, range(world.n_cities)),
    )


def city_rows(world: World, cities: Iterable[int]) -> Iterator[tuple[str, str, str, str]]:
    """Name, group, km east and north of these cities, rounded to 0.1 km."""
    for city in cities:
        east, north = world.coordinates[city]
        yield world.names[city], world.groups[city], f"{east:.1f}", f"{north:.1f}"


def write_manifest(path: Path, *, excluded: Mapping[str, str]) -> None:
    """study.toml; excluded: task name -> reason. Covariates are facts of tasks and model."""
    lines = ['title = "Atlantis"', f'description = "{DESCRIPTION}"']
    for task in TASKS:
        lines += ["", f"[tasks.{task.name}]", f'label = "{task.label}"']
        lines += [f'metric = "{task.metric}"']
        if task.unit:
            lines += [f'unit = "{task.unit}"']
        lines += [f'color = "{task.color}"']
        if task.name in excluded:
            lines += [f'exclude = "{excluded[task.name]}"']
        lines += [f"[tasks.{task.name}.covariates]", f'"cities per query" = {task.n_points}']
        lines += [f'"outputs of its head" = {max(task.n_classes, 1)}']
    for method, (label, description) in METHODS.items():
        lines += ["", f"[methods.{method}]", f'label = "{label}"']
        lines += [f'description = "{description}"']
        if method in SINGLE_SOURCE:
            lines += [f'predicted_from = "{SINGLE_SOURCE[method]}"']
    lines += ["", "[evaluations]", 'layout = "table"', 'path = "evaluations.csv"']
    lines += ["", "[cka]", 'summary = "cka_summary.csv"', 'checkpoints = "cka_checkpoints.csv"']
    lines += ['representations = "representations"', f"default_layer = {DEFAULT_LAYER}"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
