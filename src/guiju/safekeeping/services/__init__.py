from guiju.safekeeping.services.drills import keep_drill
from guiju.safekeeping.services.recovery_keys import change_recovery_key

__all__ = ["change_recovery_key", "keep_drill"]
