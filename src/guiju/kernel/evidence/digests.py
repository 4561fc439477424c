"""Digests per field and per record (数字摘要): what an entry of the log commits to.

field digest  = SHA-256("guiju/field/1" ‖ 0x00 ‖ salt ‖ len(code) ‖ code ‖ canonical value)
record digest = SHA-256("guiju/record/1" ‖ 0x00 ‖ len(schema) ‖ schema ‖ field digests in order)

Salts are 16 random bytes per field and version: without its salt a digest says nothing about a
value, so destroying value and salt erases it (个人信息保护法 第四十七条) and leaves proofs valid.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from typing import Any

from guiju.kernel.evidence.canonical import canonical

SALT_BYTES = 16


def new_salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)


def field_digest(salt: bytes, code: str, value: Any) -> bytes:
    """32 bytes; `value` as `plain_value` gives it."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    name = code.encode()
    return hashlib.sha256(b"guiju/field/1\x00" + salt + len(name).to_bytes(2, "big") + name + canonical(value)).digest()


def record_digest(schema: str, field_digests: Iterable[bytes]) -> bytes:
    """32 bytes over the field digests in the order in which the schema lists the fields."""
    name = schema.encode()
    state = hashlib.sha256(b"guiju/record/1\x00" + len(name).to_bytes(2, "big") + name)
    for digest in field_digests:
        if len(digest) != 32:
            raise ValueError("a field digest has 32 bytes")
        state.update(digest)
    return state.digest()
