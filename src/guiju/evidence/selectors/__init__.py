from guiju.evidence.selectors.history import (
    GONE_BY_LAW,
    Change,
    Version,
    count_versions,
    digest_of,
    histories_of,
    history,
    history_of,
    values_at,
    values_in,
    version_of,
)

__all__ = [
    "GONE_BY_LAW",
    "Change",
    "Version",
    "count_versions",
    "digest_of",
    "histories_of",
    "history",
    "history_of",
    "values_at",
    "values_in",
    "version_of",
]
