from guiju.safekeeping.services.drills import keep_drill
from guiju.safekeeping.services.recovery_keys import change_recovery_key
from guiju.safekeeping.services.restorations import settle_restored

__all__ = ["change_recovery_key", "keep_drill", "settle_restored"]
