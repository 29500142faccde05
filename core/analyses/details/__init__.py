"""One pair, one task, told in full."""
