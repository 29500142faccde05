"""What the parts of the tab are called in Dash."""

from __future__ import annotations

from dashboard.ui.ids import part

NAME = "pairs"
TABLE = part(NAME, "table")
GRID, BODY = part(NAME, "grid"), part(NAME, "body")
FINDING, CAPTION, MESSAGE = part(NAME, "finding"), part(NAME, "caption"), part(NAME, "message")
CHOOSER, COUNT, SAID = part(NAME, "columns"), part(NAME, "count"), part(NAME, "said")
SAVE, FILE = part(NAME, "save"), part(NAME, "file")
# What is shown; what the grid asks and is answered.
SHOWN, ASKED, ANSWER = (part(NAME, n) for n in ("shown", "asked", "answer"))
SCRIPT_AT = part(NAME, "script")
