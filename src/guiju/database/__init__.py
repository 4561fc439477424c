"""PostgreSQL as guiju uses it: the embedded server, its roles, and row-level security."""
