"""Digests per field and per record (数字摘要): what an entry of the log commits to.

field digest  = SHA-256("guiju/field/1" ‖ 0x00 ‖ salt ‖ len(code) ‖ code ‖ canonical value)
record digest = SHA-256("guiju/record/1" ‖ 0x00 ‖ len(schema) ‖ schema ‖ field digests in order)

Salts are 16 random bytes per field and version: without its salt a digest says nothing about a
value, so destroying value and salt erases it (个人信息保护法 第四十七条) and leaves proofs valid.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from guiju.kernel.evidence.canonical import canonical

SALT_BYTES = 16
DIGEST_BYTES = 32


def new_salts(count: int) -> bytes:
    """Independent random salts, one after the other."""
    return os.urandom(SALT_BYTES * count)


@lru_cache(maxsize=10_000)
def _framed(code: str) -> bytes:
    name = code.encode()
    return len(name).to_bytes(2, "big") + name


def _plain(value: Any) -> bytes:
    """`canonical` of a value: most are texts or nothing, a record has ten of them, and these take a shorter way."""
    if type(value) is str:
        return encode_basestring(value).encode()
    return _SINGLE[value] if value is None or type(value) is bool else canonical(value)


_SINGLE = {None: b"null", True: b"true", False: b"false"}


def field_digest(salt: bytes, code: str, value: Any) -> bytes:
    """32 bytes; `value` as `plain_value` gives it."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    return hashlib.sha256(b"guiju/field/1\x00" + salt + _framed(code) + _plain(value)).digest()


def field_digests(values: Mapping[str, Any], salts: bytes) -> bytes:
    """The digests of all fields, in their order and one after the other (32 bytes each)."""
    return b"".join(
        field_digest(salts[at : at + SALT_BYTES], code, value)
        for at, (code, value) in zip(range(0, len(salts), SALT_BYTES), values.items(), strict=True)
    )


def record_digest(schema: str, digests: bytes) -> bytes:
    """32 bytes over the field digests, which stand one after the other in the order of the schema."""
    if len(digests) % DIGEST_BYTES:
        raise ValueError(f"a field digest has {DIGEST_BYTES} bytes")
    return hashlib.sha256(b"guiju/record/1\x00" + _framed(schema) + digests).digest()
