"""What the audit administrator, and whoever checks, sees of the log (审计)."""
