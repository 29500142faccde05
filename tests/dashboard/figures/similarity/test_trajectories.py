"""Similarity over training is right before it is drawn: lines, places, labels, hovers."""

import math

import numpy as np
import pytest

from core.analyses.query import SimilarityQuery
from core.io import open_study
from core.similarity.trajectories import trajectories
from dashboard.figures.parts.theme import Mode, theme
from dashboard.figures.similarity.trajectories import (
    _apart,
    _ticks,
    training_figure,
    training_lines,
)
from tests.models import STEPS, cka_of, write_models

LIGHT = theme(Mode.LIGHT)
NORTH, SOUTH, WEST = ("north",), ("south",), ("<b>west</b>",)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return open_study(write_models(tmp_path_factory.mktemp("models")).folder)


@pytest.fixture(scope="module")
def found(study):
    return [trajectories(study, SimilarityQuery(trained=size)) for size in (1, 2)]


def trace(figure, name):
    return next(t for t in figure.data if t.name == name)


def test_a_line_for_every_size_one_across_seeds_and_the_pairs(study, found):
    lines = training_lines(found, [(NORTH, SOUTH)], study, LIGHT)
    assert [(line.kind, line.name) for line in lines] == [
        ("group", "after 1 task"),
        ("across", "across seeds"),
        ("group", "after 2 tasks"),
        ("across", "across seeds"),
        ("pair", "N–S"),
    ]
    assert len({line.color for line in lines if line.kind == "group"}) == 2


def test_a_chosen_pair_has_the_colour_of_what_is_selected(study, found):
    *_, line = training_lines(found, [(NORTH, SOUTH)], study, LIGHT, chosen=True)
    assert line.color == LIGHT.accent
    *_, example = training_lines(found, [(NORTH, SOUTH)], study, LIGHT)
    assert example.color == LIGHT.muted


def test_a_click_on_a_line_selects_its_pair(study, found):
    lines = training_lines(found, [(NORTH, SOUTH), (NORTH, NORTH)], study, LIGHT)
    figure = training_figure(lines, LIGHT, name="CKA", floor=math.nan)
    assert trace(figure, "N–S").meta == {"selects": {"points": True}}
    assert tuple(trace(figure, "N–S").customdata[0]) == ("north", "south")
    assert trace(figure, "N across seeds").hovertext[-1].startswith("<b>north across seeds</b>")
    assert trace(figure, "after 1 task").customdata is None


def test_steps_are_a_line_and_last_is_a_mark_apart(study, found):
    lines = training_lines(found[:1], [(NORTH, SOUTH)], study, LIGHT)
    figure = training_figure(lines, LIGHT, name="CKA", floor=math.nan)
    pair = trace(figure, "N–S")
    assert pair.x[:2] == STEPS
    assert pair.x[2] is None
    assert pair.x[3] > STEPS[-1]
    assert pair.y[:2] == pytest.approx([cka_of(NORTH, SOUTH, step) for step in STEPS])
    assert figure.layout.xaxis.ticktext == ("100", "200", "<br>last · 2 seeds")
    across = trace(figure, "across seeds")
    assert [x for x in across.x if x is not None] == [pair.x[3]]
    assert "over 4 training sets" in across.hovertext[-1]
    assert "last checkpoint" in across.hovertext[-1]


def test_ticks_stand_apart_on_a_phone():
    places = {1000: 1000.0, 2000: 2000.0, 4000: 4000.0}
    assert _ticks(places, 0, 240.0)["ticktext"] == ["1,000", "2,000", "4,000"]
    assert _ticks(places, 0, 120.0)["ticktext"] == ["2,000", "4,000"]


def test_the_band_is_the_spread_of_the_pairs(study, found):
    lines = training_lines(found[:1], [], study, LIGHT)
    figure = training_figure(lines, LIGHT, name="CKA", floor=math.nan)
    band, mean = trace(figure, "spread, all pairs"), lines[0].curve
    np.testing.assert_allclose(band.y[:2], (mean.mean + mean.sd)[:2])
    np.testing.assert_allclose(band.y[2:][::-1], (mean.mean - mean.sd)[:2])


def test_the_floor_is_a_line_with_a_label(study, found):
    lines = training_lines(found[:1], [], study, LIGHT)
    figure = training_figure(lines, LIGHT, name="CKA", floor=0.17)
    assert figure.layout.shapes[0].y0 == figure.layout.shapes[0].y1 == 0.17
    assert any("noise floor" in a.text for a in figure.layout.annotations)
    assert figure.layout.yaxis.range[0] == 0.0
    without = training_figure(lines, LIGHT, name="CKA", floor=math.nan)
    assert not without.layout.shapes


def test_names_of_files_are_text(study, found):
    lines = training_lines(found, [(NORTH, WEST)], study, LIGHT)
    figure = training_figure(lines, LIGHT, name="CKA", floor=math.nan)
    assert any("&lt;b&gt;west" in (text or "") for text in trace(figure, "N–W").hovertext)
    assert "<b>west" not in figure.to_json()


def test_a_pair_the_study_lacks_and_nothing_at_all(study, found):
    assert training_lines(found[:1], [(("nobody",), NORTH)], study, LIGHT)[-1].kind == "across"
    figure = training_figure((), LIGHT, name="CKA", floor=math.nan)
    assert figure.layout.annotations[0].text == "no CKA along the checkpoints"


@pytest.mark.parametrize(
    ("places", "moved"),
    [
        ([0.0, 100.0], [0.0, 100.0]),
        ([50.0, 50.0], [42.0, 58.0]),
        ([10.0, 0.0, 5.0], [21.0, -11.0, 5.0]),
        ([], []),
    ],
)
def test_labels_stand_apart_and_near_their_lines(places, moved):
    assert _apart(places, 16.0) == pytest.approx(moved)


def test_labels_never_touch():
    places = np.random.default_rng(0).uniform(0, 60, size=9).tolist()
    apart = sorted(_apart(places, 16.0))
    assert min(np.diff(apart)) >= 16.0 - 1e-9
