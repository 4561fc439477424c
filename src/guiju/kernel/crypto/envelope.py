"""Values at rest, sealed for one company (加密存储): AES-256-GCM with a key of its own per company.

NIST SP 800-38D (GCM), RFC 5869 (HKDF). A sealed value is version (1 byte), algorithm (1), key id
(4), nonce (12), then text and tag (16). What the value belongs to is authenticated with it: it
opens nowhere else.
"""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from guiju.kernel.crypto.sealed import Unsealable

_AES_256_GCM = b"\x01\x01"
_HEADER = 6
_NONCE = 12


class Keyring:
    """The keys of an installation, all derived from its master secret."""

    def __init__(self, master: str) -> None:
        if not master:
            raise ValueError("a keyring needs its master secret")
        self._header = _AES_256_GCM + hashlib.sha256(b"guiju/key-id/1\x00" + master.encode()).digest()[:4]
        # A bound cache: each keyring forgets its keys with itself.
        self._key = lru_cache(maxsize=4096)(
            lambda entity: AESGCM(
                HKDF(SHA256(), 32, salt=None, info=b"guiju/entity/1\x00" + entity.bytes).derive(master.encode())
            )
        )

    def __repr__(self) -> str:
        return f"Keyring({self._header[2:].hex()})"

    def seal(self, text: bytes, *, entity: UUID, place: bytes) -> bytes:
        """Seal bytes of a company for one place (table, column, record)."""
        nonce = os.urandom(_NONCE)
        return self._header + nonce + self._key(entity).encrypt(nonce, text, self._header + place)

    def open(self, sealed: bytes, *, entity: UUID, place: bytes) -> bytes:
        """The bytes; raises `Unsealable` for a value that was altered, moved, or sealed under another key."""
        header, body = sealed[:_HEADER], sealed[_HEADER:]
        if header != self._header:
            raise Unsealable("sealed under another key, or not a sealed value")
        try:
            return self._key(entity).decrypt(body[:_NONCE], body[_NONCE:], header + place)
        except (InvalidTag, ValueError) as fault:
            raise Unsealable("sealed value does not open") from fault
