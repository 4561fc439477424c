"""What an outsider needs to check a record of guiju: encoding, digests, tree, checkpoints."""

from guiju.kernel.evidence.canonical import canonical, plain_value
from guiju.kernel.evidence.digests import (
    DIGEST_BYTES,
    SALT_BYTES,
    field_digest,
    field_digests,
    new_salts,
    record_digest,
)
from guiju.kernel.evidence.hashes import sha256, sm3

__all__ = [
    "DIGEST_BYTES",
    "SALT_BYTES",
    "canonical",
    "field_digest",
    "field_digests",
    "new_salts",
    "plain_value",
    "record_digest",
    "sha256",
    "sm3",
]
