from guiju.evidence.services.record import Act, one_entry, record, record_founding, record_removal

__all__ = ["Act", "one_entry", "record", "record_founding", "record_removal"]
