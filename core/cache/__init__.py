"""Results on disk, shared by all workers of a host."""
