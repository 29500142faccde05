"""What figures share: theme, colours, matrix frame, labels, legend, hover."""
