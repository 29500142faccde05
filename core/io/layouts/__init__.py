"""How evaluations are laid out in files: one module per layout."""
