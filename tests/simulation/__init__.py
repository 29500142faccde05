"""Studies whose truth is known: how often what the program prints is right."""
