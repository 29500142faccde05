"""The dashboard: shows what `core` computes, and computes nothing that a caption quotes."""
