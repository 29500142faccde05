"""Whether a study changed: its digest, the states of its files, and what was read of each."""
