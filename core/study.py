"""The nouns a study is made of: Task, Method, Run, CkaTable, Predictor, Study.

All of them are frozen and validated when they are made by `core.io`; arrays in them are
read-only. Runs and tasks are referred to by their index in `Study.runs` and `Study.tasks`
inside arrays and by name everywhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np
from propcache.api import cached_property

from core.errors import Problem, RequestError, listed
from core.evaluations import Evaluations
from core.metrics import Metric
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.scale_ends import NO_END, EndKey, EndOrigin

FINAL = -1
"""Checkpoint of the rows of a CkaTable that came from the summary."""

Layer = int | str
"""A layer: its number, or its name where layers have names."""


class ValueScale(StrEnum):
    """What values are on: 0 and 1 known, only what no transfer is, or neither."""

    NORMALIZED = "normalized"
    GAIN = "gain"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class Task:
    """A task: `label` is its short name in figures, `exclude` why it is left out by default.

    zero, one: of given scores, what a model without transfer reaches and what counts as full, in
    the metric's unit; None = not known, "diagonal" = what training on the task itself reaches.
    zeros, ones: the same of a method, a seed or a step that has its own; empty = all have the same.
    group: what it is one of (a language family, a domain), empty = nothing. aliases: what else it
    is called, in files and in other studies. zero_read, one_read: where they were read.
    """

    name: str
    label: str
    metric: Metric
    unit: str = ""
    color: str | None = None
    exclude: str | None = None
    covariates: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    zero: float | None = None
    one: float | Literal["diagonal"] | None = None
    group: str = ""
    aliases: tuple[str, ...] = ()
    zeros: tuple[tuple[EndKey, float], ...] = ()
    ones: tuple[tuple[EndKey, float], ...] = ()
    zero_read: EndOrigin = NO_END
    one_read: EndOrigin = NO_END


@dataclass(frozen=True, slots=True)
class Method:
    """A way of fine-tuning; `predicted_from` is the method whose runs on one task predict it.

    That may be the method itself: then its runs on one task predict its runs on several.
    description: a sentence on what its runs were trained on, as the manifest says it.
    """

    name: str
    label: str
    predicted_from: str | None = None
    description: str = ""

    @property
    def is_self_predicted(self) -> bool:
        """Its own runs on one task predict those on several: only these have a prediction."""
        return self.predicted_from == self.name


@dataclass(frozen=True, slots=True)
class Run:
    """One training run.

    `trained` and `exposed` are task names in manifest order. `base` is the run it started
    from, None for a base run. `given` marks what a `scores` study has instead of fine-tuned
    runs: a row of its matrix, normalized by somebody else, without a base.
    """

    name: str
    method: str
    trained: tuple[str, ...]
    base: str | None
    seed: int
    failed: bool = False
    exposed: tuple[str, ...] = ()
    given: bool = False

    @property
    def is_base(self) -> bool:
        """Others start from it, it started from nothing."""
        return self.base is None and not self.given

    @property
    def is_single_source(self) -> bool:
        """Trained on exactly one task."""
        return len(self.trained) == 1


@dataclass(frozen=True)
class CkaTable:
    """CKA values given as tables, one element per unordered pair of runs, layer, checkpoint.

    first, second: (N,) int64, indices into Study.runs, first < second (never a run with itself)
    layer:         (N,) int64, its number; an index into `names` where there are some
    checkpoint:    (N,) int64, FINAL = from the summary
    value:         (N,) float64 in [-1, 1], NaN = present but unusable
    names:         the layers in their order; empty where they are numbers
    """

    first: IntArray
    second: IntArray
    layer: IntArray
    checkpoint: IntArray
    value: FloatArray
    names: tuple[Layer, ...] = ()

    def __len__(self) -> int:
        return len(self.value)

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """All layers there are values of, in their order."""
        there = np.unique(self.layer).tolist()
        return tuple(self.names[layer] for layer in there) if self.names else tuple(there)

    def at_layer(self, layer: Layer) -> BoolArray:
        """(N,) bool: the rows of one layer."""
        if not self.names:
            return np.asarray(self.layer == layer)
        code = self.names.index(layer) if layer in self.names else -1
        return np.asarray(self.layer == code)


@dataclass(frozen=True)
class Predictor:
    """A number that somebody gives for pairs of tasks, to tell in advance how well X→Y works.

    One element per pair, layer, seed and checkpoint, at most once; pairs without a number are not
    there. Of one that is not directed both orders of a pair are there, with the same value.

    source, target: (N,) int64, indices into Study.tasks, never equal
    layer:      (N,) int64, index into `layers`; all 0 where there are none
    seed:       (N,) int64, where `seeded`, (N,) bool: else the value is of no seed in particular
    checkpoint: (N,) int64, FINAL = not said
    value:      (N,) float64, finite, of any range
    row:        (N,) int64, in its file, counted from 1; file: (N,) int64, index into `files`
    layers:     in the order they are written, numbers ascending; empty where none are told apart
    """

    name: str
    label: str
    higher_is_better: bool
    directed: bool
    source: IntArray
    target: IntArray
    layer: IntArray
    seed: IntArray
    seeded: BoolArray
    checkpoint: IntArray
    value: FloatArray
    row: IntArray
    file: IntArray
    files: tuple[str, ...]
    layers: tuple[Layer, ...] = ()

    def __len__(self) -> int:
        return len(self.value)


@dataclass(frozen=True)
class RepresentationIndex:
    """Where the stored representations are; the arrays stay on disk until they are needed.

    files:  (run name, layer, checkpoint) -> path of a `.npy`, `.safetensors` or `.pt` file
    items:  names of the rows, the same for all runs; groups: one per item, or empty
    contents: path -> what the file held when the study was read, as its digest has it; a file
        without one is taken as it is
    order:  the layers in their order, where that is not the ascending one of numbers
    numbers: (column of the list of items, a number for each item, NaN = none): coordinates
    """

    folder: Path
    files: Mapping[tuple[str, Layer, int], Path]
    items: tuple[str, ...]
    groups: tuple[str, ...] = ()
    contents: Mapping[Path, str] = field(default_factory=dict)
    order: tuple[Layer, ...] = ()
    numbers: tuple[tuple[str, tuple[float, ...]], ...] = ()

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All layers any run has, in their order."""
        return layers_in_order({layer for _, layer, _ in self.files}, self.order)

    def folder_of(self, layer: Layer) -> str:
        """What the folder of a layer is called in the runs that have it."""
        named = (path.parent.name for (_, at, _), path in self.files.items() if at == layer)
        return next(named, f"layer{layer}")

    def checkpoints(self, layer: Layer | None = None) -> tuple[int, ...]:
        """All checkpoints any run has (at `layer`), ascending."""
        return tuple(sorted({c for _, at, c in self.files if layer is None or at == layer}))

    def last(self, run: str, layer: Layer) -> int | None:
        """The largest checkpoint of one run at one layer, None where it has none."""
        return self._lasts.get((run, layer))

    @cached_property
    def _lasts(self) -> dict[tuple[str, Layer], int]:
        """Of each run and layer: looked up for every run, and there may be 100,000 files."""
        found: dict[tuple[str, Layer], int] = {}
        for run, layer, step in self.files:
            found[run, layer] = max(step, found.get((run, layer), step))
        return found


@dataclass(frozen=True)
class Study:
    """A validated study.

    `digest` is a sha256 over its files: same digest, same numbers. `has_given_scores` is True
    where the values were normalized by somebody else (layout `scores`): no baselines, never
    normalized or clipped here. `warnings` are the problems that left cells empty.
    `origin`: the address its folder mirrors, as it may be told; empty where its files are these.
    `untrained`: sources that look like a model without transfer (`scratch`), of which nobody said
    what they are: they count as tasks, and no plan trains on them. `names_seeds`: its files have
    seeds, or runs that are numbered as such; else each cell is of one run, whose seed is 0.
    """

    folder: Path
    title: str
    description: str
    layout: str
    tasks: tuple[Task, ...]
    methods: tuple[Method, ...]
    runs: tuple[Run, ...]
    evaluations: Evaluations
    digest: str
    cka: CkaTable | None = None
    representations: RepresentationIndex | None = None
    default_layer: Layer | None = None
    predictors: tuple[Predictor, ...] = ()
    warnings: tuple[Problem, ...] = ()
    origin: str = ""
    untrained: tuple[str, ...] = ()
    names_seeds: bool = True

    @property
    def one_seed(self) -> str:
        """What one of its seeds is called: `one run` where no file names any."""
        return one_seed(named=self.names_seeds)

    @property
    def has_given_scores(self) -> bool:
        """True for layout `scores`."""
        return self.layout == "scores"

    @cached_property
    def value_scale(self) -> ValueScale:
        """What the values of its matrices are on; docs/methods.md, "The scale of given scores"."""
        if not self.has_given_scores:
            return ValueScale.NORMALIZED
        tasks = self.tested_tasks
        if not tasks or any(task.zero is None for task in tasks):
            return ValueScale.RAW
        return ValueScale.GAIN if any(t.one is None for t in tasks) else ValueScale.NORMALIZED

    @cached_property
    def is_tested(self) -> BoolArray:
        """(n_tasks,) bool, read-only: what something was tested on, of given scores the targets."""
        there = np.bincount(self.evaluations.task, minlength=len(self.tasks)) > 0
        there.setflags(write=False)
        return there

    @cached_property
    def tested_tasks(self) -> tuple[Task, ...]:
        """Tasks that something was tested on: of given scores the targets."""
        return tuple(self.tasks[at] for at in np.flatnonzero(self.is_tested).tolist())

    @property
    def lacking_zero(self) -> tuple[Task, ...]:
        """Targets without a zero where others have one: for these all scores stay as given."""
        tasks = self.tested_tasks if self.is_raw else ()
        lacking = tuple(task for task in tasks if task.zero is None)
        return lacking if len(lacking) < len(tasks) else ()

    @property
    def is_raw(self) -> bool:
        """Scores as they were given: nobody knows what no transfer is, so no value has a sign."""
        return self.value_scale is ValueScale.RAW

    @cached_property
    def lower_targets(self) -> tuple[str, ...]:
        """Tasks whose values in matrices are errors as they are: of a raw scale alone."""
        errors = tuple(task.name for task in self.tested_tasks if not task.metric.higher_is_better)
        return errors if self.is_raw else ()

    @cached_property
    def task_index(self) -> Mapping[str, int]:
        """Task name -> position in `tasks`."""
        return {task.name: i for i, task in enumerate(self.tasks)}

    @cached_property
    def run_index(self) -> Mapping[str, int]:
        """Run name -> position in `runs`."""
        return {run.name: i for i, run in enumerate(self.runs)}

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The groups its tasks are of, as the manifest first names them; often none."""
        return tuple(dict.fromkeys(task.group for task in self.tasks if task.group))

    @property
    def layer_order(self) -> tuple[Layer, ...]:
        """Layers in the order the study has them in; empty where they are numbers, ascending."""
        if self.representations is not None:
            return self.representations.order
        return self.cka.names if self.cka is not None else ()

    @property
    def excluded(self) -> tuple[Task, ...]:
        """Tasks the manifest leaves out by default, each with its reason in `exclude`."""
        return tuple(task for task in self.tasks if task.exclude is not None)

    def task(self, name: str) -> Task:
        """The task of that name. Raises RequestError where there is none."""
        try:
            return self.tasks[self.task_index[name]]
        except KeyError:
            raise RequestError(
                f"no task {name!r} in this study; it has {listed(t.name for t in self.tasks)}"
            ) from None

    def method(self, name: str) -> Method:
        """The method of that name. Raises RequestError where there is none."""
        for method in self.methods:
            if method.name == name:
                return method
        raise RequestError(
            f"no method {name!r} in this study; it has {listed(m.name for m in self.methods)}"
        )

    def predictor(self, name: str) -> Predictor:
        """The given predictor of that name. Raises RequestError where there is none."""
        for predictor in self.predictors:
            if predictor.name == name:
                return predictor
        there = listed(p.name for p in self.predictors)
        raise RequestError(
            f"no predictor {name!r} in this study; "
            + (f"it has {there}" if self.predictors else "add [predictors.<name>] to study.toml")
        )

    @cached_property
    def tested_methods(self) -> tuple[Method, ...]:
        """Methods with at least one run that is not a base: those that have a matrix."""
        used = {run.method for run in self.runs if not run.is_base}
        return tuple(method for method in self.methods if method.name in used)

    @cached_property
    def single_source_methods(self) -> tuple[Method, ...]:
        """Methods with at least one run trained on exactly one task: those with X→Y values."""
        return tuple(method for method in self.methods if method.name in self.sources_alone)

    @cached_property
    def sources_alone(self) -> Mapping[str, frozenset[str]]:
        """Method -> the tasks it has a run on alone; methods without any are left out."""
        found: dict[str, set[str]] = {}
        for run in self.runs:
            if run.is_single_source and not run.is_base:
                found.setdefault(run.method, set()).add(run.trained[0])
        return {method: frozenset(tasks) for method, tasks in found.items()}

    @cached_property
    def has_several_sources(self) -> bool:
        """Whether any run was fine-tuned on several tasks: what a prediction can be about."""
        return any(not run.is_base and len(run.trained) > 1 for run in self.runs)

    def runs_of(self, method: str) -> tuple[Run, ...]:
        """All runs of a method but base runs, failed ones included, in the order of the file."""
        return self._runs_of.get(method, ())

    @cached_property
    def _runs_of(self) -> Mapping[str, tuple[Run, ...]]:
        found: dict[str, list[Run]] = {}
        for run in self.runs:
            if not run.is_base:
                found.setdefault(run.method, []).append(run)
        return {method: tuple(runs) for method, runs in found.items()}

    def runs_on(self, method: str, trained: tuple[str, ...]) -> Mapping[int, Run]:
        """Seed -> the run of a method on a training set; where one was repeated, the repetition."""
        runs = (run for run in self.runs_of(method) if run.trained == trained)
        return {run.seed: run for run in failed_first(runs)}

    def seeds_of(self, method: str) -> tuple[int, ...]:
        """The seeds a method was run with, ascending."""
        return tuple(sorted({run.seed for run in self.runs_of(method)}))

    @cached_property
    def single_task_models(self) -> tuple[Run, ...]:
        """Base runs trained on exactly one task: the models that CKA compares."""
        return self.models_of(1)

    def models_of(self, trained: int) -> tuple[Run, ...]:
        """Base runs trained on so many tasks, without failed ones, in the order of the file."""
        return self._models_by_size.get(trained, ())

    @cached_property
    def _models_by_size(self) -> Mapping[int, tuple[Run, ...]]:
        found: dict[int, list[Run]] = {}
        for run in self.runs:
            if run.is_base and not run.failed:
                found.setdefault(len(run.trained), []).append(run)
        return {size: tuple(runs) for size, runs in found.items()}

    @cached_property
    def model_sizes(self) -> tuple[int, ...]:
        """How many tasks base runs were trained on, failed ones left out: each number once."""
        return tuple(sorted(self._models_by_size))


def one_seed(*, named: bool) -> str:
    """What one seed is called; named: some file says which seed a value is of."""
    return "one seed" if named else "one run"


def lists_to_tuples(question: object) -> None:
    """In a frozen dataclass under way: notebooks write lists, and what is asked is a key."""
    for one in fields(question):  # type: ignore[arg-type]
        if isinstance(value := getattr(question, one.name), list):
            object.__setattr__(question, one.name, tuple(value))


def failed_first(runs: Iterable[Run]) -> list[Run]:
    """Failed runs before the others: where one was repeated, the repetition comes last and wins."""
    return sorted(runs, key=lambda run: not run.failed)


def layers_in_order(layers: Iterable[Layer], order: Sequence[Layer]) -> tuple[Layer, ...]:
    """Each layer once: those of `order` in that order, then numbers ascending, then names."""
    position = {layer: i for i, layer in enumerate(order)}

    def place(layer: Layer) -> tuple[int, int, str]:
        if layer in position:
            return 0, position[layer], ""
        return (1, layer, "") if isinstance(layer, int) else (2, 0, layer)

    return tuple(sorted(set(layers), key=place))
