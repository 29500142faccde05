"""Transfer Atlas, the computing core: from a study's files to the numbers that are shown."""
