"""How gunicorn serves the dashboard; GUNICORN_CMD_ARGS and the command line change any of it."""

from __future__ import annotations

import gc
import sys

from dashboard.server import shared_metrics

gc.disable()  # until it listens, see dashboard.server.warm_up.settled
shared_metrics.share()  # before anything that counts is imported

from core.errors import AtlasError  # noqa: E402
from dashboard.server import serving  # noqa: E402
from dashboard.server.access import guard  # noqa: E402
from dashboard.server.settings import Settings  # noqa: E402

try:
    settings = Settings.from_environment()
    guard.check_users(settings)
except AtlasError as error:
    print(error, file=sys.stderr)  # noqa: T201
    sys.exit(2)

globals().update(serving.HARDENING)
bind = settings.bind
workers = settings.workers
# More than compute at once (dashboard.server.access.shares), so that one is free for what is quick.
threads = 8
# The first answers are made before the first request: a cold threaded worker can otherwise answer
# concurrent asset requests with 500.
preload_app = True
timeout = 120
# A second for the rest, and the whole ends within 10 s, its jobs included.
graceful_timeout = 6
loglevel = settings.log_level.lower()

# Without a login it listens on this host alone, whoever says what it listens on.
when_ready = serving.guard_start
on_reload = serving.guard_reload
post_fork = serving.start_worker
child_exit = serving.forget_worker
