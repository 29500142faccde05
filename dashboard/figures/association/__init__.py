"""Similarity against transfer: scatter, every layer, influence."""
