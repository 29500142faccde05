"""`runs.csv`: which runs there are, what each was trained on, where it started from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.errors import About, listed
from core.io.files import StudyFolder
from core.io.names.name_rules import flaw_in_folder_name, flaw_in_name
from core.io.problems import ProblemCollector, listed_quoted, quoted
from core.io.tables import Table, read_table
from core.study import Run, Task

RUNS = "runs.csv"
FAILED = "failed"

_COLUMNS = ("run", "method", "trained", "base", "seed")


@dataclass(frozen=True)
class RunList:
    """The runs of a study in the order of the file.

    `named` also has the names of rows that had to be left out, so that nobody else complains
    about them; None where there is no list at all. `methods` are those of all runs but base
    runs, rows left out included, in order of appearance.
    """

    runs: tuple[Run, ...]
    named: frozenset[str] | None
    methods: tuple[str, ...] = ()

    def knows(self, name: str) -> bool:
        """True where `runs.csv` names a run, or where nobody can know."""
        return self.named is None or name in self.named

    @property
    def positions(self) -> Mapping[str, int]:
        """Run name -> index."""
        return {run.name: i for i, run in enumerate(self.runs)}


NO_RUNS = RunList((), None)
"""What is known of the runs where there is no list of them."""


def read_runs(folder: StudyFolder, tasks: Sequence[Task], *, folders: bool = True) -> RunList:
    """All runs; rows that cannot be used are errors and left out.

    folders: somewhere a run is a folder, so its name cannot hold `/`.
    """
    findings = folder.findings
    header = ",".join(_COLUMNS)
    table = read_table(
        folder,
        RUNS,
        needed=_COLUMNS,
        optional=("status", "exposed"),
        todo=f"write it: one row per run, {header}",
    )
    if table is None:
        return NO_RUNS
    if not len(table):
        findings.error(RUNS, "", "no runs", f"write one row per run: {header}")
        return NO_RUNS
    order = {task.name: i for i, task in enumerate(tasks)}
    places: dict[str, str] = {}
    runs = list(
        _rows(findings, table, order, places, flaw_in_folder_name if folders else flaw_in_name)
    )
    named_bases = zip(table.texts("run"), table.texts("base"), strict=True)
    _check_bases(findings, [(places[run], run, base) for run, base in named_bases], places)
    _check_rings(findings, runs, places)
    _check_cells(findings, runs)
    _check_shared_bases(findings, runs)
    for place, run in runs:
        if run.failed:
            findings.warn(
                RUNS,
                place,
                f"run {quoted(run.name)} failed",
                "it is listed and never averaged in; repeat it to fill its cells",
                about=About.FAILED,
                run=run.name,
            )
    methods = dict.fromkeys(
        method
        for method, base in zip(table.texts("method"), table.texts("base"), strict=True)
        if base and flaw_in_name(method) is None
    )
    return RunList(tuple(run for _, run in runs), frozenset(places), tuple(methods))


def trained_tasks(folder: StudyFolder) -> tuple[str, ...]:
    """Every name in the column `trained`, in order of appearance."""
    todo = f"write it: one row per run, {','.join(_COLUMNS)}"
    table = read_table(folder, RUNS, needed=_COLUMNS, todo=todo)
    cells = table.texts("trained") if table is not None else ()
    names = (name.strip() for cell in dict.fromkeys(cells) for name in cell.split("+"))
    return tuple(dict.fromkeys(name for name in names if flaw_in_name(name) is None))


def parse_tasks(
    text: str, order: Mapping[str, int], *, ordered: bool = False
) -> tuple[tuple[str, ...], str | None]:
    """Tasks joined by `+`, in manifest order, and what is wrong with them (None where nothing is).

    order: task name -> position. ordered: they stay in the order they were trained in.
    """
    if not text:
        return (), "no task"
    names = [name.strip() for name in text.split("+")]
    if "" in names:
        return (), f"{quoted(text)} has an empty task name"
    unknown = [name for name in names if name not in order]
    if unknown:
        return (), f"unknown task {listed_quoted(dict.fromkeys(unknown))}"
    if len(set(names)) < len(names):
        repeated = next(name for name in names if names.count(name) > 1)
        return (), f"task {quoted(repeated)} twice"
    return tuple(names if ordered else sorted(names, key=order.__getitem__)), None


def advise_tasks(findings: ProblemCollector, text: str, order: Mapping[str, int]) -> str:
    """What to write where `parse_tasks` found something wrong in `text`."""
    unknown = next((n for n in (part.strip() for part in text.split("+")) if n not in order), "")
    hint = findings.did_you_mean(unknown, order) if unknown else ""
    new = "list it under [tasks], too, or " if unknown else ""
    return f"{hint}{new}join tasks of the manifest with +: {listed(order)}"


def _rows(
    findings: ProblemCollector,
    table: Table,
    order: Mapping[str, int],
    places: dict[str, str],
    flaw_in: Callable[[str], str | None],
) -> Iterator[tuple[str, Run]]:
    """Each usable row as (place, run); fills `places` with run name -> place of every row."""
    columns = {name: table.texts(name) for name in table.columns}
    seeds, readable = table.integers(
        "seed", findings, todo="write a number: 42 is 42, not original"
    )
    for i in range(len(table)):
        place = table.at(i)
        cells = {name: column[i] for name, column in columns.items()}
        name = cells["run"]
        usable = bool(readable[i])
        if flaw := flaw_in(name):
            # Layout `runs` and the representations have a folder per run.
            usable = False
            findings.error(RUNS, place, f"run {quoted(name)}: {flaw}", "give it another name")
        elif name in places:
            usable = False
            findings.error(
                RUNS,
                place,
                f"run {quoted(name)} a second time, {places[name]} has it too",
                "give each run its own name",
            )
        places.setdefault(name, place)
        if flaw := flaw_in_name(cells["method"]):
            usable = False
            findings.error(RUNS, place, f"method: {flaw}", "name the run's method")
        status = cells.get("status", "")
        if status not in ("", FAILED):
            usable = False
            findings.error(
                RUNS, place, f"status {quoted(status)}", f"leave it empty or write {FAILED}"
            )
        trained = _tasks_in(findings, place, cells, "trained", order)
        exposed = _tasks_in(findings, place, cells, "exposed", order)
        if usable and trained is not None and exposed is not None:
            yield (
                place,
                Run(
                    name=name,
                    method=cells["method"],
                    trained=trained,
                    base=cells["base"] or None,
                    seed=int(seeds[i]),
                    failed=status == FAILED,
                    exposed=exposed,
                ),
            )


def _tasks_in(
    findings: ProblemCollector,
    place: str,
    cells: Mapping[str, str],
    column: str,
    order: Mapping[str, int],
) -> tuple[str, ...] | None:
    """The tasks in a cell; None, with an error, where they are none. Nothing need be exposed."""
    text = cells.get(column, "")
    if not text and column != "trained":
        return ()
    tasks, flaw = parse_tasks(text, order)
    if flaw:
        findings.error(RUNS, place, f"{column}: {flaw}", advise_tasks(findings, text, order))
        return None
    return tasks


def _check_bases(
    findings: ProblemCollector, named: Sequence[tuple[str, str, str]], places: Mapping[str, str]
) -> None:
    """named: (place, run, base) of every row, also of those with other faults."""
    for place, run, base in named:
        if base and base not in places:
            findings.error(
                RUNS,
                place,
                f"run {quoted(run)} names base {quoted(base)}, which is not there",
                f"{findings.did_you_mean(base, places)}add a row for it or correct the name",
            )


def _check_rings(
    findings: ProblemCollector, runs: Sequence[tuple[str, Run]], places: Mapping[str, str]
) -> None:
    """A chain of bases that comes back to where it began."""
    bases = {run.name: run.base for _, run in runs}
    done: set[str | None] = set()
    for _, run in runs:
        chain: dict[str, int] = {}
        name: str | None = run.name
        while name in bases and name not in done and name not in chain:
            chain[name] = len(chain)
            name = bases[name]
        if name in chain:
            ring = list(chain)[chain[name] :]
            findings.error(
                RUNS,
                places[name],
                f"run {quoted(name)} is its own base: {listed([*ring, name])}",
                "leave the base of a run that started from nothing empty",
            )
        done.update(chain)


def _check_shared_bases(findings: ProblemCollector, runs: Sequence[tuple[str, Run]]) -> None:
    """Seeds of a method that start from one base agree by birth: no spread over seeds is theirs."""
    users: dict[tuple[str, str], dict[int, str]] = {}
    for place, run in runs:
        if run.base is not None and not run.failed:
            users.setdefault((run.method, run.base), {}).setdefault(run.seed, place)
    for (method, base), seeds in users.items():
        if len(seeds) > 1:
            findings.warn(
                RUNS,
                list(seeds.values())[1],
                f"seeds {listed(sorted(seeds))} of method {quoted(method)} start from one base,"
                f" {quoted(base)}",
                "they agree by birth, so nothing gets an interval over these seeds; train a base"
                " for each seed, or choose one seed of each base",
            )


def _check_cells(findings: ProblemCollector, runs: Sequence[tuple[str, Run]]) -> None:
    """Two runs that stand for the same method, tasks and seed would be one cell twice."""
    owners: dict[tuple[str, tuple[str, ...], int], tuple[str, Run]] = {}
    for place, run in runs:
        if run.base is None or run.failed:
            continue
        there, owner = owners.setdefault((run.method, run.trained, run.seed), (place, run))
        if owner is not run:
            findings.error(
                RUNS,
                place,
                f"run {quoted(run.name)} has method, tasks and seed of run {quoted(owner.name)} "
                f"({there})",
                f"mark one of them {FAILED}, or give it its own seed or method",
            )
