"""Which of Dash's scripts a page has: those it needs."""

from __future__ import annotations

import re

from dash import Dash

_UNNEEDED = re.compile(r'<script src="[^"]*/(?:deps/polyfill@|dash_table/)[^"]*"></script>\n?')
"""core-js, for browsers in which none of the page's own scripts would run: a fifteenth of what the
main thread does until the first figure, and slower versions of `trim` and others from then on. And
tables of Dash: the page has none. What Dash's other scripts take from core-js's file beside that,
`regeneratorRuntime`, they have from dash_bootstrap_components."""


class LeanDash(Dash):
    """Dash, whose page loads no script that nothing on it needs."""

    def _generate_scripts_html(self) -> str:
        """The scripts of the page as Dash writes them."""
        return _UNNEEDED.sub("", super()._generate_scripts_html())
