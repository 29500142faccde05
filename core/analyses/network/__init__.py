"""The transfer graph: who teaches whom, where tasks stand, and what the graph is made of."""
