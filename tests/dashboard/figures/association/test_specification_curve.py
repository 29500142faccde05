"""The curve of every choice: in order, with a row for each choice and the shown one marked."""

from __future__ import annotations

import numpy as np
import pytest

from core.analyses.association.specifications import Specifications
from dashboard.figures.association.specification_curve import (
    MOST_OF_ONE,
    MOST_POINTS,
    drawn,
    rows_of,
    specification_curve,
)
from dashboard.figures.parts.theme import theme
from dashboard.text.findings.predictors import curve_finding


def result(count=2_000, *, chosen=77, layers=20, p=0.4) -> Specifications:
    r = np.linspace(-0.4, 0.6, count)
    layer = np.arange(count) * layers // count
    return Specifications(
        method="m",
        label="CKA",
        seeds=(1, 2),
        tasks=tuple("abcdef"),
        levels=(tuple(f"<b>layer {i}" for i in range(layers)), *[("one",)] * 4, ("x", "y")),
        at=np.stack([layer, *[np.zeros(count, int)] * 4, np.arange(count) % 2], axis=1),
        r=r,
        p=np.linspace(0.01, 1, count),
        n=np.full(count, 30),
        chosen=chosen,
        median=float(np.median(r)),
        median_p=p,
        significant=3,
        significant_p=0.5,
        permutations=720,
        exhaustive=True,
        band_at=np.array([0, count - 1]),
        low=np.array([-0.5, -0.1]),
        high=np.array([0.1, 0.5]),
        undefined=0,
    )


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_points_are_few_and_the_shown_one_is_among_them(mode):
    found = result()
    figure = specification_curve(found, theme(mode))
    by_name = {trace.name: trace for trace in figure.data}
    points = by_name["r"]
    assert len(points.x) <= MOST_POINTS + 1
    assert {0, 77, 1999} <= set(points.x)
    assert figure.layout.xaxis.title.text == "choices, smallest r first"
    assert figure.layout.yaxis.title.text == "r with transfer"
    assert (np.diff(points.y) > 0).all()
    assert list(by_name["as shown"].x) == [77]
    assert "&lt;b&gt;layer 0" in points.hovertext[0]
    assert len(drawn(result(5, chosen=2))) == 5
    assert "as shown" not in {
        t.name for t in specification_curve(result(chosen=-1), theme(mode)).data
    }


def test_a_row_a_choice_says_which_part_of_the_curve_it_has():
    found = result()
    rows = rows_of(found)
    assert len(rows) == MOST_OF_ONE + 2
    (choices,) = [t for t in specification_curve(found, theme("light")).data if t.name == "choices"]
    assert choices.z[0][0] == 1
    assert choices.z[0][-1] == 0
    assert np.allclose(choices.z[-1], 0.5, atol=0.05)
    nothing = result(5, layers=1, chosen=2)
    alone = Specifications(
        **{**vars(nothing), "levels": (("one",),) * 6, "at": np.zeros((5, 6), int)}
    )
    assert "yaxis2" not in specification_curve(alone, theme("light")).layout.to_plotly_json()


def test_what_the_curve_says():
    assert curve_finding(result()) == (
        "r lies between −0.400 and 0.600 under 2,000 choices, its median at 0.100: as relabelled"
        " tasks give as well (p of the whole curve = 0.4)."
    )
    assert "more than chance (p of the whole curve = 0.01)" in curve_finding(result(p=0.01))
    assert curve_finding(result(1, layers=1, chosen=0)).startswith(
        "There is one way to compute it: r = −0.4"
    )
