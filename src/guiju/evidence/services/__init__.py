from guiju.evidence.services.erasing import erase_values
from guiju.evidence.services.record import Act, one_entry, record, record_founding, record_removal

__all__ = ["Act", "erase_values", "one_entry", "record", "record_founding", "record_removal"]
