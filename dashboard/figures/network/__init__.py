"""The transfer graph: interactive, and as a drawing for print."""
