"""Figure builders: a result of core in, a Plotly figure or Cytoscape elements out."""
