"""What jobs do: kinds of work, by name. A tab names one; what it means is looked up here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import RequestError
from dashboard.jobs import analysis_job, sweep_job
from dashboard.jobs.jobs import Job
from dashboard.state.context import AppContext

Work = Mapping[str, Any]
"""What is to be done, as JSON from a browser: `kind`, and what that kind needs to know."""

DONE = {"done": True}


@dataclass(frozen=True)
class JobKind:
    """told: the work in one text, the same for equal work; run: do it.

    Both raise AtlasError for work that cannot be done here; run raises JobOverError where the job
    has to end.
    """

    told: Callable[[Work, AppContext], str]
    run: Callable[[AppContext, Job, Work], None]


KINDS: Mapping[str, JobKind] = {
    "sweep": JobKind(sweep_job.sweep_identity, sweep_job.run),
    "analysis": JobKind(analysis_job.analysis_identity, analysis_job.run),
}


def identifier(app_context: AppContext) -> Callable[[Sequence[Any]], str]:
    """For SharedJobs: the arguments of `perform` but for the job -> what is to be done, as text."""

    def identify(arguments: Sequence[Any]) -> str:
        work = _work(arguments[0] if arguments else None)
        return f"{work['kind']} {KINDS[work['kind']].told(work, app_context)}"

    return identify


def performer(app_context: AppContext) -> Callable[[Job, Any], dict[str, Any]]:
    """The background callback: the job, an order with the work in it -> how it ended."""

    def perform(job: Job, order: Any) -> dict[str, Any]:
        work = _work(order)
        KINDS[work["kind"]].run(app_context, job, work)
        return DONE

    return perform


def _work(order: Any) -> Work:
    """The work in an order of a browser. Raises RequestError where there is none."""
    work = order.get("work") if isinstance(order, dict) else None
    kind = work.get("kind") if isinstance(work, dict) else None
    if not isinstance(work, dict) or not isinstance(kind, str) or kind not in KINDS:
        raise RequestError("there is no such job")
    return work
