"""Rows of runs that came to no end: a column of states, as trackers and schedulers export one."""

from __future__ import annotations

from core.errors import listed
from core.io.dialects.raw_table import distinct
from core.io.recognition.looked_table import LookedTable
from core.io.usual_words import usual_word

_COLUMNS = frozenset(
    ("state", "status", "run_state", "run_status", "job_state", "job_status", "trial_state")
)
_DONE = frozenset(("finished", "complete", "completed", "success", "succeeded", "done"))
_NOT_DONE = frozenset((
    "crashed", "failed", "fail", "failure", "error", "killed", "running", "preempted", "preempting",
    "pending", "queued", "scheduled", "waiting", "cancelled", "canceled", "stopped", "aborted",
    "interrupted", "timeout", "out_of_memory", "node_fail", "pruned",
))  # fmt: skip
"""As wandb, mlflow, Slurm and Optuna write them."""


def count_finished(look: LookedTable) -> None:
    """Count only rows of runs that came to their end, and say how many others there are.

    Only by a column that is called so and holds nothing but states, and one word for the end; not
    by one that somebody named for something else, or whose rows they chose.
    """
    for column in dict.fromkeys(look.raw.header):
        taken = column in look.where or column in look.mapped.values()
        if taken or not _is_called_state(column):
            continue
        states = list(distinct(look.counted(column)))
        if not states or not {usual_word(state) for state in states} <= _DONE | _NOT_DONE:
            continue
        done = [state for state in states if usual_word(state) in _DONE]
        others = [state for state in states if state not in done]
        if len(done) != 1:
            if others:
                look.assumed.append(
                    f"all rows count, whatever their {column} ({listed(states)}):"
                    f" --where {column}={states[0]}"
                )
            continue
        before = len(look.kept)
        ended = done[0]
        look.keep_where(column, ended)
        gone = before - len(look.kept)
        if gone:
            rows, do = ("row that is", "does") if gone == 1 else ("rows that are", "do")
            look.assumed.append(
                f"{gone} {rows} not {ended.lower()} ({column} is {listed(others)}) {do} not count"
            )


def _is_called_state(column: str) -> bool:
    word = usual_word(column)
    # `info.status`, `run/state`: what stands before is where it was logged.
    return word in _COLUMNS or usual_word(column.replace("/", ".").split(".")[-1]) in _COLUMNS
