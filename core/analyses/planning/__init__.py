"""Which tasks to train on, and which cell to measure once more."""
