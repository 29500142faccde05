"""A worker that does jobs for every web host with the same REDIS_URL.

`celery -A dashboard.jobs.worker worker`; it needs the studies under the same STUDY, and its JOBS
are how many it does at once.
"""

from __future__ import annotations

from typing import Any

from core.cache.result_cache import ResultCache
from core.cache.study_copies import StudyCopies
from dashboard.server.logs import configure_logging
from dashboard.server.settings import Settings, SettingsError
from dashboard.state.context import AppContext
from dashboard.state.study_library import StudyLibrary


def _celery() -> Any:
    """The Celery application of the environment's settings, with the one task there is.

    Raises SettingsError without REDIS_URL.
    """
    settings = Settings.from_environment()
    configure_logging(settings)
    if not settings.redis_url:
        raise SettingsError("REDIS_URL is not set, and a worker needs it; give redis://HOST:PORT/N")
    from dashboard.jobs.celery_backend import TASK, CeleryJobs, RedisKeyValueStore, connect
    from dashboard.jobs.job_kinds import performer

    cache = ResultCache(settings.cache_dir, size_limit=settings.cache_size_mb * 2**20)
    store = RedisKeyValueStore(cache, connect(settings.redis_url))
    app_context = AppContext(
        StudyLibrary(settings.studies, copies=StudyCopies(settings.study_copies)),
        cache,
        store=store,
    )
    jobs = CeleryJobs(settings.redis_url, most=settings.jobs, deadline=settings.job_deadline_s)
    jobs.make_job_fn(performer(app_context), True, TASK)
    return jobs.handle


def __getattr__(name: str) -> Any:
    """`celery`, made when it is first asked for: importing this module starts nothing."""
    if name != "celery":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    app = globals()["celery"] = _celery()
    return app
