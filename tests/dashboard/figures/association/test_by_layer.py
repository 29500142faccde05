"""The small matrix of r, and R² against its ceilings."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from core.analyses import ASSOCIATION_SWEEP
from core.analyses.association.by_layer import AssociationSweep
from core.analyses.association.noise_ceiling import NoiseCeiling
from core.similarity.measures import Measure
from dashboard.figures.association.by_layer import (
    ceiling_bars,
    has_numbers,
    sweep_heatmap,
    sweep_size,
)
from dashboard.figures.parts.matrix_frame import MatrixFrame
from dashboard.figures.parts.theme import Mode, theme
from dashboard.text.findings import predictors
from dashboard.text.findings.association import association_finding
from dashboard.text.findings.predictors import seeds_of_columns as notes_of
from dashboard.text.numbers import bound
from tests.core.small import cka_table, queries_of
from tests.dashboard.figures.samples import EVIL, NAN, association_of, random_study

LIGHT = theme(Mode.LIGHT)


def sweep_of(layers, steps, *, seed=0, without=()) -> AssociationSweep:
    """layers x (steps, last); no CKA at the (layer, step) in `without`."""
    study = random_study(4)
    rng = np.random.default_rng(seed)
    names = [run.name for run in study.single_task_models if run.seed == 0]
    rows = [
        (a, b, layer, step, float(rng.random()))
        for layer in layers
        for step in steps
        if (layer, step) not in without
        for i, a in enumerate(names)
        for b in names[:i]
    ]
    study = replace(study, cka=cka_table(study, rows))
    return ASSOCIATION_SWEEP.compute(study, *queries_of("ft1"))


FEW = sweep_of((3, 5), (100, 1200), without=[(5, 100)])


def test_a_p_of_drawn_permutations_says_how_exact_it_is():
    p = np.full(FEW.r.shape, 0.87)
    drawn = replace(FEW, qap_p=p, qap_error=p * 0 + 0.0118)
    assert "QAP p 0.87 ± 0.012" in sweep_heatmap(drawn, LIGHT).data[0].hovertext[0][0]
    assert "QAP p = 0.87 ± 0.012 there" in predictors.sweep_finding(drawn)
    first = np.arange(p.size).reshape(p.shape) == 0
    alone = replace(drawn, r=np.where(first, FEW.r, NAN))
    assert "QAP p = 0.87 ± 0.012, which may be chance" in predictors.sweep_finding(alone)
    # All permutations of few tasks were made.
    assert "±" not in predictors.sweep_finding(FEW)
    assert "±" not in sweep_heatmap(FEW, LIGHT).data[0].hovertext[0][0]


def shapes(figure):
    return {shape.name: shape for shape in figure.layout.shapes}


def cells_of(path: str) -> list[tuple[float, float]]:
    """(column, row) of the middle of every outlined cell."""
    corners = re.findall(r"M(-?[\d.]+),(-?[\d.]+)H", path)
    return [(round(float(x) + 0.45), round(float(y) + 0.45)) for x, y in corners]


def test_cells_are_r_with_red_and_blue_of_the_same_reach():
    figure = sweep_heatmap(FEW, LIGHT)
    np.testing.assert_array_equal(figure.data[0].z, FEW.r)
    axis = figure.layout.coloraxis
    assert axis.cmin == -axis.cmax
    assert axis.cmid == 0
    assert np.nanmax(np.abs(FEW.r)) <= axis.cmax <= 1
    assert [list(stop) for stop in axis.colorscale] == [list(stop) for stop in LIGHT.correlation]
    assert list(figure.layout.xaxis.ticktext) == ["100", "1,200", "last"]
    assert list(figure.layout.yaxis.ticktext) == ["3", "5"]


def test_seeds_stand_at_the_checkpoints_they_differ_between_in_heads_and_sentence():
    seeds = tuple(((0,), (0,), (0, 1, 2, 3)) for _ in FEW.layers)
    some = replace(FEW, cka_seeds=seeds)
    ticks = list(sweep_heatmap(some, LIGHT).layout.xaxis.ticktext)
    assert [re.sub(r"<.*?>", "|", tick) for tick in ticks] == [
        "100||1 seed|", "1,200||1 seed|", "last||4 seeds|",
    ]  # fmt: skip
    assert sweep_size(some)[1] > sweep_size(FEW)[1]
    assert re.search(r"(1,200|100) \(1 seed\): |last checkpoint \(4 seeds\): ", said(some))
    assert "seed" not in said(FEW)
    # Small cells: label and note in one line, turned.
    columns = ("100", "1,200", "last")
    small = MatrixFrame(("3", "5"), columns, means=False, wanted_cell=20, notes=notes_of(some))
    turned = small.axes(LIGHT, rows="layer", columns="checkpoint")["xaxis"]
    assert (turned["tickangle"], " · " in turned["ticktext"][0]) == (-90, True)


def said(sweep):
    return predictors.sweep_finding(sweep)


def test_a_weak_r_is_not_the_strongest_colour():
    weak = sweep_heatmap(replace(FEW, r=FEW.r / 100), LIGHT)
    assert weak.layout.coloraxis.cmax == 0.2


def test_a_hover_has_all_numbers_and_an_undefined_cell_its_reason():
    figure = sweep_heatmap(FEW, LIGHT)
    texts = figure.data[0].hovertext
    assert texts[0][1].startswith("<b>layer 3, checkpoint 1,200</b><br>r <b>")
    for part in ("R² ", "QAP p ", "12 ordered pairs", "CKA of seed 0"):
        assert part in texts[0][1]
    assert "no CKA at checkpoint 100 of layer 5; there" in texts[1][0]
    assert "missing" in shapes(figure)
    assert "missing" not in shapes(sweep_heatmap(sweep_of((1,), (10,)), LIGHT))


def test_every_place_with_similarity_can_be_chosen_and_says_what_the_controls_do():
    figure = sweep_heatmap(FEW, LIGHT)
    assert figure.data[0].customdata[0] == [["3", "100"], ["3", "1200"], ["3", "last"]]
    assert figure.data[0].customdata[1][0] == []


def test_the_chosen_place_is_outlined_in_the_accent():
    chosen = shapes(sweep_heatmap(FEW, LIGHT, chosen=(5, 1200)))["chosen"]
    assert chosen.line.color == LIGHT.accent
    assert list(shapes(sweep_heatmap(FEW, LIGHT, chosen=(5, 1200))))[-2:] == ["apart", "chosen"]
    assert cells_of(chosen.path) == [(1, 1)]
    for nowhere in (None, (4, "last"), (5, 7)):
        assert "chosen" not in shapes(sweep_heatmap(FEW, LIGHT, chosen=nowhere))


def test_few_cells_have_room_for_p_and_many_for_none():
    few = sweep_heatmap(FEW, LIGHT)
    assert len(few.data[-1].text) == 5
    assert re.search(r"^−?0\.\d\d<br><span style=\"font-size:10px\">p ", few.data[-1].text[0])
    many = sweep_of((1, 2, 3, 4), range(100, 4200, 100))
    assert many.r.shape == (4, 42)
    assert (has_numbers(FEW), has_numbers(many)) == (True, False)
    figure = sweep_heatmap(many, LIGHT)
    assert [trace.type for trace in figure.data] == ["heatmap"]
    width, height = sweep_size(many)
    assert width < 1100
    assert height < 320


def test_one_place_is_a_figure_too():
    one = sweep_of((7,), (-1,))
    assert one.r.shape == (1, 1)
    figure = sweep_heatmap(one, LIGHT, chosen=(7, "last"))
    assert cells_of(shapes(figure)["chosen"].path) == [(0, 0)]
    assert sweep_size(one)[0] >= 200


@pytest.mark.parametrize("mode", list(Mode))
def test_nothing_of_a_reason_is_html(mode):
    reasons = ("", f"{EVIL} is not there")
    reason = np.where(np.isfinite(FEW.r), 0, 1)
    figure = sweep_heatmap(replace(FEW, reasons=reasons, reason=reason), theme(mode))
    assert "<script>" not in str(figure.to_plotly_json())


# -- ceilings ----------------------------------------------------------------------------------


def test_r_squared_and_both_ceilings_stand_on_one_scale():
    found = association_of(random_study(5, seeds=3))
    figure = ceiling_bars(found, LIGHT)
    bar, marks = figure.data
    assert list(bar.x) == [found.r_squared]
    assert list(marks.x) == [found.ceiling.corrected, found.ceiling.seeds]
    assert list(marks.y) == [1, 2]
    assert tuple(figure.layout.xaxis.range) == (0, 1)
    rows = [a for a in figure.layout.annotations if a.name == "value"]
    assert sorted(a.y for a in rows) == [0, 1, 2]
    assert all(a.text.endswith("%") for a in rows)


def test_an_undefined_ceiling_says_why():
    one_seed = ceiling_bars(association_of(random_study(5, seeds=1)), LIGHT)
    assert list(one_seed.data[1].y) == [1]
    assert "none: needs 2 seeds" in [a.text for a in one_seed.layout.annotations]
    two_tasks = ceiling_bars(association_of(random_study(2, seeds=2)), LIGHT)
    assert two_tasks.layout.annotations[0].text == "none: r is undefined"
    found = association_of(random_study(4, seeds=2))
    flat = replace(found, ceiling=NoiseCeiling(NAN, NAN))
    texts = [a.text for a in ceiling_bars(flat, LIGHT).layout.annotations]
    assert texts[1:] == ["none: nothing varies"] * 2


def test_a_ceiling_beyond_the_scale_is_drawn_at_its_end_and_said_as_it_is():
    found = association_of(random_study(5, seeds=2))
    found = replace(found, ceiling=replace(found.ceiling, seeds=-0.25))
    figure = ceiling_bars(found, LIGHT)
    assert list(figure.data[1].x)[1] == 0
    assert "−25 %" in [a.text for a in figure.layout.annotations]


# -- words -------------------------------------------------------------------------------------


def test_the_finding_of_a_sweep_names_the_strongest_place_and_counts_chance():
    text = predictors.sweep_finding(FEW)
    row, _ = np.unravel_index(np.nanargmax(np.abs(FEW.r)), FEW.r.shape)
    where = f"layer {FEW.layers[row]}, "
    assert text.startswith(f"r is strongest at {where}")
    assert "the strongest of 5 places is so strong has p = " in text
    assert text.split("; ")[0].endswith(", which may be chance")
    likely = replace(FEW, max_p=np.full(FEW.r.shape, 0.01))
    assert predictors.sweep_finding(likely).endswith("has p = 0.01; 5 places hold even so.")
    drawn = replace(likely, max_error=np.full(FEW.r.shape, 0.001))
    assert "is so strong has p = 0.01 ± 0.001; 5 places" in predictors.sweep_finding(drawn)
    one = replace(FEW, max_p=np.where(np.arange(FEW.r.size).reshape(FEW.r.shape), 0.5, 0.01))
    assert predictors.sweep_finding(one).endswith("; 1 place holds even so.")
    assert predictors.sweep_finding(likely).split("; ")[0].endswith(", more than chance")
    one = sweep_of((7,), (-1,))
    assert predictors.sweep_finding(one).startswith("At layer 7, last checkpoint, the only")
    doubted = replace(one, qap_p=np.full(one.r.shape, 0.3))
    assert predictors.sweep_finding(doubted).endswith(", QAP p = 0.3, which may be chance.")
    nothing = replace(FEW, r=FEW.r * NAN, reasons=("", "why"), reason=np.ones(FEW.r.shape, int))
    assert predictors.sweep_finding(nothing) == (
        "r is undefined at every layer and checkpoint: why."
    )


def test_why_the_two_p_differ_is_said_with_the_studys_numbers():
    text = predictors.dependence(association_of(random_study(5)))
    assert text.startswith("The 20 points come from only 5 tasks and are not independent")
    assert "QAP moves whole tasks, in all 120 ways" in text
    assert "in 10,000 ways" in predictors.dependence(association_of(random_study(9)))
    assert predictors.dependence(association_of(random_study(2))) == ""


def test_the_finding_of_the_ceilings():
    found = association_of(random_study(5, seeds=2))
    found = replace(
        found, r_squared=0.125, ceiling=replace(found.ceiling, symmetric=0.46, seeds=0.9)
    )
    assert predictors.ceiling_finding(found) == (
        "A symmetric measure could explain at most 41 % of transfer; CKA reaches 30.5 % of that."
        " The seeds agree to 90 %: nothing can be predicted better."
    )
    other = replace(found, measure=Measure.PROCRUSTES, r_squared=NAN)
    seeds_bind = replace(found, ceiling=NoiseCeiling(symmetric=0.785, seeds=0.25))
    assert predictors.ceiling_finding(seeds_bind) == (
        "A symmetric measure could explain at most 25 % of transfer, as the seeds agree no"
        " further; its symmetry alone would allow 41 %; CKA reaches 50 % of that."
    )
    assert "could explain at most 25 %, as the seeds agree no further." in association_finding(
        seeds_bind
    )
    assert bound(replace(found, ceiling=replace(found.ceiling, seeds=-0.2)))[0] == 0
    other = replace(other, ceiling=replace(found.ceiling, seeds=NAN))
    assert predictors.ceiling_finding(other) == (
        "A symmetric measure could explain at most 46 % of transfer (uncorrected: one seed cannot"
        " tell noise)."
    )
    low = replace(found, ceiling=NoiseCeiling(symmetric=0.1, seeds=0.9))
    assert "at most 5 % of transfer; CKA reaches all of it." in predictors.ceiling_finding(low)
    none = replace(found, ceiling=replace(found.ceiling, symmetric=NAN))
    assert "undefined" in predictors.ceiling_finding(none)
