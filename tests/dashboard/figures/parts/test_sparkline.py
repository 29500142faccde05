"""Small lines as images."""

from __future__ import annotations

from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np

from dashboard.figures.parts.sparkline import HEIGHT, SparklineSeries, bounds_of, sparkline
from dashboard.figures.parts.theme import Mode, theme

LIGHT = theme(Mode.LIGHT)
SVG = "{http://www.w3.org/2000/svg}"


def drawn(*args, **options):
    address = sparkline(*args, LIGHT, **options)
    assert address.startswith("data:image/svg+xml,")
    assert '"' not in address
    return ElementTree.fromstring(unquote(address.partition(",")[2]))  # noqa: S314  (our own)


def test_a_line_has_a_point_for_every_value_and_a_gap_where_there_is_none():
    values = np.array([0.0, 0.5, np.nan, 1.0, 1.0])
    image = drawn([1, 2, 3, 4, 5], [SparklineSeries(values)], low=0.0, high=1.0, here=5.0)
    (path,) = image.findall(f"{SVG}path")
    assert path.get("d").count("M") == 2
    circles = image.findall(f"{SVG}circle")
    assert len(circles) == 4
    # 1 is at the top, 0 at the bottom; what is shown elsewhere is larger.
    assert float(circles[0].get("cy")) > HEIGHT - 6
    assert float(circles[-1].get("cy")) < 6
    assert float(circles[-1].get("r")) > float(circles[0].get("r"))


def test_quiet_lines_have_no_points_and_lie_behind():
    loud, quiet = (
        SparklineSeries(np.array([0.2, 0.4])),
        SparklineSeries(np.array([0.1, 0.3]), quiet=True),
    )
    image = drawn([0, 1], [loud, quiet], low=0.0, high=1.0, marks=(0.0, 1.0, 2.0))
    strokes = [path.get("stroke-width") for path in image.findall(f"{SVG}path")]
    assert strokes == [None, None, "1", "2"]
    assert len(image.findall(f"{SVG}circle")) == 2


def test_one_value_is_a_point_and_none_is_nothing():
    assert (
        len(drawn([3], [SparklineSeries(np.array([0.5]))], low=0, high=1).findall(f"{SVG}circle"))
        == 1
    )
    assert not list(drawn([1, 2], [SparklineSeries(np.full(2, np.nan))], low=0, high=1))


def test_a_range_holds_everything():
    lines = [SparklineSeries(np.array([-0.5, np.nan])), SparklineSeries(np.array([0.2, 1.75]))]
    assert bounds_of(lines, within=(0.0, 1.0)) == (-0.5, 1.75)
    assert bounds_of([SparklineSeries(np.array([np.nan]))], within=(0.0, 1.0)) == (0.0, 1.0)
