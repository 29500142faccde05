"""What the runs of a tracker are: which parameter says what a run was trained on, which metric
how well it does where.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.errors import RequestError, listed
from core.io.names.usual_words import usual_column
from core.io.recognition import Recognized, recognize_table
from core.io.trackers.tracked_runs import EXPERIMENT, ID, NAME, STATUS, RunTable


def recognize_runs(
    table: RunTable,
    finished: str,
    *,
    mapped: Mapping[str, str],
    where: Mapping[str, str],
    metric: str | None,
    zero: str | None,
    one: str | None,
) -> tuple[Recognized, RunTable]:
    """How the runs are read, and those of them that have what it takes.

    finished: the status of a run that came to its end; others do not count. Raises RequestError.
    """
    name = table.source
    if not table.runs:
        raise RequestError(f"{name}: no runs in it")
    header = [column for column in table.columns() if column not in (ID, NAME, STATUS, EXPERIMENT)]
    if any(run.values.get(STATUS) == finished for run in table.runs):
        where = {STATUS: finished, **where}
    words = {word: mapped.get(word) or usual_column(word, header) for word in ("sources", "target")}
    if words["sources"] is None:
        raise RequestError(
            f"{name}: no parameter says what a run was trained on, of {listed(header)}; name it"
            " with --map sources=PARAMETER"
        )
    # Other runs than those the study is made of: parents of sweeps, baselines.
    usable = table.with_all([words["sources"]])
    if not usable.runs:
        raise RequestError(f"{name}: no run has {words['sources']}")
    across = words["target"] is None or "{target}" in mapped.get("score", "")
    if not across:
        both = usable.with_all([words["sources"], words["target"] or ""])
        usable = both if both.runs else usable
    found = recognize_table(
        usable.as_raw(), name, mapped=mapped, where=where, metric=metric, zero=zero, one=one
    )
    if found.form == "scores":
        usable = table.with_all(
            [found.columns.get(word, word) for word in ("sources", "target", "score")]
        )
    understood = list(found.understood)
    unfinished = sum(run.values.get(STATUS) != finished for run in usable.runs)
    if STATUS in where and unfinished:
        runs, do = ("run that is", "does") if unfinished == 1 else ("runs that are", "do")
        understood.append(f"{unfinished} {runs} not {finished} {do} not count")
    if len(usable.runs) < len(table.runs):
        left = len(table.runs) - len(usable.runs)
        runs, are = ("run", "is") if left == 1 else ("runs", "are")
        understood.append(f"{left} {runs} without {listed(usable.needed)} {are} left out")
    assumed = list(found.assumed)
    experiments = dict.fromkeys(str(run.values.get(EXPERIMENT, "")) for run in usable.runs)
    if len(experiments) > 1 and EXPERIMENT not in where:
        assumed.append(
            f"all experiments belong together: {listed(experiments)}; --where"
            f" {EXPERIMENT}=NAME takes one"
        )
    return replace(found, understood=tuple(understood), assumed=tuple(assumed)), usable
