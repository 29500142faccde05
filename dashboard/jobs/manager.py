"""The manager of this process' jobs, and the atlas of a process that does one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from core.cache import ResultCache
from dashboard.atlas import Atlas
from dashboard.health import Check, Probe, Status
from dashboard.jobs.board import BoardError
from dashboard.jobs.local import LocalJobs
from dashboard.jobs.shared import SharedJobs
from dashboard.jobs.work import identifier
from dashboard.library import StudyLibrary
from dashboard.logs import configure_logging
from dashboard.settings import LogFormat, Settings


def manager_of(
    settings: Settings, atlas: Atlas, observer: Callable[[str], None] = lambda _event: None
) -> LocalJobs:
    """The background callback manager that the settings ask for."""
    return LocalJobs(
        settings.cache_dir / "jobs",
        identify=identifier(atlas),
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


def jobs_probe(jobs: SharedJobs) -> Probe:
    """Not ready where the store of the jobs does not answer."""

    def probe() -> Check:
        try:
            jobs.board.write("probe", True, 1.0)
        except BoardError as fault:
            return Check(Status.NOT_READY, {"jobs": f"the job store does not answer: {fault}"})
        return Check(Status.READY, {"jobs": "the job store answers"})

    return probe


def atlas_of(setting: Mapping[str, Any]) -> Atlas:
    """The atlas of a job, from what LocalJobs handed to its process; logs as the server does."""
    settings = Settings(
        studies=tuple(map(Path, setting["studies"])),
        cache_dir=Path(setting["cache_dir"]),
        cache_size_mb=setting["cache_size_mb"],
        log_level=setting["log_level"],
        log_format=LogFormat(setting["log_format"]),
    )
    configure_logging(settings)
    cache = ResultCache(settings.cache_dir, size_limit=settings.cache_size_mb * 2**20)
    return Atlas(StudyLibrary(settings.studies), cache)
