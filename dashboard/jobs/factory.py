"""The manager of this process' jobs, and the context of a process that does one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from core.cache.result_cache import ResultCache
from core.cache.study_copies import StudyCopies
from dashboard.jobs.job_kinds import identifier
from dashboard.jobs.jobs import JobManager
from dashboard.jobs.process_backend import LocalJobs
from dashboard.server.health import Check, Probe, Status
from dashboard.server.logs import configure_logging
from dashboard.server.settings import LogFormat, Settings, SettingsError
from dashboard.server.shared_store import SharedStoreError
from dashboard.state.context import AppContext
from dashboard.state.study_library import StudyLibrary

if TYPE_CHECKING:
    from core.similarity.sweep import KeyValueStore
    from dashboard.jobs.celery_backend import CeleryJobs


def manager_of(
    settings: Settings,
    app_context: AppContext,
    observer: Callable[[str], None] = lambda _event: None,
) -> LocalJobs | CeleryJobs:
    """The background callback manager that the settings ask for; `observer` as in LocalJobs."""
    if settings.redis_url:
        jobs: CeleryJobs = _broker().CeleryJobs(
            settings.redis_url,
            identify=identifier(app_context),
            most=settings.jobs,
            deadline=settings.job_deadline_s,
        )
        return jobs
    return LocalJobs(
        settings.cache_dir / "jobs",
        identify=identifier(app_context),
        most=settings.jobs,
        deadline=settings.job_deadline_s,
        setting={
            "studies": [str(folder.absolute()) for folder in settings.studies],
            "cache_dir": str(settings.cache_dir.absolute()),
            "cache_size_mb": settings.cache_size_mb,
            "log_level": settings.log_level,
            "log_format": settings.log_format.value,
        },
        observer=observer,
    )


def store_of(settings: Settings, cache: ResultCache) -> KeyValueStore:
    """Where sweeps leave what they find: this host's cache, with Redis all hosts' together."""
    if not settings.redis_url:
        return cache
    broker = _broker()
    store: KeyValueStore = broker.RedisKeyValueStore(cache, broker.connect(settings.redis_url))
    return store


def _broker() -> ModuleType:
    """What needs Celery. Raises SettingsError where that is not installed."""
    try:
        from dashboard.jobs import celery_backend
    except ImportError as missing:
        raise SettingsError(
            f"REDIS_URL is set, and needs what is not here ({missing.name}); do"
            " python -m pip install -r requirements-redis.txt"
        ) from None
    return celery_backend


def jobs_probe(jobs: JobManager) -> Probe:
    """Not ready where the store of the jobs does not answer, degraded where nobody does jobs."""

    def probe() -> Check:
        try:
            jobs.board.write("probe", True, 1.0)
            if reason := jobs.unattended():
                return Check(Status.DEGRADED, {"jobs": reason})
        except SharedStoreError as fault:
            return Check(Status.NOT_READY, {"jobs": f"the job store does not answer: {fault}"})
        return Check(Status.READY, {"jobs": "the job store answers"})

    return probe


def app_context_of(setting: Mapping[str, Any]) -> AppContext:
    """The context of a job, from what LocalJobs handed to its process; logs as the server does."""
    settings = Settings(
        studies=tuple(map(Path, setting["studies"])),
        cache_dir=Path(setting["cache_dir"]),
        cache_size_mb=setting["cache_size_mb"],
        log_level=setting["log_level"],
        log_format=LogFormat(setting["log_format"]),
    )
    configure_logging(settings)
    cache = ResultCache(settings.cache_dir, size_limit=settings.cache_size_mb * 2**20)
    return AppContext(
        StudyLibrary(settings.studies, copies=StudyCopies(settings.study_copies)), cache
    )
