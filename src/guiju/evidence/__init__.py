"""The one log of changes (存证日志)."""
