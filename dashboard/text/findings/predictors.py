"""What is said of the association of similarity and transfer: findings, reasons, notes.

Plain text, not escaped.
"""

from __future__ import annotations

import math
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from core.evaluations import Checkpoint
from core.similarity.measures import measure_name
from core.study import Layer, one_seed
from dashboard.text.findings.association import FEWEST_PAIRS
from dashboard.text.names import capital, seeds_text
from dashboard.text.numbers import (
    CHANCE,
    alike,
    bound,
    counted,
    drawn_p,
    interval_text,
    number,
    others_alike,
    percent,
    seeds_agree,
    signed,
    symmetric_ceiling,
)

if TYPE_CHECKING:
    from core.analyses.association.association import Association
    from core.analyses.association.by_layer import AssociationSweep
    from core.analyses.association.influence import ItemInfluence
    from core.analyses.association.specifications import Specifications
    from core.analyses.predictor_scores import PredictorScores
    from core.similarity.predictor_matrix import PredictorMatrix


FALLS = 0.005
"""Changes below this are said to be none."""


def checkpoint_words(checkpoint: Checkpoint) -> str:
    """`last checkpoint`, `checkpoint 1,200`."""
    return "last checkpoint" if checkpoint == "last" else f"checkpoint {checkpoint:,}"


def place_words(layer: Layer | None, checkpoint: Checkpoint) -> str:
    """`layer 3`, `layer 3, checkpoint 1,200`; what is not told apart is not said."""
    step = "" if checkpoint == "last" else checkpoint_words(checkpoint)
    return ", ".join(part for part in ("" if layer is None else f"layer {layer}", step) if part)


def full_place(layer: Layer | None, checkpoint: Checkpoint) -> str:
    """`layer 3, last checkpoint`."""
    return ("" if layer is None else f"layer {layer}, ") + checkpoint_words(checkpoint)


def measure_of(found: Association | AssociationSweep | ItemInfluence) -> str:
    """`CKA`, `debiased CKA`, `Procrustes similarity`, or what a given predictor is called."""
    from core.analyses.association.influence import ItemInfluence

    if isinstance(found, ItemInfluence):
        return measure_name(found.measure, debiased=found.debiased)
    return found.label


def measured_where(found: Association | ItemInfluence) -> str:
    """`CKA, layer 3, checkpoint 800`."""
    from core.analyses.association.association import Association

    at = found.cka_checkpoint if isinstance(found, Association) else found.checkpoint
    return ", ".join(part for part in (measure_of(found), place_words(found.layer, at)) if part)


# -- a predictor by itself ---------------------------------------------------------------------


def predictor_finding(found: PredictorMatrix) -> str:
    """Which pairs of tasks a predictor puts first and last, where there is nothing to compare."""
    rows, columns = np.nonzero(found.known)
    if not len(rows):
        return f"No pair of tasks has a value of {found.label}."
    values = found.values[rows, columns]
    if values.min() == values.max():
        return f"Every pair has the same {found.label}, {number(float(values[0]))}."

    def told(at: int) -> str:
        pair = [found.tasks[int(axis[at])] for axis in (rows, columns)]
        same = alike(values, values[at]) // (1 if found.directed else 2)
        both = (" → " if found.directed else " and ").join(pair)
        return f"{both}{others_alike(same)} ({number(float(values[at]))})"

    first, last = told(int(values.argmax())), told(int(values.argmin()))
    ends = f"{found.label} is highest for {first}, lowest for {last}"
    if not found.higher_is_better:
        ends = f"{found.label} is lowest for {last}, highest for {first}"
    return f"{ends}; the {'higher' if found.higher_is_better else 'lower'}, the better."


# -- r, R² and their p -------------------------------------------------------------------------


def sweep_finding(sweep: AssociationSweep) -> str:
    """Where r is strongest, and whether it is so for more than having looked at many places."""
    known = np.isfinite(sweep.r)
    if not known.any():
        why = next((reason for reason in sweep.reasons if reason), "")
        return f"r is undefined at every layer and checkpoint{f': {why}' if why else ''}."
    at = np.unravel_index(int(np.nanargmax(np.abs(sweep.r))), sweep.r.shape)
    row, column = int(at[0]), int(at[1])
    r, p = float(sweep.r[row, column]), float(sweep.qap_p[row, column])
    qap = drawn_p(p, float(sweep.qap_error[row, column]), "QAP p")
    of_maximum = drawn_p(float(sweep.max_p[row, column]), float(sweep.max_error[row, column]), "p")
    places = int(known.sum())
    where = full_place(sweep.layers[row], sweep.checkpoints[column])
    if any(seeds_of_columns(sweep)):
        where += f" ({counted(len(sweep.cka_seeds[row][column]), 'seed')})"
    if places == 1:
        numbers = f"r = {number(r)}, {qap}"
        doubt = "" if p <= CHANCE else ", which may be chance"
        return f"At {where}, the only place there is: {numbers}{doubt}."
    beyond = int((sweep.max_p[known] <= CHANCE).sum())
    sure = "more than chance" if beyond else "which may be chance"
    text = (
        f"r is strongest at {where}: {number(r)}, {sure}; {qap} there, and that the"
        f" strongest of {places:,} places is so strong has {of_maximum}"
    )
    hold = "holds" if beyond == 1 else "hold"
    return f"{text}; {counted(beyond, 'place')} {hold} even so." if beyond else f"{text}."


def dependence(association: Association) -> str:
    """Why the textbook p and the QAP p differ, with this study's numbers; empty without both."""
    if not math.isfinite(association.pearson.p) or not math.isfinite(association.qap.p):
        return ""
    n, tasks = association.n, len(association.tasks)
    way = "in all" if association.qap.exhaustive else "in"
    return (
        f"The {counted(n, 'point')} come from only {counted(tasks, 'task')} and are not"
        " independent: every task is in many of them"
        + ("." if association.directed else ", and the similarity of X→Y is that of Y→X.")
        + f" The textbook p takes them for {n:,} separate facts; QAP moves whole tasks, {way}"
        f" {association.qap.permutations:,} ways, and counts how often r is as strong."
    )


# -- ceilings ----------------------------------------------------------------------------------


def ceilings(association: Association) -> tuple[tuple[str, float, str], ...]:
    """(name, value, why there is none, short) of R² and the two ceilings, in their order."""
    symmetric, corrected = symmetric_ceiling(association)
    constant = "nothing varies" if association.n else "no pairs"
    return (
        ("R²", association.r_squared, "r is undefined"),
        (
            "symmetric ceiling" if corrected else "symmetric, noise in it",
            symmetric,
            "it is directed" if association.directed else constant,
        ),
        (
            "seed ceiling",
            association.ceiling.seeds,
            "seeds share a base"
            if association.seeds_of_one_base
            else constant
            if len(association.seeds) > 1
            else "needs 2 seeds",
        ),
    )


def ceiling_finding(association: Association, *, names_seeds: bool = True) -> str:
    """What share of what could be explained is."""
    symmetric, corrected = symmetric_ceiling(association)
    seeds = association.ceiling.seeds
    if association.directed:
        text = f"{measure_of(association)} is directed: X→Y may differ from Y→X in it"
        if math.isfinite(seeds):
            text += f". {_agreement(association)}"
        return f"{text}."
    if not math.isfinite(symmetric):
        return "What a symmetric measure could explain is undefined here."
    most, why = bound(association)
    text = f"A symmetric measure could explain at most {percent(most)} of transfer"
    if why:
        text += f", as {why}; its symmetry alone would allow {percent(symmetric)}"
    if math.isfinite(association.r_squared) and most > 0:
        share = association.r_squared / most
        reached = f"{percent(share)} of that" if share < 1 else "all of it"
        text += f"; {measure_of(association)} reaches {reached}"
    if math.isfinite(seeds) and not why:
        return f"{text}. {_agreement(association)}."
    few = one_seed(named=names_seeds)
    return f"{text}." if corrected else f"{text} (uncorrected: {few} cannot tell noise)."


def _agreement(association: Association) -> str:
    return f"{capital(seeds_agree(association))}: nothing can be predicted better"


# -- every choice ------------------------------------------------------------------------------


def curve_finding(result: Specifications) -> str:
    """Where r lies under all choices, and whether relabelled tasks give such a curve as well."""
    chance = "as relabelled tasks give as well" if result.median_p > CHANCE else "more than chance"
    p = drawn_p(result.median_p, result.error, "p of the whole curve")
    if len(result.r) == 1:
        return f"There is one way to compute it: r = {number(result.r[0])}, {chance} ({p})."
    return (
        f"r lies between {number(float(result.r[0]))} and {number(float(result.r[-1]))} under"
        f" {counted(len(result.r), 'choice')}, its median at {number(result.median)}:"
        f" {chance} ({p})."
    )


# -- scoreboard --------------------------------------------------------------------------------


def scoreboard_finding(result: PredictorScores) -> str:
    """Whose first choice loses least, and whether that is less than chance loses."""
    known = [score for score in result.scores if math.isfinite(score.regret_at_1)]
    chance = next(score for score in result.scores if score.is_chance)
    best = next((score for score in known if not score.is_chance), None)
    if best is None:
        return "Nothing tells the best source of a target here."
    if chance.regret_at_1 == 0:
        return (
            "Whichever source is taken, nothing is lost: no target has a better one than another."
        )
    others = len(known) - 1
    # Where it loses as much with every target an interval has no width; a coin does that, too.
    level = best.interval.low == best.interval.high and 0.5**best.targets > CHANCE
    if level or not best.interval.high < chance.regret_at_1:
        sure = f", of {counted(others, 'predictor')}, which may be chance"
    else:
        sure = f", partly by luck as the best of {others:,}" if others > 1 else ""
    name = best.label if best.given else capital(best.label)
    regrets = [score.regret_at_1 for score in known if not score.is_chance]
    name += others_alike(alike(regrets, best.regret_at_1))
    return (
        f"{name} finds the best source most nearly{sure}: its first choice loses"
        f" {number(best.regret_at_1)} ({interval_text(best.interval)}), a random one"
        f" {number(chance.regret_at_1)}; means over {counted(best.targets, 'target')}."
    )


# -- influence ---------------------------------------------------------------------------------


def task_influence_finding(association: Association) -> str:
    """Which task carries r: without which it changes most. r has to be defined."""
    r, without = association.pearson.r, association.without_task
    # Through two points there is always a line: what r is then says nothing of the task.
    points, tasks = association.points, len(association.tasks)
    gone = np.bincount(points.source, minlength=tasks) + np.bincount(points.target, minlength=tasks)
    known = np.flatnonzero(np.isfinite(without) & (len(points) - gone >= FEWEST_PAIRS))
    if not len(known) and np.isfinite(without).any():
        return (
            f"With {counted(tasks, 'task')}, fewer than {FEWEST_PAIRS} pairs remain as soon as one"
            " is left out: too few for an r."
        )
    if not len(known):
        return (
            f"With {counted(len(association.tasks), 'task')}, r is undefined as soon as one is"
            " left out."
        )
    at = int(known[np.abs(without[known] - r).argmax()])
    most = float(without[at])
    task = association.tasks[at]
    if abs(most - r) < FALLS:
        return f"No single task carries r = {number(r)}: without any one it stays the same."
    weaker, stronger = ("falls to", "grows to") if r > 0 else ("weakens to", "strengthens to")
    turns = "turns into" if most * r < 0 else weaker if abs(most) < abs(r) else stronger
    same = others_alike(alike(np.abs(without[known] - r), abs(most - r)))
    text = f"{task}{same} matters most: without it, r {turns} {number(most)} from {number(r)}"
    others = np.array([without[i] for i in known if i != at])
    if len(others):
        ends = dict.fromkeys((number(float(others.min())), number(float(others.max()))))
        text += f"; without any other it is {' to '.join(ends)}"
    return f"{text} ({interval_text(association.interval_tasks)})."


def item_influence_finding(influence: ItemInfluence) -> str:
    """Which group of items matters most beyond its size, for the similarity and for r."""
    name = measure_of(influence)
    # Against chance: fewer items alone change a similarity, so a large group would always win.
    beyond = influence.mean_without - influence.mean_random
    known = np.flatnonzero(np.isfinite(beyond))
    if not len(known):
        return f"Without any one group of items, {name} is undefined."
    at = int(known[np.abs(beyond[known]).argmax()])
    text = (
        f"Without {_items(influence, at)}, {name} of two tasks is"
        f" {number(float(influence.mean_without[at]))} on average,"
        f" {number(float(influence.mean_random[at]))} without as many at random"
        f" ({number(influence.mean)} with all items)"
    )
    change = influence.r_without - influence.r
    known = np.flatnonzero(np.isfinite(change))
    if not len(known):
        return f"{text}; r is undefined."
    at = int(known[np.abs(change[known]).argmax()])
    low, high = np.nanmin(influence.r_without), np.nanmax(influence.r_without)
    return (
        f"{text}; r stays between {number(float(low))} and {number(float(high))}"
        f" ({number(influence.r)} with all), furthest without {influence.groups[at]}."
    )


def _items(influence: ItemInfluence, at: int) -> str:
    count = counted(int(influence.items[at]), "item")
    return f"the {count} of {influence.groups[at]}"


def pair_change_finding(influence: ItemInfluence) -> str:
    """The pair of tasks whose similarity hangs most on one group of items."""
    changes = influence.pair_changes()
    if not changes:
        return "No pair of tasks has a similarity that could change."
    most, least = changes[0], changes[-1]
    text = (
        f"{most.first} and {most.second} hang most on one"
        f" group: without {most.group} {measure_of(influence)} {signed(most.change)}; it is"
        f" {number(most.similarity)} with all items"
    )
    if len(changes) > 1:
        text += (
            f"; {least.first} and {least.second} least"
            f" (at most {signed(least.change)}, without {least.group})"
        )
    return f"{text}."


def untried_note(influence: ItemInfluence) -> str:
    """How many groups were not left out; empty where all were."""
    if not influence.untried:
        return ""
    return f"{counted(influence.untried, 'smaller group')} not tried: together they take too long"


def tables_note(influence: ItemInfluence, association: Association) -> str:
    """That r of all items is not the r of the study's tables; empty where they agree."""
    r = association.pearson.r
    if not (math.isfinite(r) and abs(r - influence.r) >= FALLS):
        return ""
    return f"the study's tables, which the scatter shows, give r = {number(r)} with all items"


def models_of_places(sweep: AssociationSweep) -> str:
    """Whose models are compared where, if not everywhere the same as in the transfer.

    A checkpoint that only some seeds stored and the last one of all seeds differ by that alone.
    """
    of_column = _seeds_of_columns(sweep)
    if all(seeds in ((), tuple(sorted(sweep.seeds))) for seeds in of_column):
        return ""
    told = []
    for compared, columns in groupby(range(len(of_column)), key=of_column.__getitem__):
        if not compared:
            continue
        steps = [sweep.checkpoints[at] for at in columns]
        ends = " to ".join(dict.fromkeys(_step_in_words(step) for step in (steps[0], steps[-1])))
        told.append(f"{seeds_text(compared)} at {ends}")
    return f"models compared: {', '.join(told)}"


def seeds_of_columns(sweep: AssociationSweep) -> tuple[str, ...]:
    """`1 seed` for each checkpoint; nothing where the same seeds are behind all of them.

    Values of other seeds are of other models: what two checkpoints differ by may be that alone.
    """
    of_column = _seeds_of_columns(sweep)
    if sweep.measure is None or len({seeds for seeds in of_column if seeds}) < 2:
        return ()
    return tuple(counted(len(seeds), "seed") if seeds else "" for seeds in of_column)


def checkpoint_heads(sweep: AssociationSweep) -> tuple[str, ...]:
    """`checkpoint 4,000 · 1 seed`, `last checkpoint · 4 seeds`; seeds only where they differ."""
    notes = seeds_of_columns(sweep) or ("",) * len(sweep.checkpoints)
    return tuple(
        " · ".join(filter(None, (checkpoint_words(step), note)))
        for step, note in zip(sweep.checkpoints, notes, strict=True)
    )


def _seeds_of_columns(sweep: AssociationSweep) -> list[tuple[int, ...]]:
    return [
        tuple(sorted({seed for row in sweep.cka_seeds for seed in row[at]}))
        for at in range(len(sweep.checkpoints))
    ]


def _step_in_words(step: Checkpoint) -> str:
    return step if isinstance(step, str) else f"{step:,}"
