"""An analysis as a job: what takes longer than somebody should wait for is left in the cache."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from core.cache.codec import CodecError, canonical_json, parse_json
from core.cache.result_cache import result_key
from core.errors import RequestError
from core.numerics.interrupt import interruptible
from core.similarity.store import SweepNeededError
from core.study import Study
from dashboard.jobs import sweep_job
from dashboard.jobs.jobs import Job, duration
from dashboard.state.computing import ComputationNeededError, Estimates
from dashboard.state.context import AppContext
from dashboard.text import numbers

if TYPE_CHECKING:
    from core.analyses.analysis import Analysis, Query


LOOK_S = 0.5


def wanted(slug: str, needed: ComputationNeededError) -> dict[str, Any]:
    """What the card is told where a figure needs an analysis: the work, a title, a note."""
    analysis = needed.analysis
    asked = analysis.asked(*needed.queries)
    return {
        "work": {
            "kind": "analysis",
            "study": slug,
            "analysis": analysis.name,
            "queries": [json.loads(canonical_json(query)) for query in asked],
        },
        "title": f"{analysis.name.replace('-', ' ')} of"
        f" {numbers.counted(len(needed.study.tasks), 'task')}",
        "offered": needed.seconds > sweep_job.AUTOMATIC_SECONDS,
        "note": f"About {duration(needed.seconds)} on one core.",
    }


def analysis_identity(work: Mapping[str, Any], app_context: AppContext) -> str:
    """What is computed, in one text: the key of the result."""
    analysis, study, _, queries = _asked(work, app_context)
    return result_key(analysis, study, *queries)


def run(app_context: AppContext, job: Job, work: Mapping[str, Any]) -> None:
    """Compute an analysis, and the sweep it needs, and leave the result in the cache.

    Raises RequestError for what is no analysis of a study here, JobOverError where it has to end,
    what the analysis raises.
    """
    analysis, study, slug, queries = _asked(work, app_context)
    try:
        _compute(app_context, job, analysis, study, queries)
    except SweepNeededError as needed:
        sweep_job.run(app_context, job, sweep_job.wanted(slug, study, needed)["work"])
        _compute(app_context, job, analysis, study, queries)


def _compute(
    app_context: AppContext, job: Job, analysis: Analysis[Any], study: Study, queries: list[Query]
) -> None:
    job.check()
    seconds = Estimates().of(analysis, study, queries).seconds
    begun = time.monotonic()
    # In a thread, so that this one can look after the job.
    executor = ThreadPoolExecutor(max_workers=1)
    try:
        with interruptible(job.check):
            within = copy_context()
        computed = executor.submit(within.run, app_context.compute, analysis, study, *queries)
        while True:
            try:
                computed.result(timeout=LOOK_S)
                return
            except TimeoutError:
                job.check()
                passed = time.monotonic() - begun
                job.progress(
                    int(passed * 10), int(max(seconds, passed * 1.05) * 10), _left(seconds - passed)
                )
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _left(seconds: float) -> str:
    return f"about {duration(seconds)} left" if seconds > 1 else "longer than expected"


def _asked(
    work: Mapping[str, Any], app_context: AppContext
) -> tuple[Analysis[Any], Study, str, list[Query]]:
    from core.analyses.registry import ANALYSES  # all of them, which starting needs none of

    slug, name, given = (work.get(key) for key in ("study", "analysis", "queries"))
    entry = app_context.library.find(slug) if isinstance(slug, str) else None
    if entry is None or entry.study is None:
        raise RequestError("there is no such study")
    analysis = ANALYSES.get(name) if isinstance(name, str) else None
    if analysis is None or not isinstance(given, list) or len(given) != len(analysis.takes):
        raise RequestError("there is no such analysis")
    try:
        queries = [
            parse_json(query, takes.query)
            for query, takes in zip(given, analysis.takes, strict=True)
        ]
    except CodecError:
        raise RequestError("there is no such question") from None
    return analysis, entry.study, entry.slug, queries
