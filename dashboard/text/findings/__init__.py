"""What was found, in sentences: one module per noun."""
