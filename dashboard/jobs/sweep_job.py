"""The sweep of a study as a job: similarity of all its models, for every figure that needs it."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from core.errors import RequestError
from core.io.changes.digest import held_still
from core.similarity.measures import Measure, measure_name
from core.study import Study
from dashboard.jobs.jobs import Job, JobOverError, duration
from dashboard.state.context import AppContext
from dashboard.text import numbers

if TYPE_CHECKING:
    from core.similarity.store import SweepNeededError
    from core.similarity.sweep import Progress


AUTOMATIC_SECONDS = 600.0
"""A sweep that takes longer than this, by estimate, is offered and not begun unasked."""


def wanted(slug: str, study: Study, needed: SweepNeededError) -> dict[str, Any]:
    """What the card is told where a figure needs a sweep: the work, a title, whether to begin."""
    from core.similarity.sweep import sweep_size

    size = sweep_size(study, measure=needed.measure)
    name = measure_name(needed.measure, debiased=needed.debiased)
    offered = size.seconds > AUTOMATIC_SECONDS
    return {
        "work": {
            "kind": "sweep",
            "study": slug,
            "measure": needed.measure.value,
            "debiased": needed.debiased,
        },
        "title": f"{name} of {numbers.counted(size.models, 'model')}"
        f" × {numbers.counted(size.layers, 'layer')}"
        f" × {numbers.counted(size.checkpoints, 'checkpoint')}",
        "offered": offered,
        "note": (
            f"{numbers.counted(size.pairs, 'pair')}, about {duration(size.seconds)} on one core."
        )
        + (
            " `python -m core cka` computes it on many, and writes tables that the study can name."
            if offered
            else ""
        ),
    }


def sweep_identity(work: Mapping[str, Any], app_context: AppContext) -> str:
    """What this sweep is, in one text: equal for tabs that look at the same files."""
    study, measure, debiased = _asked(work, app_context)
    return f"{study.digest} {measure} {debiased}"


def run(app_context: AppContext, job: Job, work: Mapping[str, Any]) -> None:
    """Sweep a study, and leave what was found where figures look for it.

    Raises RequestError for what is no sweep of a study here, JobOverError where it has to end,
    StudyChangedError where stored representations changed meanwhile.
    """
    from core.similarity.sweep import SweepCancelledError, keep_cells, sweep

    study, measure, debiased = _asked(work, app_context)
    # One core: who limits the jobs limits the cores. In a thread, so that this one can look
    # after the job while a block is computed.
    executor = ThreadPoolExecutor(max_workers=1)
    try:
        # What is left under the study's digest is of the files the digest is of.
        with held_still(study.representations):
            result = sweep(
                study,
                measure=measure,
                debiased=debiased,
                cache=app_context.store,
                executor=executor,
                on_progress=lambda now: job.progress(now.pairs_done, now.pairs, progress_text(now)),
                cancelled=job.is_over,
            )
    except SweepCancelledError as stopped:
        try:
            job.check()
        except JobOverError as over:
            if over.reason:
                raise JobOverError(f"{stopped}: {over.reason}") from None
            raise
        raise
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
    keep_cells(app_context.store, study, result)


def _asked(work: Mapping[str, Any], app_context: AppContext) -> tuple[Study, Measure, bool]:
    slug, measure, debiased = (work.get(key) for key in ("study", "measure", "debiased"))
    entry = app_context.library.find(slug) if isinstance(slug, str) else None
    if entry is None or entry.study is None or entry.study.representations is None:
        raise RequestError("there is no such study with representations")
    if measure not in set(Measure) or not isinstance(debiased, bool):
        raise RequestError("there is no such measure")
    return entry.study, Measure(measure), debiased


def progress_text(now: Progress) -> str:
    """`120 of 1,680 pairs, 1 of 4 layers, about 2 min left`."""
    text = (
        f"{now.pairs_done:,} of {numbers.counted(now.pairs, 'pair')},"
        f" {now.layers_done} of {numbers.counted(now.layers, 'layer')}"
    )
    if now.seconds_left is None or now.pairs_done == now.pairs:
        return text
    return f"{text}, about {duration(now.seconds_left)} left"
