"""What stands in the cells of a table, as text and as numbers, whoever wrote it."""
