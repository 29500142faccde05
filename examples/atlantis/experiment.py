"""One seed of the experiment: its data, its base, its single-task models, its fine-tunings."""

from __future__ import annotations

import copy
import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from model import AtlasNetwork, ModelSize, TargetScale
from tasks import TASK_NAMES, TASKS, Queries, draw_queries
from world import World


@dataclass(frozen=True)
class Settings:
    """Everything that decides what a seed yields, apart from the seed."""

    n_real: int = 500
    n_atlantis: int = 50
    n_items: int = 300
    world_seed: int = 0
    size: ModelSize = field(default_factory=ModelSize)
    n_train: int = 250_000
    """Standard training queries per task."""
    n_evaluate: int = 1_000
    """Evaluation queries per task and split; their sets of cities are in no training query."""
    n_shifted: int = 12_000
    """Atlantis queries per trained task of a fine-tuning."""
    replay_share: float = 0.5
    """Share of a fine-tuning's batches that repeats the base's standard queries of all tasks."""
    n_exposed: int = 256
    """Atlantis queries of every task which the ftwb methods add."""
    base_steps: int = 3_000
    base_batch: int = 896
    base_rate: float = 2e-3
    single_steps: int = 4_000
    single_batch: int = 512
    single_rate: float = 1e-3
    """Half the base's rate: at 2e-3 inside and crossing alone stayed on a plateau."""
    tune_steps: int = 500
    tune_batch: int = 320
    tune_rate: float = 2e-3
    checkpoints: int = 5
    """Evaluations of a run, evenly spaced, the last one at its end."""
    stored_seed: int = 42
    """The seed whose single-task models keep representations of every checkpoint."""


QUICK = Settings(
    n_real=60,
    n_atlantis=10,
    n_items=30,
    size=ModelSize(embedding=8, width=16, layers=4, head=32),
    n_train=2_000,
    n_evaluate=100,
    n_shifted=256,
    n_exposed=16,
    base_steps=50,
    base_batch=140,
    single_steps=50,
    single_batch=64,
    tune_steps=20,
    tune_batch=128,
)
"""Small enough for a smoke test; its figures mean nothing."""


@dataclass(frozen=True)
class Run:
    """One training: `trained` and `exposed` are task names, `base` is empty for base runs."""

    name: str
    method: str
    trained: tuple[str, ...]
    base: str
    seed: int
    exposed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evaluation:
    """One value of one run: `split` is ``standard`` or ``shifted``."""

    run: str
    task: str
    split: str
    checkpoint: int
    value: float


@dataclass
class SeedResult:
    """What a seed yields.

    representations: (run, layer, checkpoint) -> (n_items, width) float16, layers from 1.
    """

    runs: list[Run] = field(default_factory=list)
    evaluations: list[Evaluation] = field(default_factory=list)
    representations: dict[tuple[str, int, int], np.ndarray] = field(default_factory=dict)


def training_sets(size: int) -> list[tuple[str, ...]]:
    """Sets of tasks a fine-tuning trains on: all of one or two, seven of the 35 of three.

    The seven are the lines of the Fano plane: each task is in three of them, each pair of tasks
    in exactly one.
    """
    n_tasks = len(TASK_NAMES)
    if size == 3:
        chosen = sorted(sorted((k + step) % n_tasks for step in (0, 1, 3)) for k in range(n_tasks))
        return [tuple(TASK_NAMES[k] for k in line) for line in chosen]
    return list(itertools.combinations(TASK_NAMES, size))


def plan_runs(seed: int) -> list[Run]:
    """All runs of a seed: the base, the single-task models, the fine-tunings, in this order."""
    base = f"pt1-s{seed}"
    runs = [Run(base, "pretrain", TASK_NAMES, "", seed)]
    runs += [
        Run(f"pt1-{number}-s{seed}", "pretrain", (name,), "", seed)
        for number, name in enumerate(TASK_NAMES, start=1)
    ]
    for prefix, exposed in (("ft", ()), ("ftwb", TASK_NAMES)):
        for size in (1, 2, 3):
            method = f"{prefix}{size}"
            runs += [
                Run(f"{base}_{method}-{number}", method, names, base, seed, exposed)
                for number, names in enumerate(training_sets(size), start=1)
            ]
    return runs


@dataclass(frozen=True)
class SeedData:
    """Queries of one seed by task name; no evaluation query has the cities of a training one."""

    standard: Mapping[str, Queries]
    shifted: Mapping[str, Queries]
    evaluate_standard: Mapping[str, Queries]
    evaluate_shifted: Mapping[str, Queries]
    scales: Mapping[str, TargetScale]


def draw_data(world: World, settings: Settings, seed: int) -> SeedData:
    """Training and evaluation queries of all tasks."""
    drawn: list[dict[str, Queries]] = [{}, {}, {}, {}]
    for index, task in enumerate(TASKS):
        rng = np.random.default_rng([seed, index])
        for shifted, n_train in ((False, settings.n_train), (True, settings.n_shifted)):
            evaluate = draw_queries(task, world, settings.n_evaluate, shifted=shifted, rng=rng)
            drawn[2 + shifted][task.name] = evaluate
            drawn[shifted][task.name] = draw_queries(
                task, world, n_train, shifted=shifted, rng=rng, held_out=evaluate
            )
    scales = {task.name: TargetScale.fit(task, drawn[0][task.name]) for task in TASKS}
    return SeedData(*drawn, scales)


@dataclass(frozen=True)
class Pool:
    """Queries that are drawn with equal chance and fill `share` of every batch."""

    share: float
    queries: Mapping[str, Queries]


def training_pools(run: Run, data: SeedData, settings: Settings) -> list[Pool]:
    """What a run trains on.

    A base run: the standard queries of its tasks. A fine-tuning: standard queries of all tasks,
    so that the old cities are not forgotten, and new ones: all Atlantis queries of its tasks and
    the first `n_exposed` of the tasks it is only exposed to.
    """
    if not run.base:
        return [Pool(1.0, {name: data.standard[name] for name in run.trained})]
    new = {}
    for name in TASK_NAMES:
        if name in run.trained:
            new[name] = data.shifted[name]
        elif name in run.exposed:
            new[name] = data.shifted[name].take(slice(0, settings.n_exposed))
    share = settings.replay_share
    return [Pool(share, data.standard), Pool(1.0 - share, new)]


class Batches:
    """Draws batches from pools: for each task its city indices and targets."""

    def __init__(
        self,
        pools: Sequence[Pool],
        scales: Mapping[str, TargetScale],
        *,
        batch: int,
        rng: np.random.Generator,
    ) -> None:
        self._rng = rng
        self._draws: list[tuple[int, np.ndarray, list[tuple[str, torch.Tensor, torch.Tensor]]]] = []
        for pool in pools:
            parts = [
                (name, torch.from_numpy(part.cities), scales[name].targets(part))
                for name, part in pool.queries.items()
            ]
            bounds = np.cumsum([0, *(len(part) for part in pool.queries.values())])
            self._draws.append((round(pool.share * batch), bounds, parts))

    def draw(self) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
        """One batch by task: cities (n, n_points) int64 and targets (n,)."""
        found: dict[str, list[tuple[torch.Tensor, torch.Tensor]]] = {}
        for size, bounds, parts in self._draws:
            drawn = np.sort(self._rng.integers(bounds[-1], size=size))
            cuts = np.searchsorted(drawn, bounds)
            for k, (name, cities, targets) in enumerate(parts):
                if cuts[k] < cuts[k + 1]:
                    rows = torch.from_numpy(drawn[cuts[k] : cuts[k + 1]] - bounds[k])
                    found.setdefault(name, []).append((cities[rows], targets[rows]))
        return {
            name: (torch.cat([c for c, _ in pairs]), torch.cat([t for _, t in pairs]))
            for name, pairs in found.items()
        }


@dataclass(frozen=True)
class Schedule:
    """Length and pace of one training."""

    steps: int
    batch: int
    rate: float
    checkpoints: int


def schedule_of(run: Run, settings: Settings) -> Schedule:
    """The schedule of a run: base, single-task model or fine-tuning."""
    if run.base:
        chosen = settings.tune_steps, settings.tune_batch, settings.tune_rate
    elif len(run.trained) == 1:
        chosen = settings.single_steps, settings.single_batch, settings.single_rate
    else:
        chosen = settings.base_steps, settings.base_batch, settings.base_rate
    return Schedule(*chosen, checkpoints=settings.checkpoints)


def train(
    network: AtlasNetwork,
    pools: Sequence[Pool],
    scales: Mapping[str, TargetScale],
    schedule: Schedule,
    *,
    rng: np.random.Generator,
    at_checkpoint: Callable[[int], None],
) -> None:
    """Train in place; call `at_checkpoint` with the step at each of the checkpoints."""
    batches = Batches(pools, scales, batch=schedule.batch, rng=rng)
    # The embedding rows of cities that no query names get no gradient and, without weight decay,
    # stay exactly as they were drawn: for the base Atlantis is unknown, not merely rare.
    optimizer = torch.optim.Adam(network.parameters(), lr=schedule.rate, fused=True)
    pace = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=schedule.rate, total_steps=schedule.steps + 1, pct_start=0.1
    )
    n_stops = schedule.checkpoints
    stops = {round(schedule.steps * (k + 1) / n_stops) for k in range(n_stops)}
    for step in range(1, schedule.steps + 1):
        drawn = batches.draw()
        outputs = network({name: cities for name, (cities, _) in drawn.items()})
        # Every sample weighs the same. With one mean per task the few exposed samples of a task
        # would count as much as thousands of another.
        loss = torch.cat(
            [scales[name].losses(outputs[name], targets) for name, (_, targets) in drawn.items()]
        ).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        pace.step()
        if step in stops:
            at_checkpoint(step)


@torch.inference_mode()
def evaluate(network: AtlasNetwork, run: Run, step: int, data: SeedData) -> list[Evaluation]:
    """Values of a run on every task, standard and shifted."""
    values = []
    for split, queries in (
        ("standard", data.evaluate_standard),
        ("shifted", data.evaluate_shifted),
    ):
        outputs = network({name: torch.from_numpy(q.cities) for name, q in queries.items()})
        values += [
            Evaluation(run.name, name, split, step, data.scales[name].metric(outputs[name], q))
            for name, q in queries.items()
        ]
    return values


def run_seed(
    seed: int,
    world: World,
    items: Sequence[int],
    settings: Settings,
    *,
    progress: Callable[[str], None],
) -> SeedResult:
    """Train everything of one seed. `items` are the cities whose representations are stored."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    # Adam's moments of unused rows decay into denormal numbers, which are slow.
    torch.set_flush_denormal(True)
    data = draw_data(world, settings, seed)
    result = SeedResult(runs=plan_runs(seed))
    costs = [run_cost(run, settings) for run in result.runs]
    started = time.monotonic()
    base: AtlasNetwork | None = None
    for number, run in enumerate(result.runs):
        if run.base:
            network = copy.deepcopy(base)
        else:
            # A start of its own for every model: shared initial weights alone would make the
            # early layers of two single-task models similar.
            torch.manual_seed(seed * 1_000 + number)
            network = AtlasNetwork(world.n_cities, settings.size)
        train(
            network,
            training_pools(run, data, settings),
            data.scales,
            schedule_of(run, settings),
            rng=np.random.default_rng([seed, len(TASKS), number]),
            at_checkpoint=_Recorder(network, run, data, items, settings, result),
        )
        if base is None:
            base = network
        spent = time.monotonic() - started
        left = spent * sum(costs[number + 1 :]) / sum(costs[: number + 1])
        progress(
            f"seed {seed}: {number + 1}/{len(costs)} runs, {run.name} done, "
            f"{spent / 60:.1f} min spent, about {left / 60:.1f} min left"
        )
    return result


def run_cost(run: Run, settings: Settings) -> float:
    """Rough work of a run in samples, for the estimate of the time left."""
    schedule = schedule_of(run, settings)
    # Encoding all cities and updating all weights costs about as much as 300 samples.
    return schedule.steps * (schedule.batch + 300)


@dataclass(frozen=True)
class _Recorder:
    """Called at every checkpoint of a run: evaluates it and keeps its representations."""

    network: AtlasNetwork
    run: Run
    data: SeedData
    items: Sequence[int]
    settings: Settings
    result: SeedResult

    def __call__(self, step: int) -> None:
        self.result.evaluations.extend(evaluate(self.network, self.run, step, self.data))
        last = step == self.settings.single_steps
        single_task = not self.run.base and len(self.run.trained) == 1
        if single_task and (last or self.run.seed == self.settings.stored_seed):
            with torch.inference_mode():
                for layer, state in enumerate(self.network.layers(), start=1):
                    stored = state[list(self.items)].numpy().astype(np.float16)
                    self.result.representations[self.run.name, layer, step] = stored
