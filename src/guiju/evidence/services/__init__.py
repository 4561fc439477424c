from guiju.evidence.services.record import Act, record, record_founding

__all__ = ["Act", "record", "record_founding"]
