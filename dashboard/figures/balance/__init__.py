"""What each task gives and receives: a scatter, and bars from top to bottom."""
