from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import plotly.io as pio
import pytest
from _plotly_utils import basevalidators, optional_imports, utils
from plotly.io import _json

from dashboard.server import plotly_lookup


@pytest.fixture
def half_imported(monkeypatch):
    """Pandas as another thread sees it that comes too early."""
    half = ModuleType("pandas")
    half.__spec__ = SimpleNamespace(_initializing=True)
    monkeypatch.setitem(sys.modules, "pandas", half)
    return half


def test_half_of_pandas_fails_no_figure(half_imported):
    plotly_lookup.install()
    text = pio.to_json({"data": [{"type": "scatter", "y": [1.0, None, 2.0]}]}, validate=True)
    assert '"y":[1.0,null,2.0]' in text
    assert plotly_lookup.get_module("pandas", should_load=False) is None
    half_imported.__spec__._initializing = False
    assert plotly_lookup.get_module("pandas", should_load=False) is half_imported


def test_every_module_of_plotly_looks_so():
    plotly_lookup.install()
    for module in (optional_imports, _json, basevalidators, utils):
        assert module.get_module is plotly_lookup.get_module
    assert plotly_lookup.get_module("json", should_load=False) is sys.modules["json"]
    assert plotly_lookup.get_module("nothing_of_that_name", should_load=False) is None
