from guiju.safekeeping.selectors.carried import carried_since, kinds_in_words, newest_signed
from guiju.safekeeping.selectors.health import BackupHealth, backup_health_for
from guiju.safekeeping.selectors.overview import BackupOverview, backup_overview_for, drill_for, replayed_in_words

__all__ = [
    "BackupHealth",
    "BackupOverview",
    "backup_health_for",
    "backup_overview_for",
    "carried_since",
    "drill_for",
    "kinds_in_words",
    "newest_signed",
    "replayed_in_words",
]
