"""The application: `create_app(settings)`, and `server` for `gunicorn dashboard.app:server`."""

from __future__ import annotations

import logging
from typing import Any

from dash import Dash, html, set_props
from dash.development.base_component import Component
from flask import Flask

from core.cache.result_cache import ResultCache
from core.cache.study_copies import StudyCopies
from core.errors import RequestError
from dashboard.boards import routes as boards
from dashboard.boards.store import BoardStore
from dashboard.details import routes
from dashboard.export import card_routes, report_route
from dashboard.jobs.factory import jobs_probe, manager_of, store_of
from dashboard.jobs.jobs import JobManager
from dashboard.pages import PAGES
from dashboard.server import (
    errors,
    headers,
    health,
    joined_files,
    logs,
    metrics,
    plotly_lookup,
    response_cache,
    study_versions,
)
from dashboard.server.access import guard, shares, turns
from dashboard.server.first_answers import FirstAnswers
from dashboard.server.logs import configure_logging
from dashboard.server.metrics import Metrics
from dashboard.server.page_scripts import LeanDash
from dashboard.server.settings import PROJECT, Auth, Settings
from dashboard.server.warm_up import WarmUp
from dashboard.state.computing import Limits, Places, UnansweredError
from dashboard.state.context import AppContext, log_failure
from dashboard.state.study_library import StudyLibrary
from dashboard.ui import fetched, job_card, messages, opening, url_sync
from dashboard.ui.bar import go_to
from dashboard.ui.fixed import folded, named_by
from dashboard.ui.ids import Id
from dashboard.ui.lazy_script import asset_address
from dashboard.ui.shell import shell
from dashboard.uploads import routes as uploads
from dashboard.uploads.store import UploadStore

log = logging.getLogger(__name__)

ASSETS = PROJECT / "assets"

INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
{%metas%}
<title>{%title%}</title>
<link rel="icon" href="FAVICON" type="image/svg+xml">
<link rel="preload" href="FONT" as="font" type="font/woff2" crossorigin>
<link rel="preload" href="BELOW_dash-layout" as="fetch" crossorigin>
<link rel="preload" href="BELOW_dash-dependencies" as="fetch" crossorigin>
<script src="APPEARANCE"></script>
<script src="OPENING"></script>
<link rel="stylesheet" href="STYLES">
{%css%}
</head>
<body>
{%app_entry%}
<noscript>Transfer Atlas draws its figures with JavaScript, which is switched off here.</noscript>
<footer>
{%config%}
{%scripts%}
{%renderer%}
</footer>
</body>
</html>"""


def create_app(settings: Settings) -> Dash:
    """The dashboard over the studies of the settings; what it reads it reads later, see WarmUp.

    Raises UsersError where nobody could log in.
    """
    plotly_lookup.install()
    counted = Metrics()
    app_context = _context(settings, counted)
    jobs = manager_of(settings, app_context, counted.job_event)
    app = _dash(jobs)
    # In this order: what is refused at the door is logged and counted, and nothing else is done.
    logs.watch(app.server)
    metrics.watch(app, counted)
    guard.install(app.server, settings)
    turns.install(app.server)
    first = FirstAnswers(app.server)
    errors.answer_failures(app.server, callbacks=app.callback_map)
    errors.answer_lost(app.server, app.config["requests_pathname_prefix"])
    response_cache.install(app.server, app_context.library)
    shares.install(app.server)
    health.register(
        app.server,
        {
            "studies": health.studies_probe(app_context),
            "cache": health.cache_probe(app_context),
            "jobs": jobs_probe(jobs),
        },
    )
    study_versions.register(app.server, app_context.library)
    if settings.kept_studies is not None:
        uploads.register(
            app.server,
            app_context.library,
            UploadStore(
                settings.kept_studies,
                most=settings.upload_max_mb * 2**20,
                quota=settings.upload_quota_mb * 2**20,
            ),
        )
    script, style = (
        _joined(app, one) for one in (joined_files.scripts(ASSETS), joined_files.styles(ASSETS))
    )
    # Behind React, and before all that Dash starts with.
    app.config.external_scripts.append(script)
    app.index_string = _index(app, style)
    _answer_pages(app, app_context, settings)
    app.layout = _layout(app, settings)
    headers.prepare(
        app.server,
        script_hashes=tuple(app.csp_hashes()),
        private=settings.auth is not Auth.NONE,
    )
    app.server.config["APP_CONTEXT"] = app_context
    app.server.config["METRICS"] = counted
    app.server.config["WARM_UP"] = WarmUp(app.server, app_context.library, first.make())
    return app


def _layout(app: Dash, settings: Settings) -> Component:
    """The whole page; what none of the callbacks that are known by now names is folded."""
    whole = shell(
        PAGES,
        panel=routes.layout(),
        panel_parts=routes.PARTS,
        upload_mb=settings.upload_max_mb if settings.takes_uploads else None,
        boards=settings.boards_folder is not None,
    )
    # What fails is told without a callback: `_tell_failure`, and scripts.
    return folded(whole, {**named_by(app.callback_map, whole), Id.ALARM: ("children",)})


def _answer_pages(app: Dash, app_context: AppContext, settings: Settings) -> None:
    """Everything a page asks for: its callbacks, and the addresses of what it fetches."""
    url_sync.register(app, app_context, PAGES)
    opening.register(app.server, app_context, PAGES)
    routes.register(app.server, app_context)
    fetched.register(app.server, app_context, PAGES)
    if settings.boards_folder is None:
        go_to.register(app.server, app_context, PAGES)
    else:
        store = BoardStore(settings.boards_folder)
        boards.register(app.server, app_context, PAGES, store)
        go_to.register(app.server, app_context, PAGES, boards.destinations_of(store))
    for page in PAGES:
        page.wire(app, app_context)
    job_card.register(app, app_context)
    card_routes.register(app.server, app_context, PAGES)
    report_route.register(app.server, app_context)


def _dash(jobs: JobManager) -> Dash:
    """Dash, without anything of ours in it but where its files are."""
    return LeanDash(
        "transfer_atlas",
        assets_folder=str(ASSETS),
        # Our own are loaded as one file of each kind, and what makes a PDF with the first of them.
        assets_ignore=r"^(?!plotly-atlas).*\.(js|css)$",
        title="Transfer Atlas",
        update_title="",
        serve_locally=True,
        compress=False,
        enable_mcp=False,
        # Callbacks that cards.js asks for have inputs that are no components.
        suppress_callback_exceptions=True,
        add_log_handler=False,
        background_callback_manager=jobs,
        on_error=_tell_failure,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )


def _context(settings: Settings, counted: Metrics) -> AppContext:
    """What the settings open: the studies, the cache, and what may be computed at once."""
    cache = ResultCache(
        settings.cache_dir,
        size_limit=settings.cache_size_mb * 2**20,
        observer=counted.cache_event,
    )
    return AppContext(
        StudyLibrary(
            settings.studies,
            kept=settings.kept_studies,
            copies=StudyCopies(settings.study_copies),
        ),
        cache,
        compute_budget_s=settings.compute_budget_s,
        store=store_of(settings, cache),
        limits=Limits(
            seconds=settings.compute_budget_s,
            memory=settings.memory_mb * 2**20,
            places=Places(),
            person=turns.person,
            check=turns.check_client,
            weigh=shares.weigh,
        ),
    )


def _joined(app: Dash, files: joined_files.JoinedFiles) -> str:
    joined_files.register(app.server, files)
    return f"{app.get_asset_url(files.name)}?m={files.mark}"


def _index(app: Dash, style: str) -> str:
    return (
        INDEX.replace("FAVICON", app.get_asset_url("favicon.svg"))
        .replace("BELOW", app.config["requests_pathname_prefix"])
        .replace("FONT", app.get_asset_url("fonts/inter-latin-wght-normal.woff2"))
        .replace("APPEARANCE", asset_address("boot/appearance.js"))
        .replace("OPENING", asset_address("boot/opening.js"))
        .replace("STYLES", style)
    )


def _tell_failure(error: Exception) -> Any:
    """What no page caught: the log has it all, the browser a reference number.

    What was asked for and is not there is no failure: only a request made by hand gets so far.
    """
    if isinstance(error, UnansweredError):
        raise error
    if isinstance(error, RequestError):
        set_props(Id.ALARM, {"children": html.Span(f"{error}.")})
        return
    set_props(Id.ALARM, {"children": messages.alarm(log_failure("a callback", error))})


def _server() -> Flask:
    """The WSGI application of the environment's settings; gunicorn asks for it."""
    settings = Settings.from_environment()
    configure_logging(settings)
    server: Flask = create_app(settings).server
    return server


def __getattr__(name: str) -> Any:
    """`server`, made when it is first asked for: importing this module starts nothing."""
    if name != "server":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    server = globals()["server"] = _server()
    return server
