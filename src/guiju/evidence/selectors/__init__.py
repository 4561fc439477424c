from guiju.evidence.selectors.history import Change, Version, digest_of, history, history_of, values_at, version_of

__all__ = ["Change", "Version", "digest_of", "history", "history_of", "values_at", "version_of"]
