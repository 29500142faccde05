"""Rows of runs that came to no end: a column of states, as trackers and schedulers export one."""

from __future__ import annotations

from core.errors import listed
from core.io.dialects.raw_table import distinct
from core.io.names.usual_words import ENDED, NOT_ENDED, is_called_state, usual_word
from core.io.recognition.looked_table import LookedTable


def count_finished(look: LookedTable) -> None:
    """Count only rows of runs that came to their end, and say how many others there are.

    Only by a column that is called so and holds nothing but states, and one word for the end; not
    by one that somebody named for something else, or whose rows they chose.
    """
    for column in dict.fromkeys(look.raw.header):
        taken = column in look.where or column in look.mapped.values()
        if taken or not is_called_state(column):
            continue
        states = list(distinct(look.counted(column)))
        words = {usual_word(state) for state in states}
        if not words & NOT_ENDED and not words <= ENDED:
            continue
        unknown = bool(words - ENDED - NOT_ENDED)
        done = [state for state in states if usual_word(state) in ENDED]
        others = [state for state in states if state not in done]
        if len(done) != 1 or unknown:
            if others:
                look.assumed.append(
                    f"all rows count, whatever their {column} ({listed(states)}):"
                    f" --where {column}={states[0]}"
                )
            continue
        before = len(look.kept)
        ended = done[0]
        look.keep_where(column, ended)
        gone = before - len(look.kept)
        if gone:
            rows, do = ("row that is", "does") if gone == 1 else ("rows that are", "do")
            look.assumed.append(
                f"{gone} {rows} not {ended.lower()} ({column} is {listed(others)}) {do} not count"
            )
