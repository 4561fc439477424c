from guiju.safekeeping.selectors.health import BackupHealth, backup_health_for

__all__ = ["BackupHealth", "backup_health_for"]
