"""Similarity of models: heatmap with its tree, and over training."""
