"""How long everybody who has to do with a job waits for the others, in seconds."""

from __future__ import annotations

POLL_MS = 700
"""Between two looks of a tab at its job. A hidden tab looks about once a second."""

WATCH_SECONDS = 15.0
"""A tab that has not looked for so long is gone."""

UNWATCHED_SECONDS = 3.0
"""How long a job goes on unwatched: another tab may just be about to look."""

BEAT_SECONDS = 1.0
ALIVE_SECONDS = 8.0
"""A job that has not said so for so long is not alive."""

WRITTEN_SECONDS = 1.0
"""Within this time of its end a job's result is on the board."""

RESEND_SECONDS = 20.0
"""A job that was started and has not said anything for so long is started again."""

ORDER_SECONDS = 24 * 3600.0
RESULT_SECONDS = 300.0
"""How long a result waits for the tabs that watch; asked for later, the job is done again."""

MOST_RUNS = 3
"""A job that was killed so often is not begun again: it would be killed again."""

WAITS = "waits"
"""What a job that waits for a place says of itself."""
