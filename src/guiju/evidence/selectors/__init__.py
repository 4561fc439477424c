from guiju.evidence.selectors.history import Change, Version, history, history_of, values_at, version_of

__all__ = ["Change", "Version", "history", "history_of", "values_at", "version_of"]
