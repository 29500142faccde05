"""Pure strings: numbers, names, formulas, glossary, findings; no Dash, no Plotly."""
