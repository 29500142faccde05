"""What is not there yet: an answer that says when to ask again.

The page asks again by itself (requests.js) and says so in a header: to it this is no failure, which
a browser would write in its console and a proxy count against the server. To everybody else, such
as a script that saves what it is sent, an answer that is none has to be an error.
"""

from __future__ import annotations

from flask import Response, request

WAITS = "Atlas-Waits"
"""The header of who asks again by itself."""
AFTER_S = 1


def come_again(sentence: str) -> Response:
    """202 to who waits, else 503; the sentence as plain text, and when to ask again."""
    answer = Response(
        f"{sentence}\n", status=202 if WAITS in request.headers else 503, mimetype="text/plain"
    )
    answer.headers["Retry-After"] = str(AFTER_S)
    answer.headers["Cache-Control"] = "no-store"
    return answer
