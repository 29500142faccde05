"""The ids of everything on the page that a callback or a style sheet names."""

from __future__ import annotations

from enum import StrEnum


class Id(StrEnum):
    """Components of the shell and the shared controls; pages build theirs with `part`."""

    # what is asked for, and how it travels
    ADDRESS = "address"
    STATE = "state"
    PAGE_STATE = "page-state"
    PLAN = "plan"
    TAB = "tab"
    FILTERS = "filters"
    SORTING = "sorting"
    MODE = "mode"

    # the shell
    BAR = "bar"
    WORKSPACE = "workspace"
    RAIL = "rail"
    PANEL = "panel"
    PANEL_SIDE = "panel-side"
    PANEL_TITLE = "panel-title"
    PANEL_BODY = "panel-body"
    PANEL_SIMILARITY = "panel-similarity"
    PROBLEMS = "problems"
    READING = "reading"
    NOTICE = "notice"
    ALARM = "alarm"
    LOST = "lost"
    LOST_AGAIN = "lost-again"
    OFFER = "offer"
    OFFER_TEXT = "offer-text"
    OFFER_TAKE = "offer-take"
    GO_TO = "go-to"
    OPEN = "open-file"
    OPEN_DIALOG = "open-dialog"
    OPEN_TITLE = "open-title"
    OPEN_STATUS = "open-status"
    OPEN_PROBLEM = "open-problem"
    OPEN_BODY = "open-body"
    OPEN_KEPT = "open-kept"
    JOB_WANTED = "job-wanted"
    SUMMARY = "summary"
    HELP = "help"
    HELP_BODY = "help-body"
    HELP_SCALE = "scale-of-help"
    FIRST_STEPS = "first-steps"
    SHARE = "share"
    SHARED = "shared"
    CURSOR_SAID = "cursor-said"
    REPORT_SAID = "report-said"
    APPEARANCE = "appearance"
    STUDY_TITLE = "study-title"

    # the controls
    STUDY = "study"
    METHOD = "method"
    SEEDS = "seeds"
    SCALE = "scale"
    CHECKPOINT = "checkpoint"
    LAYER = "layer"
    CKA_CHECKPOINT = "cka-checkpoint"
    MEASURE = "measure"
    PREDICTOR = "predictor"
    PREDICTOR_LAYER = "predictor-layer"
    TRAINED = "trained"
    PLANE = "plane"
    TASKS = "tasks"
    INCLUDE = "include"
    SOURCES_OUT = "sources-out"
    TARGETS_OUT = "targets-out"
    PLAN_SIZE = "plan-size"
    PLAN_GOAL = "plan-goal"
    PLAN_TARGETS = "plan-targets"
    PLAN_BUDGET = "plan-budget"
    ORDER = "order"
    PREDICTION = "prediction"
    AGAINST = "against"
    BESIDE = "beside"
    SPLIT = "split"
    THRESHOLD = "threshold"
    SIGNS = "signs"
    GRAPH_LAYOUT = "layout"
    FOLD = "fold"
    ARROWS = "arrows"
    STYLE = "style"


def part(owner: str, name: str) -> str:
    """The id of one part of a page, a card or a control group: `transfer-actual-finding`."""
    return f"{owner}-{name}"


def panel_of(page: str) -> str:
    """The id of a page's panel."""
    return part("page", page)


def tab_of(page: str) -> str:
    """The id of a page's tab in the bar."""
    return part("tab", page)


def group_of(control: str) -> str:
    """The id of the group of a control in the rail: label, help and the control itself."""
    return part("group", control)


def offered_of(control: str) -> str:
    """The id of the store of what a list of ticks offers."""
    return part(control, "offered")


def told_of(control: str) -> str:
    """The id of the sentence on what is chosen, below a control."""
    return part("told", control)


def input_store_id(name: str) -> str:
    """The id of the store that tells a callback what to show."""
    return part("figure-input", name)
