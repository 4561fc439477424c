"""What an outsider needs to check a record of guiju: encoding and digests."""

from guiju.kernel.evidence.canonical import canonical, plain_value
from guiju.kernel.evidence.digests import field_digest, new_salt, record_digest

__all__ = ["canonical", "field_digest", "new_salt", "plain_value", "record_digest"]
