from guiju.safekeeping.services.drills import keep_drill
from guiju.safekeeping.services.key_changes import change_data_key, change_master, keep_master_change, reason_for
from guiju.safekeeping.services.looking import end_looking
from guiju.safekeeping.services.recovery_keys import change_recovery_key
from guiju.safekeeping.services.restorations import settle_restored

__all__ = [
    "change_data_key",
    "change_master",
    "change_recovery_key",
    "end_looking",
    "keep_drill",
    "keep_master_change",
    "reason_for",
    "settle_restored",
]
