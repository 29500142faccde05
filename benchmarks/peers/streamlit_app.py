"""The figures in Streamlit, with its own cache. STUDY=folder streamlit run streamlit_app.py."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.peers import shown

FOLDER = shown.study()


@st.cache_resource  # cache_data would copy a figure for every visitor
def heatmap(method: str, kind: str):
    """One figure."""
    return shown.heatmap(FOLDER, method, kind)


@st.cache_resource
def other(method: str, tab: str):
    """The figure of the second or the third tab."""
    return (shown.scatter if tab == "Predictors" else shown.bars)(FOLDER, method)


st.set_page_config(layout="wide")
# st.tabs would make every tab's figures each time.
tab = st.radio("Tab", shown.TABS, horizontal=True)
method = st.radio("Method", shown.METHODS, index=1, horizontal=True)
if tab == "Transfer":
    for column, kind in zip(st.columns(3), shown.MATRICES, strict=True):
        column.plotly_chart(heatmap(method, kind), key=kind)
else:
    st.plotly_chart(other(method, tab), key=tab)
