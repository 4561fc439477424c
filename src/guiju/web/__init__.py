"""The page frame, its widgets and the one place where errors become pages."""
