"""A figure of its traces and its layout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from core.numerics.interrupt import breathe


def assembled(*, layout: dict[str, Any], data: Sequence[Any] = ()) -> go.Figure:
    """`go.Figure(data=data, layout=layout)`, whose template is a theme's (parts/theme.py).

    The same figure, sooner: plotly looks through every setting of a template anew for each figure,
    most of what a figure costs. A theme's was looked through when it was made. All else of the
    layout and the traces is. Raises ValueError where a setting is none of plotly's.
    """
    breathe()
    template: go.layout.Template = layout["template"]
    figure = go.Figure(data=data, layout={**layout, "template": {}})
    # As plotly does with its own default template.
    figure.layout._validate = False
    try:
        figure.layout.template = template
    finally:
        figure.layout._validate = True
    return figure
