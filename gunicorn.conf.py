"""How gunicorn serves the dashboard; GUNICORN_CMD_ARGS and the command line change any of it."""

from __future__ import annotations

import os

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8050')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
# Studies are read and the first answers made before the first request: a cold threaded worker
# can otherwise answer concurrent asset requests with 500.
preload_app = True
timeout = 120
graceful_timeout = 10
# The control socket is a door that nobody here uses.
control_socket_disable = True
