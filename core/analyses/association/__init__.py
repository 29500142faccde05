"""Does similarity predict transfer? The association, its tests, ceilings and influences."""
