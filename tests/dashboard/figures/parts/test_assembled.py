"""A figure whose template is taken as it is is the one that plotly makes of the same."""

import plotly.graph_objects as go
import pytest

from dashboard.figures.parts.assembled import assembled
from dashboard.figures.parts.theme import Mode, Style, theme

DATA = [go.Scatter(x=[1, 2], y=[2, 1], name="a"), go.Bar(y=[3], marker={"color": "#123456"})]
LAYOUT = {
    "height": 300,
    "title": "A title",
    "xaxis": {"range": [0, 1], "title": "across"},
    "shapes": [{"type": "line", "x0": 0, "x1": 1}],
}


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize("data", [[], DATA])
def test_it_is_the_figure_of_plotly_letter_for_letter(mode, style, data):
    layout = {**LAYOUT, "template": theme(mode, style).template}
    made, usual = assembled(data=data, layout=layout), go.Figure(data=data, layout=layout)
    assert made.to_json() == usual.to_json()
    assert made.layout.template == usual.layout.template
    assert made == usual
    assert go.Figure(made).to_json() == usual.to_json()


def test_it_can_be_changed_as_any_other_and_no_other_changes_with_it():
    layout = {"template": theme(Mode.LIGHT).template}
    before = theme(Mode.LIGHT).template.to_plotly_json()
    made, other = assembled(layout=layout), assembled(layout=layout)
    made.layout.template.layout.font.size = 99
    made.update_layout(width=50, margin={"t": 7}, title={"text": "new"})
    assert made.layout.template.layout.font.size == 99
    assert other.layout.template.to_plotly_json() == before
    assert theme(Mode.LIGHT).template.to_plotly_json() == before
    assert (made.layout.width, made.layout.margin.t) == (50, 7)


def test_settings_are_looked_through_then_and_later():
    layout = {"template": theme(Mode.LIGHT).template}
    with pytest.raises(ValueError, match="Invalid property"):
        assembled(layout={**layout, "no_such": 1})
    with pytest.raises(ValueError, match="Invalid value"):
        assembled(layout={**layout, "width": "wide"})
    made = assembled(layout=layout)
    with pytest.raises(ValueError, match="Invalid value"):
        made.layout.width = "wide"
    with pytest.raises(ValueError, match="Invalid value"):
        made.layout.xaxis.range = "wide"
