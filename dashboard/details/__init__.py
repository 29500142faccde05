"""The panel at the right: pair, prediction, provenance, task, similarity."""
