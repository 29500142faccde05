"""What sizes, colours and arrows of the transfer graph mean, on the page and in its picture."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.study import Study


class Sign(StrEnum):
    """What a line of the legend explains: tasks first, then arrows."""

    GIVER = "giver"
    TAKER = "taker"
    SIZE = "size"
    ARROW = "arrow"
    BETTER = "better"
    WORSE = "worse"
    FOLD = "fold"
    FOLDED = "folded"

    @property
    def about(self) -> str:
        """`tasks`, `arrows`, or `groups`, whose arrows stand for several."""
        if self is Sign.FOLDED:
            return "groups"
        return "arrows" if self in (Sign.ARROW, Sign.BETTER, Sign.WORSE) else "tasks"


@dataclass(frozen=True)
class LegendItem:
    """One line. help: entry of the glossary and what it explains, where the page offers it."""

    sign: Sign
    text: str
    help: tuple[str, str] | None = None


def legend_items(
    study: Study, *, raw: bool, net: bool, folds: bool = False
) -> tuple[LegendItem, ...]:
    """raw: scores as they were given. net: an arrow is the difference of two directions.

    folds: groups stand as one node each, with one arrow for all of theirs.
    """
    if folds:
        return (
            LegendItem(Sign.FOLD, "a group: click to open", ("graph_folds", "groups as one node")),
            *legend_items(study, raw=raw, net=net),
            LegendItem(Sign.FOLDED, "of a group, wider: more arrows"),
        )
    if raw:
        lower = ", lower is better" if study.lower_targets else ""
        arrow = "better by; wider: more" if net else f"score as given{lower}; wider: better"
        return (
            LegendItem(Sign.SIZE, "larger: higher giver effect", ("effects", "giver effect")),
            LegendItem(Sign.ARROW, arrow),
        )
    tasks = (
        LegendItem(Sign.GIVER, "net giver", ("net", "net giver")),
        LegendItem(Sign.TAKER, "net taker"),
        LegendItem(Sign.SIZE, "larger: gives more; fainter: net nearer 0"),
    )
    if net:
        return (*tasks, LegendItem(Sign.BETTER, "gives more than it gets back; wider: more"))
    harms = "dashed, blunt: harms"
    return (
        *tasks,
        LegendItem(Sign.BETTER, "helps; wider: stronger"),
        LegendItem(Sign.WORSE, harms)
        if study.has_given_scores
        else LegendItem(
            Sign.WORSE, f"{harms} (sign on the strict scale)", ("scale", "strict scale")
        ),
    )
