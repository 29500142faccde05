"""Boards: figures that a team keeps, each with a note, as they were and as they are now."""
