"""All pairs of a method as a table: columns, filters, order."""
