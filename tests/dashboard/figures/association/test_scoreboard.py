"""The scoreboard as a figure: the best on top, intervals that stay above zero."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from core.analyses.predictor_scores import PredictorScore, PredictorScores
from core.numerics.intervals import Interval, ResamplingUnit
from dashboard.figures.association.scoreboard import LINES_SHOWN, drawn, scoreboard
from dashboard.figures.parts.theme import Mode, theme
from dashboard.text.findings.predictors import scoreboard_finding
from tests.dashboard.figures.samples import EVIL, NAN, random_study


def score(name, regret, low=NAN, high=NAN, *, given=False):
    interval = Interval(low, high, ResamplingUnit.TASKS)
    return PredictorScore(name, name, regret, regret / 2, 0.5, 0.1, 4, interval, given=given)


def scores(*of):
    return PredictorScores("ft1", (1,), ("a", "b"), of)


@pytest.mark.parametrize("mode", list(Mode))
def test_a_line_each_and_nothing_of_a_name_is_html(mode):
    result = scores(score(EVIL, 0.1, 0.0, 0.3), score("chance", 0.4), score("none", NAN))
    figure = scoreboard(result, random_study(2), theme(mode))
    assert list(figure.data[0].x) == [0.1, 0.4]
    assert list(figure.data[1].x) == [0.05, 0.2]
    assert list(figure.data[0].error_x.arrayminus) == [0.1, 0.0]
    assert list(figure.data[0].error_x.array) == pytest.approx([0.2, 0.0])
    assert EVIL not in figure.to_json()
    assert figure.layout.showlegend
    assert figure.layout.xaxis.range[0] < 0 < 0.4 < figure.layout.xaxis.range[1]
    assert len(figure.layout.yaxis.ticktext) == 2
    assert "normalized improvement" in figure.layout.xaxis.title.text


def test_of_very_many_the_first_are_drawn_each_with_a_name_of_its_own():
    many = [score(f"a rather long name of a layer of a network, number {i}", i) for i in range(99)]
    result = scores(*many)
    assert len(drawn(result)) == LINES_SHOWN
    ticks = scoreboard(result, random_study(2), theme("light")).layout.yaxis.ticktext
    assert len(set(ticks)) == LINES_SHOWN


def test_without_any_it_says_so():
    figure = scoreboard(scores(score("chance", NAN)), random_study(2), theme("light"))
    assert figure.layout.annotations[0].text == "no predictor"


def test_the_finding_names_the_best_and_doubts_it():
    chance = score("chance", 0.4)
    sure = scoreboard_finding(scores(score("CKA, layer 3", 0.1, 0.0, 0.2), chance))
    assert sure == (
        "CKA, layer 3 finds the best source most nearly: its first choice loses 0.100 (95 % over"
        " tasks: 0 to 0.200), a random one 0.400; means over 4 targets."
    )
    doubted = scoreboard_finding(scores(score("x", 0.1, 0.0, 0.5), chance))
    assert " most nearly, of 1 predictor, which may be chance: " in doubted
    two = scores(score("x", 0.1, 0.0, 0.2), score("y", 0.2, 0.0, 0.5), chance)
    assert " most nearly, partly by luck as the best of 2: " in scoreboard_finding(two)
    few = scores(replace(score("x", 0.0, 0.0, 0.0), targets=4), chance)
    assert ", which may be chance: " in scoreboard_finding(few)
    more = scores(replace(score("x", 0.0, 0.0, 0.0), targets=5), chance)
    assert "chance" not in scoreboard_finding(more)
    tied = scores(score("average", 0.1, 0.0, 0.2), score("y", 0.1, 0.0, 0.2), chance)
    assert scoreboard_finding(tied).startswith("Average, with 1 other, finds the best source most")
    assert scoreboard_finding(scores(score("x", 0.0, 0.0, 0.0), score("chance", 0.0))) == (
        "Whichever source is taken, nothing is lost: no target has a better one than another."
    )
    own = scoreboard_finding(scores(score("chance", 0.1, given=True), chance))
    assert own.startswith("chance finds the best source")
    assert scoreboard_finding(scores(chance)).startswith("Nothing tells")
    assert math.isnan(score("x", NAN).regret_at_1)
